//! `connector check request`.

use connector_core::domain::Timestamp;
use connector_core::ports::{Write, WriteChecks as _};

use crate::support::Stage;
use crate::workers::Workers;
use crate::{audit, check, ordered, stage, trigger, workflow};

async fn requests(stage: &Stage) -> usize {
    stage.control.crosschq(&stage.demo.org).requests().await.unwrap().len()
}

#[tokio::test]
async fn an_order_by_hand_is_carried_out_once_and_is_on_record_without_naming_the_workflow() {
    let stage = stage().await;
    let workers = Workers::of(&stage);
    ordered(&stage, &workers).await;
    let again = stage.connector(&["check", "request", &workflow(&stage), "--yes"]).await;
    again.failed(4, "nothing new was sent");
    // A minute later it is another order, and is refused as the recruiter's would be.
    let mut standing = check(&stage, stage.demo.complete.workflow).await.unwrap();
    standing.timing.created_at = Timestamp::from_ms(standing.timing.created_at.ms() - 120_000);
    assert_eq!(stage.admin().store().unwrap().save(&mut standing, 30).await.unwrap(), Write::Stored);
    let again = stage.connector(&["check", "request", &workflow(&stage), "--yes"]).await;
    again.failed(4, "A Crosschq reference check is already open for this candidate on this requisition");
    workers.settle(&stage).await;
    assert_eq!(requests(&stage).await, 1);
    let log = audit(&stage).await;
    assert_eq!(log.len(), 1, "refusals are no changes: {log:?}");
    let entry = log[0].to_string();
    assert!(entry.contains("check request") && entry.contains("operator-"), "{entry}");
    assert!(!entry.contains("13437"), "{entry}");
}

#[tokio::test]
async fn what_cannot_be_ordered_is_reported_in_the_recruiters_sentence_and_sends_nothing() {
    let stage = stage().await;
    let request =
        async |workflow: u64| stage.connector(&["check", "request", &format!("1234/{workflow}"), "--yes"]).await;
    request(stage.demo.complete.workflow).await.failed(2, "had left the Crosschq status");
    trigger(&stage, stage.demo.without_email.workflow).await;
    request(stage.demo.without_email.workflow).await.failed(2, "Crosschq needs the candidate's e-mail address");
    request(99_999).await.failed(3, "The workflow was not found, or the Crosschq API user may not see it");
    stage.change_settings(serde_json::json!({"enabled": false})).await;
    trigger(&stage, stage.demo.complete.workflow).await;
    request(stage.demo.complete.workflow).await.failed(2, "customer 1234 is switched off");
    assert!(stage.take_messages("ReferenceRequests").await.is_empty());
    assert!(audit(&stage).await.is_empty());
}

#[tokio::test]
async fn nobody_is_written_to_without_a_yes() {
    let stage = stage().await;
    trigger(&stage, stage.demo.complete.workflow).await;
    let asked = stage.connector(&["check", "request", &workflow(&stage)]).await;
    asked.failed(9, "Crosschq then writes to the candidate");
    assert!(stage.take_messages("ReferenceRequests").await.is_empty());
}
