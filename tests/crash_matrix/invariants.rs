//! What has to hold once all is quiet, whatever happened on the way.

use connector_core::domain::{Check, ReferenceRequest, Refusal, State, View};
use testkit::instrument::Fault;

use crate::outside::SeenRow;
use crate::run::Run;
use crate::scenario::Act;

/// Every invariant that does not hold, in words.
pub(crate) async fn violations(run: &Run) -> Vec<String> {
    let mut broken = Vec::new();
    let attempts = run.call_log.attempts();
    let created = run.call_log.created();
    let mut requests = Vec::new();
    for (external_id, request) in &created {
        requests.push((external_id.clone(), run.outside.request(request).await));
    }
    quiet(run, &mut broken);
    stored(run, &attempts, &mut broken).await;
    once(run, &attempts, &mut broken);
    counted(run, &attempts, &mut broken);
    ended(run, &attempts, &mut broken);
    true_to_crosschq(run, &attempts, &requests, &mut broken);
    shown(run, &attempts, &requests, &mut broken).await;
    broken
}

/// The queues are empty, nothing is buried, nothing goes round in circles.
fn quiet(run: &Run, broken: &mut Vec<String>) {
    if run.is_endless() {
        broken.push("it never became quiet".to_owned());
    }
    for delivery in run.dead() {
        broken.push(format!("a message of {} is in the dead-letter queue", delivery.queue));
    }
    if !run.pipe.waiting().is_empty() {
        broken.push("messages still wait".to_owned());
    }
}

/// The store holds what it took, every change of it with its entry in the history.
async fn stored(run: &Run, attempts: &[Check], broken: &mut Vec<String>) {
    for check in attempts {
        if run.outside.ports().checks().load(&check.key).await.unwrap().as_ref() != Some(check) {
            broken.push(format!("attempt {} is not stored as it was written", check.key.attempt));
        }
    }
    broken.extend(run.call_log.breaches());
}

/// At most one request for an order, at most two posts.
fn once(run: &Run, attempts: &[Check], broken: &mut Vec<String>) {
    for check in attempts {
        let external_id = check.external_id();
        let posts = run.call_log.posts().iter().filter(|post| **post == external_id).count();
        if posts > 2 {
            broken.push(format!("{posts} posts for one order"));
        }
        let requests = run.call_log.created().iter().filter(|(id, _)| *id == external_id).count();
        if requests > 1 {
            broken.push(format!("{requests} requests at Crosschq for one order"));
        }
    }
}

/// No create is counted that cannot have left: each stands for one that left, or for a process that ended, or ran out of
/// time, between counting it and sending it.
fn counted(run: &Run, attempts: &[Check], broken: &mut Vec<String>) {
    let calls = run.call_log.calls();
    let injected =
        run.call_log.injected().into_iter().map(|(fault_point, _)| (calls[fault_point.call].what, fault_point.fault));
    let unsent = injected.chain(run.scenario.given).filter(|(what, fault)| match *what {
        "checks.insert" | "checks.save" => {
            matches!(fault, Fault::KilledAfter | Fault::ReplyLost | Fault::TimeUpAfter)
        }
        "crosschq.create" => matches!(fault, Fault::KilledBefore | Fault::TimeUpBefore),
        _ => false,
    });
    // What is held up by an interleaving runs out of time as well once the time of a call within it does.
    let timed_out = run
        .call_log
        .injected()
        .iter()
        .any(|(fault_point, _)| matches!(fault_point.fault, Fault::TimeUpBefore | Fault::TimeUpAfter));
    let unsent = unsent.count() + usize::from(timed_out && run.scenario.interleaving.is_some());
    for check in attempts {
        let external_id = check.external_id();
        let posts = run.call_log.posts().iter().filter(|post| **post == external_id).count();
        if usize::from(check.creates.begun) > posts + unsent {
            broken.push(format!("{} creates are counted, and {posts} left", check.creates.begun));
        }
    }
}

/// Whether nothing can show what became of a create: no look-up, no callback (none was sent, or they go missing), and no
/// further create. A create is not repeated where Crosschq ignores its key, nor for a candidate whom the recruiter has
/// rejected or moved on in the meantime (it would invite them), and never a third time: two processes that ended between
/// counting a create and sending it use both up, and then even a look-up only shows that there is nothing.
fn may_need_a_person(run: &Run, check: &Check) -> bool {
    let scenario = &run.scenario;
    let stopped = scenario.rejects() || scenario.moves_on();
    let created = run.call_log.created().iter().any(|(external_id, _)| *external_id == check.external_id());
    let untold = !scenario.callbacks || !created;
    let used_up = check.creates.begun >= 2;
    untold && (used_up && !created || !scenario.search && (stopped || !scenario.offers.idempotency || used_up))
}

