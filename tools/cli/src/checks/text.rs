//! A check's history in sentences: what support reads aloud.

use connector_core::domain::{Actor, CancelReason, Entry, FailureClass, Refusal, State, Timestamp, What};
use connector_core::flows::Worker;

/// What happened, as a sentence without its full stop.
pub fn sentence(what: &What) -> String {
    match what {
        What::Claimed => "took the order".to_owned(),
        What::CreateBegun => "began to create the request".to_owned(),
        What::Released { why } => format!("gave the order back before anything was sent ({})", class(*why)),
        What::TakenOver => "took over from a worker that vanished".to_owned(),
        What::OutcomeUnknown => "sent the request, and no answer came: whether Crosschq has it is unknown".to_owned(),
        What::LookedUp { found: true } => "asked Crosschq, which holds our request".to_owned(),
        What::LookedUp { found: false } => "asked Crosschq, which holds no request of ours".to_owned(),
        What::Repeated => "began the second and last try to create the request".to_owned(),
        What::Requested { request } => format!("created reference request {request}"),
        What::Adopted { request } => format!("recognised reference request {request} as ours"),
        What::SecondRequest { request } => {
            format!("found a second reference request, {request}, that nobody follows: a person has to cancel it")
        }
        What::Refused { refusal } => format!("refused the order: {}", refusal_reason(refusal)),
        What::RejectionReported => "noted a rejection that iCIMS does not confirm yet".to_owned(),
        What::RejectionDismissed => "dismissed the rejection: iCIMS does not confirm it".to_owned(),
        What::CancelWanted { reason } => format!("marked it to be cancelled: {}", cancel_reason(*reason)),
        What::Cancelled => "cancelled it".to_owned(),
        What::CancelUnconfirmed => {
            "ended it as cancelled, while Crosschq could not be told: a person has to cancel the request there"
                .to_owned()
        }
        What::CancelTooLate => "came too late to cancel: Crosschq had completed it, and the report stays".to_owned(),
        What::CancelRefused { fields } if fields.is_empty() => {
            "tried to cancel, which Crosschq refused: a person has to cancel the request there".to_owned()
        }
        What::CancelRefused { fields } => format!(
            "tried to cancel, which Crosschq refused ({}): a person has to cancel the request there",
            fields.join(", ")
        ),
        What::Moved { from, to } => format!("saw it move from {} to {}", state(*from), state(*to)),
        What::Reopened => "saw that Crosschq re-opened it".to_owned(),
        What::GoneFromCrosschq => "found that Crosschq has not known the request for hours".to_owned(),
        What::Shown { entry: Some(entry) } => format!("wrote the row on the Screen tab (entry {entry})"),
        What::Shown { entry: None } => "wrote the row on the Screen tab".to_owned(),
        What::NotShown { why } => format!("could not write the row: iCIMS refuses it ({why})"),
        What::StatusMoved { status } => format!("moved the workflow to status {status}"),
        What::StatusKept => "left the workflow's status: a recruiter had moved it on, or iCIMS refused".to_owned(),
        What::StatusPutBack { status } => {
            format!(
                "put the workflow back to status {status}: a recruiter had rejected the candidate at the same moment"
            )
        }
        What::Attached => "attached the report PDF".to_owned(),
        What::NotAttached { why } => format!("could not attach the report PDF ({why})"),
        What::GoneFromAts => {
            "found that the workflow has been gone from iCIMS, or hidden from the API user, for hours".to_owned()
        }
    }
}

/// Who did it.
pub fn actor(by: Actor) -> &'static str {
    match by {
        Actor::Requester => "reference-requester",
        Actor::Updater => "icims-updater",
        Actor::Canceller => "rejection-canceller",
        Actor::Reconciler => "reconciler",
        Actor::Operator => "operator",
    }
}

/// A function's name.
pub fn worker(worker: Worker) -> &'static str {
    match worker {
        Worker::Requester => actor(Actor::Requester),
        Worker::Updater => actor(Actor::Updater),
        Worker::Canceller => actor(Actor::Canceller),
    }
}

/// A state, in the word of JSON and of `--state`.
pub fn state(state: State) -> &'static str {
    match state {
        State::Claimed => "claimed",
        State::OutcomeUnknown => "outcome_unknown",
        State::Requested => "requested",
        State::CandidateInProgress => "candidate_in_progress",
        State::AwaitingReferences => "awaiting_references",
        State::InProgress => "in_progress",
        State::Completed => "completed",
        State::Cancelled => "cancelled",
        State::Declined => "declined",
        State::Expired => "expired",
        State::Failed => "failed",
    }
}

/// Why it is cancelled.
pub fn cancel_reason(reason: CancelReason) -> &'static str {
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

/// What an entry's `what` is called in JSON: the word that is stored.
pub fn word(entry: &Entry) -> String {
    let stored = serde_json::to_value(&entry.what).ok();
    stored.as_ref().and_then(|stored| stored.get("what")?.as_str()).unwrap_or("unknown").to_owned()
}

/// A moment for people: to the second, UTC.
pub fn moment(at: Timestamp) -> String {
    let at = at.utc();
    let (date, time) = (at.date(), at.time());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}

/// How long, in its one or two largest units.
pub fn span(span: std::time::Duration) -> String {
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
    fn moments_and_spans_are_told_for_people() {
        assert_eq!(moment(Timestamp::from_s(1_767_225_661)), "2026-01-01 00:01:01");
        for (s, told) in [(59, "59s"), (60, "1m"), (90, "1m 30s"), (7_500, "2h 5m"), (90_000, "1d 1h")] {
            assert_eq!(span(std::time::Duration::from_secs(s)), told);
        }
    }

    #[test]
    fn a_states_word_is_the_one_that_is_stored() {
        for one in [State::Claimed, State::OutcomeUnknown, State::CandidateInProgress, State::Failed] {
            assert_eq!(serde_json::to_value(one).unwrap(), state(one));
        }
    }
}
