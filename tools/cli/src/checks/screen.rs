//! What iCIMS should show of a check, beside what it shows now.

use connector_core::domain::{Check, Customer, ReferenceRequest, Row, RowMarker, RowStatus, Stage, Stamp, View};
use connector_core::ports::{ProviderError, ReferenceProvider as _};
use serde::Serialize;

use super::Services;
use crate::vendors::rows::{self, ShownRow};

/// A row, without its link: that opens the candidate's report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Picture {
    /// iCIMS' entry; absent from what should be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) entry: Option<String>,
    pub(crate) status: Option<&'static str>,
    /// Its date, RFC 3339.
    pub(crate) date: Option<String>,
    /// Its short result. Where somebody edited the row, only that.
    pub(crate) result: Option<String>,
    /// Its note, likewise.
    pub(crate) notes: Option<String>,
    /// Whether it has a link.
    pub(crate) link: bool,
    pub(crate) score: Option<f64>,
}

/// Both pictures.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Screen {
    /// What should be there; nothing while there is nothing to say.
    pub(crate) should_show: Option<Picture>,
    /// Crosschq was not, or could not be, asked: counts, link and score are not known.
    pub(crate) without_crosschq: bool,
    /// What is there; nothing if there is no row, or iCIMS was not asked.
    pub(crate) shows: Option<Picture>,
    /// Whether iCIMS was asked, and answered.
    pub(crate) asked: bool,
    /// What differs: `row` if there is one too few or one too many, else the parts.
    pub(crate) differs: Vec<&'static str>,
    /// Why iCIMS could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
}

/// What Crosschq says of the request now.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct AtCrosschq {
    /// How far it has come.
    pub(crate) stage: Option<&'static str>,
    /// Somebody is late.
    pub(crate) past_due: bool,
    /// References that are in.
    pub(crate) answered: Option<u16>,
    /// References asked for.
    pub(crate) asked: Option<u16>,
    /// Whether the report's link is there.
    pub(crate) report: bool,
    /// When Crosschq last changed it, RFC 3339.
    pub(crate) updated_at: Option<String>,
    /// Why it could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
}

/// Asks Crosschq for a check's request, if it has one.
pub(crate) async fn ask_crosschq(
    services: &Services,
    customer: &Customer,
    check: &Check,
) -> Option<(AtCrosschq, Option<ReferenceRequest>)> {
    let request = check.request()?;
    Some(match services.crosschq.read(customer, request).await {
        Ok(live) => {
            let message = AtCrosschq {
                stage: Some(stage(live.stage)),
                past_due: live.past_due,
                answered: Some(live.progress.answered),
                asked: Some(live.progress.asked),
                report: live.report.is_some(),
                updated_at: live.updated_at.map(|at| at.to_string()),
                problem: None,
            };
            (message, Some(live))
        }
        Err(ProviderError::NotFound) => (
            AtCrosschq { problem: Some("Crosschq does not know the request".to_owned()), ..AtCrosschq::default() },
            None,
        ),
        Err(error) => (AtCrosschq { problem: Some(error.to_string()), ..AtCrosschq::default() }, None),
    })
}

/// Compares both pictures. `live` is what Crosschq just told; without `ask`, iCIMS is not asked.
pub(crate) async fn compare(
    services: &Services,
    customer: &Customer,
    check: &Check,
    live: Option<&ReferenceRequest>,
    ask: bool,
) -> Screen {
    let fields = &customer.settings.icims.result;
    // As the updater would: first what Crosschq tells, then what follows from it.
    let mut advanced = check.clone();
    if let (Some(live), Some(last)) = (live, check.history().last()) {
        let stamp = Stamp { by: last.actor, cause: &last.correlation_id, now: services.now() };
        advanced.observe(live, &stamp);
    }
    let wanted = Some(View::of(&advanced, live)).filter(|_| !check.sync.workflow.is_gone());
    let mut screen = Screen {
        should_show: wanted.as_ref().map(picture_of_view),
        without_crosschq: check.request().is_some() && live.is_none(),
        ..Screen::default()
    };
    if !ask {
        return screen;
    }
    let rows = match rows::rows(&services.icims, customer, &check.key.workflow).await {
        Ok(rows) => rows,
        Err(error) => {
            screen.problem = Some(error.to_string());
            return screen;
        }
    };
    screen.asked = true;
    let row = match &check.sync.row {
        Row::Entry(entry) => rows.into_iter().find(|row| row.entry == *entry),
        // Whether it was created is not known: its marker tells.
        Row::CreatePending => {
            let marker = RowMarker::of(&check.key);
            let bears = |text: &Option<String>| text.as_deref().is_some_and(|text| text.ends_with(marker.as_str()));
            rows.into_iter().rfind(|row| bears(&row.notes) || bears(&row.result))
        }
        Row::Absent => None,
    };
    screen.differs = match (&wanted, &row) {
        (Some(wanted), Some(row)) => row.differs_from(fields, wanted),
        (None, None) => Vec::new(),
        _ => vec!["row"],
    };
    if screen.without_crosschq {
        // These come from Crosschq alone.
        screen.differs.retain(|part| !matches!(*part, "result" | "notes" | "link" | "score"));
    }
    screen.shows = row.map(|row| picture_of_row(row, wanted.as_ref(), &RowMarker::of(&check.key)));
    screen
}

