//! SQS's errors, with the codes of the query protocol that the SDKs still go by.

use super::super::wire::AwsError;

fn sqs(shape: &str, query_code: &str, message: impl Into<String>) -> AwsError {
    AwsError::sender(&format!("com.amazonaws.sqs#{shape}"), message).with_query_code(query_code)
}

pub(super) fn queue_does_not_exist() -> AwsError {
    sqs(
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        "The specified queue does not exist.",
    )
}

pub(super) fn queue_name_exists(attribute: &str) -> AwsError {
    sqs(
        "QueueNameExists",
        "QueueAlreadyExists",
        format!(
            "A queue already exists with the same name and a different value for attribute {attribute}"
        ),
    )
}

pub(super) fn purge_in_progress(queue: &str) -> AwsError {
    sqs(
        "PurgeQueueInProgress",
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        format!("Only one PurgeQueue operation on {queue} is allowed every 60 seconds."),
    )
}

pub(super) fn unknown_attribute(name: &str) -> AwsError {
    sqs(
        "InvalidAttributeName",
        "InvalidAttributeName",
        format!("Unknown Attribute {name}."),
    )
}

pub(super) fn invalid_attribute_value(name: &str) -> AwsError {
    sqs(
        "InvalidAttributeValue",
        "InvalidAttributeValue",
        format!("Invalid value for the parameter {name}."),
    )
}

pub(super) fn invalid_message_contents() -> AwsError {
    sqs(
        "InvalidMessageContents",
        "InvalidMessageContents",
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD \
         | #x10000 to #x10FFFF",
    )
}

pub(super) fn receipt_handle_is_invalid() -> AwsError {
    sqs(
        "ReceiptHandleIsInvalid",
        "ReceiptHandleIsInvalid",
        "The input receipt handle is not a valid receipt handle.",
    )
}

pub(super) fn message_not_inflight() -> AwsError {
    sqs(
        "MessageNotInflight",
        "AWS.SimpleQueueService.MessageNotInflight",
        "The message referred to is not in flight.",
    )
}

pub(super) fn empty_batch() -> AwsError {
    sqs(
        "EmptyBatchRequest",
        "AWS.SimpleQueueService.EmptyBatchRequest",
        "There should be at least one entry in the request.",
    )
}

pub(super) fn too_many_entries(given: usize) -> AwsError {
    sqs(
        "TooManyEntriesInBatchRequest",
        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        format!("Maximum number of entries per request are 10. You have sent {given}."),
    )
}

pub(super) fn entry_ids_not_distinct() -> AwsError {
    sqs(
        "BatchEntryIdsNotDistinct",
        "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        "Two or more batch entries in the request have the same Id.",
    )
}

pub(super) fn invalid_entry_id() -> AwsError {
    sqs(
        "InvalidBatchEntryId",
        "AWS.SimpleQueueService.InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 \
         letters long.",
    )
}

pub(super) fn batch_too_long(bytes: usize) -> AwsError {
    sqs(
        "BatchRequestTooLong",
        "AWS.SimpleQueueService.BatchRequestTooLong",
        format!("Batch requests cannot be longer than 1048576 bytes. You have sent {bytes} bytes."),
    )
}

pub(super) fn unsupported(message: impl Into<String>) -> AwsError {
    sqs(
        "UnsupportedOperation",
        "AWS.SimpleQueueService.UnsupportedOperation",
        message,
    )
}

pub(super) fn resource_not_found(message: impl Into<String>) -> AwsError {
    sqs(
        "ResourceNotFoundException",
        "ResourceNotFoundException",
        message,
    )
}

pub(super) fn invalid_parameter(message: impl Into<String>) -> AwsError {
    AwsError::sender(
        "com.amazon.coral.service#InvalidParameterValueException",
        message,
    )
    .with_query_code("InvalidParameterValue")
}

/// `InvalidParameterValue` in the words that SQS has for most parameters.
pub(super) fn invalid_value(
    parameter: &str,
    value: impl std::fmt::Display,
    reason: &str,
) -> AwsError {
    invalid_parameter(format!(
        "Value {value} for parameter {parameter} is invalid. Reason: {reason}"
    ))
}
