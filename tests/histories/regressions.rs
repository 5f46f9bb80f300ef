//! What the histories found, one story each: these keep the bugs dead.

use std::time::Duration;

use connector_core::domain::{
    Actor, CancelReason, Check, CorrelationId, CreateCount, CreateStep, CustomerId, EntryId, FailureClass, Fingerprint,
    HistoryEvent, Lease, PersonId, RecognizedBy, ReferenceOrder, Refusal, RequestId, RequisitionId, Row, Stage, Stamp,
    State, Timestamp, View, WorkflowId,
};
use connector_core::ports::Clock as _;
use http::StatusCode;
use serde_json::json;
use testkit::checks::{claimed, order};
use testkit::fakes::{Bench, BenchOptions, HOUR, Kind, MINUTE, ShownRow, story};

pub(crate) fn id() -> CorrelationId {
    CorrelationId::untraced()
}

/// A check of an order taken two days ago, without a lease.
pub(crate) fn old(customer: &CustomerId, workflow: &WorkflowId, attempt: u32, now: Timestamp) -> Check {
    let ago = Timestamp::from_ms(now.ms() - 48 * 3_600_000);
    let order = ReferenceOrder {
        person: PersonId::parse(workflow.as_str()).ok(),
        requisition: RequisitionId::parse(format!("7{workflow}")).ok(),
        ..order(workflow, attempt, ago)
    };
    let stamp = Stamp { by: Actor::Requester, cause: &id(), now: ago };
    let mut check = claimed(customer, &order, ago);
    check.release(FailureClass::Retry, ago, CreateCount::Kept, &stamp);
    check.timing.due_at = Some(now);
    check
}

