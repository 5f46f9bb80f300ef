//! SQS's errors, with the codes of the query protocol that the SDKs still use.

use super::super::wire::AwsError;

/// An error by the name of its shape.
pub(super) fn sqs(shape: &str, message: impl Into<String>) -> AwsError {
    let old: &str = match shape {
        "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue",
        "QueueNameExists" => "QueueAlreadyExists",
        "EmptyBatchRequest"
        | "TooManyEntriesInBatchRequest"
        | "InvalidBatchEntryId"
        | "BatchEntryIdsNotDistinct"
        | "BatchRequestTooLong"
        | "MessageNotInflight"
        | "UnsupportedOperation" => &format!("AWS.SimpleQueueService.{shape}"),
        same => same,
    };
    AwsError::sender(&format!("com.amazonaws.sqs#{shape}"), message).with_query_code(old)
}

pub(super) fn queue_does_not_exist() -> AwsError {
    sqs("QueueDoesNotExist", "The specified queue does not exist.")
}

pub(super) fn unknown_attribute(name: &str) -> AwsError {
    sqs("InvalidAttributeName", format!("Unknown Attribute {name}."))
}

pub(super) fn resource_not_found(member: &str) -> AwsError {
    sqs("ResourceNotFoundException", format!("The resource that you specified for the {member} doesn't exist."))
}

pub(super) fn invalid_parameter(message: impl Into<String>) -> AwsError {
    AwsError::sender("com.amazon.coral.service#InvalidParameterValueException", message)
        .with_query_code("InvalidParameterValue")
}

/// `InvalidParameterValue` with the text that SQS uses for most parameters.
pub(super) fn invalid_value(parameter: &str, value: impl std::fmt::Display, reason: &str) -> AwsError {
    invalid_parameter(format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"))
}

/// # Errors
/// [`invalid_value`] for a number that is given and out of range.
pub(super) fn check_range(parameter: &str, value: Option<i64>, min: i64, max: i64) -> Result<(), AwsError> {
    match value {
        Some(value) if !(min..=max).contains(&value) => {
            Err(invalid_value(parameter, value, &format!("Must be between {min} and {max}, if provided.")))
        }
        _ => Ok(()),
    }
}
