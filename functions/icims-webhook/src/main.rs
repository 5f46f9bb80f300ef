//! Wires the iCIMS webhook.

use std::sync::Arc;

use connector::aws::{
    Clients, Config, DynamoCheckStore, DynamoCustomers, DynamoTokens, SecretsManagerSecrets, SqsQueue, SystemClock,
};
use connector::flows::Receiver;
use connector::icims::Icims;
use icims_webhook::Handler;
use lambda_http::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    connector::telemetry::init();
    connector::icims::warm_up();
    let (config, clients, clock) = (Config, Clients::from_env().await?, Arc::new(SystemClock));
    let secrets = Arc::new(SecretsManagerSecrets::new(clients.secrets, config.secrets_prefix()));
    let tokens = Arc::new(DynamoTokens::new(clients.dynamodb.clone(), config.tokens_table()?));
    let handler = Handler {
        customers: Arc::new(DynamoCustomers::new(clients.dynamodb.clone(), config.customers_table()?)),
        secrets: secrets.clone(),
        receiver: Receiver {
            checks: Arc::new(DynamoCheckStore::new(clients.dynamodb, config.checks_table()?)),
            ats: Arc::new(Icims::new(clients.http, secrets, tokens, clock.clone())),
            queue: Arc::new(SqsQueue::new(clients.sqs, config)),
            clock: clock.clone(),
        },
        clock,
    };
    lambda_http::run(service_fn(async |request| Ok::<_, Error>(handler.handle(request).await))).await
}
