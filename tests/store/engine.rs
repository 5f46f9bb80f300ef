//! The engine, with tables, queues and names of this test's own: the embedded one, or that at `CONFORMANCE_ENDPOINT`
//! behind the same switchboard.

use std::sync::atomic::{AtomicU32, Ordering};

use connector_core::aws::{Aws, Config};
use local::aws::{AwsOptions, AwsServer};
use local::aws_call::AwsCalls;
use local::template::Context;
use serde_json::{Value, json};

static ENGINES: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Engine {
    pub(crate) aws: Aws,
    pub(crate) endpoint: String,
    pub(crate) name: String,
    _switchboard: AwsServer,
}

impl Engine {
    pub(crate) async fn start() -> Self {
        let name = format!("t{}-{}", std::process::id(), ENGINES.fetch_add(1, Ordering::SeqCst));
        let switchboard = match std::env::var("CONFORMANCE_ENDPOINT") {
            Ok(endpoint) => AwsServer::proxy(&endpoint).await.unwrap(),
            Err(_) => AwsServer::start(AwsOptions::default()).await.unwrap(),
        };
        let endpoint = switchboard.endpoint_url().to_owned();
        let aws = aws(&endpoint, &name);
        let engine = Self { aws, endpoint, name, _switchboard: switchboard };
        engine.make_tables().await;
        engine.make_queues().await;
        engine
    }

    /// A process of its own as far as caches go.
    pub(crate) fn another_process(&self) -> Aws {
        aws(&self.endpoint, &self.name)
    }

    /// Sets a fault for the next call of this target.
    pub(crate) async fn fault(&self, target: &str, kind: &str, times: u32) {
        let fault = json!({"target": target, "kind": kind, "times": times});
        let url = format!("{}/__local/faults", self.endpoint);
        let answer = self.aws.http().post(url).json(&fault).send().await.unwrap();
        assert!(answer.status().is_success());
    }

    /// How often a target was called since the last question.
    pub(crate) async fn calls(&self) -> Value {
        let url = format!("{}/__local/calls", self.endpoint);
        let calls = self.aws.http().get(&url).send().await.unwrap().json().await.unwrap();
        self.aws.http().delete(&url).send().await.unwrap();
        calls
    }

    /// Those that are deployed, under names of this test's own.
    async fn make_tables(&self) {
        let mut context = Context::local(&self.endpoint);
        context.parameters.insert("NamePrefix".to_owned(), format!("{}-", self.name));
        let template = testkit::template_in(&context);
        local::provision::tables(&AwsCalls::new(&self.endpoint).unwrap(), &template).await.unwrap();
    }

    async fn make_queues(&self) {
        let (_, sqs, _) = self.aws.sdk();
        for queue in ["reference-requests", "icims-updates", "cancellations"] {
            let created = sqs.create_queue().queue_name(format!("{}-{queue}", self.name)).send().await.unwrap();
            // The address of the engine itself; ours goes through the switchboard.
            let path = format!("/000000000000/{}-{queue}", self.name);
            assert!(created.queue_url().is_some_and(|url| url.ends_with(&path)), "{created:?}");
        }
    }
}

fn aws(endpoint: &str, name: &str) -> Aws {
    let config = Config::from_lookup(|variable| {
        let value = match variable {
            "AWS_REGION" => "us-east-1".to_owned(),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "test".to_owned(),
            "AWS_ENDPOINT_URL" => endpoint.to_owned(),
            "CHECKS_TABLE" => format!("{name}-checks"),
            "CUSTOMERS_TABLE" => format!("{name}-customers"),
            "TOKENS_TABLE" => format!("{name}-tokens"),
            "REFERENCE_REQUESTS_QUEUE_URL" => queue_url(endpoint, name, "reference-requests"),
            "ICIMS_UPDATES_QUEUE_URL" | "WORK_QUEUE_URL" => queue_url(endpoint, name, "icims-updates"),
            "CANCELLATIONS_QUEUE_URL" => queue_url(endpoint, name, "cancellations"),
            "SECRETS_PREFIX" => name.to_owned(),
            _ => return None,
        };
        Some(value)
    });
    Aws::new(config).unwrap()
}

fn queue_url(endpoint: &str, name: &str, queue: &str) -> String {
    format!("{endpoint}/000000000000/{name}-{queue}")
}
