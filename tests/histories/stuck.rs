//! The reconciler: a check left in any state, with any marks, by workers that are gone and callbacks that never come, ends
//! right by the schedule alone, at a bounded number of vendor calls.

use std::time::Duration;

use connector_core::domain::{
    Actor, AtsTag, CancelReason, Check, CorrelationId, CreateCount, CustomerId, FailureClass, Lease, PersonId,
    RecognizedBy, ReferenceOrder, Refusal, Rejection, RequisitionId, Row, Stage, Stamp, State, StatusId, Timestamp,
    View, WorkflowId,
};
use connector_core::ports::Clock as _;
use serde_json::json;
use testkit::checks::{claimed, order};
use testkit::fakes::{Bench, BenchOptions, story};

/// How the check was left.
#[derive(Debug, Clone, Copy)]
struct Left {
    state: State,
    /// The create's lease stands, expired.
    lease: bool,
    /// A create did reach Crosschq.
    arrived: bool,
    cancel: Mark,
    shown: Shown,
    search: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    Reported,
    Wanted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Never,
    /// A writer vanished after the intention.
    Intended,
}

/// Longest wait until it ends: a day for an unknown outcome, six hours for a poll, and the steps between.
const WATCHED: Duration = Duration::from_secs(44 * 3600);

fn stage(state: State) -> Stage {
    match state {
        State::CandidateInProgress => Stage::CandidateInProgress,
        State::AwaitingReferences => Stage::AwaitingReferences,
        State::InProgress => Stage::InProgress,
        State::Completed => Stage::Completed,
        State::Cancelled => Stage::Cancelled,
        State::Declined => Stage::Declined,
        State::Expired => Stage::Expired,
        State::Failed => Stage::Failed,
        State::Claimed | State::OutcomeUnknown | State::Requested => Stage::Requested,
    }
}

fn left(bench: &Bench, left: Left, customer: &CustomerId, workflow: &WorkflowId) -> Check {
    let now = bench.simulation.clock.now();
    let ago = |s: i64| Timestamp::from_ms(now.ms() - s * 1000);
    let id = CorrelationId::untraced();
    let order = ReferenceOrder {
        person: PersonId::parse("1").ok(),
        requisition: RequisitionId::parse("71").ok(),
        ..order(workflow, 1, ago(600))
    };
    let stamp = |by, now| Stamp { by, cause: &id, now };
    let mut check = claimed(customer, &order, ago(500));
    check.subject.template = AtsTag::parse("sales").ok();
    let (customer, order) = bench.order_of(&check);
    let request = left.arrived.then(|| bench.simulation.crosschq.seed(&customer, &order, Stage::Requested));
    if !left.lease {
        check.release(FailureClass::Retry, ago(600), CreateCount::Kept, &stamp(Actor::Requester, ago(600)));
    }
    match left.state {
        // Who died in the middle had counted its create, or not.
        State::Claimed if request.is_some() => bench.begin_create(&mut check, ago(550)),
        State::Claimed => {}
        State::OutcomeUnknown => {
            bench.begin_create(&mut check, ago(550));
            check.outcome_unknown(&stamp(Actor::Requester, ago(500)));
        }
        State::Failed if request.is_none() => check.refuse(Refusal::NoEmail, &stamp(Actor::Requester, ago(500))),
        state => {
            let request = request.unwrap();
            check.requested(&request, RecognizedBy::Reply, &stamp(Actor::Requester, ago(500)));
            if state != State::Requested {
                bench.simulation.crosschq.step(&request, stage(state));
                let seen = bench.simulation.crosschq.request(&request).unwrap().state;
                check.observe(&seen, &stamp(Actor::Updater, ago(400)));
            }
            // Meanwhile, and untold: the references came in.
            bench.simulation.crosschq.step(&request, Stage::Completed);
        }
    }
    match left.cancel {
        Mark::None => {}
        Mark::Reported => {
            let status = StatusId::parse("C2").unwrap();
            let rejection = Rejection { status, old_status: None, received_at: ago(300) };
            check.report_rejection(&rejection, &stamp(Actor::Canceller, ago(300)));
        }
        Mark::Wanted => {
            check.want_cancel(CancelReason::Rejected, &stamp(Actor::Canceller, ago(300)));
        }
    }
    if left.shown == Shown::Intended {
        check.sync.row = Row::CreatePending;
        check.sync.lease = Some(Lease { until: ago(100) });
    }
    check.timing.due_at = Some(now);
    check
}

/// Whether a check stands as it should, and iCIMS shows it.
fn is_right(bench: &Bench, was: Left, check: &Check) -> bool {
    let live = check.request().and_then(|request| bench.simulation.crosschq.request(request));
    let decided = !matches!(check.state(), State::Claimed | State::OutcomeUnknown);
    let followed =
        live.is_none_or(|live| check.state() == State::from(live.state.stage) || check.is_cancel_unconfirmed());
    decided && followed && check.sync.digest.is_some() && (was.cancel == Mark::None || check.is_over())
}

