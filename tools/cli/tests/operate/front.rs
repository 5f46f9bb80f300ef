//! API Gateway with the webhook function behind it, each front a process of its own as far as its caches go.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::Request;
use axum::response::Response;
use connector_core::aws::{SystemClock, Variable};
use connector_core::flows::Receiver;
use connector_core::icims::Icims;
use icims_webhook::Handler;
use lambda_http::{Context, RequestExt as _};

use crate::support::Stage;

/// A front with one webhook function.
pub(crate) struct Front {
    /// Base of its URLs.
    pub url: String,
    taken: Arc<AtomicU32>,
    _serving: tokio::task::JoinHandle<()>,
}

impl Front {
    /// A new process of the webhook function, with nothing in its caches.
    pub(crate) async fn start(stage: &Stage) -> Self {
        let aws = stage.admin();
        let (clock, secrets) = (Arc::new(SystemClock), Arc::new(aws.secrets()));
        let tokens = Arc::new(aws.tokens().unwrap());
        let queues = [Variable::ReferenceRequestsQueueUrl, Variable::CancellationsQueueUrl];
        let handler = Arc::new(Handler {
            customers: Arc::new(aws.customers().unwrap()),
            secrets: secrets.clone(),
            receiver: Receiver {
                checks: Arc::new(aws.store().unwrap()),
                ats: Arc::new(Icims::new(aws.http().clone(), secrets.clone(), tokens, clock.clone())),
                provider: Arc::new(connector_core::crosschq::Crosschq::new(aws.http().clone(), secrets)),
                queue: Arc::new(aws.queue(&queues).unwrap()),
                clock: clock.clone(),
            },
            clock,
        });
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let taken = Arc::new(AtomicU32::new(0));
        let counted = taken.clone();
        let app = axum::Router::new().fallback(move |request: Request| {
            let (handler, counted) = (handler.clone(), counted.clone());
            async move {
                counted.fetch_add(1, Ordering::SeqCst);
                answer(&handler, request).await
            }
        });
        let serving = tokio::spawn(async move {
            axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await.unwrap();
        });
        Self { url, taken, _serving: serving }
    }

    /// How many requests came.
    pub(crate) fn taken(&self) -> u32 {
        self.taken.load(Ordering::SeqCst)
    }
}

async fn answer(handler: &Handler, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let path = parts.uri.path().to_owned();
    // A front that takes every body for text, as an HTTP API may do with JSON.
    let (path, body) = match path.strip_prefix("/as-text") {
        Some(rest) => (rest.to_owned(), String::from_utf8_lossy(&body).into_owned().into_bytes()),
        None => (path, body.to_vec()),
    };
    let mut parameters = std::collections::HashMap::new();
    match path.trim_start_matches('/').split('/').collect::<Vec<_>>()[..] {
        ["icims", "events"] | ["icims", "oauth", "token"] => {}
        ["icims", "events", secret] => drop(parameters.insert("secret".to_owned(), vec![secret.to_owned()])),
        // What a front may say without asking the function.
        ["answers", status, ..] => {
            return Response::builder()
                .status(status.parse::<u16>().unwrap())
                .header("apigw-requestid", "request-1")
                .body(axum::body::Body::empty())
                .unwrap();
        }
        _ => return Response::builder().status(404).body(axum::body::Body::empty()).unwrap(),
    }
    let request = http::Request::from_parts(parts, lambda_http::Body::Binary(body))
        .with_raw_http_path(path)
        .with_path_parameters(parameters)
        .with_lambda_context(Context::default());
    handler.handle(request).await.map(|body| axum::body::Body::from(body.as_ref().to_vec()))
}
