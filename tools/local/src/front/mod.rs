//! API Gateway: a request becomes an HTTP API event (payload 2.0), the function's result an HTTP response. Without a route or
//! a valid result the response is API Gateway's own.

pub mod event;
pub mod response;
pub mod routes;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::lambda::Function;
use crate::template::HttpRoute;
use routes::Routes;

/// API Gateway's limit for a request to an HTTP API.
const MAX_REQUEST_BYTES: usize = 10 * 1024 * 1024;

/// API Gateway's limit for an integration.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// The running front, stopped by a drop.
#[derive(Debug)]
pub struct Front {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Shared {
    routes: Routes,
    functions: BTreeMap<String, Function>,
}

impl Front {
    /// Listens on `127.0.0.1:port` (0 for any). `functions` are keyed by logical id.
    ///
    /// # Errors
    /// The port cannot be bound.
    pub async fn start(
        port: u16,
        routes: Vec<HttpRoute>,
        functions: BTreeMap<String, Function>,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { routes: Routes::new(routes), functions });
        let app = Router::new().fallback(handle).with_state(shared);
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move {
            if let Err(problem) = axum::serve(listener, service).await {
                crate::console::print(&format!("HTTP front stopped: {problem}"));
            }
        });
        Ok(Self { address, server })
    }

    /// `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Some(matched) = shared.routes.find(parts.method.as_str(), parts.uri.path()) else {
        return response::message(StatusCode::NOT_FOUND, "Not Found");
    };
    let Some(function) = shared.functions.get(&matched.function) else {
        return response::message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
    };
    let Ok(body) = to_bytes(body, MAX_REQUEST_BYTES).await else {
        return response::message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let request_id = uuid::Uuid::new_v4().to_string();
    let event = event::of_request(&parts, &body, &matched, &peer, &request_id);
    // A separate task: as on API Gateway, the invocation continues if the client disconnects.
    let (function, payload) = (function.clone(), Bytes::from(event.to_string()));
    let name = function.name().to_owned();
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
