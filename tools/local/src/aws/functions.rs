//! Lambda's API, as far as looking at functions and event sources goes.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::deployed::{Deployed, page};
use super::wire::AwsError;
use super::{ACCOUNT_ID, REGION};
use crate::deployment::{DeployedFunction, Deployment};

/// A page of event sources, as large as Lambda's.
const PAGE: usize = 100;

/// Answers `lambda.<operation>`.
///
/// # Errors
/// `ResourceNotFoundException` for another function, as HTTP 404.
pub(super) async fn handle(operation: &str, input: &Value, deployed: &Deployed) -> Result<Value, AwsError> {
    let deployment = deployed.get();
    match operation {
        "GetFunctionConfiguration" => {
            let name = text(input, "FunctionName").unwrap_or_default();
            let function = named(&deployment, name).ok_or_else(|| not_found(&arn_of(name)))?;
            let mut configuration = function.configuration.clone();
            if let Some(path) = &function.code {
                let code = deployed.code(path).await?;
                configuration["CodeSha256"] = json!(code.sha256);
                configuration["CodeSize"] = json!(code.bytes);
            }
            Ok(configuration)
        }
        "ListEventSourceMappings" => {
            let function = match text(input, "FunctionName") {
                None => None,
                Some(name) => Some(named(&deployment, name).ok_or_else(|| not_found(&arn_of(name)))?),
            };
            let of_function = |mapping: &&Value| {
                function.is_none_or(|function| mapping["FunctionArn"] == function.configuration["FunctionArn"])
            };
            let source = text(input, "EventSourceArn");
            let of_source = |mapping: &&Value| source.is_none_or(|arn| mapping["EventSourceArn"] == arn);
            let all = deployment.event_source_mappings.iter().filter(of_function).filter(of_source);
            let limit = text(input, "MaxItems").and_then(|limit| limit.parse().ok()).unwrap_or(PAGE);
            let marker = || AwsError::sender("InvalidParameterValueException", "Invalid marker");
            let (listed, next) = page(all.cloned().collect(), limit, text(input, "Marker")).ok_or_else(marker)?;
            let mut answer = json!({"EventSourceMappings": listed});
            if let Some(next) = next {
                answer["NextMarker"] = json!(next);
            }
            Ok(answer)
        }
        other => Err(AwsError::unknown_operation(&format!("lambda.{other}")).with_status(StatusCode::NOT_FOUND)),
    }
}

/// A function is known by its name, its ARN, or its ARN from the account on.
fn named<'a>(deployment: &'a Deployment, name: &str) -> Option<&'a DeployedFunction> {
    let name = name.rsplit_once(":function:").map_or(name, |(_, name)| name);
    deployment.function(name.strip_suffix(":$LATEST").unwrap_or(name))
}

fn arn_of(name: &str) -> String {
    if name.starts_with("arn:") {
        return name.to_owned();
    }
    format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}")
}

fn not_found(arn: &str) -> AwsError {
    AwsError::sender("ResourceNotFoundException", format!("Function not found: {arn}"))
        .with_status(StatusCode::NOT_FOUND)
}

fn text<'a>(input: &'a Value, name: &str) -> Option<&'a str> {
    input.get(name).and_then(Value::as_str)
}