/// What became of one: calls to iCIMS and to Crosschq, and the most runs in a row in which it did not stand as it should.
async fn end(was: Left) -> (u64, u64, u64) {
    let bench =
        Bench::start(&BenchOptions { callbacks: false, life_min: (200_000, 200_000), ..BenchOptions::default() });
    let customer =
        bench.customer("1", &json!({"crosschq": {"extensions": true, "capabilities": {"search": was.search}}}));
    let workflow = bench.candidate(&customer, 1);
    let status = if was.cancel == Mark::None { "C1" } else { "C2" };
    bench.simulation.icims.advance(&customer, &workflow, &StatusId::parse(status).unwrap());
    let check = left(&bench, was, &customer, &workflow);
    bench.simulation.store.seed(check);
    let (mut longest, mut wrong) = (0, 0);
    for _ in 0..WATCHED.as_secs() / 300 {
        bench.pass(Duration::from_secs(300)).await;
        wrong = if is_right(&bench, was, &bench.checks(&workflow)[0]) { 0 } else { wrong + 1 };
        longest = longest.max(wrong);
    }
    let check = bench.checks(&workflow).remove(0);
    let live = check.request().and_then(|request| bench.simulation.crosschq.request(request)).map(|held| held.state);
    let requests = bench.simulation.crosschq.requests();
    assert!(requests.len() <= 1, "{was:?}: {} requests", requests.len());
    if was.cancel != Mark::None {
        assert!(check.is_over(), "{was:?}: {:?}", check.state());
        assert!(requests.iter().all(|held| !held.state.stage.is_open()) || check.is_cancel_unconfirmed(), "{was:?}");
    }
    assert!(!matches!(check.state(), State::Claimed | State::OutcomeUnknown), "{was:?}: {:?}", check.state());
    if let Some(live) = &live {
        assert!(
            check.state() == State::from(live.stage) || check.is_cancel_unconfirmed(),
            "{was:?}: {:?} and {:?}",
            check.state(),
            live.stage
        );
    } else {
        assert!(
            requests.is_empty() || check.refusal() == Some(&Refusal::OutcomeUnknown) || check.is_cancel_unconfirmed()
        );
    }
    let rows = bench.simulation.icims.flow(&customer, &workflow).rows;
    let view = View::of(&check, live.as_ref());
    assert!(rows.iter().any(|row| row.view == view), "{was:?}: shows {rows:?}, should {view:?}");
    assert_eq!(rows.len(), 1, "{was:?}");
    assert!(check.timing.due_at.is_some() != check.is_over(), "{was:?}");
    assert_eq!(bench.violations(), Vec::<String>::new(), "{was:?}");
    (bench.simulation.icims.line().calls(), bench.simulation.crosschq.line().calls(), longest)
}

#[test]
fn a_check_left_in_any_state_with_any_marks_is_ended_by_the_schedule_alone() {
    let (mut cases, mut most_icims, mut most_crosschq) = (0, 0, 0);
    // Where only a callback can show whether a create arrived, and elsewhere.
    let mut most_runs = [0, 0];
    for state in State::ALL {
        for (lease, arrived, cancel, shown, search) in combinations() {
            let open = state.is_open_at_crosschq();
            let holds = open || matches!(state, State::Completed | State::Declined | State::Expired | State::Cancelled);
            let was = Left { state, lease, arrived, cancel, shown, search };
            // A lease belongs to a create, a mark to what is open; what holds a request has one.
            if (lease && state != State::Claimed)
                || (cancel != Mark::None && state.is_terminal())
                || (holds && !arrived)
            {
                continue;
            }
            let (icims, crosschq, runs) = story(end(was));
            cases += 1;
            most_icims = most_icims.max(icims);
            most_crosschq = most_crosschq.max(crosschq);
            let unknowable = matches!(state, State::Claimed | State::OutcomeUnknown) && !search;
            let most = if unknowable { &mut most_runs[0] } else { &mut most_runs[1] };
            *most = runs.max(*most);
        }
    }
    let minutes = most_runs.map(|runs| runs * 5);
    testkit::counted(&format!(
        "stuck={cases} icims_calls<={most_icims} crosschq_calls<={most_crosschq} minutes<={minutes:?}"
    ));
    assert!(minutes[0] <= 25 * 60, "a day for the callback, then a person is called: {minutes:?}");
    assert!(minutes[1] <= 6 * 60 + 15, "six hours for a callback that never came: {minutes:?}");
    assert!(most_icims <= 14, "{most_icims} calls to iCIMS for one check");
    assert!(most_crosschq <= 12, "{most_crosschq} calls to Crosschq for one check");
}

fn combinations() -> Vec<(bool, bool, Mark, Shown, bool)> {
    let mut all = Vec::new();
    for lease in [false, true] {
        for arrived in [false, true] {
            for cancel in [Mark::None, Mark::Reported, Mark::Wanted] {
                for shown in [Shown::Never, Shown::Intended] {
                    all.extend([false, true].map(|search| (lease, arrived, cancel, shown, search)));
                }
            }
        }
    }
    all
}
