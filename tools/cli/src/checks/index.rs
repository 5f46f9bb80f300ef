//! A customer's checks by when they were ordered: index `customer` of the checks table. Eventually consistent, as every
//! index is.

use aws_sdk_dynamodb::types::AttributeValue;
use connector_core::aws::{Item, check_key_of};
use connector_core::domain::{CheckKey, CustomerId, State, Timestamp};

use crate::failure::{CliError, explain};
use crate::session::Session;

/// A check as far as the index tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) key: CheckKey,
    /// Where it stands; nothing if only a later release knows the word.
    pub(crate) state: Option<State>,
    /// The word for it.
    pub(crate) word: String,
    pub(crate) state_since: Timestamp,
    /// When it was ordered.
    pub(crate) created_at: Timestamp,
    /// When it was last written.
    pub(crate) updated_at: Timestamp,
    /// The candidate, if the check knows.
    pub(crate) person: Option<String>,
    /// The template, once chosen.
    pub(crate) template: Option<String>,
}

/// From when until when checks were ordered; both ends may be open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    /// Ordered at or after.
    pub(crate) from: Option<Timestamp>,
    /// Ordered at or before.
    pub(crate) until: Option<Timestamp>,
}

/// Reads a customer's checks page by page, the youngest first.
#[derive(Debug)]
pub(crate) struct Pages<'a> {
    session: &'a Session,
    customer: &'a CustomerId,
    span: Span,
    next: Option<Item>,
    ended: bool,
}

impl Listed {
    /// Whether more may come. Of what only a later release knows, it may.
    pub(crate) fn may_go_on(&self) -> bool {
        self.state.is_none_or(|state| !state.is_terminal())
    }
}

impl<'a> Pages<'a> {
    /// Of this customer, ordered within the span.
    pub(crate) fn of(session: &'a Session, customer: &'a CustomerId, span: Span) -> Self {
        Self { session, customer, span, next: None, ended: false }
    }

    /// The next page, `None` after the last. A page may be empty.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Listed>>, CliError> {
        if self.ended {
            return Ok(None);
        }
        let from = self.span.from.map_or(0, Timestamp::ms);
        let until = self.span.until.map_or(i64::MAX, Timestamp::ms);
        let number = |number: i64| AttributeValue::N(number.to_string());
        let answer = self
            .session
            .dynamodb()
            .query()
            .table_name(&self.session.stack().await?.checks_table)
            .index_name("customer")
            .key_condition_expression("#customer = :customer AND #created BETWEEN :from AND :until")
            .expression_attribute_names("#customer", "customer")
            .expression_attribute_names("#created", "created_at")
            .expression_attribute_values(":customer", AttributeValue::S(self.customer.to_string()))
            .expression_attribute_values(":from", number(from))
            .expression_attribute_values(":until", number(until))
            .scan_index_forward(false)
            .set_exclusive_start_key(self.next.take())
            .send()
            .await
            .map_err(|error| explain("DynamoDB Query checks", &error))?;
        self.next = answer.last_evaluated_key.filter(|key| !key.is_empty());
        self.ended = self.next.is_none();
        answer.items.unwrap_or_default().iter().map(listed).collect::<Result<Vec<_>, _>>().map(Some)
    }

    /// All that is left.
    pub(crate) async fn rest(mut self) -> Result<Vec<Listed>, CliError> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await? {
            all.extend(page);
        }
        Ok(all)
    }
}

fn listed(item: &Item) -> Result<Listed, CliError> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    let moment = |name: &str| {
        let number = item.get(name).and_then(|value| value.as_n().ok()).and_then(|number| number.parse().ok());
        number.map(Timestamp::from_ms)
    };
    let unreadable = || CliError::internal("an item of index customer cannot be read").fix("run `connector doctor`");
    let created_at = moment("created_at").ok_or_else(unreadable)?;
    let word = text("state").ok_or_else(unreadable)?;
    Ok(Listed {
        key: check_key_of(item).ok_or_else(unreadable)?,
        state: State::ALL.into_iter().find(|state| state.as_str() == word),
        word,
        state_since: moment("state_since").unwrap_or(created_at),
        created_at,
        updated_at: moment("updated_at").unwrap_or(created_at),
        person: text("person"),
        template: text("template"),
    })
}
