//! STS: `GetCallerIdentity` only.

use serde_json::{Value, json};

use super::ACCOUNT_ID;
use super::deployed::Deployed;
use super::wire::AwsError;

pub(super) fn handle(operation: &str, caller: &str, deployed: &Deployed) -> Result<Value, AwsError> {
    match operation {
        "GetCallerIdentity" => Ok(json!({
            "Arn": deployed.caller_arn(caller),
            "UserId": if caller.is_empty() { ACCOUNT_ID } else { caller },
            "Account": ACCOUNT_ID,
        })),
        other => Err(AwsError::unknown_operation(&format!("sts.{other}"))),
    }
}
