//! IAM's policy language, as far as this repository's roles use it: statements that allow or deny actions on resources,
//! with the wildcards `*` and `?`. `template` reads them from the roles, `aws` enforces them.
//!
//! What is not here is refused when it is read, never passed over: `NotAction`, `NotResource`, `Principal`, and a
//! `Condition` on a call that is enforced. Policy variables, permissions boundaries and resource policies are not here.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

/// The services whose calls come to the local endpoint. Encryption (`kms`) and logs (`logs`) do not: what a role says of
/// them is never exercised on this machine.
const ENFORCED: [&str; 7] =
    ["cloudformation:", "cloudwatch:", "dynamodb:", "events:", "lambda:", "secretsmanager:", "sqs:"];

/// What each caller may do, by access key id. A caller that is not named may do everything.
pub type Policies = BTreeMap<String, Vec<Statement>>;

/// Whether a statement lets a call pass or stops it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// It passes, unless another statement stops it.
    Allow,
    /// It is stopped, whatever other statements say.
    Deny,
}

/// One statement of a policy, in the JSON that IAM has for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Statement {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// What it does.
    pub effect: Effect,
    /// The actions: `dynamodb:Query`.
    #[serde(deserialize_with = "one_or_many")]
    pub action: Vec<String>,
    /// The ARNs.
    #[serde(deserialize_with = "one_or_many")]
    pub resource: Vec<String>,
}

impl Statement {
    /// Whether it speaks of this action on this resource.
    #[must_use]
    pub fn covers(&self, action: &str, resource: &str) -> bool {
        self.action.iter().any(|pattern| names_action(pattern, action))
            && self.resource.iter().any(|pattern| matches(pattern, resource))
    }
}

/// Whether the statements let this action on this resource pass: one allows it and none denies it.
#[must_use]
pub fn allows(statements: &[Statement], action: &str, resource: &str) -> bool {
    let said = |effect| statements.iter().any(|it| it.effect == effect && it.covers(action, resource));
    said(Effect::Allow) && !said(Effect::Deny)
}

/// Whether the local endpoint can decide on a statement's action: true unless it is another service's for certain.
#[must_use]
pub fn is_enforced(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    ENFORCED.iter().any(|service| action.starts_with(service)) || !action.contains(':') || action.starts_with('*')
}

/// Actions are written in any case.
fn names_action(pattern: &str, action: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// Whether a pattern with `*` (any text) and `?` (any one character) describes the whole text.
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
            text_left.next().is_some_and(|given| wanted == '?' || wanted == given)
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
    fn a_pattern_describes_the_whole_text() {
        for (pattern, text, fits) in [
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
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn what_no_statement_allows_is_not_allowed_and_a_denial_wins() {
        let allow = statement("Allow", "dynamodb:*Item", "t/*");
        assert!(allows(std::slice::from_ref(&allow), "dynamodb:getitem", "t/a"), "actions are written in any case");
        assert!(!allows(std::slice::from_ref(&allow), "dynamodb:Query", "t/a"));
        assert!(!allows(std::slice::from_ref(&allow), "dynamodb:GetItem", "u/a"));
        assert!(!allows(&[], "dynamodb:GetItem", "t/a"));
        let deny = statement("Deny", "dynamodb:PutItem", "*");
        assert!(!allows(&[allow.clone(), deny.clone()], "dynamodb:PutItem", "t/a"));
        assert!(allows(&[deny, allow], "dynamodb:GetItem", "t/a"));
    }

    #[test]
    fn a_statement_that_would_mean_something_else_is_no_statement() {
        for (name, value) in [("NotAction", "sqs:*"), ("NotResource", "x"), ("Principal", "x"), ("Condition", "x")] {
            let mut given = json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"});
            given[name] = json!(value);
            assert!(serde_json::from_value::<Statement>(given).is_err(), "{name}");
        }
    }

    #[test]
    fn encryption_and_logs_are_the_only_calls_that_are_certainly_elsewhere() {
        for action in ["dynamodb:Query", "SQS:SendMessage", "secretsmanager:*", "*", "*:Query"] {
            assert!(is_enforced(action), "{action}");
        }
        for action in ["kms:Decrypt", "logs:PutLogEvents"] {
            assert!(!is_enforced(action), "{action}");
        }
    }
}
