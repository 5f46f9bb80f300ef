//! Secrets Manager's errors.

use super::super::wire::AwsError;

pub(super) fn not_found() -> AwsError {
    AwsError::sender("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

pub(super) fn value_not_found(which: &str) -> AwsError {
    let message = format!("Secrets Manager can't find the specified secret value for {which}");
    AwsError::sender("ResourceNotFoundException", message)
}

pub(super) fn exists(message: impl Into<String>) -> AwsError {
    AwsError::sender("ResourceExistsException", message)
}

pub(super) fn invalid_request(message: &str) -> AwsError {
    AwsError::sender("InvalidRequestException", message)
}

pub(super) fn invalid_parameter(message: impl Into<String>) -> AwsError {
    AwsError::sender("InvalidParameterException", message)
}
