//! Wires the reconciler.

use std::sync::Arc;

use connector::aws::{Aws, Config, SystemClock, Variable};
use connector::flows::Reconciler;
use connector::telemetry;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use reconciler::Handler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = Aws::new(Config::from_env())?;
    telemetry::init(aws.config().log_filter());
    let queues = [Variable::ReferenceRequestsQueueUrl, Variable::IcimsUpdatesQueueUrl, Variable::CancellationsQueueUrl];
    let handler = Handler {
        reconciler: Reconciler {
            checks: Arc::new(aws.store()?),
            queue: Arc::new(aws.queue(&queues)?),
            clock: Arc::new(SystemClock),
        },
    };
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| Ok::<_, Error>(handler.handle(event).await?))).await
}
