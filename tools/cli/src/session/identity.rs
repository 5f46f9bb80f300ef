//! Who the operator is to AWS: what the audit log records.

use aws_config::SdkConfig;

use crate::failure::{CliError, Kind, explain};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) arn: String,
    pub(crate) account: String,
}

pub(super) async fn read(sdk: &SdkConfig) -> Result<Identity, CliError> {
    let answer = aws_sdk_sts::Client::new(sdk).get_caller_identity().send().await;
    let answer = answer.map_err(|error| explain("STS GetCallerIdentity", &error))?;
    match (answer.arn, answer.account) {
        (Some(arn), Some(account)) => Ok(Identity { arn, account }),
        _ => Err(CliError::new(Kind::Credentials, "AWS does not say who we are")),
    }
}
