//! Wires the reconciler.

use std::sync::Arc;

use connector_core::aws::{Aws, Config, SystemClock, Variable};
use connector_core::flows::{EventBackfill, Reconciler};
use connector_core::icims::Icims;
use connector_core::telemetry;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use reconciler::Handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = Aws::new(Config::from_env())?;
    telemetry::init(aws.config().log_filter());
    let queues = [Variable::ReferenceRequestsQueueUrl, Variable::IcimsUpdatesQueueUrl, Variable::CancellationsQueueUrl];
    let (clock, queue) = (Arc::new(SystemClock), Arc::new(aws.queue(&queues)?));
    let (checks, customers) = (Arc::new(aws.store()?), Arc::new(aws.customers()?));
    let tokens = Arc::new(aws.tokens()?);
    let ats = Arc::new(Icims::new(aws.http().clone(), Arc::new(aws.secrets()), tokens, clock.clone()));
    let handler = Handler {
        reconciler: Reconciler { checks: checks.clone(), queue: queue.clone(), clock: clock.clone() },
        backfill: EventBackfill {
            opted_in: customers.clone(),
            customers,
            watermarks: Arc::new(aws.watermarks()?),
            checks,
            ats,
            queue,
            clock,
        },
    };
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| Ok::<_, Error>(handler.handle(event).await?))).await
}