fn needs_a_person(check: &Check) -> bool {
    check.refusal() == Some(&Refusal::OutcomeUnknown) || check.is_cancel_unconfirmed()
}

/// Every accepted order has an end: terminal, or open and shown.
fn ended(run: &Run, attempts: &[Check], broken: &mut Vec<String>) {
    let ordered = run.scenario.acts.iter().filter(|act| matches!(act, Act::Order | Act::MissedOrder)).count() as u64;
    for body in run.orders() {
        let order: serde_json::Value = serde_json::from_str(&body).unwrap();
        let attempt = order["attempt"].as_u64().unwrap();
        // A push that comes again after the end orders nothing.
        if attempt <= ordered && !attempts.iter().any(|check| u64::from(check.key.attempt) == attempt) {
            broken.push("an accepted order has no check".to_owned());
        }
    }
    if run.scenario.looks_for_missed() && attempts.is_empty() {
        broken.push("an order without a push was never found".to_owned());
    }
    for check in attempts {
        let well = check.is_over() || check.is_open() && check.sync.digest.is_some();
        if !well {
            broken.push(format!("an accepted order has no end: {:?}, {:?}", check.state(), check.creates));
        }
        let by_hand = check.is_cancel_unconfirmed() && !run.scenario.offers.cancel;
        if needs_a_person(check) && !by_hand && !may_need_a_person(run, check) {
            broken.push(format!("a person is called without need: {:?}, {:?}", check.state(), check.refusal()));
        }
    }
}

/// What a check says is what Crosschq holds; no open request is forgotten, none is left to a rejected candidate.
fn true_to_crosschq(run: &Run, attempts: &[Check], requests: &[(String, ReferenceRequest)], broken: &mut Vec<String>) {
    let rejected = run.scenario.rejects();
    for (external_id, request) in requests {
        let check = attempts.iter().find(|check| check.external_id() == *external_id);
        let excused = check.is_some_and(|check| needs_a_person(check) && may_need_a_person(run, check))
            || !run.scenario.offers.cancel;
        if rejected && request.stage.is_open() && !excused {
            broken.push("an open request of a rejected candidate".to_owned());
        }
        let held = check.is_some_and(|check| check.request() == Some(&request.id));
        if !held && request.stage.is_open() && !excused {
            broken.push(format!("an open request that no check holds; the check is {:?}", check.map(|c| c.state())));
        }
        if let Some(check) = check.filter(|_| held)
            && !excused
            && check.state() != State::from(request.stage)
        {
            broken.push(format!("the check says {:?}, Crosschq says {:?}", check.state(), request.stage));
        }
    }
}

/// iCIMS shows the last state: one row for each attempt, the status as configured, the report attached.
async fn shown(run: &Run, attempts: &[Check], requests: &[(String, ReferenceRequest)], broken: &mut Vec<String>) {
    let seen = run.outside.seen().await;
    let case = run.outside.case();
    let mut expected = Vec::new();
    for check in attempts {
        let live = requests.iter().find(|(_, request)| check.request() == Some(&request.id));
        let view = View::of(check, live.map(|(_, live)| live));
        // A digest of a link that changes with every read can only be compared where it does not.
        expected.push(SeenRow::from(view));
        if check.sync.digest.is_none() {
            broken.push("the last state is not known to be shown".to_owned());
        }
    }
    let count = (seen.rows.len(), expected.len());
    if count.0 != count.1 {
        broken.push(format!("{} rows of ours instead of {}", count.0, count.1));
    } else if seen.rows != expected {
        broken.push(format!("iCIMS shows {:?} instead of {:?}", seen.rows, expected));
    }
    let completed = attempts.iter().any(|check| check.state() == State::Completed);
    let moved = run.scenario.rejects() || run.scenario.moves_on();
    if completed && run.scenario.moves_status && !moved && seen.status != case.statuses.complete {
        broken.push("the workflow was not moved to its configured status".to_owned());
    }
    if run.scenario.rejects() && seen.status != case.statuses.rejected {
        broken.push("a rejected candidate was moved".to_owned());
    }
    if completed && run.scenario.attaches && seen.files != 1 {
        broken.push(format!("{} report files on the workflow", seen.files));
    }
}
