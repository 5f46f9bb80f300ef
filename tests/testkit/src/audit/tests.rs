//! That the auditor sees what it is there for.

use std::time::Duration;

use connector_core::domain::{
    Actor, Attachment, CancelReason, CheckKey, CorrelationId, CustomerId, FailureClass, Fingerprint, NewCheck,
    ReferenceOrder, Rejection, RequestId, StatusId, Timestamp, WorkflowId,
};

use super::*;

/// One change of a check.
type Step<'a> = Box<dyn Fn(&mut Check) + 'a>;

const NOW: Timestamp = Timestamp::from_s(1_767_225_600);

fn id() -> CorrelationId {
    CorrelationId::untraced()
}

fn claimed() -> Check {
    let workflow = WorkflowId::parse("5678").unwrap();
    let order = ReferenceOrder {
        workflow: workflow.clone(),
        attempt: 1,
        person: None,
        requisition: None,
        acting_user: None,
        ordered_at: NOW,
        old_status: None,
        source: connector_core::domain::Source::Event,
    };
    let key = CheckKey { customer: CustomerId::parse("1234").unwrap(), workflow, attempt: 1 };
    Check::claim(
        NewCheck { key, order: &order, manual_orders: 0, correlation_id: &id() },
        NOW.after(Duration::from_secs(30)),
        NOW,
    )
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
    let steps: Vec<Step<'_>> = vec![
        Box::new(|check| check.release(FailureClass::Retry, NOW, &id(), NOW)),
        Box::new(|check| check.take_over(NOW, &id(), NOW)),
        Box::new(|check| check.begin_create(fingerprint(), &id(), NOW)),
        Box::new(|check| {
            check.create_had_no_effect();
            check.release(FailureClass::Retry, NOW, &id(), NOW);
        }),
        Box::new(|check| check.take_over(NOW, &id(), NOW)),
        Box::new(|check| check.begin_create(fingerprint(), &id(), NOW)),
        Box::new(|check| check.outcome_unknown(&id(), NOW)),
        Box::new(|check| check.take_over(NOW, &id(), NOW)),
        Box::new(|check| check.begin_create(fingerprint(), &id(), NOW)),
        Box::new(|check| {
            check.requested(request.clone(), Actor::Requester, What::Adopted { request: request.clone() }, &id(), NOW);
        }),
        Box::new(|check| check.report_rejection(&rejection(), Actor::Canceller, &id(), NOW)),
        Box::new(|check| check.dismiss_rejection(Actor::Canceller, &id(), NOW)),
        Box::new(|check| assert!(check.want_cancel(CancelReason::Rejected, Actor::Canceller, &id(), NOW))),
        Box::new(|check| check.cancel_refused(What::CancelTooLate, Actor::Canceller, &id(), NOW)),
        Box::new(|check| check.record_duplicate(&RequestId::parse("s").unwrap(), Actor::Updater, &id(), NOW)),
        Box::new(|check| check.cancelled(true, Actor::Canceller, &id(), NOW)),
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
        Box::new(|check| check.state = State::Failed),
        Box::new(|check| check.request = RequestId::parse("r").ok()),
        Box::new(|check| check.cancel = Some(CancelReason::Rejected)),
        Box::new(|check| check.rejection = Some(rejection())),
        Box::new(|check| check.cancel_unconfirmed = true),
        Box::new(|check| check.create.begun = 1),
        Box::new(|check| check.lease.as_mut().unwrap().until = NOW.after(Duration::from_secs(99))),
        Box::new(|check| check.attachment = Some(Attachment { updated_at: None, digest: Some("d".to_owned()) })),
        Box::new(|check| check.workflow_gone = true),
        Box::new(|check| check.due_at = None),
        Box::new(|check| check.version += 1),
        Box::new(|check| check.history.clear()),
        Box::new(|check| check.history[0].at = NOW.after(Duration::from_secs(1))),
    ];
    for (number, change) in silent.iter().enumerate() {
        assert!(!breaches(Some(&check), &written(&check, change)).is_empty(), "silent change {number}");
    }
}

#[test]
fn a_full_history_may_lose_its_middle_and_nothing_else() {
    let mut check = claimed();
    for n in 0..2 * Check::HISTORY_MAX as u64 {
        let at = NOW.after(Duration::from_secs(n));
        let after = written(&check, |check| {
            check.note(Actor::Updater, What::StatusKept, &id(), at);
            check.note(Actor::Updater, What::Shown { entry: None }, &id(), at);
        });
        assert_eq!(breaches(Some(&check), &after), Vec::<String>::new(), "write {n}");
        check = after;
    }
    let beheaded = written(&check, |check| {
        check.history.remove(0);
        check.history.push(check.history[9].clone());
    });
    assert!(!breaches(Some(&check), &beheaded).is_empty());
}
