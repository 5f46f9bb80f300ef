//! EventBridge, as far as looking at rules goes.

use serde_json::{Value, json};

use super::wire::{AwsError, parse};
use crate::deployment::{DeployedRule, Deployment};

/// Answers `AWSEvents.<operation>`.
///
/// # Errors
/// `ResourceNotFoundException` for another rule.
pub(super) fn handle(operation: &str, body: &[u8], deployment: &Deployment) -> Result<Value, AwsError> {
    let input: Value = parse(body)?;
    match operation {
        "DescribeRule" => Ok(named(&input, "Name", deployment)?.rule.clone()),
        "ListTargetsByRule" => Ok(json!({"Targets": named(&input, "Rule", deployment)?.targets})),
        "ListRuleNamesByTarget" => {
            let aims = |rule: &&DeployedRule| rule.targets.iter().any(|target| target["Arn"] == input["TargetArn"]);
            let names = deployment.rules.iter().filter(aims).map(|rule| &rule.rule["Name"]);
            Ok(json!({"RuleNames": names.collect::<Vec<_>>()}))
        }
        other => Err(AwsError::unknown_operation(&format!("AWSEvents.{other}"))),
    }
}

fn named<'a>(input: &Value, member: &str, deployment: &'a Deployment) -> Result<&'a DeployedRule, AwsError> {
    let name = input.get(member).and_then(Value::as_str).unwrap_or_default();
    deployment.rules.iter().find(|rule| rule.rule["Name"] == name).ok_or_else(|| {
        AwsError::sender("ResourceNotFoundException", format!("Rule {name} does not exist on EventBus default."))
    })
}
