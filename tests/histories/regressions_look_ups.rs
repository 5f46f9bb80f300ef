//! What the histories found of look-ups at a Crosschq that echoes no id of ours, one story each: these keep the bugs dead.

use connector_core::domain::{
    Actor, CancelReason, Check, CustomerId, PersonId, RecognizedBy, Refusal, RequestId, Stage, Stamp, State, StatusId,
    WorkflowId,
};
use connector_core::ports::Clock as _;
use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, HOUR, story};

use crate::regressions::{id, old};

fn silent() -> BenchOptions {
    BenchOptions { idempotent: false, callbacks: false, ..BenchOptions::default() }
}

fn customer(bench: &Bench) -> CustomerId {
    bench.customer("1", &json!({"crosschq": {"capabilities": {"search": true}}}))
}

/// A check of the candidate 1 whose create left and was not answered.
fn unanswered(bench: &Bench, customer: &CustomerId, workflow: &WorkflowId) -> Check {
    let now = bench.simulation.clock.now();
    let mut check = old(customer, workflow, 1, now);
    check.timing.created_at = now;
    check.subject.person = PersonId::parse("1").ok();
    bench.begin_create(&mut check, now);
    check.outcome_unknown(&Stamp { by: Actor::Requester, cause: &id(), now });
    check.timing.due_at = Some(now);
    check
}

/// A request for the candidate 1, as the check would send it.
fn requested(bench: &Bench, check: &Check, stage: Stage) -> RequestId {
    let (customer, order) = bench.order_of(check);
    bench.simulation.crosschq.seed(&customer, &order, stage)
}

#[test]
fn a_request_that_ended_before_it_was_looked_up_is_found_and_not_created_again() {
    for stage in [Stage::Declined, Stage::Completed, Stage::Expired, Stage::Cancelled] {
        story(async {
            let bench = Bench::start(&silent());
            let customer = customer(&bench);
            let workflow = bench.candidate(&customer, 1);
            let check = unanswered(&bench, &customer, &workflow);
            let ours = requested(&bench, &check, stage);
            bench.simulation.store.seed(check);
            bench.pass(2 * HOUR).await;
            let check = bench.checks(&workflow).remove(0);
            assert_eq!((check.request(), check.state()), (Some(&ours), State::from(stage)));
            assert_eq!(bench.simulation.crosschq.requests().len(), 1, "nobody is asked again");
        });
    }
}

#[tokio::test(start_paused = true)]
async fn where_crosschq_tells_no_age_an_ended_request_is_neither_taken_nor_taken_for_nothing() {
    let bench = Bench::start(&BenchOptions { reports_age: false, ..silent() });
    let customer = customer(&bench);
    let workflow = bench.candidate(&customer, 1);
    let check = unanswered(&bench, &customer, &workflow);
    requested(&bench, &check, Stage::Declined);
    bench.simulation.store.seed(check);
    bench.pass(2 * HOUR).await;
    assert_eq!(bench.checks(&workflow)[0].state(), State::OutcomeUnknown, "a callback may still tell");
    bench.pass(48 * HOUR).await;
    let check = bench.checks(&workflow).remove(0);
    assert_eq!((check.state(), check.refusal()), (State::Failed, Some(&Refusal::OutcomeUnknown)), "a person is called");
    assert_eq!(bench.simulation.crosschq.requests().len(), 1, "nobody is asked again");
}

#[tokio::test(start_paused = true)]
async fn what_had_ended_before_the_order_is_not_its_request() {
    let bench = Bench::start(&silent());
    let customer = customer(&bench);
    let workflow = bench.candidate(&customer, 1);
    let earlier = requested(&bench, &unanswered(&bench, &customer, &workflow), Stage::Completed);
    bench.pass(HOUR).await;
    bench.simulation.icims.advance(&customer, &workflow, &StatusId::parse("C1").unwrap());
    bench.simulation.store.seed(unanswered(&bench, &customer, &workflow));
    bench.pass(2 * HOUR).await;
    let check = bench.checks(&workflow).remove(0);
    assert_eq!(check.state(), State::Requested);
    assert_ne!(check.request(), Some(&earlier), "the recruiter would have been shown another order's report");
}

/// One person on two requisitions, a request open for either, the reply for the second lost and the candidate rejected
/// there. What the first check knows of its request is up to `known`; without `named`, both name one position.
async fn two_open(known: bool, named: bool) -> (Check, Vec<Stage>) {
    let bench = Bench::start(&silent());
    let customer = customer(&bench);
    let (one, other) = (bench.candidate(&customer, 1), bench.candidate_who(&customer, 2, 1));
    let now = bench.simulation.clock.now();
    let ours = unanswered(&bench, &customer, &other);
    for workflow in [&one, &other] {
        let mut check = unanswered(&bench, &customer, workflow);
        let request = requested(&bench, if named { &check } else { &ours }, Stage::Requested);
        if workflow == &other {
            check.want_cancel(CancelReason::Rejected, &Stamp { by: Actor::Canceller, cause: &id(), now });
            bench.simulation.icims.advance(&customer, workflow, &StatusId::parse("C2").unwrap());
        } else if known {
            check.requested(&request, RecognizedBy::Reply, &Stamp { by: Actor::Requester, cause: &id(), now });
        } else {
            continue;
        }
        bench.simulation.store.seed(check);
    }
    bench.pass(48 * HOUR).await;
    let stages = bench.simulation.crosschq.requests().into_iter().map(|held| held.state.stage).collect();
    (bench.checks(&other).remove(0), stages)
}

#[test]
fn of_two_open_requests_the_one_that_another_check_holds_or_that_names_another_position_is_not_ours() {
    for (known, named) in [(true, true), (true, false), (false, true)] {
        story(async {
            let (check, stages) = two_open(known, named).await;
            assert_eq!((check.state(), check.is_cancel_unconfirmed()), (State::Cancelled, false), "{known} {named}");
            assert_eq!(stages, [Stage::Requested, Stage::Cancelled], "the rejection reaches ours, and ours alone");
        });
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_up_that_cannot_tell_two_open_requests_apart_proves_nothing() {
    let (check, stages) = two_open(false, false).await;
    assert_eq!((check.state(), check.is_cancel_unconfirmed()), (State::Cancelled, true), "a person is called");
    assert_eq!(stages, [Stage::Requested; 2], "a stranger's request is left alone");
}

#[tokio::test(start_paused = true)]
async fn of_two_orders_of_one_person_neither_takes_the_others_request() {
    let bench = Bench::start(&silent());
    let customer = customer(&bench);
    let (one, other) = (bench.candidate(&customer, 1), bench.candidate_who(&customer, 2, 1));
    for workflow in [&one, &other] {
        bench.simulation.icims.advance(&customer, workflow, &StatusId::parse("C1").unwrap());
        bench.simulation.store.seed(unanswered(&bench, &customer, workflow));
    }
    // Neither create was answered, and only the second one's had arrived.
    let theirs = requested(&bench, &unanswered(&bench, &customer, &other), Stage::Requested);
    bench.pass(HOUR).await;
    assert_eq!(bench.checks(&other)[0].request(), Some(&theirs));
    assert_ne!(bench.checks(&one)[0].request(), Some(&theirs), "another position's report would be shown");
}
