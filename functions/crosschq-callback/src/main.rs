//! Wires the Crosschq callback.

use std::sync::Arc;

use connector_core::aws::{Aws, Config, SystemClock, Variable};
use connector_core::flows::Callback;
use connector_core::telemetry;
use crosschq_callback::Handler;
use lambda_http::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = Aws::of_webhook(Config::from_env())?;
    telemetry::init(aws.config().log_filter());
    let clock = Arc::new(SystemClock);
    let handler = Handler {
        customers: Arc::new(aws.customers()?),
        secrets: Arc::new(aws.secrets()),
        callback: Callback { queue: Arc::new(aws.queue(&[Variable::IcimsUpdatesQueueUrl])?), clock: clock.clone() },
        clock,
    };
    lambda_http::run(service_fn(async |request| Ok::<_, Error>(handler.handle(request).await))).await
}
