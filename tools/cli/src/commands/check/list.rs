//! `connector check list`

use connector_core::aws::SystemClock;
use connector_core::domain::{CheckKey, CustomerId, Timestamp};
use connector_core::ports::Clock as _;
use serde::Serialize;

use crate::arguments::check::List;
use crate::checks::attention::{self, Attention};
use crate::checks::index::{Listed, Pages, Span};
use crate::checks::{items, label, text};
use crate::failure::CliError;
use crate::records::customers;
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

/// Checks read in full at once.
const AT_ONCE: usize = 100;

/// One line of the list.
#[derive(Debug, Serialize)]
struct Line {
    check: String,
    customer: String,
    workflow: String,
    attempt: u32,
    state: String,
    since: String,
    ordered_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    needs_person: Vec<Attention>,
    #[serde(skip)]
    created_at: Timestamp,
    #[serde(skip)]
    state_since: Timestamp,
}

impl Line {
    fn of(listed: Listed, needs_person: Vec<Attention>) -> Self {
        Self {
            check: label(&listed.key),
            customer: listed.key.customer.to_string(),
            workflow: listed.key.workflow.to_string(),
            attempt: listed.key.attempt,
            state: listed.word,
            since: listed.state_since.to_string(),
            ordered_at: listed.created_at.to_string(),
            updated_at: listed.updated_at.to_string(),
            person: listed.person,
            template: listed.template,
            needs_person,
            created_at: listed.created_at,
            state_since: listed.state_since,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Lines {
    lines: Vec<Line>,
    #[serde(skip)]
    now: Timestamp,
    #[serde(skip)]
    with_reasons: bool,
}

impl Report for Lines {
    fn tables(&self) -> Vec<Table> {
        let last = if self.with_reasons { "NEEDS A PERSON" } else { "TEMPLATE" };
        let mut table = Table::new(["CHECK", "STATE", "SINCE", "ORDERED", "PERSON", last]);
        for line in &self.lines {
            let reasons: Vec<&str> = line.needs_person.iter().map(|reason| reason.code).collect();
            table.row([
                &line.check,
                &line.state,
                &text::span(self.now.since(line.state_since)),
                &text::moment(line.created_at),
                &line.person.clone().unwrap_or_default(),
                &if self.with_reasons { reasons.join(", ") } else { line.template.clone().unwrap_or_default() },
            ]);
        }
        vec![table.empty("no such checks")]
    }
}

/// Lists checks, the youngest first.
///
/// # Errors
/// If AWS does not answer, or the span is empty.
pub(super) async fn list(session: &Session, which: &List, terminal: &Terminal) -> Result<(), CliError> {
    let now = SystemClock.now();
    let ago = |span: std::time::Duration| {
        Timestamp::from_ms(now.ms().saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    };
    let span = Span { from: which.younger_than.map(ago), until: which.older_than.map(ago) };
    if let (Some(from), Some(until)) = (span.from, span.until)
        && from > until
    {
        return Err(CliError::input("no check is older than --older-than and younger than --younger-than at once")
            .fix("give --younger-than the longer span of the two"));
    }
    let customers: Vec<CustomerId> = match &which.customer {
        Some(customer) => vec![customers::load(session, customer).await?.id],
        None => customers::all(session).await?.into_iter().map(|record| record.id).collect(),
    };
    let most = if which.limit == 0 { usize::MAX } else { which.limit };
    let mut lines = Vec::new();
    let mut cut = false;
    let mut passed_over = 0;
    for customer in &customers {
        let found = of_customer(session, which, customer, span, most, now).await?;
        lines.extend(found.lines);
        cut |= found.more;
        passed_over += found.passed_over;
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.created_at));
    cut |= lines.len() > most;
    lines.truncate(most);
    terminal.report(&Lines { lines, now, with_reasons: which.needs_person })?;
    if passed_over > 0 {
        terminal.warn(format!(
            "{passed_over} are in a state that only a later release knows: use its `connector` for them"
        ));
    }
    if cut {
        terminal.say(format!("only the {most} youngest are listed: --limit 0 lists all"));
    }
    Ok(())
}

/// What was found of a customer.
#[derive(Default)]
struct Found {
    lines: Vec<Line>,
    /// Whether there may be more.
    more: bool,
    /// Checks that had to be read and that only a later release can read.
    passed_over: usize,
}

/// A customer's, at most `most`.
async fn of_customer(
    session: &Session,
    which: &List,
    customer: &CustomerId,
    span: Span,
    most: usize,
    now: Timestamp,
) -> Result<Found, CliError> {
    let wanted = |listed: &Listed| {
        let of_state = || listed.state.is_some_and(|state| which.state.contains(&state));
        (which.state.is_empty() || of_state()) && (!which.open || listed.may_go_on())
    };
    let mut pages = Pages::of(session, customer, span);
    let mut found = Found::default();
    while let Some(page) = pages.next().await? {
        let page: Vec<Listed> = page.into_iter().filter(wanted).collect();
        if which.needs_person {
            for some in page.chunks(AT_ONCE) {
                let (lines, passed_over) = needing(session, some, now).await?;
                found.lines.extend(lines);
                found.passed_over += passed_over;
            }
        } else {
            found.lines.extend(page.into_iter().map(|listed| Line::of(listed, Vec::new())));
        }
        if found.lines.len() > most {
            found.lines.truncate(most);
            return Ok(Found { more: true, ..found });
        }
    }
    Ok(found)
}

/// Those of these that need a person; and how many only a later release can read.
async fn needing(session: &Session, listed: &[Listed], now: Timestamp) -> Result<(Vec<Line>, usize), CliError> {
    let keys: Vec<CheckKey> = listed.iter().map(|listed| listed.key.clone()).collect();
    let (checks, passed_over) = items::load_readable(session, &keys).await?;
    let line = |listed: &Listed| {
        let check = checks.iter().find(|check| check.key == listed.key)?;
        let reasons = attention::of(check, now);
        (!reasons.is_empty()).then(|| Line::of(listed.clone(), reasons))
    };
    Ok((listed.iter().filter_map(line).collect(), passed_over))
}
