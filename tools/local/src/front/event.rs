//! An HTTP request as an API Gateway HTTP API event, payload format 2.0.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HOST, USER_AGENT};
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

/// The route of a request.
pub struct Match<'a> {
    /// `POST /icims/events/{secret}`.
    pub route_key: &'a str,
    /// The path variables, percent-decoded.
    pub path_parameters: BTreeMap<String, String>,
}

/// The event for one request. `body` is not decoded.
#[must_use]
pub fn of_request(parts: &Parts, body: &[u8], matched: &Match<'_>, peer: &SocketAddr, request_id: &str) -> Value {
    let now = OffsetDateTime::now_utc();
    let stamp = format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let host = header(HOST);
    let domain = host.split(':').next().unwrap_or_default();
    let path = decoded_path(parts.uri.path());
    let query = parts.uri.query().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": matched.route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(parts, peer, host),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": domain,
            "domainPrefix": domain.split('.').next().unwrap_or_default(),
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": format!("{:?}", parts.version),
                "sourceIp": peer.ip().to_string(),
                "userAgent": header(USER_AGENT),
            },
            "requestId": request_id,
            "routeKey": matched.route_key,
            "stage": "$default",
            "time": now.format(stamp).unwrap_or_default(),
            "timeEpoch": now.unix_timestamp_nanos() / 1_000_000,
        },
        "isBase64Encoded": false,
    });
    let cookies: Vec<&str> = parts
        .headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split("; "))
        .collect();
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if !query.is_empty() {
        event["queryStringParameters"] = query_parameters(query);
    }
    if !matched.path_parameters.is_empty() {
        event["pathParameters"] = json!(matched.path_parameters);
    }
    if !body.is_empty() {
        match std::str::from_utf8(body) {
            Ok(text) if is_text(header(CONTENT_TYPE)) && !parts.headers.contains_key(CONTENT_ENCODING) => {
                event["body"] = Value::from(text);
            }
            _ => {
                event["body"] = Value::from(STANDARD.encode(body));
                event["isBase64Encoded"] = Value::Bool(true);
            }
        }
    }
    event
}

/// Lower-case names, several values joined with a comma, without cookies; plus the headers that API Gateway adds.
fn headers(parts: &Parts, peer: &SocketAddr, host: &str) -> Map<String, Value> {
    let mut joined: Map<String, Value> = Map::new();
    for name in parts.headers.keys().filter(|name| **name != COOKIE) {
        let values: Vec<String> = parts
            .headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        joined.insert(name.as_str().to_owned(), Value::from(values.join(",")));
    }
    let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
    let trace = uuid::Uuid::new_v4().simple().to_string();
    let forwarded = match joined.get("x-forwarded-for").and_then(Value::as_str) {
        Some(earlier) => format!("{earlier}, {}", peer.ip()),
        None => peer.ip().to_string(),
    };
    for (name, value) in [
        ("x-forwarded-for", forwarded.as_str()),
        ("x-forwarded-port", port),
        ("x-forwarded-proto", "http"),
        ("x-amzn-trace-id", &format!("Root=1-{}-{}", &trace[..8], &trace[8..])),
    ] {
        joined.insert(name.to_owned(), Value::from(value));
    }
    joined
}

/// An HTTP API percent-decodes the path and truncates it at a decoded question mark (captures of the live service in
/// github.com/hotsock/voker/pull/8); the query is not decoded.
fn decoded_path(raw: &str) -> String {
    let decoded = percent_decode_str(raw).decode_utf8_lossy();
    decoded.split('?').next().unwrap_or_default().to_owned()
}

/// Several values of a name are joined with a comma.
fn query_parameters(query: &str) -> Value {
    let mut parameters: Map<String, Value> = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let joined = match parameters.get(&*name).and_then(Value::as_str) {
            Some(earlier) => format!("{earlier},{value}"),
            None => value.into_owned(),
        };
        parameters.insert(name.into_owned(), Value::from(joined));
    }
    Value::Object(parameters)
}

/// API Gateway passes these as text and everything else (forms, gzip, no type) as base64.
fn is_text(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || matches!(essence.as_str(), "application/json" | "application/javascript" | "application/xml")
}
