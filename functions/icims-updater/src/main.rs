//! Wires the updater.

use std::sync::Arc;

use connector_core::aws::{Aws, Config, SystemClock};
use connector_core::crosschq::{Crosschq, KeyedFingerprints};
use connector_core::flows::{Memory, Updater};
use connector_core::icims::{self, Icims};
use connector_core::telemetry;
use icims_updater::Handler;
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = Aws::new(Config::from_env())?;
    telemetry::init(aws.config().log_filter());
    icims::warm_up();
    let (clock, secrets, tokens) = (Arc::new(SystemClock), Arc::new(aws.secrets()), Arc::new(aws.tokens()?));
    let handler = Handler {
        customers: Arc::new(aws.customers()?),
        updater: Updater {
            checks: Arc::new(aws.store()?),
            ats: Arc::new(Icims::new(aws.http().clone(), secrets.clone(), tokens, clock.clone())),
            provider: Arc::new(Crosschq::new(aws.http().clone(), secrets.clone())),
            fingerprints: Arc::new(KeyedFingerprints::new(secrets)),
            clock,
            memory: Memory::default(),
        },
        backoff: Arc::new(aws.backoff()?),
    };
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| Ok::<_, Error>(handler.handle(event).await?))).await
}
