//! Which open checks use a template (index `customer` of the checks table).

use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::AttributeValue;
use connector_core::aws::Item;
use connector_core::domain::{AtsTag, CustomerId};
use serde::Serialize;

use crate::failure::{CliError, explain};
use crate::session::Session;

/// Open checks by what removing the template would mean to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Usage {
    /// Crosschq holds their request: they go on.
    pub(crate) requested: usize,
    /// Nothing was created for certain yet: their template is looked up again.
    pub(crate) starting: usize,
}

impl Usage {
    pub(crate) fn total(self) -> usize {
        self.requested + self.starting
    }

    /// What will become of them without the template.
    pub(crate) fn fate(self) -> Vec<String> {
        let mut message = Vec::new();
        if self.requested > 0 {
            message.push(format!(
                "{} already requested from Crosschq go on to their end as they are",
                checks(self.requested)
            ));
        }
        if self.starting > 0 {
            message.push(format!(
                "{} not requested yet will be refused: the recruiter reads in iCIMS that the template is unknown",
                checks(self.starting)
            ));
        }
        message
    }
}

/// `1 open check`, `2 open checks`.
pub(crate) fn checks(count: usize) -> String {
    if count == 1 { "1 open check".to_owned() } else { format!("{count} open checks") }
}

/// The states that are never left; as they are stored.
const OVER: [&str; 5] = ["completed", "cancelled", "declined", "expired", "failed"];
/// The states before Crosschq's request is known.
const STARTING: [&str; 2] = ["claimed", "outcome_unknown"];

/// Counts the open checks that use a template. A check that just began may not know its template yet: it counts as
/// starting.
pub(crate) async fn of(session: &Session, customer: &CustomerId, tag: &AtsTag) -> Result<Usage, CliError> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let mut query = session
        .dynamodb()
        .query()
        .table_name(&session.stack().await?.checks_table)
        .index_name("customer")
        .key_condition_expression("customer = :customer")
        .filter_expression(
            "NOT (#state IN (:over0, :over1, :over2, :over3, :over4)) \
             AND (#template = :tag OR (attribute_not_exists(#template) AND #state = :claimed))",
        )
        .projection_expression("#state")
        .expression_attribute_names("#state", "state")
        .expression_attribute_names("#template", "template")
        .expression_attribute_values(":customer", text(customer.as_str()))
        .expression_attribute_values(":tag", text(tag.as_str()))
        .expression_attribute_values(":claimed", text(STARTING[0]));
    for (number, state) in OVER.iter().enumerate() {
        query = query.expression_attribute_values(format!(":over{number}"), text(state));
    }
    let items: Result<Vec<Item>, _> = query.into_paginator().items().send().collect().await;
    let items = items.map_err(|error| {
        // What DynamoDB says of an index that is not there.
        if error.code() == Some("ValidationException") {
            return CliError::not_found("the checks table has no index customer, so open checks cannot be counted")
                .fix("deploy this release with `sam build` and `sam deploy`; `connector doctor` tells more");
        }
        explain("DynamoDB Query checks/index/customer", &error)
    })?;
    let mut usage = Usage::default();
    for item in items {
        let state = item.get("state").and_then(|value| value.as_s().ok()).map_or("", String::as_str);
        if STARTING.contains(&state) { usage.starting += 1 } else { usage.requested += 1 }
    }
    Ok(usage)
}

#[cfg(test)]
mod tests {
    use connector_core::domain::State;

    use super::*;

    #[test]
    fn the_states_are_those_of_the_domain() {
        for state in State::ALL {
            let word = serde_json::to_value(state).unwrap();
            let word = word.as_str().unwrap();
            assert_eq!(OVER.contains(&word), state.is_terminal(), "{word}");
            assert_eq!(STARTING.contains(&word), !state.is_terminal() && !state.is_open_at_crosschq(), "{word}");
        }
    }

    #[test]
    fn what_becomes_of_open_checks_is_reported_by_what_they_are() {
        let fate = Usage { requested: 1, starting: 2 }.fate();
        assert!(fate[0].starts_with("1 open check already requested") && fate[1].starts_with("2 open checks not"));
        assert!(Usage::default().fate().is_empty());
    }
}
