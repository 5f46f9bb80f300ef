//! API Gateway: a request becomes an HTTP API event (payload 2.0), the function's result an HTTP response. Without a route or
//! a valid result the response is API Gateway's own.

pub mod event;
pub mod response;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, RawPathParams, Request};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use bytes::Bytes;
use tokio::task::JoinHandle;

use crate::lambda::Function;
use crate::template::HttpRoute;
use event::Match;

/// API Gateway's limit for a request to an HTTP API.
const MAX_REQUEST_BYTES: usize = 10 * 1024 * 1024;

/// API Gateway's limit for an integration.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// The running front, stopped by a drop.
#[derive(Debug)]
pub struct Front {
    url: String,
    server: JoinHandle<()>,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Front {
    /// Listens on a port (0 for any) of `host` ([`sandbox::listen`]). `functions` are keyed by logical id.
    ///
    /// # Errors
    /// The port cannot be bound, or a route has no known method or function.
    pub async fn start(
        host: Option<&str>,
        port: u16,
        routes: Vec<HttpRoute>,
        functions: BTreeMap<String, Function>,
    ) -> std::io::Result<Self> {
        let mut app = Router::new();
        for route in routes {
            let unusable = || std::io::Error::other(format!("{} has no known method or function", route.key()));
            let function = functions.get(&route.function).cloned().ok_or_else(unusable)?;
            let method = Method::from_bytes(route.method.as_bytes()).map_err(|_| unusable())?;
            let method = MethodFilter::try_from(method).map_err(|_| unusable())?;
            let key: Arc<str> = route.key().into();
            let handler = move |ConnectInfo(peer), parameters, request| {
                handle(function.clone(), Arc::clone(&key), peer, parameters, request)
            };
            app = app.route(&route.path, on(method, handler));
        }
        let not_found = || async { response::message(StatusCode::NOT_FOUND, "Not Found") };
        let app = app.method_not_allowed_fallback(not_found).fallback(not_found);
        let (listener, url) = sandbox::listen(host, port).await?;
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move {
            if let Err(problem) = axum::serve(listener, service).await {
                crate::console::print(&format!("HTTP front stopped: {problem}"));
            }
        });
        Ok(Self { url, server })
    }

    /// The base of its URLs, `http://127.0.0.1:<port>` by default.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

async fn handle(
    function: Function,
    route_key: Arc<str>,
    peer: SocketAddr,
    parameters: RawPathParams,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_REQUEST_BYTES).await else {
        return response::message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let path_parameters = parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let matched = Match { route_key: &route_key, path_parameters };
    let request_id = uuid::Uuid::new_v4().to_string();
    let event = event::of_request(&parts, &body, &matched, &peer, &request_id);
    // A separate task: as on API Gateway, the invocation continues if the client disconnects.
    let (name, payload) = (function.name().to_owned(), Bytes::from(event.to_string()));
    let invocation = tokio::spawn(async move { function.invoke(payload).await });
    let mut response = match tokio::time::timeout(INTEGRATION_TIMEOUT, invocation).await {
        Ok(Ok(Ok(payload))) => response::of_payload(&payload),
        Ok(Ok(Err(problem))) => {
            crate::console::print(&format!("{name}: {problem}"));
            response::message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
        Ok(Err(_)) => response::message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        Err(_) => response::message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
    };
    if let Ok(value) = request_id.parse() {
        response.headers_mut().insert("apigw-requestid", value);
    }
    response
}
