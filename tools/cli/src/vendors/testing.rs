//! What the tests of the vendors' reads share: a server that answers as a vendor, and clients that talk to it.

use std::sync::Arc;

use connector_core::aws::{SystemClock, secret_set};
use connector_core::crosschq::Crosschq;
use connector_core::domain::Customer;
use connector_core::icims::Icims;
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::verification::held::{HeldSecrets, HeldToken};

/// A vendor, a customer who is there, and the clients for both vendors.
pub(super) struct World {
    pub(super) server: MockServer,
    pub(super) customer: Customer,
    pub(super) icims: Icims,
    pub(super) crosschq: Crosschq,
}

impl World {
    pub(super) async fn new() -> Self {
        let server = MockServer::start().await;
        let base = server.uri();
        // With Basic no token stands between a test and its call.
        let settings = json!({
            "enabled": true,
            "crosschq": {"base_url": base},
            "icims": {"auth": "basic", "push": {"accept": ["basic"]}, "statuses": {"trigger": ["C38356"]},
                      "hosts": {"auth_base": base, "api_base": base}},
        });
        let secret = json!({
            "icims": {"basic": {"user": "u", "password": "p"}}, "crosschq": {"token": "t"},
            "callback": {"path_secret": "p"},
        });
        let set = secret_set("v", secret.to_string().into()).unwrap();
        let http = connector_core::http_client::client().unwrap();
        let held = Arc::new(HeldSecrets::new(&set));
        Self {
            customer: Customer {
                id: "1234".parse().unwrap(),
                settings: serde_json::from_value(settings).unwrap(),
                templates: Vec::new(),
            },
            icims: Icims::new(http.clone(), held.clone(), Arc::new(HeldToken::default()), Arc::new(SystemClock)),
            crosschq: Crosschq::new(http, held),
            server,
        }
    }

    pub(super) async fn answers(&self, verb: &str, at: &str, answer: ResponseTemplate) {
        Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(&self.server).await;
    }

    /// The body of the only request.
    pub(super) async fn sent(&self) -> serde_json::Value {
        self.server.received_requests().await.unwrap()[0].body_json().unwrap()
    }
}

pub(super) fn ok(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "application/json")
}
