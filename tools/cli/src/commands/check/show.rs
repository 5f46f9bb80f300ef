//! `connector check show`

use connector_core::domain::{CancelReason, Check, Row, State, Timestamp};
use serde::Serialize;

use super::timeline::{self, Moment};
use crate::arguments::check::Show;
use crate::checks::attention::{self, Attention};
use crate::checks::screen::{self, AtCrosschq, Picture, Screen};
use crate::checks::{Services, label, text};
use crate::failure::{CliError, Kind};
use crate::records::customers;
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

/// A refusal with the sentence that the recruiter reads.
#[derive(Debug, Serialize)]
struct Refused {
    why: String,
    text: String,
}

#[derive(Debug, Serialize)]
struct Create {
    begun: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_at: Option<String>,
}

/// All that is known of a check.
#[derive(Debug, Serialize)]
struct Story {
    check: String,
    customer: String,
    workflow: String,
    attempt: u32,
    state: State,
    since: String,
    ordered_at: String,
    updated_at: String,
    version: u64,
    person: Option<String>,
    requisition: Option<String>,
    template: Option<String>,
    external_id: String,
    request: Option<String>,
    create: Create,
    lease_until: Option<String>,
    due_at: Option<String>,
    cancel: Option<CancelReason>,
    refusal: Option<Refused>,
    row_entry: Option<String>,
    needs_person: Vec<Attention>,
    history: Vec<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crosschq: Option<AtCrosschq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icims: Option<Screen>,
    #[serde(skip)]
    standing: String,
    #[serde(skip)]
    next: String,
}

impl Report for Story {
    fn tables(&self) -> Vec<Table> {
        let mut tables = vec![self.facts()];
        if !self.needs_person.is_empty() {
            let mut table = Table::pairs().title("Needs a person");
            for reason in &self.needs_person {
                table.row([&"what", &reason.what]);
                table.row([&"to do", &reason.to_do]);
            }
            tables.push(table);
        }
        let mut history = Table::new(["WHEN (UTC)", "WHO", "WHAT", "CORRELATION"]).title("What happened");
        for entry in &self.history {
            let correlation = entry.correlation_id.clone();
            history.row([&text::moment(entry.moment), &entry.who(), &entry.text, &correlation]);
        }
        tables.push(history);
        tables.extend(self.crosschq.as_ref().map(at_crosschq));
        tables.extend(self.icims.as_ref().map(side_by_side));
        tables
    }
}

impl Story {
    fn facts(&self) -> Table {
        let mut table = Table::pairs().title(format!("Check {}", self.check));
        table.pair("state", Some(&self.standing));
        table.pair("next", Some(&self.next));
        table.pair("refused", self.refusal.as_ref().map(|refused| refused.text.clone()));
        table.pair("cancel", self.cancel.map(|reason| text::cancel_reason(reason).to_owned()));
        table.pair("person", self.person.clone());
        table.pair("requisition", self.requisition.clone());
        table.pair("template", self.template.clone());
        table.pair("request", self.request.clone());
        table.pair("external id", Some(&self.external_id));
        table.pair("creates begun", Some(format!("{} of at most 2", self.create.begun)));
        table
    }
}

fn at_crosschq(crosschq: &AtCrosschq) -> Table {
    let mut table = Table::pairs().title("At Crosschq now");
    if let Some(problem) = &crosschq.problem {
        table.row([&"not known", &problem]);
        return table;
    }
    let counts = (crosschq.answered.unwrap_or(0), crosschq.asked.unwrap_or(0));
    table.row([&"stage", &crosschq.stage.unwrap_or_default()]);
    table.row([&"references", &format!("{} of {} in", counts.0, counts.1)]);
    table.row([&"report", &if crosschq.report { "there" } else { "not yet" }]);
    if crosschq.past_due {
        table.row([&"late", &"somebody is past due"]);
    }
    table
}

/// One column of a picture of the row.
type Part = fn(&Picture) -> Option<String>;

