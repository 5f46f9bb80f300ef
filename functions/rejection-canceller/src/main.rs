//! Wires the canceller.

use std::sync::Arc;

use connector_core::aws::{Aws, Config, SystemClock, Variable};
use connector_core::crosschq::Crosschq;
use connector_core::flows::Canceller;
use connector_core::icims::{self, Icims};
use connector_core::telemetry;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use rejection_canceller::Handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = Aws::new(Config::from_env())?;
    telemetry::init(aws.config().log_filter());
    icims::warm_up();
    let (clock, secrets, tokens) = (Arc::new(SystemClock), Arc::new(aws.secrets()), Arc::new(aws.tokens()?));
    let handler = Handler {
        customers: Arc::new(aws.customers()?),
        canceller: Canceller {
            checks: Arc::new(aws.store()?),
            ats: Arc::new(Icims::new(aws.http().clone(), secrets.clone(), tokens, clock.clone())),
            provider: Arc::new(Crosschq::new(aws.http().clone(), secrets)),
            queue: Arc::new(aws.queue(&[Variable::IcimsUpdatesQueueUrl])?),
            clock,
        },
        backoff: Arc::new(aws.backoff()?),
    };
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| Ok::<_, Error>(handler.handle(event).await?))).await
}
