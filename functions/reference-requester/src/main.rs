//! Wires the requester.

use std::sync::Arc;

use connector::aws::{
    Clients, Config, DynamoCheckStore, DynamoCustomers, DynamoTokens, SecretsManagerSecrets, SqsBackoff, SqsQueue,
    SystemClock,
};
use connector::crosschq::Crosschq;
use connector::flows::Requester;
use connector::icims::Icims;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use reference_requester::Handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    connector::telemetry::init();
    connector::icims::warm_up();
    let (config, clients, clock) = (Config, Clients::from_env().await?, Arc::new(SystemClock));
    let secrets = Arc::new(SecretsManagerSecrets::new(clients.secrets, config.secrets_prefix()));
    let tokens = Arc::new(DynamoTokens::new(clients.dynamodb.clone(), config.tokens_table()?));
    let handler = Handler {
        customers: Arc::new(DynamoCustomers::new(clients.dynamodb.clone(), config.customers_table()?)),
        requester: Requester {
            checks: Arc::new(DynamoCheckStore::new(clients.dynamodb, config.checks_table()?)),
            ats: Arc::new(Icims::new(clients.http.clone(), secrets.clone(), tokens, clock.clone())),
            provider: Arc::new(Crosschq::new(clients.http, secrets)),
            queue: Arc::new(SqsQueue::new(clients.sqs.clone(), config)),
            clock,
        },
        backoff: Arc::new(SqsBackoff::new(clients.sqs, config.work_queue_url()?)),
    };
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| Ok::<_, Error>(handler.handle(event).await?))).await
}
