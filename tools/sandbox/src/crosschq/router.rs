//! The addresses of the fake Crosschq: the same store under two profiles (docs/vendors/crosschq.md §9.1).

use axum::extract::{Request, State as AppState};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};

use super::extract::{OrgName, Profile};
use super::settings::TokenScheme;
use super::{actions, answer, create, read, reports};
use crate::app::{App, Shared};
use crate::state::World;

pub(crate) fn router(app: &Shared) -> Router {
    let v2 = requests().route("/settings/jobrole/", get(read::surveys));
    let v1 = requests().route("/jobrole/", get(read::surveys)).route("/config/", get(read::config));
    let api = Router::new()
        .nest("/api/v2", v2.layer(Extension(Profile::V2)))
        .nest("/partners", v1.layer(Extension(Profile::V1)))
        .method_not_allowed_fallback(|| async { answer::detail(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed.") })
        .fallback(|| async { answer::not_found() })
        .layer(from_fn_with_state(app.clone(), keys_only))
        .layer(from_fn(slash_at_the_end));
    Router::new()
        .route("/reports/{id}", get(reports::page))
        .route("/files/{id}/{name}", get(reports::file))
        .fallback_service(api.with_state(app.clone()))
        .with_state(app.clone())
}

fn requests() -> Router<Shared> {
    Router::new()
        .route("/reference-request/", get(read::search).post(create::create))
        .route("/reference-request/{id}/", get(read::get))
        .route("/reference-request/{id}/cancel/", post(actions::cancel))
        .route("/reference-request/{id}/remind/", post(actions::remind))
        .route("/reference-request/{id}/resend/", post(actions::resend))
}

/// A path without its final slash is redirected, whatever the method; a caller that follows loses its body.
async fn slash_at_the_end(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.ends_with('/') {
        return next.run(request).await;
    }
    let query = request.uri().query().map(|q| format!("?{q}")).unwrap_or_default();
    (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, format!("{path}/{query}"))]).into_response()
}

async fn keys_only(AppState(app): AppState<Shared>, mut request: Request, next: Next) -> Response {
    let given =
        request.headers().get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    if given.is_empty() {
        return answer::detail(StatusCode::UNAUTHORIZED, "Authentication credentials were not provided.");
    }
    let Some(org) = app.read(|world| caller(world, &given)) else {
        return answer::detail(StatusCode::UNAUTHORIZED, "Invalid token.");
    };
    if let Some(wait_s) = over_the_limit(&app, &org) {
        let mut refusal = answer::detail(StatusCode::TOO_MANY_REQUESTS, "Request was throttled.");
        refusal.headers_mut().insert(header::RETRY_AFTER, wait_s.into());
        return refusal;
    }
    request.extensions_mut().insert(OrgName(org));
    next.run(request).await
}

/// Counts a call; when it is one too many, the seconds until another is allowed.
fn over_the_limit(app: &App, org: &str) -> Option<i64> {
    let limit = app.read(|world| world.crosschq.orgs.get(org)?.settings.rate_limit)?;
    app.write_later(|world| {
        let now = world.now_ms();
        let calls = &mut world.crosschq.orgs.get_mut(org)?.recent_calls;
        calls.retain(|at| now - at < limit.per_ms);
        if calls.len() < limit.calls {
            calls.push(now);
            return None;
        }
        let oldest = calls.first().copied().unwrap_or(now);
        Some((oldest + limit.per_ms - now + 999).div_euclid(1000))
    })
}

fn caller(world: &World, given: &str) -> Option<String> {
    let (scheme, key) = match given.split_once(' ') {
        Some(("Token", key)) => (TokenScheme::Token, key),
        Some(("Bearer", key)) => (TokenScheme::Bearer, key),
        _ => (TokenScheme::Bare, given),
    };
    let accepts = |wanted: TokenScheme| wanted == TokenScheme::Any || wanted == scheme;
    world
        .crosschq
        .orgs
        .iter()
        .find(|(_, org)| accepts(org.settings.scheme) && org.settings.tokens.iter().any(|token| token == key))
        .map(|(name, _)| name.clone())
}
