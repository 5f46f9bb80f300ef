//! AWS made from `template.yaml`, iCIMS and Crosschq, all in this process.

use connector_core::aws::{Aws, Config};
use local::aws::{AwsOptions, AwsServer};
use local::aws_call::AwsCalls;
use local::demo::Endpoints;
use local::template::{Context, Template};
use sandbox::control::Control;
use sandbox::{Sandbox, SandboxOptions};

use crate::repository::template_in;

/// The local AWS with the stack's tables, queues and functions, and the sandbox as both vendors. Neither side knows a
/// customer yet.
pub struct TestEnv {
    /// The sandbox's control plane.
    pub control: Control,
    /// The URLs and names.
    pub place: Endpoints,
    /// What the stack was made from.
    pub template: Template,
    /// The local AWS. It holds every function to its role in template.yaml.
    pub aws: AwsServer,
    /// Calls of AWS by the test itself.
    pub calls: AwsCalls,
    _sandbox: Sandbox,
}

impl TestEnv {
    /// Starts both, for a connector that is reached at `api`.
    pub async fn start(api: &str) -> Self {
        let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
        let aws = AwsServer::start(AwsOptions::default()).await.unwrap();
        let mut context = Context::local(aws.endpoint_url());
        local::run::STACK_NAME.clone_into(&mut context.stack);
        let template = template_in(&context);
        let calls = AwsCalls::new(aws.endpoint_url()).unwrap();
        local::provision::provision(&calls, &template).await.unwrap();
        let place = Endpoints {
            api: api.to_owned(),
            aws_endpoint: aws.endpoint_url().to_owned(),
            icims: sandbox.icims_url().to_owned(),
            crosschq: sandbox.crosschq_url().to_owned(),
            customers_table: template.table("CustomersTable").unwrap().name.clone(),
            secrets_prefix: "crosschq-connector".to_owned(),
        };
        Self { control: sandbox.control(), place, template, aws, calls, _sandbox: sandbox }
    }

    /// The adapters that functions use, on this stack; they may do everything.
    pub fn admin(&self) -> Aws {
        let table = |id: &str| Some(self.template.table(id).unwrap().name.clone());
        Aws::new(Config::from_lookup(|name| match name {
            "CHECKS_TABLE" => table("ChecksTable"),
            "CUSTOMERS_TABLE" => table("CustomersTable"),
            "TOKENS_TABLE" => table("TokensTable"),
            "REFERENCE_REQUESTS_QUEUE_URL" => Some(self.queue_url("ReferenceRequests")),
            "ICIMS_UPDATES_QUEUE_URL" => Some(self.queue_url("IcimsUpdates")),
            "CANCELLATIONS_QUEUE_URL" => Some(self.queue_url("Cancellations")),
            "AWS_ENDPOINT_URL" => Some(self.place.aws_endpoint.clone()),
            "AWS_REGION" => Some("us-east-1".to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
            _ => None,
        }))
        .unwrap()
    }

    /// The URL of a queue, by its name in the template.
    pub fn queue_url(&self, logical_id: &str) -> String {
        self.template.queues.iter().find(|queue| queue.logical_id == logical_id).unwrap().url.clone()
    }
}
