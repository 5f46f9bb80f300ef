//! The looks for missed pushes over days: lost pushes, a quota that is spent, a customer that is switched off, and one whose
//! platform hangs.

use std::sync::Arc;
use std::time::Duration;

use connector_core::domain::{CorrelationId, Customer, CustomerId, Stage, State, Timestamp, WorkflowId};
use connector_core::ports::{Ats as _, AtsQuota as _, Clock as _};
use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, DAY, HOUR, Kind, Parts};
use testkit::wiring;

use crate::draw::status;

fn opted_in() -> serde_json::Value {
    json!({"icims": {"find_missed_pushes": {}}})
}

/// A recruiter moves a candidate and iCIMS sends no event.
fn move_untold(bench: &Bench, customer: &CustomerId, workflow: &WorkflowId, to: &str) {
    bench.simulation.icims.advance(customer, workflow, &status(to));
}

fn searches(bench: &Bench) -> u64 {
    bench.simulation.icims.calls().get("search").copied().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn a_day_of_lost_pushes_ends_as_if_all_had_come_at_a_bounded_number_of_calls() {
    let bench = Bench::start(&BenchOptions::default());
    let customer = bench.customer("1", &opted_in());
    bench.pass(HOUR).await;
    let began = bench.simulation.icims.line().calls();
    let mut all = Vec::new();
    for n in 1..=20 {
        let workflow = bench.candidate(&customer, n);
        move_untold(&bench, &customer, &workflow, "C1");
        bench.pass(HOUR / 2).await;
        all.push(workflow);
    }
    bench.pass(HOUR).await;
    for (n, workflow) in all.iter().enumerate() {
        assert_eq!(bench.checks(workflow).len(), 1, "{workflow}");
        assert_eq!(bench.checks(workflow)[0].state(), State::Requested, "{workflow}");
        if n % 2 == 0 {
            move_untold(&bench, &customer, workflow, "C2");
        }
    }
    bench.pass(2 * HOUR).await;
    for (n, workflow) in all.iter().enumerate() {
        let state = bench.checks(workflow)[0].state();
        assert_eq!(state == State::Cancelled, n % 2 == 0, "{workflow}: {state:?}");
    }
    assert_eq!(bench.simulation.crosschq.requests().len(), 20);
    // Every look is two searches; each found order one more call here, and what a push would have cost.
    let looks = searches(&bench);
    assert!(looks <= 2 * 2 * 14, "{looks} searches in 14 hours");
    let calls = bench.simulation.icims.line().calls() - began;
    testkit::counted(&format!("missed orders=20 rejections=10 searches={looks} icims_calls={calls}"));
    assert_eq!(bench.simulation.icims.calls()["standing"], 20, "each order was read once");
    assert_eq!(bench.violations(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn what_was_moved_while_the_customer_was_off_orders_nothing_once_it_is_on_again() {
    let bench = Bench::start(&BenchOptions::default());
    let customer = bench.customer("1", &opted_in());
    bench.pass(HOUR).await;
    let switch = |on: bool| {
        let mut changed = Customer::clone(&bench.simulation.customers.get(&customer).unwrap());
        changed.settings.enabled = on;
        bench.simulation.customers.set(changed);
    };
    let other = bench.customer("2", &opted_in());
    switch(false);
    bench.pass(HOUR).await;
    let workflow = bench.candidate(&customer, 1);
    move_untold(&bench, &customer, &workflow, "C1");
    bench.pass(HOUR).await;
    switch(true);
    bench.pass(6 * HOUR).await;
    assert_eq!(bench.checks(&workflow).len(), 0);
    assert!(bench.simulation.watermarks.of(&other).is_some());
    let later = bench.candidate(&customer, 2);
    move_untold(&bench, &customer, &later, "C1");
    bench.pass(HOUR).await;
    assert_eq!(bench.checks(&later).len(), 1, "what is moved from then on does");
}

#[tokio::test(start_paused = true)]
async fn a_spent_quota_keeps_the_reserve_and_the_next_day_finds_and_shows_what_waited() {
    let bench = Bench::start(&BenchOptions { callbacks: false, ..BenchOptions::default() });
    let customer = bench.customer("1", &opted_in());
    // Half of it is the reserve.
    bench.simulation.icims.limit(&customer, 400);
    let seen = bench.candidate(&customer, 1);
    bench.advance(&customer, &seen, "C1").await;
    bench.pass(Duration::from_secs(20 * 60)).await;
    assert_eq!(bench.checks(&seen)[0].state(), State::Requested);
    let missed = bench.candidate(&customer, 2);
    let completes = |workflow: &WorkflowId| {
        let request = bench.checks(workflow).remove(0).request().cloned().unwrap();
        bench.simulation.crosschq.step(&request, Stage::Completed);
    };
    completes(&seen);
    // A busy day.
    let settings = bench.simulation.customers.get(&customer).unwrap();
    while bench.simulation.icims.pause_for_background(&settings).is_none() {
        bench.simulation.icims.workflow(&settings, &seen).await.unwrap();
    }
    let left = bench.simulation.icims.line().calls();
    move_untold(&bench, &customer, &missed, "C1");
    bench.pass(7 * HOUR).await;
    assert_eq!(bench.simulation.icims.line().calls(), left, "background work spends nothing of the reserve");
    assert_eq!(bench.checks(&seen)[0].state(), State::Completed, "what Crosschq reported is kept");
    assert_eq!(bench.checks(&missed).len(), 0);
    let live = bench.candidate(&customer, 3);
    bench.advance(&customer, &live, "C1").await;
    bench.pass(Duration::from_secs(10)).await;
    assert_eq!(bench.checks(&live)[0].state(), State::Requested, "a live order goes on");
    let midnight = bench.simulation.clock.now().ms().div_euclid(86_400_000) + 1;
    bench.simulation.clock.until(Timestamp::from_ms(midnight * 86_400_000)).await;
    bench.pass(HOUR).await;
    completes(&missed);
    completes(&live);
    bench.pass(8 * HOUR).await;
    for workflow in [&seen, &missed, &live] {
        let check = bench.checks(workflow).remove(0);
        assert!(
            check.is_over() && check.sync.digest.is_some() && check.timing.due_at.is_none(),
            "{workflow}: {:?}",
            check.state()
        );
    }
    assert_eq!(bench.simulation.crosschq.requests().len(), 3);
    assert_eq!(bench.simulation.queues.stats("icims-updates").dead, 0);
    assert_eq!(bench.violations(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_hangs_costs_its_customers_look_and_no_others() {
    let bench = Bench::start(&BenchOptions::default());
    let simulation = &bench.simulation;
    // Known to the backfill only, so that the simulation's own schedule leaves them alone.
    let hanging = CustomerId::parse("1").unwrap();
    let window = bench.window(Kind::Hangs, DAY);
    simulation.icims.line().trouble_for(&hanging, window);
    let parts = Parts { watermarks: Arc::default(), ..Parts::clone(simulation) };
    let backfill = wiring::reconciler(&parts).backfill;
    let customers: Vec<CustomerId> = (1..=6).map(|n| bench.customer(&n.to_string(), &opted_in())).collect();
    let run = async || {
        let began = simulation.clock.now();
        let deadline = began.after(Duration::from_secs(60));
        let done = backfill.run(&CorrelationId::untraced(), deadline).await.unwrap();
        (done, simulation.clock.now().since(began))
    };
    run().await;
    bench.pass(HOUR).await;
    let (done, took) = run().await;
    assert_eq!((done.scans, done.failed), (6, 1));
    assert!(took < Duration::from_secs(15), "{took:?}");
    let ended = |id: &CustomerId| parts.watermarks.of(id).unwrap().pass.is_none();
    assert_eq!(customers.iter().filter(|id| ended(id)).count(), 5);
    assert!(!ended(&hanging));
    let (done, took) = run().await;
    assert_eq!((done.scans, took), (0, Duration::ZERO), "and it is not asked again at once");
}
