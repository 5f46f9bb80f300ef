//! The addresses of the fake iCIMS.

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{get, post};

use super::answer::Refusal;
use super::{auth, binary, collections, profiles, schema, search};
use crate::app::Shared;

pub(crate) fn router(app: &Shared) -> Router {
    let profile = "/customers/{customer}/{kind}/{id}";
    let field = format!("{profile}/fields/{{field}}");
    let entry = format!("{field}/{{entry}}");
    let customers = Router::new()
        .route("/customers/{customer}/applicantworkflows/{id}/submittalstatuslog", get(profiles::get_status_log))
        .route("/customers/{customer}/profiledefinitions/v1/{kind}/schema", get(schema::profile))
        .route("/customers/{customer}/search/{kind}", get(search::get).post(search::post))
        .route("/customers/{customer}/{kind}", post(profiles::create))
        .route(profile, get(profiles::get).patch(profiles::patch))
        .route(&field, get(collections::get_field).post(collections::post_entry))
        // "binary" is a fixed segment and wins over an entry's number.
        .route(&format!("{field}/binary"), get(binary::get).patch(binary::patch).delete(binary::delete))
        .route(&entry, get(collections::get_entry).patch(collections::patch_entry).delete(collections::delete_entry))
        .method_not_allowed_fallback(|| async { StatusCode::METHOD_NOT_ALLOWED })
        .fallback(|| async { Refusal::not_found("Resource").into_response() })
        .layer(from_fn_with_state(app.clone(), auth::customers_only))
        .with_state(app.clone());
    Router::new().route("/oauth/token", post(auth::token)).with_state(app.clone()).fallback_service(customers)
}
