//! A check's history, entry by entry: the shape that `show` and `watch` share.

use std::collections::BTreeMap;

use connector_core::domain::{Actor, Check, HistoryEntry, Timestamp};
use serde::Serialize;

use crate::checks::{operator_action, text};
use crate::failure::CliError;
use crate::session::Session;

#[derive(Debug, Clone, Serialize)]
pub(super) struct Moment {
    pub(super) at: String,
    pub(super) by: &'static str,
    /// The AWS identity behind what was done by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) operator: Option<String>,
    pub(super) what: String,
    pub(super) text: String,
    pub(super) correlation_id: String,
    #[serde(skip)]
    pub(super) moment: Timestamp,
}

impl Moment {
    pub(super) fn of(entry: &HistoryEntry, operators: &BTreeMap<String, String>) -> Self {
        Self {
            at: entry.at.to_string(),
            by: text::actor(entry.actor),
            operator: operators.get(entry.correlation_id.as_str()).cloned(),
            what: text::word(entry),
            text: text::sentence(&entry.event),
            correlation_id: entry.correlation_id.to_string(),
            moment: entry.at,
        }
    }

    /// Who, for people: an operator by the last part of their ARN.
    pub(super) fn who(&self) -> String {
        let operator = self.operator.as_deref().map(|arn| arn.rsplit('/').next().unwrap_or(arn));
        match (self.by, operator) {
            ("operator", Some(operator)) => format!("operator {operator}"),
            (by, Some(operator)) => format!("{by} for operator {operator}"),
            (by, None) => by.to_owned(),
        }
    }
}

/// Who did what by hand to this check; asks nothing where nobody did.
pub(super) async fn operators(session: &Session, check: &Check) -> Result<BTreeMap<String, String>, CliError> {
    let by_hand = |entry: &HistoryEntry| {
        entry.actor == Actor::Operator || operator_action::is_operator_action(&entry.correlation_id)
    };
    if check.history().iter().any(by_hand) {
        return operator_action::operators(session, &check.key.customer).await;
    }
    Ok(BTreeMap::new())
}
