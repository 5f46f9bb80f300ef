//! `connector event send`

use connector_core::domain::{AuthMode, Settings, StatusChanged, StatusId};
use connector_core::icims::inbound::Event;
use serde::Serialize;
use time::OffsetDateTime;

use super::sample::{self, Sample};
use crate::arguments::event::{Send, WAYS};
use crate::failure::CliError;
use crate::pushes::{self, Answer, Answered, Request, ShownHeader};
use crate::records::customers;
use crate::secrets_document;
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

/// What the customer's settings make of the event, should iCIMS confirm it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Meaning {
    Orders,
    Cancels,
    Nothing,
    SwitchedOff,
    NotAStatusChange,
}

#[derive(Debug, Serialize)]
struct Sent {
    customer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_id: Option<String>,
    meaning: Meaning,
    auth: &'static str,
    url: String,
    gzip: bool,
    body_bytes: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    headers: Vec<ShownHeader>,
    sent: bool,
    #[serde(flatten)]
    answer: Option<Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<u64>,
}

impl Report for Sent {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::pairs();
        table.pair("customer", Some(&self.customer));
        table.pair("workflow", self.workflow.clone());
        table.pair("new status", self.status_id.clone());
        table.pair("means", Some(self.meaning.sentence().to_owned()));
        table.pair("authenticates by", Some(&self.auth));
        table.pair("posted to", Some(&self.url));
        table.pair("body", Some(format!("{} bytes{}", self.body_bytes, if self.gzip { ", gzip" } else { "" })));
        if let Some(answer) = &self.answer {
            table.row([&"answer", &format!("{}, {}", answer.status, answer.outcome)]);
            table.pair("after", self.duration_ms.map(|ms| format!("{ms} ms")));
            table.pair("the recruiter sees", answer.user_message.as_ref());
            table.pair("for support", answer.debug_message.as_ref());
            table.pair("request id", answer.request_id.as_ref());
        }
        let mut tables = vec![table];
        if !self.headers.is_empty() {
            let mut headers = Table::new(["HEADER", "VALUE"]);
            for header in &self.headers {
                headers.row([&header.name, &header.value]);
            }
            tables.push(headers);
        }
        tables
    }
}

impl Meaning {
    fn of(event: &Event, settings: &Settings) -> Self {
        let Event::StatusChanged(StatusChanged { new_status, .. }) = event else { return Self::NotAStatusChange };
        let sets = &settings.icims.statuses;
        let among = |set: &[StatusId]| set.iter().any(|status| status.may_be(new_status));
        if (among(&sets.rejected) || among(&sets.withdrawn)) && settings.icims.cancel_on_reject {
            Self::Cancels
        } else if !among(&sets.trigger) {
            Self::Nothing
        } else if settings.enabled {
            Self::Orders
        } else {
            Self::SwitchedOff
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Orders => "orders references, if iCIMS says that the candidate stands in this status",
            Self::Cancels => "cancels the open request, if iCIMS says that the candidate stands in this status",
            Self::Nothing => "nothing: the settings give this status no meaning, so 200 and no more",
            Self::SwitchedOff => "nothing: the customer is switched off, so 200 and no more",
            Self::NotAStatusChange => "nothing: this type of event is not for the connector, so 200 and no more",
        }
    }
}

/// Sends a sample event as iCIMS would.
///
/// # Errors
/// What is wrong with the file, the customer or its secret; else what the answer's status means.
pub(super) async fn send(session: &Session, args: &Send, terminal: &Terminal) -> Result<(), CliError> {
    let sample = sample::read(args).await?;
    let record = customers::load(session, &sample.customer).await?;
    let settings = record.settings()?.value;
    let accepted = &settings.icims.push.accept;
    let mode = args.auth.or(accepted.first().copied());
    let mode = mode.ok_or_else(|| CliError::input("the settings accept no way of authentication"))?;
    if !accepted.contains(&mode) {
        terminal.warn(format!("the customer's settings do not accept {}: 401 is the right answer", word(mode)));
    }
    let secrets = secrets_document::current(session, &sample.customer).await?;
    let base = match &args.url {
        Some(url) => pushes::base(url)?,
        None => pushes::base(&session.stack().await?.api_url)?,
    };
    let mut request = pushes::unsigned(&base, &sample.body, args.gzip)?;
    request.prove(mode, &secrets.push, &settings.icims.push, OffsetDateTime::now_utc().into())?;
    let meaning = Meaning::of(&sample.event, &settings);
    let mut report = report(&sample, meaning, mode, &request, args.gzip);

    if args.dry_run {
        report.headers = request.shown_headers();
        terminal.say("nothing was sent; what would be:");
        if mode == AuthMode::OAuth {
            let token_url = pushes::below(&base, &["icims", "oauth", "token"]);
            terminal.say(format!("first a token from {token_url} for push.oauth (set, hidden)"));
        }
        return terminal.report(&report);
    }
    if matches!(meaning, Meaning::Orders | Meaning::Cancels) {
        terminal.confirm(&format!("This event {}. Send it?", meaning.sentence())).await?;
    }
    let Answered { answer, duration_ms } = pushes::post(session, &base, request, mode, &secrets.push).await?;
    report.duration_ms = Some(duration_ms);
    report.sent = true;
    let trouble = answer.trouble();
    report.answer = Some(answer);
    terminal.report(&report)?;
    trouble.map_or(Ok(()), Err)
}

fn report(sample: &Sample, meaning: Meaning, mode: AuthMode, request: &Request, gzip: bool) -> Sent {
    let (workflow, status_id) = match &sample.event {
        Event::StatusChanged(StatusChanged { workflow, new_status, .. }) => {
            (Some(workflow.to_string()), Some(new_status.to_string()))
        }
        Event::Other { .. } => (None, None),
    };
    Sent {
        customer: sample.customer.to_string(),
        workflow,
        status_id,
        meaning,
        auth: word(mode),
        url: request.shown_url.clone(),
        gzip,
        body_bytes: request.push.body.len(),
        headers: Vec::new(),
        sent: false,
        answer: None,
        duration_ms: None,
    }
}

fn word(mode: AuthMode) -> &'static str {
    WAYS.iter().find(|(way, ..)| *way == mode).map_or("", |(_, word, _)| *word)
}
