//! A rejection always wins.

use connector_core::domain::{Actor, CancelReason, Check, CorrelationId, Stamp, State};
use connector_core::ports::{Clock, Write};
use sandbox::{Fault, FaultKind, State as Ended, Step};
use serde_json::json;

use crate::world;

async fn reject(world: &testkit::World) {
    let moved = world.recruiter().rejects(world.ada()).await;
    assert_eq!(moved.recruiter_sees(), None);
}

async fn open_requests(world: &testkit::World) -> usize {
    world
        .requests()
        .await
        .iter()
        .filter(|request| !matches!(request.state, Ended::Cancelled | Ended::Completed))
        .count()
}

#[tokio::test]
async fn a_rejected_candidates_open_request_is_cancelled_and_the_row_says_so() {
    let world = world().await;
    let request = world.ordered().await;
    world.crosschq().candidate_opens(&request).await;
    reject(&world).await;
    world.settle().await;
    assert_eq!(open_requests(&world).await, 0);
    let view = world.screen(world.ada()).await;
    assert_eq!(view.row().status.as_deref(), Some("Incomplete"));
    assert_eq!(view.row().result.as_deref(), Some("Cancelled"));
    assert_eq!(view.status.id, world.demo.rejected_status, "the candidate stays where the recruiter put them");
}

#[tokio::test]
async fn cancel_before_create_wins() {
    let world = world().await;
    world.recruiter().orders(world.ada()).await;
    reject(&world).await;
    world.settle().await;
    assert_eq!(world.creates().await, 0);
    let check = world.check(world.ada()).await.unwrap();
    assert_eq!((check.state(), check.cancel_reason()), (State::Cancelled, Some(CancelReason::Rejected)));
}

#[tokio::test]
async fn a_rejection_while_the_create_is_under_way_cancels_what_it_created() {
    let world = world().await;
    world.rejected_while_created().await;
    world.settle().await;
    assert_eq!(world.creates().await, 1);
    assert_eq!(open_requests(&world).await, 0);
    assert_eq!(world.check(world.ada()).await.unwrap().state(), State::Cancelled);
}

#[tokio::test]
async fn a_rejection_that_was_taken_back_cancels_nothing() {
    let world = world().await;
    world.ordered().await;
    reject(&world).await;
    let icims = world.icims();
    icims.configure(json!({"push": {"statuses": []}})).await.unwrap();
    world.recruiter().orders(world.ada()).await;
    world.settle().await;
    assert_eq!(open_requests(&world).await, 1);
}

#[tokio::test]
async fn a_report_that_was_finished_first_is_kept() {
    let world = world().await;
    let crosschq = world.crosschq();
    crosschq.configure(json!({"callback": {"drop_next": 1000}})).await.unwrap();
    let request = world.ordered().await;
    crosschq.step(&request, &Step::CompleteAll).await.unwrap();
    reject(&world).await;
    world.settle().await;
    assert_eq!(world.check(world.ada()).await.unwrap().state(), State::Completed);
    assert_eq!(world.screen(world.ada()).await.row().status.as_deref(), Some("Complete"));
}

#[tokio::test]
async fn where_crosschq_offers_no_cancel_the_recruiter_is_told_to_do_it_by_hand() {
    let world = testkit::World::with_settings(json!({"crosschq": {"capabilities": {"cancel": false}}})).await;
    world.ordered().await;
    reject(&world).await;
    world.settle().await;
    let view = world.screen(world.ada()).await;
    assert!(
        view.row().notes.as_deref().is_some_and(|note| note.contains("cancel the request in Crosschq")),
        "{:?}",
        view.row().notes
    );
}

#[tokio::test]
async fn an_unreachable_crosschq_delays_the_cancel_and_never_loses_it() {
    let world = world().await;
    world.ordered().await;
    let down = FaultKind::Status { status: 503, retry_after: None, message: None };
    world.crosschq().inject(Fault::new(down).on("POST", "*/cancel/").times(3)).await;
    reject(&world).await;
    world.settle().await;
    world.crosschq().calls_back().await;
    world.settle().await;
    assert_eq!(open_requests(&world).await, 0);
}

