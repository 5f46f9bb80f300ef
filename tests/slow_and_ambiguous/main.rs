//! Vendors that take seconds, responses that can mean two things, reads that lag behind the event, hundreds of candidates
//! at once; and what each of them may cost.

mod adoption;
mod ambiguous_404;
mod budgets;
mod cancel_refused;
mod credentials;
mod killed;
mod lagging_reads;
mod look_up;
mod outage;
mod repeats;
mod slow;

use std::collections::BTreeMap;

use connector_core::domain::{Check, CustomerId, Stage, StatusId, WorkflowId};
use http::StatusCode;
use testkit::fakes::{Bench, Held, ShownRow};

/// The first request of a workflow comes to this stage at Crosschq.
fn crosschq_moves(bench: &Bench, workflow: &WorkflowId, to: Stage) {
    bench.simulation.crosschq.step(&requests_of(bench, workflow)[0].state.id, to);
}

/// Many candidates are advanced in one moment; iCIMS shows the recruiter no error.
async fn advance_all(bench: &Bench, customer: &CustomerId, workflows: &[WorkflowId]) {
    let all = workflows.iter().map(|workflow| bench.advance(customer, workflow, "C1"));
    for (status, text) in futures_util::future::join_all(all).await {
        assert_eq!(status, StatusCode::OK, "{text}");
    }
}

/// So many candidates, each on a requisition of its own, advanced in one moment.
async fn burst(bench: &Bench, customer: &CustomerId, many: u64) -> Vec<WorkflowId> {
    let workflows: Vec<_> = (1..=many).map(|n| bench.candidate(customer, n)).collect();
    advance_all(bench, customer, &workflows).await;
    workflows
}

/// The only check of a workflow.
fn check(bench: &Bench, workflow: &WorkflowId) -> Check {
    let mut checks = bench.checks(workflow);
    assert_eq!(checks.len(), 1, "{workflow} has {} checks", checks.len());
    checks.remove(0)
}

/// The only row of a workflow.
fn row(bench: &Bench, customer: &CustomerId, workflow: &WorkflowId) -> ShownRow {
    let mut rows = bench.simulation.icims.flow(customer, workflow).rows;
    assert_eq!(rows.len(), 1, "{workflow} shows {} rows", rows.len());
    rows.remove(0)
}

/// A workflow is in a status, and no event was sent.
fn stands_in(bench: &Bench, customer: &CustomerId, workflow: &WorkflowId, status: &str) {
    let status = StatusId::parse(status).unwrap();
    bench.simulation.icims.change(customer, workflow, |flow| flow.status = Some(status));
}

/// The requests at Crosschq that were ordered for a workflow.
fn requests_of(bench: &Bench, workflow: &WorkflowId) -> Vec<Held> {
    let ours = |held: &Held| held.sent_id.split(':').nth(2) == Some(workflow.as_str());
    bench.simulation.crosschq.requests().into_iter().filter(ours).collect()
}

/// The stage of the only request of a workflow.
fn stage(bench: &Bench, workflow: &WorkflowId) -> Stage {
    let requests = requests_of(bench, workflow);
    assert_eq!(requests.len(), 1, "{workflow} has {} requests at Crosschq", requests.len());
    requests[0].state.stage
}

/// How many of these workflows have no request at Crosschq, and how many have more than one.
fn lost_and_doubled(bench: &Bench, workflows: &[WorkflowId]) -> (usize, usize) {
    let mut requests: BTreeMap<String, usize> = BTreeMap::new();
    for held in bench.simulation.crosschq.requests() {
        *requests.entry(held.sent_id.split(':').nth(2).unwrap().to_owned()).or_default() += 1;
    }
    let many = |workflow: &WorkflowId| requests.get(workflow.as_str()).copied().unwrap_or(0);
    let count = |which: fn(usize) -> bool| workflows.iter().filter(|workflow| which(many(workflow))).count();
    (count(|n| n == 0), count(|n| n > 1))
}

/// The checks by state, creates and refusal, for failure messages.
fn summary(bench: &Bench) -> BTreeMap<String, usize> {
    let mut by = BTreeMap::new();
    for check in bench.simulation.store.all() {
        let what = format!("{:?} begun={} refusal={:?}", check.state(), check.creates.begun, check.refusal());
        *by.entry(what).or_default() += 1;
    }
    by
}

/// How often a fault was injected.
fn injected(bench: &Bench, what: &str) -> u64 {
    bench.simulation.journal.met().counts().get(what).copied().unwrap_or(0)
}

/// Messages sent in all, and dead letters in all.
fn messages(bench: &Bench) -> (u64, u64) {
    let stats = testkit::fakes::QUEUES.map(|(queue, _)| bench.simulation.queues.stats(queue));
    (stats.iter().map(|stats| stats.sent).sum(), stats.iter().map(|stats| stats.dead).sum())
}
