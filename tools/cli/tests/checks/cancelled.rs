//! `connector check cancel`.

use connector_core::domain::{CancelReason, State};

use crate::workers::Workers;
use crate::{audit, check, ordered, stage, workflow};

#[tokio::test]
async fn an_operators_cancellation_is_carried_out_though_icims_confirms_no_rejection() {
    let stage = stage().await;
    let workers = Workers::of(&stage);
    ordered(&stage, &workers).await;
    let cancelled = stage.connector(&["check", "cancel", &workflow(&stage), "--yes", "--output", "json"]).await.ok();
    assert_eq!(cancelled.json()["outcome"], "marked");
    workers.settle(&stage).await;
    let standing = check(&stage, stage.demo.complete.workflow).await.unwrap();
    assert_eq!((standing.state(), standing.cancel_reason()), (State::Cancelled, Some(CancelReason::Operator)));
    let request = &stage.control.crosschq(&stage.demo.org).requests().await.unwrap()[0];
    assert_eq!(request.cancel_reason.as_deref(), Some("requested_by_user"));
    let view = stage.control.icims("1234").view(stage.demo.complete.workflow).await.unwrap();
    assert_eq!(view.status.id, stage.demo.trigger_status, "the candidate's own status is the recruiter's");
    assert_eq!(view.results[0].result.as_deref(), Some("Cancelled"));
    let shown = stage.connector(&["check", "show", &workflow(&stage)]).await.ok();
    assert!(shown.stdout.contains("marked it to be cancelled: an operator asked for it"), "{}", shown.stdout);
    let again = stage.connector(&["check", "cancel", &workflow(&stage), "--yes"]).await;
    again.failed(4, "has ended already: it is cancelled");
    assert_eq!(audit(&stage).await.len(), 2, "the order and the cancellation");
}

#[tokio::test]
async fn a_cancellation_that_is_asked_for_twice_is_reported_to_the_canceller_twice_and_written_once() {
    let stage = stage().await;
    let workers = Workers::of(&stage);
    ordered(&stage, &workers).await;
    stage.connector(&["check", "cancel", &workflow(&stage), "--yes"]).await.ok();
    let again = stage.connector(&["check", "cancel", &workflow(&stage), "--yes"]).await.ok();
    assert!(again.stderr.contains("it was marked before"), "{}", again.stderr);
    assert_eq!(stage.take_messages("Cancellations").await.len(), 2);
    let standing = check(&stage, stage.demo.complete.workflow).await.unwrap();
    let marks = standing.history().iter().filter(|entry| format!("{:?}", entry.event).contains("CancelWanted")).count();
    assert_eq!(marks, 1);
}