fn picture_of_view(view: &View) -> Picture {
    Picture {
        entry: None,
        status: Some(row_status(view.status)),
        date: Some(view.date.to_string()),
        result: Some(view.result.clone()),
        notes: Some(view.notes.clone()),
        link: view.url.is_some(),
        score: view.score,
    }
}

fn picture_of_row(row: ShownRow, wanted: Option<&View>, marker: &RowMarker) -> Picture {
    let shown = |text: Option<String>, wanted: Option<&str>| {
        text.map(|text| {
            let sentence = without_marker(&text, marker);
            let ours = wanted == Some(sentence) || is_ours(sentence);
            if ours { text } else { format!("(edited by somebody: {} characters)", text.chars().count()) }
        })
    };
    Picture {
        entry: Some(row.entry.to_string()),
        status: row.status.map(row_status),
        date: row.date.map(|at| at.to_string()),
        result: shown(row.result, wanted.map(|view| view.result.as_str())),
        notes: shown(row.notes, wanted.map(|view| view.notes.as_str())),
        link: row.link.is_some(),
        score: row.score,
    }
}

/// A row's text without the marker that the connector writes behind it.
fn without_marker<'a>(text: &'a str, marker: &RowMarker) -> &'a str {
    text.trim_end().strip_suffix(marker.as_str()).map_or(text, str::trim_end)
}

/// Whether a text, its marker aside, is one that the connector writes, whatever the check's state was then. People may have
/// written anything into the row, names too: that is not printed.
fn is_ours(text: &str) -> bool {
    const RESULTS: [&str; 12] = [
        "Ordered",
        "Being confirmed",
        "Sent",
        "Candidate has started",
        "Waiting for references",
        "References coming in",
        "Complete",
        "Cancelled",
        "Declined",
        "Expired",
        "Failed",
        "Not sent",
    ];
    const NOTES: [&str; 14] = [
        "The order is taken; it goes out to Crosschq as soon as iCIMS and Crosschq answer.",
        "The order was sent to Crosschq; its confirmation is awaited.",
        "Crosschq has invited the candidate.",
        "The candidate is working on the request.",
        "The candidate named references; Crosschq has asked them.",
        "References are coming in.",
        "Complete; the report is being prepared.",
        "The report is ready: open the link.",
        "The report is ready; it was concluded before all references answered.",
        "The reference request was cancelled.",
        "Crosschq offers no way to cancel from here: cancel the request in Crosschq.",
        "Crosschq refused to cancel this request: cancel it in Crosschq.",
        "The candidate declined the reference request.",
        "The reference request expired.",
    ];
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let counts = |text: &str, unit: &str| {
        let counts = text.strip_suffix(unit).and_then(|counts| counts.split_once(" of "));
        counts.is_some_and(|(answered, asked)| is_number(answered) && is_number(asked))
    };
    let completed = |part: &str| {
        counts(part, " references") || ["fraud risk low", "fraud risk medium", "fraud risk high"].contains(&part)
    };
    RESULTS.contains(&text)
        || NOTES.contains(&text.strip_suffix(" A reference is past due.").unwrap_or(text))
        || counts(text, " references in")
        || text.strip_prefix("Complete, ").is_some_and(|parts| parts.split(", ").all(completed))
}

/// The status in iCIMS' words (docs/vendors/icims.md §4.4).
fn row_status(status: RowStatus) -> &'static str {
    match status {
        RowStatus::Sent => "Sent",
        RowStatus::InProgress => "In Progress",
        RowStatus::Complete => "Complete",
        RowStatus::Incomplete => "Incomplete",
    }
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Requested => "requested",
        Stage::CandidateInProgress => "candidate_in_progress",
        Stage::AwaitingReferences => "awaiting_references",
        Stage::InProgress => "in_progress",
        Stage::Completed => "completed",
        Stage::Cancelled => "cancelled",
        Stage::Declined => "declined",
        Stage::Expired => "expired",
        Stage::Failed => "failed",
    }
}

#[cfg(test)]
mod tests {
    use connector_core::domain::{CheckKey, EntryId};

    use super::*;

    fn shown(text: &str) -> Option<String> {
        let key = CheckKey { customer: "1234".parse().unwrap(), workflow: "13437".parse().unwrap(), attempt: 2 };
        let row = ShownRow {
            entry: EntryId::parse("1001").unwrap(),
            status: None,
            date: None,
            result: None,
            notes: Some(text.to_owned()),
            link: None,
            score: None,
        };
        picture_of_row(row, None, &RowMarker::of(&key)).notes
    }

    #[test]
    fn only_what_the_connector_writes_is_printed() {
        for ours in [
            "Sent",
            "1 of 2 references in",
            "Complete, 2 of 2 references, fraud risk low",
            "Crosschq has invited the candidate. Ref 13437-2",
            "References are coming in. A reference is past due. Ref 13437-2",
        ] {
            assert_eq!(shown(ours).as_deref(), Some(ours));
        }
        for theirs in
            ["spoke to Ada Byron Ref 13437-2", "Complete, told Ada", "Ada of Byron references in", "", "Sent Ref 1-1"]
        {
            assert!(shown(theirs).is_some_and(|text| text.starts_with("(edited by somebody")), "{theirs}");
        }
    }
}