fn side_by_side(screen: &Screen) -> Table {
    let differs = if screen.problem.is_some() || !screen.asked {
        String::new()
    } else if screen.differs.is_empty() {
        ": as it should be".to_owned()
    } else {
        format!(": differs in {}", screen.differs.join(", "))
    };
    let mut table = Table::new(["", "SHOULD SHOW", "SHOWS NOW"]).title(format!("On the Screen tab{differs}"));
    let now = |part: Part| match (&screen.problem, &screen.shows) {
        (Some(_), _) => "not known".to_owned(),
        (None, Some(shows)) => part(shows).unwrap_or_default(),
        (None, None) => if screen.asked { "no row" } else { "not asked" }.to_owned(),
    };
    let should = |part: Part| {
        screen.should_show.as_ref().map_or_else(|| "no row".to_owned(), |picture| part(picture).unwrap_or_default())
    };
    let parts: [(&str, Part); 6] = [
        ("status", |picture| picture.status.map(str::to_owned)),
        ("date", |picture| picture.date.clone()),
        ("result", |picture| picture.result.clone()),
        ("notes", |picture| picture.notes.clone()),
        ("link", |picture| Some(if picture.link { "yes" } else { "no" }.to_owned())),
        ("score", |picture| picture.score.map(|score| score.to_string())),
    ];
    for (name, part) in parts {
        table.row([&name, &should(part), &now(part)]);
    }
    table
}

/// Shows a check.
///
/// # Errors
/// If there is no such check. That a vendor does not answer is shown, and no error.
pub(super) async fn show(session: &Session, which: &Show, terminal: &Terminal) -> Result<(), CliError> {
    let services = Services::open(session).await?;
    let check = services.find(&which.check).await?;
    let operators = timeline::operators(session, &check).await?;
    let history = check.history().iter().map(|entry| Moment::of(entry, &operators)).collect();
    let mut story = story(&check, history, services.now());
    let customer = match customers::load(session, &check.key.customer).await.and_then(|record| record.customer()) {
        Ok(customer) => Some(customer),
        Err(error) if matches!(error.kind, Kind::NotFound | Kind::Input) => {
            terminal.warn(format!("neither vendor is asked: {}", error.message));
            None
        }
        Err(error) => return Err(error),
    };
    if let Some(customer) = &customer {
        let asked = if which.offline { None } else { screen::ask_crosschq(&services, customer, &check).await };
        let live = asked.as_ref().and_then(|(_, live)| live.as_ref());
        story.icims = Some(screen::compare(&services, customer, &check, live, !which.offline).await);
        story.crosschq = asked.map(|(response, _)| response);
    }
    terminal.report(&story)?;
    if let Some(screen) = &story.icims {
        if let Some(problem) = &screen.problem {
            terminal.warn(format!("iCIMS could not be asked: {problem}"));
        } else if !screen.differs.is_empty() && check.timing.due_at.is_none_or(|due| due > services.now()) {
            terminal.say(format!(
                "If nobody mends the difference soon: connector check reconcile {} --rewrite",
                label(&check.key)
            ));
        }
    }
    Ok(())
}

fn story(check: &Check, history: Vec<Moment>, now: Timestamp) -> Story {
    let text = |at: Timestamp| at.to_string();
    Story {
        check: label(&check.key),
        customer: check.key.customer.to_string(),
        workflow: check.key.workflow.to_string(),
        attempt: check.key.attempt,
        state: check.state(),
        since: text(check.timing.state_since),
        ordered_at: text(check.timing.created_at),
        updated_at: text(check.timing.updated_at),
        version: check.version,
        person: check.subject.person.as_ref().map(ToString::to_string),
        requisition: check.subject.requisition.as_ref().map(ToString::to_string),
        template: check.subject.template.as_ref().map(ToString::to_string),
        external_id: check.external_id(),
        request: check.request().map(ToString::to_string),
        create: Create { begun: check.creates.begun, last_at: check.creates.last_at.map(text) },
        lease_until: check.lease().map(|lease| text(lease.until)),
        due_at: check.timing.due_at.map(text),
        cancel: check.cancel_reason(),
        refusal: check.refusal().map(|refusal| Refused { why: refusal.debug_message(), text: refusal.user_message() }),
        row_entry: match &check.sync.row {
            Row::Entry(entry) => Some(entry.to_string()),
            Row::Absent | Row::CreatePending => None,
        },
        needs_person: attention::of(check, now),
        history,
        crosschq: None,
        icims: None,
        standing: format!(
            "{} for {} (ordered {})",
            text::state(check.state()),
            text::span(now.since(check.timing.state_since)),
            text::moment(check.timing.created_at)
        ),
        next: next(check, now),
    }
}

/// What the connector does next by itself.
fn next(check: &Check, now: Timestamp) -> String {
    if let Some(lease) = check.lease().filter(|lease| lease.until > now) {
        return format!("a worker is on it, for {} at most", text::span(lease.until.since(now)));
    }
    match check.timing.due_at {
        Some(due) if due > now => format!("looked at in {}, or when an event comes", text::span(due.since(now))),
        Some(due) => format!("due for {}: the schedule looks at it when it comes by", text::span(now.since(due))),
        None => "nothing: it has ended and is shown".to_owned(),
    }
}
