use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use wiremock::ResponseTemplate;

use super::super::*;
use crate::domain::CustomerId;
use crate::icims::testing::{NOW, WORKFLOW_PATH, World, ok, workflow};

#[tokio::test]
async fn a_spent_quota_stops_calls_for_this_customer_until_the_reset_and_for_no_other() {
    let world = World::simple().await;
    let last = ok("{}").insert_header("x-ratelimit-remaining", "0").insert_header("x-ratelimit-reset", "9299");
    world.answers("GET", WORKFLOW_PATH, last).await;
    let other_path = "/customers/6268/applicantworkflows/19288";
    world.answers("GET", other_path, ok("{}")).await;
    let read = |customer: Customer| {
        let icims = &world.icims;
        async move { icims.workflow(&customer, &workflow()).await.map(drop) }
    };
    let other = Customer { id: CustomerId::parse("6268").unwrap(), ..world.customer.clone() };
    assert_eq!(read(world.customer.clone()).await, Ok(()));
    let spent = AtsError::RateLimited { after: Some(Duration::from_secs(9299)) };
    assert_eq!(read(world.customer.clone()).await, Err(spent));
    assert_eq!(read(other).await, Ok(()));
    assert_eq!(world.requests(WORKFLOW_PATH).await.len(), 1);
    *world.clock.0.lock().unwrap() = NOW.after(Duration::from_secs(9299));
    assert_eq!(read(world.customer.clone()).await, Ok(()));
}

#[tokio::test]
async fn a_refusal_tells_of_the_quota_too() {
    let world = World::simple().await;
    let last =
        ResponseTemplate::new(429).insert_header("x-ratelimit-remaining", "0").insert_header("x-ratelimit-reset", "60");
    world.answers("GET", WORKFLOW_PATH, last).await;
    for _ in 0..3 {
        let error = world.icims.workflow(&world.customer, &workflow()).await.unwrap_err();
        assert_eq!(error, AtsError::RateLimited { after: Some(Duration::from_secs(60)) });
    }
    assert_eq!(world.requests(WORKFLOW_PATH).await.len(), 1);
}

#[tokio::test]
async fn at_most_four_calls_of_a_customer_are_under_way() {
    let world = Arc::new(World::simple().await);
    let slow_ms = 100;
    world.answers("GET", WORKFLOW_PATH, ok("{}").set_delay(Duration::from_millis(slow_ms))).await;
    let started = Instant::now();
    let (id, calls) = (workflow(), MAX_CONCURRENT_CALLS * 2 + 1);
    let done = join_all((0..calls).map(|_| world.icims.workflow(&world.customer, &id))).await;
    assert!(done.iter().all(Result::is_ok));
    assert!(started.elapsed() >= Duration::from_millis(3 * slow_ms), "{:?}", started.elapsed());
}
