//! The crash matrix: every side effect of every flow, numbered; at each a process that ends before it, a process that ends
//! after it, and a reply that is lost; each redelivered, delivered twice at once, and delivered late. At each, too, an
//! answer for which the caller's time does not suffice, whether or not the call had its effect, and one that is late but in
//! time. After each, the flow runs to quiet and the invariants are checked.
//!
//! Every point of every scenario is played on the fakes of both vendors and of the store in this process, and every
//! point of most of them on the sandbox, the store engine and the real adapters. The two webhooks are invoked behind
//! their authentication; the queues are a list and the clock skips.
//!
//! `CRASH_MATRIX=long cargo test -p tests --test crash_matrix -- --nocapture` plays more: every scenario on the sandbox,
//! further scenarios on the fakes, and every pair of faults of the two shortest. It takes about a quarter of an hour of
//! processor time. `CRASH_MATRIX_ONLY="rejected"` plays the scenarios whose title contains that.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not in #[test] functions, and may panic all the same")]
#![expect(clippy::print_stdout, reason = "the counts are what the run is for")]

mod functions;
mod in_process;
mod in_time;
mod invariants;
mod matrix;
mod naive;
mod outside;
mod real;
mod run;
mod sandbox;
mod scenario;

use functions::Requesting;

use scenario::{Interleaving, Scenario};

/// Whether the longer run is wanted.
fn long() -> bool {
    std::env::var_os("CRASH_MATRIX").is_some_and(|value| value == "long")
}

/// These scenarios, or those of them whose title contains what `CRASH_MATRIX_ONLY` says.
fn wanted(mut scenarios: Vec<Scenario>) -> Vec<Scenario> {
    if let Ok(only) = std::env::var("CRASH_MATRIX_ONLY") {
        scenarios.retain(|scenario| scenario.title().contains(&only));
    }
    scenarios
}

fn held(what: &str, total: &matrix::Total) {
    testkit::counted(&format!("{what}: {total}"));
    assert_eq!(total.points, total.instrumented, "every point was played");
    assert!(total.points > 0);
    assert_eq!(total.violations.len(), 0);
}

#[test]
fn whatever_call_is_struck_every_order_ends_once_and_icims_shows_it() {
    let mut scenarios = scenario::all();
    scenarios.extend(matrix::interrupted(&scenario::order_without_callbacks(), Interleaving::Reject));
    // The last calls are those that show the end and move the workflow: there a rejection and our move meet.
    let completed = matrix::interrupted(&scenario::completed(), Interleaving::Reject);
    scenarios.extend(if long() { completed } else { completed.into_iter().rev().take(16).collect() });
    held("crash matrix", &matrix::in_process(&wanted(scenarios), Requesting::Ours));
}

#[test]
fn a_naive_requester_fails_the_same_matrix() {
    let total = matrix::in_process(&scenario::for_the_naive(), Requesting::Naive);
    testkit::counted(&format!("naive variant: points={} violations={}", total.points, total.violations.len()));
    assert_eq!(total.points, total.instrumented);
    let found = |what: &str| total.violations.iter().filter(|line| line.contains(what)).count();
    assert!(found("requests at Crosschq for one order") > 0, "a second request is seen");
    assert!(found(" posts for one order") > 0, "a third post is seen");
    assert!(found("dead-letter queue") > 0, "an order that never ends is seen");
    assert_eq!(found("order, requested, shown, undisturbed"), 0, "undisturbed, it does its work");
}

#[test]
fn the_same_holds_on_the_sandbox_and_the_store_engine() {
    let scenarios = if long() {
        let interrupted = matrix::interrupted(&scenario::order_without_callbacks(), Interleaving::Reject);
        [scenario::all_on_the_sandbox(), interrupted].concat()
    } else {
        scenario::on_the_sandbox()
    };
    let mut all = matrix::Total::default();
    for total in sandbox::every_point_of(&wanted(scenarios)) {
        assert_eq!(total.points, total.instrumented, "every point of each was played");
        all.add(total);
    }
    held("crash matrix (sandbox)", &all);
}

#[test]
fn further_scenarios_hold_in_the_longer_run() {
    if !long() {
        println!("CRASH_MATRIX=long is not set");
        return;
    }
    let mut more = scenario::more();
    more.extend(matrix::interrupted(&scenario::order(), Interleaving::Reject));
    more.extend(matrix::interrupted(&scenario::order(), Interleaving::MoveOn));
    more.extend(matrix::interrupted(&scenario::completed(), Interleaving::MoveOn));
    held("crash matrix (more scenarios)", &matrix::in_process(&more, Requesting::Ours));
}

#[test]
fn every_pair_of_faults_of_the_short_scenarios_holds_in_the_longer_run() {
    if !long() {
        println!("CRASH_MATRIX=long is not set");
        return;
    }
    for scenario in scenario::in_pairs() {
        let what = format!("crash matrix (pairs) scenario={:?}", scenario.title());
        held(&what, &matrix::pairs_in_process(&[scenario]));
    }
}
