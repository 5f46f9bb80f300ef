//! The Lambda Runtime API (version 2018-06-01). Each execution environment has a server of its own, so that the port
//! identifies the process.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::error::InvokeError;

/// Lambda's limit for a synchronous response.
const MAX_RESPONSE_BYTES: usize = 6 * 1024 * 1024;

/// The state of the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    Starting,
    Ready,
    Failed(String),
}

/// One invocation.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) request_id: String,
    pub(super) payload: Bytes,
    pub(super) deadline_ms: u128,
    pub(super) reply: Reply,
}

type Reply = oneshot::Sender<Result<Bytes, InvokeError>>;

#[derive(Debug)]
struct Shared {
    arn: String,
    phase: watch::Sender<Phase>,
    deliveries: tokio::sync::Mutex<mpsc::Receiver<Delivery>>,
    /// The running invocation's id and where to send its result.
    current: Mutex<Option<(String, Reply)>>,
}

/// The running server. A drop closes every connection of the process.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    pub(super) address: SocketAddr,
    pub(super) phase: watch::Receiver<Phase>,
    pub(super) deliver: mpsc::Sender<Delivery>,
    server: JoinHandle<()>,
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl RuntimeApi {
    pub(super) async fn start(arn: &str) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (phase_in, phase) = watch::channel(Phase::Starting);
        let (deliver, deliveries) = mpsc::channel(1);
        let shared = Arc::new(Shared {
            arn: arn.to_owned(),
            phase: phase_in,
            deliveries: tokio::sync::Mutex::new(deliveries),
            current: Mutex::default(),
        });
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(DefaultBodyLimit::max(MAX_RESPONSE_BYTES))
            .with_state(shared);
        let server = tokio::spawn(async move {
            if let Err(problem) = axum::serve(listener, app).await {
                crate::console::print(&format!("runtime API stopped: {problem}"));
            }
        });
        Ok(Self { address, phase, deliver, server })
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    shared.phase.send_replace(Phase::Ready);
    let Some(delivery) = shared.deliveries.lock().await.recv().await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        ("lambda-runtime-aws-request-id", delivery.request_id.clone()),
        ("lambda-runtime-deadline-ms", delivery.deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", shared.arn.clone()),
        ("lambda-runtime-trace-id", trace_id()),
        ("content-type", "application/json".to_owned()),
    ];
    *shared.current.lock().unwrap_or_else(PoisonError::into_inner) = Some((delivery.request_id, delivery.reply));
    (headers, delivery.payload).into_response()
}

async fn response(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> Response {
    shared.finish(&id, Ok(body))
}

async fn error(State(shared): State<Arc<Shared>>, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let (kind, message) = report(&headers, &body);
    shared.finish(&id, Err(InvokeError::Handler { kind, message }))
}

async fn init_error(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let (kind, message) = report(&headers, &body);
    shared.phase.send_replace(Phase::Failed(format!("{kind}: {message}")));
    accepted()
}

impl Shared {
    fn finish(&self, id: &str, result: Result<Bytes, InvokeError>) -> Response {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match current.take() {
            Some((expected, reply)) if expected == id => {
                // The caller may be gone; Lambda accepts the response all the same.
                let _ = reply.send(result);
                accepted()
            }
            other => {
                *current = other;
                let body = json!({"errorMessage": "Invalid request ID", "errorType": "InvalidRequestID"});
                (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
            }
        }
    }
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, axum::Json(json!({"status": "OK"}))).into_response()
}

fn report(headers: &HeaderMap, body: &[u8]) -> (String, String) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let field = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let header = headers.get("lambda-runtime-function-error-type").and_then(|value| value.to_str().ok());
    let kind = field("errorType").or(header.map(str::to_owned)).unwrap_or_else(|| "Unhandled".to_owned());
    (kind, field("errorMessage").unwrap_or_default())
}

/// A valid X-Ray header, not sampled.
fn trace_id() -> String {
    let root = uuid::Uuid::new_v4().simple().to_string();
    format!("Root=1-{}-{};Parent={};Sampled=0", &root[..8], &root[8..], &root[16..])
}
