//! The control plane under `/__sandbox/`, served on both ports: set the stage, play the people, look behind the scenes.

mod answer;
mod client;
mod crosschq;
mod general;
mod icims;
mod recruiter;
pub mod types;
mod view;

use axum::Router;
use axum::routing::{get, post};

pub use client::{Control, ControlError, CrosschqControl, IcimsControl, VendorControl};

use crate::app::Shared;

/// Where the control plane begins. It asks for no credentials: the sandbox listens on the loopback interface only.
pub(crate) const PREFIX: &str = "/__sandbox/";

pub(crate) fn router(app: &Shared) -> Router {
    let customer = "/__sandbox/icims/customers/{customer}";
    let org = "/__sandbox/crosschq/orgs/{org}";
    Router::new()
        .route("/__sandbox/", get(general::summary))
        .route("/__sandbox/state", get(general::state))
        .route("/__sandbox/reset", post(general::reset))
        .route("/__sandbox/demo", post(general::demo))
        .route("/__sandbox/clock", get(general::clock).post(general::set_clock))
        .route(
            "/__sandbox/{vendor}/faults",
            get(general::faults).post(general::add_fault).delete(general::clear_faults),
        )
        .route("/__sandbox/{vendor}/faults/{id}", axum::routing::delete(general::remove_fault))
        .route("/__sandbox/{vendor}/requests", get(general::requests).delete(general::clear_requests))
        .route("/__sandbox/icims/customers", get(icims::list))
        .route(customer, get(icims::show).put(icims::put).patch(icims::patch).delete(icims::delete))
        .route(&format!("{customer}/lists/{{list}}"), get(icims::nodes).post(icims::add_node))
        .route(&format!("{customer}/fields/{{kind}}/{{name}}"), axum::routing::put(icims::put_field))
        .route(&format!("{customer}/profiles/{{kind}}"), get(icims::profiles).post(icims::create_profile))
        .route(
            &format!("{customer}/profiles/{{kind}}/{{id}}"),
            get(icims::profile).patch(icims::edit_profile).delete(icims::purge_profile),
        )
        .route(&format!("{customer}/people/{{id}}/merge"), post(icims::merge_people))
        .route(&format!("{customer}/workflows/{{id}}"), get(recruiter::view))
        .route(&format!("{customer}/workflows/{{id}}/advance"), post(recruiter::advance))
        .route(&format!("{customer}/workflows/{{id}}/push"), post(recruiter::push_status))
        .route(&format!("{customer}/advance"), post(recruiter::advance_many))
        .route(&format!("{customer}/events"), post(recruiter::push_event))
        .route(&format!("{customer}/pushes"), get(recruiter::pushes).delete(recruiter::clear_pushes))
        .route(&format!("{customer}/tokens/revoke"), post(icims::revoke_tokens))
        .route(&format!("{customer}/quota"), get(icims::quota).put(icims::set_quota))
        .route("/__sandbox/crosschq/orgs", get(crosschq::list))
        .route(org, get(crosschq::show).put(crosschq::put).patch(crosschq::patch).delete(crosschq::delete))
        .route(&format!("{org}/requests"), get(crosschq::requests))
        .route(&format!("{org}/callbacks"), get(crosschq::callbacks).delete(crosschq::clear_callbacks))
        .route(&format!("{org}/callbacks/release"), post(crosschq::release))
        .route(&format!("{org}/callbacks/{{number}}/send"), post(crosschq::send_again))
        .route(&format!("{org}/callbacks/raw"), post(crosschq::send_raw))
        .route(&format!("{org}/messages"), get(crosschq::messages))
        .route("/__sandbox/crosschq/requests/{id}", get(crosschq::request))
        .route("/__sandbox/crosschq/requests/{id}/steps", post(crosschq::step))
        .with_state(app.clone())
}
