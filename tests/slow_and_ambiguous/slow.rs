//! iCIMS responds slowly.

use connector_core::domain::{CheckKey, CustomerId, State, WorkflowId};
use http::StatusCode;
use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, HOUR, Kind, MINUTE, SECOND, story};

use crate::{burst, check, injected, lost_and_doubled, row, summary};

fn options() -> BenchOptions {
    BenchOptions { life_min: (50_000, 50_000), ..BenchOptions::default() }
}

/// Every order has become one request that iCIMS shows, at the first create.
fn all_are_created_at_once(bench: &Bench, customer: &CustomerId, workflows: &[WorkflowId]) {
    assert_eq!(lost_and_doubled(bench, workflows), (0, 0), "lost and doubled: {:?}", summary(bench));
    for workflow in workflows {
        let id = check(bench, workflow).external_id();
        assert_eq!(bench.simulation.crosschq.creates().get(&id).copied(), Some(1), "{workflow}");
    }
    for workflow in workflows {
        let check = check(bench, workflow);
        assert_eq!((check.state(), check.creates.begun), (State::Requested, 1), "{workflow}");
        assert_eq!(row(bench, customer, workflow).view.result, "Sent");
    }
}

/// Checks with a counted create and no request.
fn counted_without_request(bench: &Bench) -> Vec<CheckKey> {
    let checks = bench.simulation.store.all().into_iter();
    checks.filter(|check| check.creates.begun > 0 && check.request().is_none()).map(|check| check.key).collect()
}

async fn slow(ms: u64, many: u64, search: bool) {
    let bench = Bench::start(&options());
    let customer = bench.customer("1", &json!({"crosschq": {"capabilities": {"search": search}}}));
    bench.icims_fails(Kind::Slow(ms), MINUTE * 20);
    let workflows = burst(&bench, &customer, many).await;
    bench.pass(HOUR * 2).await;
    all_are_created_at_once(&bench, &customer, &workflows);
    assert_eq!(injected(&bench, "worker out of time"), 0, "an invocation ran out of time");
    assert_eq!(injected(&bench, "webhook out of time"), 0, "a push was not answered");
}

#[test]
fn two_hundred_orders_while_icims_takes_up_to_five_seconds_are_created_once_each() {
    story(slow(5_000, 200, false));
}

#[test]
fn two_hundred_orders_while_icims_takes_up_to_eight_seconds_are_created_once_each() {
    story(slow(8_000, 200, false));
}

#[test]
fn two_hundred_orders_while_icims_takes_up_to_eight_seconds_are_created_once_each_with_a_look_up() {
    story(slow(8_000, 200, true));
}

#[test]
fn a_few_orders_while_icims_takes_up_to_eight_seconds_are_created_once_each() {
    story(slow(8_000, 20, false));
}

#[tokio::test(start_paused = true)]
async fn time_that_runs_out_while_icims_is_read_counts_no_create() {
    let bench = Bench::start(&options());
    let customer = bench.customer("1", &json!({}));
    bench.icims_fails(Kind::Takes(9_000, 9_900), MINUTE * 10);
    let workflows = burst(&bench, &customer, 30).await;
    for _ in 0..20 {
        // Crosschq is healthy: a create that was sent is answered within a second.
        let before = counted_without_request(&bench);
        bench.pass(SECOND * 15).await;
        let after = counted_without_request(&bench);
        let still: Vec<_> = after.iter().filter(|key| before.contains(key)).collect();
        assert!(still.is_empty(), "creates that were never sent are counted: {still:?}");
        bench.pass(SECOND * 15).await;
    }
    bench.pass(HOUR * 2).await;
    all_are_created_at_once(&bench, &customer, &workflows);
}

#[tokio::test(start_paused = true)]
async fn slow_records_do_not_hold_back_the_others_of_their_batch() {
    let bench = Bench::start(&options());
    let (slow, healthy) = (bench.customer("1", &json!({})), bench.customer("2", &json!({})));
    let window = testkit::fakes::Window {
        from: connector_core::ports::Clock::now(&bench.simulation.clock),
        to: bench.from_now(HOUR),
        kind: Kind::Takes(11_000, 40_000),
    };
    bench.simulation.icims.line().trouble_for(&slow, window);
    let of_slow: Vec<_> = (1..=60).map(|n| bench.candidate(&slow, n)).collect();
    let of_healthy: Vec<_> = (101..=110).map(|n| bench.candidate(&healthy, n)).collect();
    let orders = of_slow.iter().map(|w| (&slow, w)).chain(of_healthy.iter().map(|w| (&healthy, w)));
    let all = orders.map(|(customer, workflow)| bench.advance(customer, workflow, "C1"));
    for (status, text) in futures_util::future::join_all(all).await {
        assert_eq!(status, StatusCode::OK, "{text}");
    }
    bench.pass(MINUTE * 3).await;
    assert_eq!(lost_and_doubled(&bench, &of_healthy), (0, 0), "{:?}", summary(&bench));
    let again = bench.simulation.queues.received_again("reference-requests", &healthy);
    assert_eq!(again, 0, "orders of the customer with a healthy iCIMS were delivered again");
    for workflow in &of_healthy {
        assert_eq!(row(&bench, &healthy, workflow).view.result, "Sent", "{workflow}");
    }
    assert_eq!(injected(&bench, "worker out of time"), 0, "an invocation ran out of time");
    bench.pass(HOUR * 3).await;
    all_are_created_at_once(&bench, &slow, &of_slow);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_crosschq_does_not_accept_yet_is_shown_as_ordered() {
    let (bench, customer, workflow) = Bench::one(&options(), &json!({}));
    bench.crosschq_fails(Kind::Unauthorized, HOUR);
    bench.advance(&customer, &workflow, "C1").await;
    bench.pass(MINUTE * 2).await;
    assert_eq!(row(&bench, &customer, &workflow).view.result, "Ordered");
    bench.pass(HOUR * 3).await;
    assert_eq!(row(&bench, &customer, &workflow).view.result, "Sent");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_that_no_invocation_has_time_for_is_refused() {
    let bench = Bench::start(&options());
    let valid = |ms: u64| {
        let customer = bench.customer("1", &json!({"crosschq": {"timeout_ms": ms}}));
        bench.simulation.customers.get(&customer).unwrap().settings.validate().is_ok()
    };
    assert!(valid(10_000));
    assert!(!valid(28_000), "with it no order is ever sent");
    bench.pass(SECOND).await;
}
