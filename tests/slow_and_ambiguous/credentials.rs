//! iCIMS refuses our credentials: no row can be written, so the response is all that the recruiter sees.

use connector_core::domain::{Stage, State};
use connector_core::ports::Clock as _;
use http::StatusCode;
use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, DAY, HOUR, Kind, MINUTE, SECOND, Window};

use crate::{burst, check, crosschq_moves, messages, stage};

#[tokio::test(start_paused = true)]
async fn an_order_while_icims_refuses_our_credentials_is_answered_with_a_message_for_the_recruiter() {
    let (bench, customer, workflow) =
        Bench::one(&BenchOptions { life_min: (90_000, 90_000), ..BenchOptions::default() }, &json!({}));
    bench.icims_fails(Kind::Unauthorized, DAY * 2);
    let (status, text) = bench.advance(&customer, &workflow, "C1").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{text}");
    let sentence = serde_json::from_str::<serde_json::Value>(&text).unwrap().to_string();
    assert!(sentence.contains("userMessage"), "{sentence}");
    assert!(sentence.to_lowercase().contains("administrator"), "{sentence}");
    bench.pass(DAY * 2).await;
    assert_eq!(messages(&bench), (0, 0), "what was not accepted is not queued");
    assert!(bench.checks(&workflow).is_empty());
    // The administrator has given us new credentials, and the recruiter repeats the move.
    bench.advance(&customer, &workflow, "C0").await;
    let (status, text) = bench.advance(&customer, &workflow, "C1").await;
    assert_eq!(status, StatusCode::OK, "{text}");
    bench.pass(HOUR).await;
    assert_eq!(stage(&bench, &workflow), Stage::Requested);
}

#[tokio::test(start_paused = true)]
async fn an_order_accepted_before_icims_refused_our_credentials_is_carried_out_afterwards_without_a_flood() {
    let (bench, customer, workflow) =
        Bench::one(&BenchOptions { life_min: (90_000, 90_000), ..BenchOptions::default() }, &json!({}));
    // Accepted while iCIMS is slow, and refused when the worker reads.
    bench.icims_fails(Kind::Takes(4_000, 5_000), SECOND * 3);
    let (status, text) = bench.advance(&customer, &workflow, "C1").await;
    assert_eq!(status, StatusCode::OK, "{text}");
    bench.icims_fails(Kind::Unauthorized, DAY * 2);
    bench.pass(DAY * 2).await;
    let (sent, _) = messages(&bench);
    assert!(sent <= 120, "{sent} messages in two days about one order");
    bench.pass(HOUR * 3).await;
    assert_eq!(stage(&bench, &workflow), Stage::Requested);
}

#[tokio::test(start_paused = true)]
async fn a_crosschq_key_that_is_refused_holds_back_its_own_customer_alone_and_only_until_it_is_replaced() {
    let bench = Bench::start(&BenchOptions { life_min: (900_000, 900_000), ..BenchOptions::default() });
    let (revoked, healthy) = (bench.customer("1", &json!({})), bench.customer("2", &json!({})));
    let theirs = burst(&bench, &revoked, 10).await;
    let workflow = bench.candidate(&healthy, 1_001);
    bench.advance(&healthy, &workflow, "C1").await;
    bench.pass(HOUR).await;
    let window = Window { from: bench.simulation.clock.now(), to: bench.from_now(HOUR * 5), kind: Kind::Unauthorized };
    bench.simulation.crosschq.line().trouble_for(&revoked, window);
    bench.pass(MINUTE * 30).await;
    for workflow in theirs.iter().chain([&workflow]) {
        crosschq_moves(&bench, workflow, Stage::InProgress);
    }
    bench.pass(MINUTE * 5).await;
    assert_eq!(check(&bench, &workflow).state(), State::InProgress, "the other customer's key is good");
    bench.pass(HOUR * 5).await;
    // The key was replaced half an hour ago; what is ordered now goes out, what is left is found by the schedule.
    let next = bench.candidate(&revoked, 50);
    bench.advance(&revoked, &next, "C1").await;
    bench.pass(MINUTE * 15).await;
    assert_eq!(stage(&bench, &next), Stage::Requested);
    bench.pass(HOUR * 7).await;
    for workflow in &theirs {
        assert_eq!(check(&bench, workflow).state(), State::InProgress, "{workflow}");
    }
}
