//! A message's own attributes: their limits, and the MD5 digests that clients check.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::super::wire::AwsError;
use super::error;

/// AWS's limit per message.
const MAX_ATTRIBUTES: usize = 10;

/// A typed value beside the body.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttributeValue {
    data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    string_value: Option<String>,
    /// Base64, as on the wire.
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<String>,
}

/// A message's attributes by name, in the order in which the digest is computed.
pub(super) type MessageAttributes = BTreeMap<String, AttributeValue>;

impl AttributeValue {
    fn bytes(&self) -> Option<Vec<u8>> {
        match (&self.string_value, &self.binary_value) {
            (Some(text), None) => Some(text.clone().into_bytes()),
            (None, Some(encoded)) => STANDARD.decode(encoded).ok(),
            _ => None,
        }
    }

    fn is_valid(&self) -> bool {
        let kind = self.data_type.split('.').next().unwrap_or_default();
        let fits = match kind {
            "String" => self.string_value.is_some(),
            "Number" => self.string_value.as_ref().is_some_and(|text| text.parse::<f64>().is_ok()),
            "Binary" => self.binary_value.is_some(),
            _ => false,
        };
        fits && self.bytes().is_some_and(|bytes| !bytes.is_empty())
    }
}

/// # Errors
/// `InvalidParameterValue`, naming the attribute.
pub(super) fn check_attributes(attributes: &MessageAttributes) -> Result<(), AwsError> {
    if attributes.len() > MAX_ATTRIBUTES {
        return Err(error::invalid_parameter(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MAX_ATTRIBUTES}].",
            attributes.len()
        )));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    for (name, value) in attributes {
        if !(1..=256).contains(&name.len()) || !name.chars().all(allowed) || !value.is_valid() {
            return Err(error::invalid_parameter(format!(
                "The message attribute '{name}' is invalid: its name, its type and its one non-empty value must fit."
            )));
        }
    }
    Ok(())
}

const INVALID_CONTENTS: &str = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF \
    | #xE000 to #xFFFD | #x10000 to #x10FFFF";

/// Checks the body's characters: those of XML 1.0.
///
/// # Errors
/// `InvalidMessageContents`; `InvalidParameterValue` where there is no body.
pub(super) fn check_body(body: &str) -> Result<(), AwsError> {
    if body.is_empty() {
        return Err(error::invalid_parameter("The request must contain the parameter MessageBody."));
    }
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    if body.chars().all(allowed) { Ok(()) } else { Err(error::sqs("InvalidMessageContents", INVALID_CONTENTS)) }
}

/// What counts against the size limit: the body, and each attribute's name, type and value.
pub(super) fn size_bytes(body: &str, attributes: &MessageAttributes) -> usize {
    let attributes: usize = attributes
        .iter()
        .map(|(name, value)| name.len() + value.data_type.len() + value.bytes().map_or(0, |bytes| bytes.len()))
        .sum();
    body.len() + attributes
}

/// `MD5OfMessageBody`.
pub(super) fn digest_of_body(body: &str) -> String {
    format!("{:x}", md5::compute(body))
}

/// `MD5OfMessageAttributes`: over each attribute by name, its name, type and value, each with its length before it
/// (SQS developer guide, "Calculating the MD5 message digest for message attributes"). None where there are none.
pub(super) fn digest_of_attributes(attributes: &MessageAttributes) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut digest = md5::Context::new();
    let mut part = |bytes: &[u8], kind: Option<u8>| {
        if let Some(kind) = kind {
            digest.consume([kind]);
        }
        // The size limit keeps every length far below four bytes' worth.
        digest.consume(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        digest.consume(bytes);
    };
    for (name, value) in attributes {
        part(name.as_bytes(), None);
        part(value.data_type.as_bytes(), None);
        let kind = if value.binary_value.is_some() { 2 } else { 1 };
        part(&value.bytes().unwrap_or_default(), Some(kind));
    }
    Some(format!("{:x}", digest.compute()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(json: serde_json::Value) -> MessageAttributes {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_value_that_does_not_fit_its_type_is_refused() {
        for value in [
            serde_json::json!({"DataType": "Number", "StringValue": "ten"}),
            serde_json::json!({"DataType": "String", "BinaryValue": "AA=="}),
            serde_json::json!({"DataType": "Binary", "BinaryValue": "not base64"}),
            serde_json::json!({"DataType": "String", "StringValue": ""}),
            serde_json::json!({"DataType": "Date", "StringValue": "today"}),
        ] {
            assert!(check_attributes(&attributes(serde_json::json!({ "a": value }))).is_err());
        }
    }

    #[test]
    fn a_control_character_in_the_body_is_refused() {
        assert!(check_body("tab\tand emoji \u{1F600}").is_ok());
        assert!(check_body("bell\u{7}").is_err());
        assert!(check_body("").is_err());
    }
}