#[test]
fn a_request_created_long_after_its_order_is_not_taken_for_gone_while_it_is_fresh() {
    for seed in 0..8 {
        story(async {
            let (bench, customer, workflow) = Bench::one(&BenchOptions { seed, ..BenchOptions::default() }, &json!({}));
            bench.crosschq_fails(Kind::RateLimited(Some(600)), HOUR);
            bench.advance(&customer, &workflow, "C1").await;
            bench.pass(2 * HOUR).await;
            assert_eq!(bench.checks(&workflow)[0].state(), State::Requested, "seed {seed}");
        });
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_up_by_address_leaves_the_request_of_the_candidates_other_workflow_alone() {
    let bench = Bench::start(&BenchOptions { idempotent: false, ..BenchOptions::default() });
    let customer = bench.customer("1", &json!({"crosschq": {"capabilities": {"search": true}}}));
    let (one, other) = (bench.candidate(&customer, 1), bench.candidate_who(&customer, 2, 1));
    bench.advance(&customer, &one, "C1").await;
    bench.pass(10 * MINUTE).await;
    bench.advance(&customer, &other, "C1").await;
    bench.pass(10 * MINUTE).await;
    let (first, second) = (bench.checks(&one).remove(0), bench.checks(&other).remove(0));
    assert!(first.request().is_some());
    assert_eq!((second.request(), second.refusal()), (None, Some(&Refusal::OpenInCrosschq)));
}

#[tokio::test(start_paused = true)]
async fn an_order_right_after_a_rejection_is_a_new_order_and_not_the_old_event_again() {
    let (bench, customer, workflow) = Bench::one(&BenchOptions::default(), &json!({}));
    for to in ["C1", "C2", "C1"] {
        assert_eq!(bench.advance(&customer, &workflow, to).await.0, StatusCode::OK);
        bench.pass(Duration::from_secs(10)).await;
    }
    bench.pass(MINUTE).await;
    let states: Vec<State> = bench.checks(&workflow).iter().map(|check| check.state()).collect();
    assert_eq!(states, [State::Cancelled, State::Requested]);
}

#[tokio::test(start_paused = true)]
async fn an_old_event_after_a_rejection_orders_nothing() {
    let (bench, customer, workflow) = Bench::one(&BenchOptions::default(), &json!({}));
    bench.advance(&customer, &workflow, "C1").await;
    bench.pass(Duration::from_secs(10)).await;
    bench.advance(&customer, &workflow, "C2").await;
    bench.pass(Duration::from_secs(10)).await;
    let late = json!({"systemId": "1", "eventType": "WorkFlowStatusChangeEvent", "customerId": "1", "personId": "1",
        "jobId": "71", "userId": "9059", "newStatus": "C1"});
    bench.simulation.push(&customer, &late).await;
    bench.pass(MINUTE).await;
    assert_eq!(bench.checks(&workflow).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_candidates_unknown_outcome_ends_once_a_look_up_finds_nothing() {
    let (bench, customer, workflow) = Bench::one(
        &BenchOptions::default(),
        &json!({"crosschq": {"capabilities": {"search": true}, "extensions": true}}),
    );
    let now = bench.simulation.clock.now();
    let mut check = old(&customer, &workflow, 1, now);
    let ago = check.timing.created_at;
    bench.begin_create(&mut check, ago);
    bench.begin_create(&mut check, ago);
    check.outcome_unknown(&Stamp { by: Actor::Requester, cause: &id(), now: ago });
    check.want_cancel(CancelReason::Rejected, &Stamp { by: Actor::Canceller, cause: &id(), now: ago });
    check.timing.due_at = Some(now);
    bench.simulation.store.seed(check);
    bench.pass(HOUR).await;
    assert_eq!(bench.checks(&workflow)[0].state(), State::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn a_repeat_that_cannot_be_prepared_does_not_end_a_check_whose_first_create_may_have_arrived() {
    let (bench, customer, workflow) = Bench::one(
        &BenchOptions { callbacks: false, ..BenchOptions::default() },
        &json!({"crosschq": {"extensions": true}}),
    );
    bench.simulation.icims.advance(&customer, &workflow, &connector_core::domain::StatusId::parse("C1").unwrap());
    let now = bench.simulation.clock.now();
    let mut check = old(&customer, &workflow, 1, now);
    check.timing.created_at = now;
    bench.begin_create(&mut check, now);
    let (owner, order) = bench.order_of(&check);
    let request = bench.simulation.crosschq.seed(&owner, &order, Stage::Requested);
    bench.simulation.icims.silence(&PersonId::parse("1").unwrap());
    bench.simulation.store.seed(check);
    bench.pass(HOUR).await;
    assert_eq!(bench.checks(&workflow)[0].state(), State::OutcomeUnknown);
    bench.simulation.call_back(&customer, &request).await;
    bench.pass(HOUR).await;
    assert_eq!(bench.checks(&workflow)[0].request(), Some(&request));
}

#[test]
fn a_look_up_waits_until_a_create_that_left_late_has_settled() {
    let (customer, workflow) = (CustomerId::parse("1").unwrap(), WorkflowId::parse("1").unwrap());
    let now = Timestamp::from_s(1_772_442_000);
    let mut check = old(&customer, &workflow, 1, now);
    // The worker read iCIMS for long, then posted, then vanished: the create may have left just before its lease ended.
    let until = now.after(MINUTE);
    check.take_over(Lease { until }, &Stamp { by: Actor::Requester, cause: &id(), now });
    let fingerprint = Fingerprint { address: "a".to_owned(), position: "p".to_owned() };
    check.begin_create(fingerprint, &Stamp { by: Actor::Requester, cause: &id(), now });
    let step = check.next_create_step(true, until);
    assert_eq!(step, CreateStep::LookUp { not_before: until.after(Check::SETTLE) });
    // The worker saw no answer: the create left at the latest then.
    let seen = now.after(Duration::from_secs(25));
    check.outcome_unknown(&Stamp { by: Actor::Requester, cause: &id(), now: seen });
    assert_eq!(check.next_create_step(true, until), CreateStep::LookUp { not_before: seen.after(Check::SETTLE) });
}

#[tokio::test(start_paused = true)]
async fn a_rejection_that_icims_does_not_confirm_later_is_dismissed_in_writing() {
    let (bench, customer, workflow) = Bench::one(&BenchOptions::default(), &json!({}));
    bench.advance(&customer, &workflow, "C1").await;
    bench.pass(10 * MINUTE).await;
    bench.icims_fails(Kind::Down, HOUR);
    bench.advance(&customer, &workflow, "C2").await;
    bench.pass(10 * MINUTE).await;
    bench.simulation.icims.advance(&customer, &workflow, &connector_core::domain::StatusId::parse("C1").unwrap());
    bench.pass(3 * HOUR).await;
    let check = bench.checks(&workflow).remove(0);
    assert_eq!((check.cancel_reason(), check.rejection().as_ref(), check.is_over()), (None, None, false));
    assert!(check.history().iter().any(|entry| entry.event == HistoryEvent::RejectionDismissed));
}

#[test]
fn a_row_that_icims_adds_late_is_waited_for_and_not_doubled() {
    for seed in 0..12 {
        story(async {
            let (bench, customer, workflow) = Bench::one(&BenchOptions { seed, ..BenchOptions::default() }, &json!({}));
            bench.advance(&customer, &workflow, "C1").await;
            // Some additions take longer than we wait for them.
            bench.icims_fails(Kind::Slow(25_000), 20 * MINUTE);
            bench.pass(2 * HOUR).await;
            assert_eq!(bench.simulation.icims.flow(&customer, &workflow).rows.len(), 1, "seed {seed}");
        });
    }
}

#[tokio::test(start_paused = true)]
async fn an_older_attempt_whose_entry_is_unknown_does_not_write_into_the_newer_ones_row() {
    let (bench, customer, workflow) = Bench::one(&BenchOptions::default(), &json!({}));
    let now = bench.simulation.clock.now();
    let mut newer = old(&customer, &workflow, 2, now);
    newer.refuse(Refusal::NoEmail, &Stamp { by: Actor::Requester, cause: &id(), now });
    newer.timing.due_at = Some(now);
    bench.simulation.store.seed(newer);
    bench.pass(10 * MINUTE).await;
    let rows = bench.simulation.icims.flow(&customer, &workflow).rows;
    let mut older = old(&customer, &workflow, 1, now);
    older.cancelled(&Stamp { by: Actor::Canceller, cause: &id(), now });
    (older.sync.row, older.timing.due_at) = (Row::CreatePending, Some(now));
    bench.simulation.store.seed(older);
    bench.pass(HOUR).await;
    let after = bench.simulation.icims.flow(&customer, &workflow).rows;
    assert_eq!(after[..rows.len()], rows, "the newer attempt's row is as it was");
    assert_eq!(after.len(), rows.len() + 1, "the older attempt has a row of its own");
    assert_eq!(bench.checks(&workflow)[0].timing.due_at, None, "and nobody looks for it any more");
}

#[tokio::test(start_paused = true)]
async fn a_customer_that_is_switched_off_still_has_its_rejections_followed_and_orders_nothing_new() {
    let bench = Bench::start(&BenchOptions::default());
    let customer = bench.customer("1", &json!({}));
    let (open, fresh) = (bench.candidate(&customer, 1), bench.candidate(&customer, 2));
    bench.advance(&customer, &open, "C1").await;
    bench.pass(MINUTE).await;
    bench.customer("1", &json!({"enabled": false}));
    bench.pass(2 * MINUTE).await;
    bench.advance(&customer, &open, "C2").await;
    bench.advance(&customer, &fresh, "C1").await;
    bench.pass(MINUTE).await;
    assert_eq!(bench.checks(&open)[0].state(), State::Cancelled);
    assert!(bench.checks(&fresh).is_empty());
}

#[test]
fn what_is_written_over_somebody_elses_entry_is_not_dated_before_it() {
    let (customer, workflow) = (CustomerId::parse("1").unwrap(), WorkflowId::parse("1").unwrap());
    let now = Timestamp::from_s(1_772_442_000);
    let mut check = old(&customer, &workflow, 1, now);
    let request = RequestId::parse("r").unwrap();
    check.requested(
        &request,
        RecognizedBy::Reply,
        &Stamp { by: Actor::Requester, cause: &id(), now: now.after(MINUTE) },
    );
    check.want_cancel(CancelReason::Rejected, &Stamp { by: Actor::Canceller, cause: &id(), now });
    assert!(check.history().windows(2).all(|pair| pair[0].at <= pair[1].at));
}

#[tokio::test(start_paused = true)]
async fn two_attempts_that_both_lost_their_entry_show_two_rows_and_not_three() {
    let (bench, customer, workflow) = Bench::one(&BenchOptions::default(), &json!({}));
    let now = bench.simulation.clock.now();
    // Both additions arrived, and neither was answered; the older attempt looks first, and finds the newer row.
    for (attempt, due_in) in [(1, Duration::ZERO), (2, 20 * MINUTE)] {
        let mut check = old(&customer, &workflow, attempt, now);
        check.timing.created_at = check.timing.created_at.after(attempt * MINUTE);
        check.refuse(Refusal::NoEmail, &Stamp { by: Actor::Requester, cause: &id(), now: check.timing.created_at });
        (check.sync.row, check.timing.due_at) = (Row::CreatePending, Some(now.after(due_in)));
        let (entry, view) = (EntryId::parse(format!("{attempt}")).unwrap(), View::of(&check, None));
        bench.simulation.icims.change(&customer, &workflow, |flow| flow.rows.push(ShownRow { entry, view }));
        bench.simulation.store.seed(check);
    }
    bench.pass(2 * HOUR).await;
    let rows = bench.simulation.icims.flow(&customer, &workflow).rows;
    assert_eq!(rows.len(), 2);
    for check in bench.checks(&workflow) {
        let view = View::of(&check, None);
        assert!(rows.iter().any(|row| row.view == view), "attempt {} is shown", check.key.attempt);
    }
}
