//! Switching customers off, and removing them.

use connector_core::domain::{
    Actor, Check, CheckKey, CorrelationId, CreateCount, FailureClass, Lease, NewCheck, RecognizedBy, ReferenceOrder,
    RequestId, Stamp, Timestamp, WorkflowId,
};
use connector_core::ports::{Clock as _, ReadChecks as _, Write, WriteChecks as _};
use serde_json::{Value, json};

use crate::Joining;
use crate::support::Stage;

/// A check of the demo's customer: not begun, or sent to Crosschq as `request`.
async fn open_check(stage: &Stage, workflow: u64, request: Option<&str>) -> CheckKey {
    let now = connector_core::aws::SystemClock.now();
    let before = Timestamp::from_ms(now.ms() - 60_000);
    let correlation_id = CorrelationId::parse("c-1").unwrap();
    let workflow = WorkflowId::parse(workflow.to_string()).unwrap();
    let order = ReferenceOrder {
        workflow: workflow.clone(),
        attempt: 1,
        person: None,
        requisition: None,
        acting_user: None,
        ordered_at: before,
        old_status: None,
        source: connector_core::domain::Source::Event,
    };
    let key = CheckKey { customer: stage.customer(), workflow, attempt: 1 };
    let new = NewCheck { key: key.clone(), order: &order, manual_orders: 0, repeat_unconfirmed: false };
    let stamp = Stamp { by: Actor::Requester, cause: &correlation_id, now: before };
    let mut check = Check::claim(new, Lease { until: before }, &stamp);
    match request {
        Some(request) => {
            let request: RequestId = request.parse().unwrap();
            check.requested(&request, RecognizedBy::Reply, &stamp);
        }
        None => check.release(FailureClass::Retry, before, CreateCount::Kept, &stamp),
    }
    let written = stage.admin().store().unwrap().insert(&check, 30).await.unwrap();
    assert_eq!(written, Write::Stored);
    key
}

async fn load(stage: &Stage, key: &CheckKey) -> Check {
    stage.admin().store().unwrap().load(key).await.unwrap().unwrap()
}

async fn enabled(stage: &Stage) -> Value {
    stage.record("1234", "settings").await.unwrap()["enabled"]["BOOL"].clone()
}

#[tokio::test]
async fn open_checks_are_left_to_finish_unless_reported_otherwise() {
    let stage = Stage::with_demo().await;
    let key = open_check(&stage, 13437, Some("r-1")).await;
    stage.connector(&["customer", "disable", "1234"]).await.failed(9, "1 checks are open: finish or cancel them?");
    assert_eq!(enabled(&stage).await, true, "nothing was changed");
    let off = stage.connector(&["customer", "disable", "1234", "--yes", "--output", "json"]).await.ok().json();
    assert_eq!(off["open_checks"], json!({"found": 1, "choice": "finish", "cancelled": []}));
    assert_eq!(enabled(&stage).await, false);
    assert_eq!(load(&stage, &key).await.cancel_reason(), None);
    assert_eq!(stage.take_messages("Cancellations").await, Vec::<Value>::new());
}

