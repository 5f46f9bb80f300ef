//! Wires the reconciler.

use std::sync::Arc;

use connector::aws::{Clients, Config, DynamoCheckStore, SqsQueue, SystemClock};
use connector::flows::Reconciler;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use reconciler::Handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    connector::telemetry::init();
    let (config, clients) = (Config, Clients::from_env().await?);
    let handler = Handler {
        reconciler: Reconciler {
            checks: Arc::new(DynamoCheckStore::new(clients.dynamodb, config.checks_table()?)),
            queue: Arc::new(SqsQueue::new(clients.sqs, config)),
            clock: Arc::new(SystemClock),
        },
    };
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| Ok::<_, Error>(handler.handle(event).await?))).await
}
