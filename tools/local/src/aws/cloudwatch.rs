//! CloudWatch's alarms. Those on the depth of a queue are judged by the queue; nothing measures for the others, so they
//! stay at `INSUFFICIENT_DATA`.

use serde_json::{Value, json};

use super::deployed::page;
use super::sqs::Sqs;
use super::wire::AwsError;
use super::{ACCOUNT_ID, REGION};
use crate::deployment::Deployment;

/// A page of alarms, as large as CloudWatch's.
const PAGE: u64 = 100;

/// Answers `cloudwatch.<operation>`.
///
/// # Errors
/// `InvalidNextToken`.
pub(super) async fn handle(
    operation: &str,
    input: &Value,
    deployment: &Deployment,
    sqs: &Sqs,
) -> Result<Value, AwsError> {
    if operation != "DescribeAlarms" {
        return Err(AwsError::unknown_operation(&format!("cloudwatch.{operation}")));
    }
    let mut alarms = Vec::new();
    for alarm in deployment.alarms.iter().filter(|alarm| is_asked(alarm, input)) {
        let judged = judged(alarm, sqs).await?;
        if input.get("StateValue").is_none_or(|state| judged["StateValue"] == *state) {
            alarms.push(judged);
        }
    }
    let limit = input.get("MaxRecords").and_then(Value::as_u64).unwrap_or(PAGE).min(PAGE);
    let token = input.get("NextToken").and_then(Value::as_str);
    let (listed, next) = page(alarms, usize::try_from(limit).unwrap_or(usize::MAX), token)
        .ok_or_else(|| AwsError::sender("InvalidNextToken", "The next token is invalid"))?;
    let mut answer = json!({"MetricAlarms": listed, "CompositeAlarms": []});
    if let Some(next) = next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

fn is_asked(alarm: &Value, input: &Value) -> bool {
    let starts = |value: &Value, prefix: &Value| match (value.as_str(), prefix.as_str()) {
        (Some(value), Some(prefix)) => value.starts_with(prefix),
        _ => false,
    };
    let actions = ["AlarmActions", "OKActions", "InsufficientDataActions"];
    let mut named = actions.iter().filter_map(|member| alarm[*member].as_array()).flatten();
    let listed = |member: &str, value: &str| {
        input.get(member).and_then(Value::as_array).is_none_or(|all| all.iter().any(|one| one == value))
    };
    listed("AlarmNames", alarm["AlarmName"].as_str().unwrap_or_default())
        && listed("AlarmTypes", "MetricAlarm")
        && input.get("AlarmNamePrefix").is_none_or(|prefix| starts(&alarm["AlarmName"], prefix))
        && input.get("ActionPrefix").is_none_or(|prefix| named.any(|action| starts(action, prefix)))
}

/// The alarm with the state that its queue gives it.
async fn judged(alarm: &Value, sqs: &Sqs) -> Result<Value, AwsError> {
    let mut alarm = alarm.clone();
    let depth = alarm["Namespace"] == "AWS/SQS" && alarm["MetricName"] == "ApproximateNumberOfMessagesVisible";
    let queue = alarm["Dimensions"].as_array().into_iter().flatten().find(|it| it["Name"] == "QueueName");
    let (Some(queue), true, Some(threshold)) = (queue, depth, alarm["Threshold"].as_f64()) else { return Ok(alarm) };
    let name = queue["Value"].as_str().unwrap_or_default();
    let request = json!({
        "QueueUrl": format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT_ID}/{name}"),
        "AttributeNames": ["ApproximateNumberOfMessages"],
    });
    let attributes = match sqs.handle("GetQueueAttributes", request.to_string().as_bytes()).await {
        Ok(attributes) => attributes,
        // CloudWatch knows no queues, only what they measure: of one that is gone it hears nothing more.
        Err(error) if error.is_client_error() => return Ok(alarm),
        Err(error) => return Err(error),
    };
    let count = attributes["Attributes"]["ApproximateNumberOfMessages"].as_str().and_then(|it| it.parse().ok());
    let Some(count): Option<f64> = count else { return Ok(alarm) };
    let (crossed, words) = match alarm["ComparisonOperator"].as_str().unwrap_or_default() {
        "GreaterThanThreshold" => (count > threshold, "greater than"),
        "GreaterThanOrEqualToThreshold" => (count >= threshold, "greater than or equal to"),
        "LessThanThreshold" => (count < threshold, "less than"),
        "LessThanOrEqualToThreshold" => (count <= threshold, "less than or equal to"),
        _ => return Ok(alarm),
    };
    alarm["StateValue"] = json!(if crossed { "ALARM" } else { "OK" });
    let not = if crossed { "" } else { "not " };
    alarm["StateReason"] =
        json!(format!("Threshold Crossed: 1 datapoint [{count:.1}] was {not}{words} the threshold ({threshold:.1})."));
    // When it changed is not noted here.
    if let Some(members) = alarm.as_object_mut() {
        members.remove("StateUpdatedTimestamp");
    }
    Ok(alarm)
}
