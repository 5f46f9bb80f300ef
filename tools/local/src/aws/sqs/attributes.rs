//! A queue's attributes: their names, ranges and defaults.

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

pub(super) const MAX_DELAY_S: i64 = 900;

/// Name, default, minimum, maximum.
const NUMBERS: [(&str, i64, i64, i64); 5] = [
    (DELAY_S, 0, 0, MAX_DELAY_S),
    // 1 MiB since August 2025; 256 KiB before.
    (MAX_MESSAGE_BYTES, 1_048_576, 1_024, 1_048_576),
    (RETENTION_S, 345_600, 60, 1_209_600),
    (WAIT_S, 0, 0, 20),
    (VISIBILITY_S, 30, 0, 43_200),
];

/// Stored and returned, but without effect here.
const INERT: [&str; 5] =
    ["KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "Policy", "RedriveAllowPolicy", "SqsManagedSseEnabled"];

/// What SQS computes.
pub(super) const COMPUTED: [&str; 6] = [
    "QueueArn",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
];

/// Where a message moves that was received too often.
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
    /// Checks and stores what a caller set. An empty value removes a policy.
    ///
    /// # Errors
    /// `InvalidAttributeName` and `InvalidAttributeValue`; `InvalidParameterValue` for a redrive policy.
    pub(super) fn set(&mut self, given: BTreeMap<String, String>) -> Result<(), AwsError> {
        for (name, value) in given {
            if name.starts_with("Fifo") || name == "ContentBasedDeduplication" {
                return Err(error::sqs("UnsupportedOperation", "the local SQS has no FIFO queues"));
            }
            if let Some((_, _, min, max)) = number(&name) {
                if !value.parse::<i64>().is_ok_and(|value| (*min..=*max).contains(&value)) {
                    return Err(error::sqs(
                        "InvalidAttributeValue",
                        format!("Invalid value for the parameter {name}."),
                    ));
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
        let default = number(name).map_or(0, |(_, default, ..)| *default);
        self.0.get(name).and_then(|value| value.parse().ok()).unwrap_or(default)
    }

    /// The redrive policy, where one is set.
    pub(super) fn redrive_policy(&self) -> Option<RedrivePolicy> {
        parse_redrive_policy(self.0.get(REDRIVE_POLICY)?).ok()
    }

    /// The first attribute of `given` that has another value here.
    pub(super) fn differing(&self, given: &Attributes) -> Option<String> {
        let (ours, theirs) = (self.all(), given.all());
        given.0.keys().find(|name| ours.get(*name) != theirs.get(*name)).cloned()
    }

    /// Every attribute that has a value, defaults included.
    pub(super) fn all(&self) -> BTreeMap<String, String> {
        let defaults = NUMBERS.map(|(name, default, ..)| (name.to_owned(), default.to_string()));
        let mut all = BTreeMap::from(defaults);
        all.insert("SqsManagedSseEnabled".to_owned(), "true".to_owned());
        all.extend(self.0.clone());
        all
    }
}

/// True where a caller may request the attribute.
pub(super) fn is_known(name: &str) -> bool {
    name == "All"
        || name == REDRIVE_POLICY
        || INERT.contains(&name)
        || COMPUTED.contains(&name)
        || number(name).is_some()
}

fn number(name: &str) -> Option<&'static (&'static str, i64, i64, i64)> {
    NUMBERS.iter().find(|(known, ..)| *known == name)
}

fn parse_redrive_policy(value: &str) -> Result<RedrivePolicy, AwsError> {
    let invalid = |reason| error::invalid_value(REDRIVE_POLICY, value, reason);
    let policy: RedrivePolicy =
        serde_json::from_str(value).map_err(|_| invalid("Redrive policy is not a valid JSON map."))?;
    if !(1..=1_000).contains(&policy.max_receive_count) {
        return Err(invalid("Invalid value for maxReceiveCount, must be between 1 and 1000, both inclusive."));
    }
    Ok(policy)
}
