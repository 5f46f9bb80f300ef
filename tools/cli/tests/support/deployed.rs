//! Has the local AWS describe the stack.

use local::deployment::Deployment;
use local::template::Context;
use time::OffsetDateTime;

use super::Stage;

/// The stack's name: the command line's default.
pub const STACK: &str = local::run::STACK_NAME;

pub async fn describe(stage: &Stage) {
    let mut context = Context::local(&stage.place.aws_endpoint);
    context.stack = STACK.to_owned();
    let deployment = Deployment::of(&stage.template, &context, &stage.place.api, OffsetDateTime::now_utc()).unwrap();
    assert!(stage.calls.describe(&deployment).await.unwrap(), "the endpoint does not take a stack");
}
