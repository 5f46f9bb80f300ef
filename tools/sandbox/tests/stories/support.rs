//! What every test needs: a sandbox with the demo world, a client, and a receiver for what the fakes send.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use reqwest::Method;
use sandbox::control::{CrosschqControl, IcimsControl};
use sandbox::world::{Demo, DemoOptions};
use sandbox::{Control, Sandbox, SandboxOptions, Step};
use serde_json::{Value, json};

/// A call that the receiver got.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// The body as JSON, inflated where it says that it is compressed.
    pub(crate) fn json(&self) -> Value {
        use std::io::Read as _;
        if self.header("content-encoding") != "gzip" {
            return serde_json::from_slice(&self.body).unwrap();
        }
        let mut plain = String::new();
        flate2::read::GzDecoder::new(&self.body[..]).read_to_string(&mut plain).unwrap();
        serde_json::from_str(&plain).unwrap()
    }
}

/// A response of the receiver.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, location: None, body: json!({}) }
    }
}

#[derive(Clone, Default)]
struct Shared {
    received: Arc<Mutex<Vec<Received>>>,
    replies: Arc<Mutex<Vec<Reply>>>,
}

/// A server in the place of the integration that the fakes call.
pub(crate) struct Receiver {
    pub(crate) url: String,
    shared: Shared,
    task: tokio::task::JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let shared = Shared::default();
        let router = Router::new().fallback(receive).with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared, task }
    }

    /// The next calls get these responses; after them, 200.
    pub(crate) fn will_answer(&self, replies: impl IntoIterator<Item = Reply>) {
        self.shared.replies.lock().unwrap().extend(replies);
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// Waits until this many calls have come.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Received> {
        for _ in 0..500 {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("waited for {count} calls, got {}", self.received().len());
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(State(shared): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path().to_owned();
    shared.received.lock().unwrap().push(Received {
        method: parts.method.to_string(),
        path: path.clone(),
        headers: parts.headers,
        body,
    });
    if path.ends_with("/oauth/token") {
        let token = json!({"access_token": "pushed", "token_type": "Bearer", "expires_in": 86400});
        return axum::Json(token).into_response();
    }
    let mut replies = shared.replies.lock().unwrap();
    let reply = if replies.is_empty() { Reply::status(200) } else { replies.remove(0) };
    let status = StatusCode::from_u16(reply.status).unwrap();
    match reply.location {
        Some(location) => (status, [("location", location)], axum::Json(reply.body)).into_response(),
        None => (status, axum::Json(reply.body)).into_response(),
    }
}

/// A sandbox with the demo world.
pub(crate) struct TestEnv {
    pub(crate) sandbox: Sandbox,
    pub(crate) control: Control,
    pub(crate) demo: Demo,
    pub(crate) receiver: Receiver,
    pub(crate) http: reqwest::Client,
}

/// A response with its body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

pub(crate) async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}

impl TestEnv {
    /// Pushes go to `/events` of the receiver, callbacks to `/callbacks`.
    pub(crate) async fn start() -> Self {
        let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
        let receiver = Receiver::start().await;
        let control = sandbox.control();
        let options = DemoOptions {
            push_url: Some(format!("{}/events", receiver.url)),
            callback_url: Some(format!("{}/callbacks", receiver.url)),
            ..DemoOptions::default()
        };
        let demo = control.demo(&options).await.unwrap();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .http1_only()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap();
        Self { sandbox, control, demo, receiver, http }
    }

    pub(crate) fn customer(&self) -> IcimsControl {
        self.control.icims(&self.demo.customer)
    }

    pub(crate) fn org(&self) -> CrosschqControl {
        self.control.crosschq(&self.demo.org)
    }

    /// A call to the customer's iCIMS API with the integration user's Basic credentials.
    pub(crate) fn icims(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}/customers/{}/{path}", self.sandbox.icims_url(), self.demo.customer);
        self.http.request(method, url).basic_auth("sandbox-user", Some("sandbox-password"))
    }

    pub(crate) async fn icims_get(&self, path: &str) -> Answer {
        answer(self.icims(Method::GET, path)).await
    }

    pub(crate) async fn icims_patch(&self, path: &str, body: Value) -> Answer {
        answer(self.icims(Method::PATCH, path).json(&body)).await
    }

    pub(crate) async fn icims_post(&self, path: &str, body: Value) -> Answer {
        answer(self.icims(Method::POST, path).json(&body)).await
    }

    /// A call to Crosschq with the organization's key.
    pub(crate) fn crosschq(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.sandbox.crosschq_url());
        self.http.request(method, url).header("authorization", "crosschq-token-1234")
    }

    pub(crate) async fn crosschq_get(&self, path: &str) -> Answer {
        answer(self.crosschq(Method::GET, path)).await
    }

    pub(crate) async fn crosschq_post(&self, path: &str, body: Value) -> Answer {
        answer(self.crosschq(Method::POST, path).json(&body)).await
    }

    /// Takes a step in the life of a request and returns what a GET returns then.
    pub(crate) async fn step(&self, id: &str, step: Step) -> Value {
        self.org().step(id, &step).await.unwrap().response
    }

    /// What a GET of a request returns.
    pub(crate) async fn state(&self, id: &str) -> Value {
        self.crosschq_get(&format!("{REQUESTS}{id}/")).await.json()
    }

    /// Creates a request and returns its id.
    pub(crate) async fn create(&self, order: Value) -> String {
        let created = self.crosschq_post(REQUESTS, order).await;
        assert_eq!(created.status, 201, "{}", created.text);
        created.json()["request_id"].as_str().unwrap().to_owned()
    }
}

pub(crate) const REQUESTS: &str = "/api/v2/reference-request/";

/// The valid order with another value at a path.
pub(crate) fn order_with(path: &str, value: Value) -> Value {
    let mut changed = order();
    *changed.pointer_mut(path).unwrap() = value;
    changed
}

/// The valid order without a key of the object at a path.
pub(crate) fn order_without(object: &str, key: &str) -> Value {
    let mut changed = order();
    changed.pointer_mut(object).unwrap().as_object_mut().unwrap().remove(key);
    changed
}

/// A valid order.
pub(crate) fn order() -> Value {
    json!({
        "candidate": {"first_name": "Ada", "last_name": "Byron", "email": "ada.byron@candidates.example", "mobile_phone": "+16175550142"},
        "jobrole": "account-executive",
        "job_position": "Account Executive",
        "requestor": "robin.recruiter@customer.example",
        "config_params": {"managers": 1, "employees": 0, "peers": 1, "business": 0, "social": 0},
        "use_sms": true,
        "external_id": "icims:1234:13437:1"
    })
}

/// The control plane's refusal: the field and the message.
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, sandbox::control::ControlError>) -> (u16, String, String) {
    match result.unwrap_err() {
        sandbox::control::ControlError::Refused { status, field, message } => {
            (status, field.unwrap_or_default(), message)
        }
        other => panic!("{other}"),
    }
}
