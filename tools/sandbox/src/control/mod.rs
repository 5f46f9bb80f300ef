//! The control plane under `/__sandbox/`, served on both ports: it prepares the fakes, acts as the people who use
//! the two products, and shows what happened.

mod client;
mod crosschq;
mod endpoint;
mod general;
mod icims;
mod merge;
mod recruiter;
mod refused;
mod routes;
pub mod types;
mod view;

pub use client::{Control, ControlError, CrosschqControl, IcimsControl, VendorControl};
pub(crate) use endpoint::PREFIX;
pub use merge::merge;

use axum::Router;

use crate::app::Shared;
use routes::Routes;

pub(crate) fn router(app: &Shared) -> Router {
    let routes = general::serve(Routes::default());
    let routes = recruiter::serve(icims::serve(routes));
    crosschq::serve(routes).into_router(app)
}
