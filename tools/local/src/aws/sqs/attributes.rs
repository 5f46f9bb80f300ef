//! A queue's attributes: which there are, what they may be, and what they are where nobody set them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::wire::AwsError;
use super::error;

pub(super) const DELAY_S: &str = "DelaySeconds";
pub(super) const MAX_MESSAGE_BYTES: &str = "MaximumMessageSize";
pub(super) const RETENTION_S: &str = "MessageRetentionPeriod";
pub(super) const WAIT_S: &str = "ReceiveMessageWaitTimeSeconds";
pub(super) const VISIBILITY_S: &str = "VisibilityTimeout";
pub(super) const REDRIVE_POLICY: &str = "RedrivePolicy";

struct Number {
    name: &'static str,
    default: i64,
    min: i64,
    max: i64,
}

const NUMBERS: [Number; 6] = [
    number(DELAY_S, 0, 0, 900),
    // 1 MiB since August 2025; 256 KiB before.
    number(MAX_MESSAGE_BYTES, 1_048_576, 1_024, 1_048_576),
    number(RETENTION_S, 345_600, 60, 1_209_600),
    number(WAIT_S, 0, 0, 20),
    number(VISIBILITY_S, 30, 0, 43_200),
    number("KmsDataKeyReusePeriodSeconds", 300, 60, 86_400),
];

const fn number(name: &'static str, default: i64, min: i64, max: i64) -> Number {
    Number {
        name,
        default,
        min,
        max,
    }
}

/// Kept and given back, but without effect here.
const INERT: [&str; 4] = [
    "KmsMasterKeyId",
    "Policy",
    "RedriveAllowPolicy",
    "SqsManagedSseEnabled",
];

/// What SQS works out by itself.
pub(super) const COMPUTED: [&str; 6] = [
    "QueueArn",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
];

/// Where a message goes that was received too often.
#[derive(Deserialize, Clone, Debug)]
#[serde(rename_all = "camelCase")]
pub(super) struct RedrivePolicy {
    pub(super) dead_letter_target_arn: String,
    #[serde(deserialize_with = "number_or_string")]
    pub(super) max_receive_count: i64,
}

/// AWS takes `"5"` as well as `5`, and templates write either.
fn number_or_string<'de, D: serde::Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Text(String),
    }
    match Either::deserialize(from)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

/// The attributes that were set, checked; the rest have their defaults.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Attributes(BTreeMap<String, String>);

impl Attributes {
    /// Checks and takes over what a caller set. An empty value takes a policy away.
    ///
    /// # Errors
    /// `InvalidAttributeName` and `InvalidAttributeValue`; `InvalidParameterValue` for a redrive policy.
    pub(super) fn set(&mut self, given: BTreeMap<String, String>) -> Result<(), AwsError> {
        for (name, value) in given {
            if name.starts_with("Fifo") || name == "ContentBasedDeduplication" {
                return Err(error::unsupported("the local SQS has no FIFO queues"));
            }
            if let Some(number) = NUMBERS.iter().find(|number| number.name == name) {
                let in_range = value
                    .parse::<i64>()
                    .is_ok_and(|value| (number.min..=number.max).contains(&value));
                if !in_range {
                    return Err(error::invalid_attribute_value(&name));
                }
            } else if name == REDRIVE_POLICY {
                if !value.is_empty() {
                    parse_redrive_policy(&value)?;
                }
            } else if !INERT.contains(&&*name) {
                return Err(error::unknown_attribute(&name));
            }
            if value.is_empty() {
                self.0.remove(&name);
            } else {
                self.0.insert(name, value);
            }
        }
        Ok(())
    }

    /// The number that is set, or AWS's default.
    pub(super) fn number(&self, name: &str) -> i64 {
        let default = NUMBERS
            .iter()
            .find(|number| number.name == name)
            .map_or(0, |number| number.default);
        self.0
            .get(name)
            .and_then(|value| value.parse().ok())
            .unwrap_or(default)
    }

    /// The redrive policy, where one is set.
    pub(super) fn redrive_policy(&self) -> Option<RedrivePolicy> {
        parse_redrive_policy(self.0.get(REDRIVE_POLICY)?).ok()
    }

    /// The first attribute of `given` that has another value here.
    pub(super) fn differing(&self, given: &Attributes) -> Option<String> {
        let (ours, theirs) = (self.all(), given.all());
        given
            .0
            .keys()
            .find(|name| ours.get(*name) != theirs.get(*name))
            .cloned()
    }

    /// Every attribute that has a value, defaults included.
    pub(super) fn all(&self) -> BTreeMap<String, String> {
        let mut all: BTreeMap<String, String> = NUMBERS
            .iter()
            .filter(|number| number.name != "KmsDataKeyReusePeriodSeconds")
            .map(|number| (number.name.to_owned(), number.default.to_string()))
            .collect();
        all.insert("SqsManagedSseEnabled".to_owned(), "true".to_owned());
        all.extend(self.0.clone());
        all
    }
}

/// True where a caller may ask for the attribute.
pub(super) fn is_known(name: &str) -> bool {
    name == "All"
        || name == REDRIVE_POLICY
        || INERT.contains(&name)
        || COMPUTED.contains(&name)
        || NUMBERS.iter().any(|number| number.name == name)
}

fn parse_redrive_policy(value: &str) -> Result<RedrivePolicy, AwsError> {
    let invalid = |reason| error::invalid_value(REDRIVE_POLICY, value, reason);
    let policy: RedrivePolicy = serde_json::from_str(value)
        .map_err(|_| invalid("Redrive policy is not a valid JSON map."))?;
    if !(1..=1_000).contains(&policy.max_receive_count) {
        return Err(invalid(
            "Invalid value for maxReceiveCount, must be between 1 and 1000, both inclusive.",
        ));
    }
    Ok(policy)
}
