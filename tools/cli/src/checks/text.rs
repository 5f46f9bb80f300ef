//! A check's history in sentences: what support reads aloud.

use connector_core::domain::{
    Actor, CancelReason, FailureClass, HistoryEntry, HistoryEvent, Refusal, State, Timestamp,
};
use connector_core::flows::Worker;

/// What happened, as a sentence without its full stop.
pub(crate) fn sentence(event: &HistoryEvent) -> String {
    match event {
        HistoryEvent::Claimed => "took the order".to_owned(),
        HistoryEvent::CreateBegun => "began to create the request".to_owned(),
        HistoryEvent::Released { why } => format!("gave the order back before anything was sent ({})", class(*why)),
        HistoryEvent::TakenOver => "took over from a worker that vanished".to_owned(),
        HistoryEvent::OutcomeUnknown => {
            "sent the request, and no answer came: whether Crosschq has it is unknown".to_owned()
        }
        HistoryEvent::LookupFoundNothing => "asked Crosschq, which holds no request of ours".to_owned(),
        HistoryEvent::Repeated => "began the second and last try to create the request".to_owned(),
        HistoryEvent::Requested { request } => format!("created reference request {request}"),
        HistoryEvent::Adopted { request } => format!("recognized reference request {request} as ours"),
        HistoryEvent::DuplicateRequest { request } => {
            format!("found a second reference request, {request}, that nobody follows: a person has to cancel it")
        }
        HistoryEvent::Refused { refusal } => format!("refused the order: {}", refusal_reason(refusal)),
        HistoryEvent::RejectionReported => "noted a rejection that iCIMS does not confirm yet".to_owned(),
        HistoryEvent::RejectionDismissed => "dismissed the rejection: iCIMS does not confirm it".to_owned(),
        HistoryEvent::CancelWanted { reason } => format!("marked it to be cancelled: {}", cancel_reason(*reason)),
        HistoryEvent::Cancelled => "cancelled it".to_owned(),
        HistoryEvent::CancelUnconfirmed => {
            "ended it as cancelled, while Crosschq could not be told: a person has to cancel the request there"
                .to_owned()
        }
        HistoryEvent::CancelTooLate => {
            "came too late to cancel: Crosschq had completed it, and the report stays".to_owned()
        }
        HistoryEvent::CancelRefused { fields } if fields.is_empty() => {
            "tried to cancel, which Crosschq refused: a person has to cancel the request there".to_owned()
        }
        HistoryEvent::CancelRefused { fields } => format!(
            "tried to cancel, which Crosschq refused ({}): a person has to cancel the request there",
            fields.join(", ")
        ),
        HistoryEvent::Moved { from, to } => format!("saw it move from {} to {}", state(*from), state(*to)),
        HistoryEvent::Reopened => "saw that Crosschq re-opened it".to_owned(),
        HistoryEvent::RequestNotFound => "found that Crosschq has not known the request for hours".to_owned(),
        HistoryEvent::RowWritten { entry: Some(entry) } => format!("wrote the row on the Screen tab (entry {entry})"),
        HistoryEvent::RowWritten { entry: None } => "wrote the row on the Screen tab".to_owned(),
        HistoryEvent::RowRefused { why } => format!("could not write the row: iCIMS refuses it ({why})"),
        HistoryEvent::StatusMoved { status } => format!("moved the workflow to status {status}"),
        HistoryEvent::StatusKept => {
            "left the workflow's status: a recruiter had moved it on, or iCIMS refused".to_owned()
        }
        HistoryEvent::StatusRestored { status } => {
            format!(
                "put the workflow back to status {status}: a recruiter had rejected the candidate at the same moment"
            )
        }
        HistoryEvent::ReportAttached => "attached the report PDF".to_owned(),
        HistoryEvent::ReportNotAttached { why } => format!("could not attach the report PDF ({why})"),
        HistoryEvent::WorkflowNotFound => {
            "found that the workflow has been gone from iCIMS, or hidden from the API user, for hours".to_owned()
        }
        HistoryEvent::Unknown(entry) => {
            format!("something that only a later release can describe ({})", entry.text("event").unwrap_or("unnamed"))
        }
    }
}

/// Who did it.
pub(crate) fn actor(by: Actor) -> &'static str {
    match by {
        Actor::Requester => "reference-requester",
        Actor::Updater => "icims-updater",
        Actor::Canceller => "rejection-canceller",
        Actor::Operator => "operator",
        Actor::Unknown => "unknown",
    }
}

pub(crate) fn worker(worker: Worker) -> &'static str {
    match worker {
        Worker::Requester => actor(Actor::Requester),
        Worker::Updater => actor(Actor::Updater),
        Worker::Canceller => actor(Actor::Canceller),
    }
}

/// A state, in the word of JSON and of `--state`.
pub(crate) fn state(state: State) -> &'static str {
    state.as_str()
}

/// Why it is cancelled.
pub(crate) fn cancel_reason(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::Rejected => "the candidate was rejected",
        CancelReason::Withdrawn => "the candidate withdrew",
        CancelReason::Operator => "an operator asked for it",
        CancelReason::WorkflowGone => "the workflow is gone from iCIMS",
    }
}

fn class(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Retry => "something was busy or out of reach",
        FailureClass::Missing => "iCIMS does not find the workflow, the candidate or the requisition",
        FailureClass::Credentials => "a vendor refuses the customer's credentials",
        FailureClass::Unconfirmed => "an outcome was not confirmed",
        FailureClass::Internal => "a setting, a credential or the connector itself is at fault: see the log",
        FailureClass::Poison | FailureClass::Unauthenticated | FailureClass::Permanent => {
            "it cannot be carried out: see the log"
        }
    }
}

fn refusal_reason(refusal: &Refusal) -> String {
    refusal.debug_message()
}

/// What an entry's event is called in JSON: the word that is stored.
pub(crate) fn word(entry: &HistoryEntry) -> String {
    let stored = serde_json::to_value(entry).ok();
    stored.as_ref().and_then(|stored| stored.get("event")?.as_str()).unwrap_or("unknown").to_owned()
}

/// A moment for people: to the second, UTC.
pub(crate) fn moment(at: Timestamp) -> String {
    let at = at.utc();
    let (date, time) = (at.date(), at.time());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}

/// How long, in its one or two largest units.
pub(crate) fn span(span: std::time::Duration) -> String {
    let s = span.as_secs();
    let two = |large: u64, unit: &str, small: u64, smaller: &str| {
        if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit} {small}{smaller}") }
    };
    match s {
        0..60 => format!("{s}s"),
        60..3_600 => two(s / 60, "m", s % 60, "s"),
        3_600..86_400 => two(s / 3_600, "h", s % 3_600 / 60, "m"),
        _ => two(s / 86_400, "d", s % 86_400 / 3_600, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_spans_are_reported_for_people() {
        assert_eq!(moment(Timestamp::from_s(1_767_225_661)), "2026-01-01 00:01:01");
        for (s, message) in [(59, "59s"), (60, "1m"), (90, "1m 30s"), (7_500, "2h 5m"), (90_000, "1d 1h")] {
            assert_eq!(span(std::time::Duration::from_secs(s)), message);
        }
    }
}
