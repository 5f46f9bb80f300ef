//! Wires the iCIMS webhook.

use std::sync::Arc;

use connector_core::aws::{Aws, Config, SystemClock, Variable};
use connector_core::crosschq::Crosschq;
use connector_core::flows::Receiver;
use connector_core::icims::{self, Icims};
use connector_core::telemetry;
use icims_webhook::Handler;
use lambda_http::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = Aws::of_webhook(Config::from_env())?;
    telemetry::init(aws.config().log_filter());
    icims::warm_up();
    let (clock, secrets) = (Arc::new(SystemClock), Arc::new(aws.secrets()));
    let tokens = Arc::new(aws.tokens()?);
    let handler = Handler {
        customers: Arc::new(aws.customers()?),
        secrets: secrets.clone(),
        receiver: Receiver {
            checks: Arc::new(aws.store()?),
            ats: Arc::new(Icims::new(aws.http().clone(), secrets.clone(), tokens, clock.clone())),
            provider: Arc::new(Crosschq::new(aws.http().clone(), secrets)),
            queue: Arc::new(aws.queue(&[Variable::ReferenceRequestsQueueUrl, Variable::CancellationsQueueUrl])?),
            clock: clock.clone(),
        },
        clock,
    };
    lambda_http::run(service_fn(async |request| Ok::<_, Error>(handler.handle(request).await))).await
}
