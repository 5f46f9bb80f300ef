//! IAM's policy language, as far as this repository's roles use it: statements that allow or deny actions on resources,
//! with the wildcards `*` and `?`.
//!
//! What is not supported is an error, never ignored: `NotAction`, `NotResource`, `Principal`, and a `Condition` on an
//! enforced call. Policy variables, permissions boundaries and resource policies are not supported.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

/// The services that the local endpoint emulates. Permissions for others (`kms`, `logs`) are never exercised locally.
const ENFORCED: [&str; 4] = ["cloudformation:", "dynamodb:", "secretsmanager:", "sqs:"];

/// The statements that apply to each access key id. A caller without an entry may do everything.
pub type Policies = BTreeMap<String, Vec<Statement>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Effect {
    Allow,
    Deny,
}

/// One statement of a policy, in IAM's JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Statement {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    pub effect: Effect,
    #[serde(deserialize_with = "one_or_many")]
    pub action: Vec<String>,
    #[serde(deserialize_with = "one_or_many")]
    pub resource: Vec<String>,
}

impl Statement {
    /// Whether it applies to this action on this resource.
    #[must_use]
    pub fn covers(&self, action: &str, resource: &str) -> bool {
        self.action.iter().any(|pattern| matches_action(pattern, action))
            && self.resource.iter().any(|pattern| matches(pattern, resource))
    }
}

/// Whether the statements permit this action on this resource: one allows it and none denies it.
#[must_use]
pub fn allows(statements: &[Statement], action: &str, resource: &str) -> bool {
    let any = |effect| statements.iter().any(|it| it.effect == effect && it.covers(action, resource));
    any(Effect::Allow) && !any(Effect::Deny)
}

/// Whether a statement's action could be one that the local endpoint enforces.
#[must_use]
pub fn is_enforced(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    ENFORCED.iter().any(|service| action.starts_with(service)) || !action.contains(':') || action.starts_with('*')
}

/// Actions are case-insensitive.
fn matches_action(pattern: &str, action: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// Whether a pattern with `*` (any text) and `?` (any one character) matches the whole text.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut pattern_left = pattern.chars();
    match pattern_left.next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = pattern_left.as_str();
            text.char_indices().map(|(at, _)| &text[at..]).chain([""]).any(|text| matches(rest, text))
        }
        Some(wanted) => {
            let mut text_left = text.chars();
            text_left.next().is_some_and(|actual| wanted == '?' || wanted == actual)
                && matches(pattern_left.as_str(), text_left.as_str())
        }
    }
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn statement(effect: &str, action: &str, resource: &str) -> Statement {
        serde_json::from_value(json!({"Effect": effect, "Action": action, "Resource": resource})).unwrap()
    }

    #[test]
    fn a_pattern_matches_the_whole_text() {
        for (pattern, text, expected) in [
            ("arn:table/checks", "arn:table/checks", true),
            ("arn:table/checks", "arn:table/checks/index/due", false),
            ("arn:table/checks/*", "arn:table/checks/index/due", true),
            ("secret:a/customers/*", "secret:a/customers/1234-AbCdEf", true),
            ("secret:a/customers/*", "secret:a/others/1234-AbCdEf", false),
            ("secret:a", "secret:a-AbCdEf", false),
            ("secret:a-??????", "secret:a-AbCdEf", true),
            ("*", "", true),
            ("*b*", "abc", true),
            ("?", "", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_no_statement_allows_is_not_allowed_and_a_denial_wins() {
        let allow = statement("Allow", "dynamodb:*Item", "t/*");
        assert!(allows(std::slice::from_ref(&allow), "dynamodb:getitem", "t/a"), "actions are case-insensitive");
        assert!(!allows(std::slice::from_ref(&allow), "dynamodb:Query", "t/a"));
        assert!(!allows(std::slice::from_ref(&allow), "dynamodb:GetItem", "u/a"));
        assert!(!allows(&[], "dynamodb:GetItem", "t/a"));
        let deny = statement("Deny", "dynamodb:PutItem", "*");
        assert!(!allows(&[allow.clone(), deny.clone()], "dynamodb:PutItem", "t/a"));
        assert!(allows(&[deny, allow], "dynamodb:GetItem", "t/a"));
    }

    #[test]
    fn an_element_that_would_change_a_statements_meaning_is_an_error() {
        for (name, value) in [("NotAction", "sqs:*"), ("NotResource", "x"), ("Principal", "x"), ("Condition", "x")] {
            let mut statement = json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"});
            statement[name] = json!(value);
            assert!(serde_json::from_value::<Statement>(statement).is_err(), "{name}");
        }
    }

    #[test]
    fn calls_to_other_services_are_not_enforced() {
        for action in ["dynamodb:Query", "SQS:SendMessage", "secretsmanager:*", "*", "*:Query"] {
            assert!(is_enforced(action), "{action}");
        }
        for action in ["kms:Decrypt", "logs:PutLogEvents"] {
            assert!(!is_enforced(action), "{action}");
        }
    }
}
