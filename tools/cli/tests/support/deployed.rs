//! Tells the local AWS what CloudFormation, Lambda, EventBridge and CloudWatch would say of the stack.

use std::collections::BTreeMap;

use local::deployment::{Deployment, Made};
use local::template::Context;
use time::OffsetDateTime;

use super::Stage;

/// The stack's name: what the command line takes by default.
pub const STACK: &str = local::run::STACK_NAME;

/// What would be told.
pub fn deployment(stage: &Stage) -> Deployment {
    let mut context = Context::local(&stage.place.aws_endpoint);
    context.stack = STACK.to_owned();
    let made = Made {
        api_url: &stage.place.api,
        code: BTreeMap::new(),
        environment: &BTreeMap::new(),
        at: OffsetDateTime::now_utc(),
    };
    Deployment::of(&stage.template, &context, &made).unwrap()
}

pub async fn tell(stage: &Stage) {
    assert!(stage.calls.describe(&deployment(stage)).await.unwrap(), "the local AWS takes no stack");
}
