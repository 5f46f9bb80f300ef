//! CloudFormation's `DescribeStacks` for the one stack. Creating it is the local run's own work.

use serde_json::{Value, json};

use super::wire::AwsError;
use crate::deployment::Deployment;

/// Answers `cloudformation.<operation>`.
///
/// # Errors
/// `ValidationError` for another stack.
pub(super) fn handle(operation: &str, input: &Value, deployment: &Deployment) -> Result<Value, AwsError> {
    if operation != "DescribeStacks" {
        return Err(AwsError::unknown_operation(&format!("cloudformation.{operation}")));
    }
    let stack = &deployment.stack;
    let name = input.get("StackName").and_then(Value::as_str);
    match name {
        None if stack.is_null() => Ok(json!({"Stacks": []})),
        None => Ok(json!({"Stacks": [stack]})),
        // A stack is known by its name or its id.
        Some(name) if stack["StackName"] == name || stack["StackId"] == name => Ok(json!({"Stacks": [stack]})),
        Some(name) => Err(AwsError::sender("ValidationError", format!("Stack with id {name} does not exist"))),
    }
}
