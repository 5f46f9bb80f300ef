//! `connector check`, `queue` and `erase`, on AWS, iCIMS and Crosschq as far as they are here. The workers are the real
//! flows over the real adapters, driven by the tests.

#![allow(clippy::unwrap_used, clippy::allow_attributes, missing_docs, unreachable_pub)]

#[path = "../support/mod.rs"]
mod support;

mod cancelled;
mod dead_letters;
mod erased;
mod listed;
mod ordered;
mod resent;
mod rotated;
mod shown;
mod watched;
mod workers;
mod wrong;

use connector_core::domain::{
    Actor, Check, CheckKey, CorrelationId, Lease, NewCheck, ReferenceOrder, Refusal, Stamp, Timestamp, WorkflowId,
};
use connector_core::ports::{ReadChecks as _, Write, WriteChecks as _};
use serde_json::{Value, json};
use support::Stage;
use workers::Workers;

/// The stack with the demo's customer; nobody pushes events, so that only the operator orders.
async fn stage() -> Stage {
    let stage = Stage::with_demo().await;
    stage.control.icims(&stage.demo.customer).configure(json!({"push": {"statuses": []}})).await.unwrap();
    stage
}

/// The name of the demo's first workflow.
fn workflow(stage: &Stage) -> String {
    format!("{}/{}", stage.demo.customer, stage.demo.complete.workflow)
}

/// Moves a candidate to the Crosschq status.
async fn trigger(stage: &Stage, workflow: u64) {
    stage.control.icims(&stage.demo.customer).advance(workflow, &stage.demo.trigger_status).await.unwrap();
}

/// The first candidate's references are ordered by hand, and everything that follows is done. Gives the request's id.
async fn ordered(stage: &Stage, workers: &Workers) -> String {
    trigger(stage, stage.demo.complete.workflow).await;
    stage.connector(&["check", "request", &workflow(stage), "--yes"]).await.ok();
    workers.settle(stage).await;
    let requests = stage.control.crosschq(&stage.demo.org).requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    requests[0].id.clone()
}

async fn check(stage: &Stage, workflow: u64) -> Option<Check> {
    let store = stage.admin().store().unwrap();
    store.latest(&stage.customer(), &WorkflowId::parse(workflow.to_string()).unwrap()).await.unwrap()
}

/// A check that the table holds already, `change`d before it was written.
async fn held(stage: &Stage, workflow: &str, change: impl FnOnce(&mut Check, &CorrelationId)) -> Check {
    let order: ReferenceOrder = serde_json::from_value(json!({
        "workflow": workflow, "attempt": 1, "person": "2001", "requisition": "1181", "ordered_at": 0
    }))
    .unwrap();
    let key = CheckKey { customer: stage.customer(), workflow: workflow.parse().unwrap(), attempt: 1 };
    let id = CorrelationId::parse("event-1").unwrap();
    let now = now();
    let mut check = Check::claim(
        NewCheck { key, order: &order, manual_orders: 0, repeat_unconfirmed: false },
        Lease { until: now },
        &Stamp { by: Actor::Requester, cause: &id, now },
    );
    change(&mut check, &id);
    assert_eq!(stage.admin().store().unwrap().insert(&check, 30).await.unwrap(), Write::Stored);
    check
}

fn refused(refusal: Refusal) -> impl FnOnce(&mut Check, &CorrelationId) {
    move |check, id| check.refuse(refusal, &Stamp { by: Actor::Requester, cause: id, now: now() })
}

fn now() -> Timestamp {
    time::OffsetDateTime::now_utc().into()
}

/// The actions and changes of the customer's audit log, as they are stored.
async fn audit(stage: &Stage) -> Vec<Value> {
    let items = stage.items("CustomersTable").await;
    let pk = format!("audit#{}", stage.demo.customer);
    items.into_iter().filter(|item| item["pk"]["S"] == pk.as_str()).collect()
}
