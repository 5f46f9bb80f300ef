//! Wires the Crosschq callback.

use std::sync::Arc;

use connector::aws::{Clients, Config, DynamoCustomers, SecretsManagerSecrets, SqsQueue, SystemClock};
use connector::flows::Callback;
use crosschq_callback::Handler;
use lambda_http::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    connector::telemetry::init();
    let (config, clients, clock) = (Config, Clients::from_env().await?, Arc::new(SystemClock));
    let handler = Handler {
        customers: Arc::new(DynamoCustomers::new(clients.dynamodb, config.customers_table()?)),
        secrets: Arc::new(SecretsManagerSecrets::new(clients.secrets, config.secrets_prefix())),
        callback: Callback { queue: Arc::new(SqsQueue::new(clients.sqs, config)), clock: clock.clone() },
        clock,
    };
    lambda_http::run(service_fn(async |request| Ok::<_, Error>(handler.handle(request).await))).await
}
