//! The token endpoint, and who may call a customer's API.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use super::answer::{ApiError, Code, Refusal, is_json, json_response, spend_quota};
use super::model::IssuedToken;
use crate::app::Shared;
use crate::state::World;

const TEN_MINUTES_MS: i64 = 600_000;

/// `POST /oauth/token` (docs/vendors/icims.md §1.2): form or JSON, client credentials only.
pub(crate) async fn token(State(app): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let get: Box<dyn Fn(&str) -> String> = if is_json(&headers) {
        let Ok(json) = serde_json::from_slice::<Value>(&body) else {
            return refuse(StatusCode::BAD_REQUEST, "invalid_request", "the body is not JSON");
        };
        Box::new(move |key| json.get(key).and_then(Value::as_str).unwrap_or_default().to_owned())
    } else {
        let form: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
        Box::new(move |key| form.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone()).unwrap_or_default())
    };
    if get("grant_type") != "client_credentials" {
        return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type", "grant_type must be client_credentials");
    }
    let (id, secret, audience) = (get("client_id"), get("client_secret"), get("audience"));
    app.write(|world| issue(world, &id, &secret, &audience))
}

fn issue(world: &mut World, id: &str, secret: &str, audience: &str) -> Response {
    let now = world.now_ms();
    let found = world.icims.customers.iter().find(|(_, c)| c.settings.client_id == id);
    let Some((name, customer)) = found.filter(|(_, c)| c.settings.client_secret == secret) else {
        return refuse(StatusCode::UNAUTHORIZED, "access_denied", "Unauthorized");
    };
    if customer.settings.audience != audience {
        return refuse(StatusCode::FORBIDDEN, "access_denied", "Service not found for this audience");
    }
    let recent =
        world.icims.tokens.values().filter(|t| &t.customer == name && now - t.issued_at_ms < TEN_MINUTES_MS).count();
    if recent >= customer.settings.token_limit {
        return refuse(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too many tokens were requested");
    }
    let lifetime_s = customer.settings.token_lifetime_s;
    let issued = IssuedToken {
        customer: name.clone(),
        issued_at_ms: now,
        expires_at_ms: now + lifetime_s * 1000,
        revoked: false,
    };
    let token = format!("sandbox-icims-{}", uuid::Uuid::new_v4().simple());
    // Old ones are of no use to anyone; without this the state grows for ever.
    world.icims.tokens.retain(|t| t.expires_at_ms > now || now - t.issued_at_ms < TEN_MINUTES_MS);
    world.icims.tokens.insert(token.clone(), issued);
    json_response(StatusCode::OK, &json!({"access_token": token, "token_type": "Bearer", "expires_in": lifetime_s}))
}

fn refuse(status: StatusCode, error: &str, description: &str) -> Response {
    json_response(status, &json!({"error": error, "error_description": description}))
}

/// Lets only the customer's own credentials through, and counts the call against the quota.
pub(crate) async fn customers_only(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let customer = request.uri().path().split('/').nth(2).unwrap_or_default().to_owned();
    let authorization = request.headers().get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !app.read(|world| may_call(world, &customer, authorization)) {
        return Refusal::bad_credentials().into_response();
    }
    if !app.write_later(|world| spend_quota(world, &customer)) {
        let error = ApiError::new(Code::Internal, "The daily limit of API calls is reached");
        return Refusal::new(StatusCode::TOO_MANY_REQUESTS, error).into_response();
    }
    next.run(request).await
}

fn may_call(world: &World, customer: &str, authorization: &str) -> bool {
    let Some(settings) = world.icims.customers.get(customer).map(|c| &c.settings) else {
        return false;
    };
    if let Some(token) = authorization.strip_prefix("Bearer ") {
        let now = world.now_ms();
        return world
            .icims
            .tokens
            .get(token)
            .is_some_and(|t| t.customer == customer && !t.revoked && t.expires_at_ms > now);
    }
    let Some(encoded) = authorization.strip_prefix("Basic ") else {
        return false;
    };
    let expected = format!("{}:{}", settings.basic_user, settings.basic_password);
    !settings.basic_user.is_empty() && STANDARD.decode(encoded).is_ok_and(|given| given == expected.as_bytes())
}
