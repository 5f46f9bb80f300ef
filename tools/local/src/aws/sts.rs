//! STS, as far as "who am I" goes.

use serde_json::{Value, json};

use super::ACCOUNT_ID;
use super::deployed::Deployed;
use super::endpoint::unknown_operation;
use super::wire::AwsError;

/// Answers `sts.<operation>` to a caller, known by its access key id.
///
/// # Errors
/// Any call but `GetCallerIdentity`.
pub(super) fn handle(operation: &str, caller: &str, deployed: &Deployed) -> Result<Value, AwsError> {
    match operation {
        "GetCallerIdentity" => Ok(json!({
            "Arn": deployed.arn_of_caller(caller),
            "UserId": if caller.is_empty() { ACCOUNT_ID } else { caller },
            "Account": ACCOUNT_ID,
        })),
        other => Err(unknown_operation(&format!("sts.{other}"))),
    }
}
