//! Whether a check needs a person, why, and what that person has to do.

use std::time::Duration;

use connector_core::domain::{Check, HistoryEvent, Refusal, State, Timestamp};
use serde::Serialize;

use super::label;

/// How long after its time a check that nobody looked at is overdue: the schedule comes by every few minutes.
const OVERDUE_AFTER: Duration = Duration::from_secs(2 * 3600);

/// One thing that only a person can settle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Attention {
    /// A word for programs.
    pub(crate) code: &'static str,
    /// What is the matter.
    pub(crate) what: String,
    /// What to do about it.
    pub(crate) to_do: String,
}

/// What of this check needs a person; nothing if the connector goes on by itself.
pub(crate) fn of(check: &Check, now: Timestamp) -> Vec<Attention> {
    let name = label(&check.key);
    let mut found = Vec::new();
    if check.state() == State::Failed && check.refusal() == Some(&Refusal::OutcomeUnknown) {
        found.push(Attention {
            code: "outcome_unknown",
            what: "the request was sent, no answer ever came, and Crosschq's callback did not tell either: it is unknown \
                   whether Crosschq holds it"
                .to_owned(),
            to_do: format!(
                "look in Crosschq for an open request of this candidate (external id {}). If there is one, cancel it there or \
                 let it finish there, where it stays; if there is none, have the candidate moved to the Crosschq status again, \
                 or `connector check request {}/{}`",
                check.external_id(),
                check.key.customer,
                check.key.workflow
            ),
        });
    }
    if check.is_cancel_unconfirmed() {
        let request = check.request().map_or_else(
            || format!("a request may be there under external id {}", check.external_id()),
            |request| format!("it is reference request {request}"),
        );
        found.push(Attention {
            code: "cancel_unconfirmed",
            what: "it counts as cancelled here, while Crosschq could not be told".to_owned(),
            to_do: format!("cancel the request in Crosschq by hand: {request}"),
        });
    }
    if let Some(request) = check.request().filter(|_| check.answers().cancel_refused_at.is_some() && !check.is_over()) {
        found.push(Attention {
            code: "cancel_refused",
            what: format!("Crosschq did not cancel reference request {request} of a candidate who is out"),
            to_do: "cancel it in Crosschq; the connector tries again every six hours".to_owned(),
        });
    }
    if check.sync.report_overdue {
        found.push(Attention {
            code: "report_missing",
            what: "Crosschq completed it more than a day ago and has given no report since".to_owned(),
            to_do: format!("look for the report in Crosschq; `connector check reconcile {name}` looks again"),
        });
    }
    if check.answers().presence.is_gone() {
        found.push(Attention {
            code: "request_gone",
            what: "Crosschq has not known its request for hours: it was deleted there, or the key is another account's"
                .to_owned(),
            to_do: "look for the request in Crosschq, and see `connector secrets status`".to_owned(),
        });
    }
    if check.sync.workflow.is_gone() {
        found.push(Attention {
            code: "workflow_gone",
            what: "iCIMS has not shown its workflow for hours: it was purged, or is hidden from the API user"
                .to_owned(),
            to_do: "check the API user's rights in iCIMS".to_owned(),
        });
    }
    for request in check.duplicates() {
        found.push(Attention {
            code: "second_request",
            what: format!("Crosschq holds reference request {request} for this order, which the check does not follow"),
            to_do: "look at it in Crosschq and cancel one of the two: the candidate is being asked twice".to_owned(),
        });
    }
    if let Some(why) = refused_row(check) {
        found.push(Attention {
            code: "row_refused",
            what: format!("iCIMS refuses the row on the Screen tab ({why})"),
            to_do: format!(
                "correct the field or node it names (`icims.result` in the settings, or the rights of the API user), then \
                 `connector check reconcile {name}`"
            ),
        });
    }
    if let Some(due) = check.timing.due_at.filter(|&due| now.since(due) > OVERDUE_AFTER) {
        found.push(Attention {
            code: "overdue",
            what: format!(
                "the schedule should have looked at it {} ago and did not",
                super::text::span(now.since(due))
            ),
            to_do: format!(
                "see `connector doctor` and `connector queue status`; `connector check reconcile {name}` has it \
                            looked at now"
            ),
        });
    }
    found
}

/// Why iCIMS refused the row, unless it was written since.
fn refused_row(check: &Check) -> Option<&str> {
    let last = check
        .history()
        .iter()
        .rev()
        .find(|entry| matches!(entry.event, HistoryEvent::RowWritten { .. } | HistoryEvent::RowRefused { .. }));
    match last.map(|entry| &entry.event) {
        Some(HistoryEvent::RowRefused { why }) if !check.sync.workflow.is_gone() => Some(why),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use connector_core::domain::{
        Actor, CancelReason, CheckKey, CorrelationId, Digest, Lease, NewCheck, ReferenceOrder, RequestId, Stamp,
    };

    use super::*;

    const NOW: Timestamp = Timestamp::from_s(1_767_225_600);

    fn check(change: impl FnOnce(&mut Check, &Stamp<'_>)) -> Vec<&'static str> {
        let order: ReferenceOrder = serde_json::from_str(r#"{"workflow":"5678","attempt":1,"ordered_at":0}"#).unwrap();
        let key = CheckKey { customer: "1234".parse().unwrap(), workflow: "5678".parse().unwrap(), attempt: 1 };
        let id = CorrelationId::untraced();
        let stamp = Stamp { by: Actor::Requester, cause: &id, now: NOW };
        let new = NewCheck { key, order: &order, manual_orders: 0, repeat_unconfirmed: false };
        let mut check = Check::claim(new, Lease { until: NOW }, &stamp);
        change(&mut check, &stamp);
        of(&check, NOW).into_iter().map(|found| found.code).collect()
    }

    #[test]
    fn an_order_that_goes_its_way_or_that_the_recruiter_can_mend_needs_no_operator() {
        assert!(check(|_, _| {}).is_empty());
        assert!(check(|check, stamp| check.refuse(Refusal::NoEmail, stamp)).is_empty());
        assert!(check(|check, stamp| check.outcome_unknown(stamp)).is_empty(), "the callback may still come");
    }

    #[test]
    fn each_reason_to_call_a_person_is_found() {
        assert_eq!(check(|check, stamp| check.refuse(Refusal::OutcomeUnknown, stamp)), ["outcome_unknown"]);
        assert_eq!(
            check(|check, stamp| {
                check.want_cancel(CancelReason::Rejected, stamp);
                check.cancelled_unconfirmed(stamp);
            }),
            ["cancel_unconfirmed"]
        );
        assert_eq!(
            check(|check, stamp| {
                check.refuse(Refusal::MovedOn, stamp);
                check.record_duplicate(&RequestId::parse("6b1f").unwrap(), stamp);
            }),
            ["second_request"]
        );
        assert_eq!(
            check(|check, _| check.timing.due_at = Some(Timestamp::from_ms(NOW.ms() - 3 * 3_600_000))),
            ["overdue"]
        );
    }

    #[test]
    fn a_row_that_was_refused_needs_a_person_until_it_is_written() {
        let refused = |check: &mut Check, stamp: &Stamp<'_>| check.row_refused("assessmentstatus".to_owned(), stamp);
        assert_eq!(check(refused), ["row_refused"]);
        let written = check(|check, stamp| {
            refused(check, stamp);
            check.row_written(Digest::of("d"), None, stamp);
        });
        assert!(written.is_empty());
    }
}