#[tokio::test]
async fn a_rejection_by_mistake_and_a_new_order_within_the_minute_make_a_new_request() {
    let world = world().await;
    world.ordered().await;
    reject(&world).await;
    world.settle().await;
    let again = world.recruiter().orders(world.ada()).await;
    assert_eq!(again.recruiter_sees(), None);
    world.settle().await;
    assert_eq!((world.requests().await.len(), open_requests(&world).await), (2, 1));
    assert_eq!(world.check(world.ada()).await.unwrap().key.attempt, 2);
}

#[tokio::test]
async fn a_new_order_while_the_cancellation_is_under_way_is_told_to_wait_and_not_lost_in_silence() {
    let world = world().await;
    world.ordered().await;
    let down = FaultKind::Status { status: 503, retry_after: None, message: None };
    world.crosschq().inject(Fault::new(down).on("POST", "*/cancel/")).await;
    reject(&world).await;
    world.deliver().await;
    let again = world.recruiter().orders(world.ada()).await;
    assert!(
        again.recruiter_sees().is_some_and(|text| text.contains("wait a few minutes")),
        "{:?}",
        again.recruiter_sees()
    );
    world.control.crosschq_side().clear_faults().await.unwrap();
    world.settle().await;
    assert_eq!(open_requests(&world).await, 0);
}

#[tokio::test]
async fn a_cancellation_during_a_write_to_icims_is_shown_though_nobody_tells() {
    let world = world().await;
    world.recruiter().orders(world.ada()).await;
    world.deliver_from("reference-requests").await;
    let slow =
        Fault::new(FaultKind::Latency { ms: 600, after: true }).on("POST", "*/fields/assessmentresults").times(1);
    world.icims().inject(slow).await;
    let showing = world.deliver_from("icims-updates");
    // As a canceller does that ends before it sends its message.
    let cancelling = async {
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        let mut check = world.check(world.ada()).await.unwrap();
        let cause = CorrelationId::untraced();
        let stamp = Stamp { by: Actor::Canceller, cause: &cause, now: world.clock.now() };
        check.want_cancel(CancelReason::Rejected, &stamp);
        check.cancelled(&stamp);
        assert_eq!(world.checks.save(&mut check, 30).await.unwrap(), Write::Stored);
    };
    tokio::join!(showing, cancelling);
    world.settle().await;
    let view = world.screen(world.ada()).await;
    assert_eq!(view.row().result.as_deref(), Some("Cancelled"));
}

#[tokio::test]
async fn a_wish_to_cancel_keeps_its_early_look_while_icims_is_written() {
    let world = world().await;
    world.ordered().await;
    let mut check = world.check(world.ada()).await.unwrap();
    check.want_cancel(
        CancelReason::Rejected,
        &Stamp { by: Actor::Canceller, cause: &CorrelationId::untraced(), now: world.clock.now() },
    );
    assert_eq!(world.checks.save(&mut check, 30).await.unwrap(), Write::Stored);
    let request = check.request().unwrap();
    world.crosschq().step(request.as_str(), &Step::CandidateOpens).await.unwrap();
    world.crosschq().calls_back().await;
    world.deliver_from("icims-updates").await;
    let check = world.check(world.ada()).await.unwrap();
    assert!(check.timing.due_at.unwrap() <= world.clock.now().after(Check::RETRY_DUE), "not only in six hours");
}

#[tokio::test]
async fn two_orders_that_end_alike_within_a_minute_have_a_row_each() {
    let world = world().await;
    for _ in 0..2 {
        world.recruiter().orders(world.ada()).await;
        world.settle().await;
        reject(&world).await;
        world.settle().await;
    }
    let view = world.screen(world.ada()).await;
    let notes: Vec<Option<&str>> = view.results.iter().map(|row| row.notes.as_deref()).collect();
    let alike = |attempt| format!("The reference request was cancelled. Ref {}-{attempt}", world.ada());
    assert_eq!(notes, [Some(&*alike(1)), Some(&*alike(2))]);
}
