//! CloudFormation, as far as looking at the one stack goes. Making it is the local run's own work.

use serde_json::{Value, json};

use super::deployed::page;
use super::wire::AwsError;
use crate::deployment::Deployment;

/// A page of `ListStackResources`, as large as CloudFormation's.
const PAGE: usize = 100;

/// Answers `cloudformation.<operation>`.
///
/// # Errors
/// `ValidationError` for another stack or resource.
pub(super) fn handle(operation: &str, input: &Value, deployment: &Deployment) -> Result<Value, AwsError> {
    match operation {
        "DescribeStacks" => match text(input, "StackName") {
            None if deployment.stack.is_null() => Ok(json!({"Stacks": []})),
            None => Ok(json!({"Stacks": [deployment.stack]})),
            Some(name) => Ok(json!({"Stacks": [of_name(deployment, name)?]})),
        },
        "DescribeStackResources" => describe_resources(input, deployment),
        "ListStackResources" => {
            let missing = || {
                validation(
                    "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must not be null",
                )
            };
            of_name(deployment, text(input, "StackName").ok_or_else(missing)?)?;
            let summaries = deployment.resources.iter().map(summary).collect();
            let token = || validation("NextToken is invalid");
            let (listed, next) = page(summaries, PAGE, text(input, "NextToken")).ok_or_else(token)?;
            Ok(json!({"StackResourceSummaries": listed, "NextToken": next}))
        }
        other => Err(AwsError::unknown_operation(&format!("cloudformation.{other}"))),
    }
}

fn describe_resources(input: &Value, deployment: &Deployment) -> Result<Value, AwsError> {
    let is =
        |resource: &Value, member: &str, wanted: Option<&str>| wanted.is_none_or(|wanted| resource[member] == wanted);
    let physical = text(input, "PhysicalResourceId");
    match (text(input, "StackName"), physical) {
        (Some(name), _) => drop(of_name(deployment, name)?),
        (None, Some(id)) => {
            if !deployment.resources.iter().any(|resource| resource["PhysicalResourceId"] == id) {
                return Err(validation(&format!("Stack for {id} does not exist")));
            }
        }
        (None, None) => return Err(validation("StackName or PhysicalResourceId must be specified.")),
    }
    let logical = text(input, "LogicalResourceId");
    let wanted: Vec<&Value> =
        deployment.resources.iter().filter(|resource| is(resource, "LogicalResourceId", logical)).collect();
    if wanted.is_empty()
        && let Some(id) = logical
    {
        let stack = deployment.stack["StackName"].as_str().unwrap_or_default();
        return Err(validation(&format!("Resource {id} does not exist for stack {stack}")));
    }
    Ok(json!({"StackResources": wanted}))
}

fn summary(resource: &Value) -> Value {
    let mut summary = json!({"LastUpdatedTimestamp": resource["Timestamp"]});
    for member in ["LogicalResourceId", "PhysicalResourceId", "ResourceType", "ResourceStatus"] {
        summary[member] = resource[member].clone();
    }
    summary
}

/// A stack is known by its name or its id.
fn of_name<'a>(deployment: &'a Deployment, name: &str) -> Result<&'a Value, AwsError> {
    let stack = &deployment.stack;
    if !stack.is_null() && (stack["StackName"] == name || stack["StackId"] == name) {
        return Ok(stack);
    }
    Err(validation(&format!("Stack with id {name} does not exist")))
}

fn validation(message: &str) -> AwsError {
    AwsError::sender("ValidationError", message)
}

fn text<'a>(input: &'a Value, name: &str) -> Option<&'a str> {
    input.get(name).and_then(Value::as_str)
}
