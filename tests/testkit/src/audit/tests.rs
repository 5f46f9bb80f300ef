//! That the auditor sees what it is there for.

use std::time::Duration;

use connector_core::domain::{
    Actor, Attachment, CancelReason, CorrelationId, CreateCount, CustomerId, Digest, FailureClass, Fingerprint, Lease,
    Presence, RecognizedBy, Rejection, RequestId, Stamp, StatusId, StatusOutcome, Timestamp, WorkflowId,
};
use serde_json::{Value, json};

use super::*;
use crate::checks;

/// One change of a check.
type Step<'a> = Box<dyn Fn(&mut Check) + 'a>;

const NOW: Timestamp = Timestamp::from_s(1_767_225_600);

fn id() -> CorrelationId {
    CorrelationId::untraced()
}

fn claimed() -> Check {
    let order = checks::order(&WorkflowId::parse("5678").unwrap(), 1, NOW);
    checks::claimed(&CustomerId::parse("1234").unwrap(), &order, NOW.after(Duration::from_secs(30)))
}

fn at(now: Timestamp, cause: &CorrelationId) -> Stamp<'_> {
    Stamp { by: Actor::Updater, cause, now }
}

fn fingerprint() -> Fingerprint {
    Fingerprint { address: "a".to_owned(), position: "p".to_owned() }
}

fn rejection() -> Rejection {
    Rejection { status: StatusId::parse("C2").unwrap(), old_status: None, received_at: NOW }
}

/// The next version, as `change` makes it.
fn written(before: &Check, change: impl FnOnce(&mut Check)) -> Check {
    let mut after = before.clone();
    change(&mut after);
    after.version += 1;
    after
}

#[test]
fn every_transition_of_the_domain_is_told() {
    let request = RequestId::parse("r").unwrap();
    let check = claimed();
    assert_eq!(breaches(None, &check), Vec::<String>::new());
    let cause = id();
    let stamp = at(NOW, &cause);
    let lease = Lease { until: NOW };
    let released = CreateCount::Kept;
    let steps: Vec<Step<'_>> = vec![
        Box::new(|check| check.release(FailureClass::Retry, NOW, released, &stamp)),
        Box::new(|check| check.take_over(lease, &stamp)),
        Box::new(|check| check.begin_create(fingerprint(), &stamp)),
        Box::new(|check| check.release(FailureClass::Retry, NOW, CreateCount::TakenBack, &stamp)),
        Box::new(|check| check.take_over(lease, &stamp)),
        Box::new(|check| check.begin_create(fingerprint(), &stamp)),
        Box::new(|check| check.outcome_unknown(&stamp)),
        Box::new(|check| check.take_over(lease, &stamp)),
        Box::new(|check| check.begin_create(fingerprint(), &stamp)),
        Box::new(|check| check.requested(&request, RecognizedBy::Likeness, &stamp)),
        Box::new(|check| check.report_rejection(&rejection(), &stamp)),
        Box::new(|check| check.dismiss_rejection(&stamp)),
        Box::new(|check| assert!(check.want_cancel(CancelReason::Rejected, &stamp))),
        Box::new(|check| check.cancel_too_late(&stamp)),
        Box::new(|check| check.record_duplicate(&RequestId::parse("s").unwrap(), &stamp)),
        Box::new(|check| check.cancelled_unconfirmed(&stamp)),
    ];
    let mut check = check;
    for (number, step) in steps.iter().enumerate() {
        let after = written(&check, step);
        assert_eq!(breaches(Some(&check), &after), Vec::<String>::new(), "step {number}");
        check = after;
    }
}

#[test]
fn a_change_without_its_entry_is_seen_whatever_it_changes() {
    let check = claimed();
    let silent: Vec<Step<'_>> = vec![
        Box::new(|check| edit(check, "phase", json!({"ended": {"end": "failed"}}))),
        Box::new(|check| edit(check, "phase", json!({"open": {"request": {"id": "r"}, "stage": "requested"}}))),
        Box::new(|check| edit(check, "cancel", json!({"wanted": "rejected"}))),
        Box::new(|check| edit(check, "cancel", json!({"reported": rejection()}))),
        Box::new(|check| edit(check, "cancel", json!({"unconfirmed": "rejected"}))),
        Box::new(|check| check.creates.begun = 1),
        Box::new(|check| edit(check, "phase", json!({"creating": {"lease": {"until": 99}, "outcome": "pending"}}))),
        Box::new(|check| check.sync.report = Some(Attachment { updated_at: None, digest: Some("d".to_owned()) })),
        Box::new(|check| check.sync.workflow = Presence::Gone { since: NOW }),
        Box::new(|check| check.timing.due_at = None),
        Box::new(|check| check.version += 1),
        Box::new(|check| edit(check, "history", json!([]))),
        Box::new(|check| edit(check, "history", history_of(check, |entries| entries[0]["at"] = json!(NOW.ms() + 1)))),
    ];
    for (number, change) in silent.iter().enumerate() {
        assert!(!breaches(Some(&check), &written(&check, change)).is_empty(), "silent change {number}");
    }
}

/// Writes what no transition would: the stored form allows it.
fn edit(check: &mut Check, part: &str, value: Value) {
    let mut stored = serde_json::to_value(&*check).unwrap();
    stored[part] = value;
    *check = serde_json::from_value(stored).unwrap();
}

fn history_of(check: &Check, change: impl FnOnce(&mut Vec<Value>)) -> Value {
    let mut history = serde_json::to_value(check.history()).unwrap();
    change(history.as_array_mut().unwrap());
    history
}

#[test]
fn a_full_history_may_lose_its_middle_and_nothing_else() {
    let mut check = claimed();
    for n in 0..2 * History::MAX as u64 {
        let after = written(&check, |check| {
            let cause = id();
            let stamp = at(NOW.after(Duration::from_secs(n)), &cause);
            check.status_resolved(StatusId::parse("C1").unwrap(), StatusOutcome::Kept, &stamp);
            check.row_written(Digest::of("d"), None, &stamp);
        });
        assert_eq!(breaches(Some(&check), &after), Vec::<String>::new(), "write {n}");
        check = after;
    }
    let beheaded = written(&check, |check| {
        let beheaded = history_of(check, |entries| {
            entries.remove(0);
            entries.push(entries[9].clone());
        });
        edit(check, "history", beheaded);
    });
    assert!(!breaches(Some(&check), &beheaded).is_empty());
}