#[tokio::test]
async fn open_checks_are_cancelled_where_the_operator_wants_that() {
    let stage = Stage::with_demo().await;
    let sent = open_check(&stage, 13437, Some("r-1")).await;
    let not_sent = open_check(&stage, 13438, None).await;
    let command = ["customer", "disable", "1234", "--open-checks", "cancel", "--output", "json"];
    let off = stage.connector(&command).await.ok().json();
    let mut cancelled: Vec<&str> =
        off["open_checks"]["cancelled"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
    cancelled.sort_unstable();
    assert_eq!(cancelled, ["1234/13437/1", "1234/13438/1"]);
    assert!(load(&stage, &sent).await.cancel_reason().is_some(), "marked; the canceller does the rest");
    assert!(load(&stage, &not_sent).await.is_over(), "nothing had left");
    let messages = stage.take_messages("Cancellations").await;
    let workflows: Vec<&Value> = messages.iter().map(|message| &message["workflow"]).collect();
    assert_eq!(workflows, ["13437"]);
    let history = stage.connector(&["customer", "show", "1234", "--history"]).await.ok().stdout;
    assert!(history.contains("checks cancelled") && history.contains("settings.enabled"), "{history}");
    assert!(!history.contains("13437"), "a workflow would outlive the erasing of its person: {history}");
}

#[tokio::test]
async fn switching_twice_changes_nothing_and_still_cancels_what_is_open() {
    let stage = Stage::with_demo().await;
    stage.connector(&["customer", "disable", "1234"]).await.ok();
    let key = open_check(&stage, 13437, Some("r-1")).await;
    let again = ["customer", "disable", "1234", "--open-checks", "cancel", "--output", "json"];
    let off = stage.connector(&again).await.ok().json();
    assert_eq!(off["changed"], false);
    assert!(load(&stage, &key).await.cancel_reason().is_some());
    stage.connector(&["customer", "enable", "1234"]).await.ok();
    assert_eq!(enabled(&stage).await, true);
    let on = stage.connector(&["customer", "enable", "1234", "--output", "json"]).await.ok().json();
    assert_eq!(on["changed"], false);
}

#[tokio::test]
async fn a_customer_with_open_checks_is_not_removed_unless_forced() {
    let stage = Stage::with_demo().await;
    open_check(&stage, 13437, Some("r-1")).await;
    let refused = stage.connector(&["customer", "remove", "1234", "--yes"]).await;
    let refused = refused.failed(2, "customer 1234 has 1 open checks; nothing was removed");
    assert!(refused.stderr.contains("--open-checks cancel"), "{refused:#?}");
    assert!(stage.record("1234", "settings").await.is_some());
    stage.connector(&["customer", "remove", "1234", "--yes", "--force"]).await.ok();
    assert_eq!(stage.record("1234", "settings").await, None);
}

#[tokio::test]
async fn a_removed_customer_leaves_its_log_and_nothing_that_opens_a_door() {
    let stage = Stage::with_demo().await;
    stage.connector(&["customer", "edit", "1234", "--set", "retention_days=60", "--yes"]).await.ok();
    stage.connector(&["customer", "remove", "1234"]).await.failed(9, "there is no terminal to ask: type 1234");
    let removed = stage.connector(&["customer", "remove", "1234", "--yes", "--output", "json"]).await.ok().json();
    assert_eq!(removed["templates"], json!(["sales-ae"]));
    assert_eq!(removed["secret_recoverable_for_days"], 30);
    assert_eq!(stage.record("1234", "settings").await, None);
    assert_eq!(stage.record("1234", "template#sales-ae").await, None);
    assert_eq!(stage.secret("1234", "AWSCURRENT").await, None);
    assert_eq!(stage.items("TokensTable").await, Vec::<Value>::new());
    stage.connector(&["customer", "show", "1234"]).await.failed(3, "there is no customer 1234");
    let history = stage.connector(&["customer", "show", "1234", "--history", "--output", "json"]).await.ok().json();
    let actions: Vec<&Value> = history["history"].as_array().unwrap().iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["customer edit", "customer remove"]);
}

#[tokio::test]
async fn a_removal_that_stopped_half_way_goes_on() {
    let stage = Stage::with_demo().await;
    stage.aws_fault(json!({"target": "secretsmanager.DeleteSecret", "kind": "access_denied"})).await;
    stage.connector(&["customer", "remove", "1234", "--yes"]).await.failed(6, "secretsmanager:DeleteSecret");
    assert!(stage.secret("1234", "AWSCURRENT").await.is_some());
    stage.connector(&["customer", "remove", "1234", "--yes"]).await.ok();
    assert_eq!(stage.secret("1234", "AWSCURRENT").await, None);
    stage.connector(&["customer", "remove", "1234", "--yes"]).await.failed(3, "there is no customer 1234");
}

#[tokio::test]
async fn a_customer_comes_back_after_it_was_removed_and_its_old_secrets_stay_shut_out() {
    let stage = Stage::with_demo().await;
    let before = stage.secret("1234", "AWSCURRENT").await.unwrap();
    stage.connector(&["customer", "remove", "1234", "--yes"]).await.ok();
    Joining::of(&stage).add(&[]).await.ok();
    let after = stage.secret("1234", "AWSCURRENT").await.unwrap();
    assert_ne!(after["push"], before["push"]);
    assert_eq!(stage.secret("1234", "AWSPREVIOUS").await, None);
}
