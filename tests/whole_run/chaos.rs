//! A burst of orders while function processes are killed at random, again and again.
//!
//! What comes of it depends on chance and takes minutes, so it is run by name, and best several times:
//!
//! ```console
//! $ cargo test -p tests --test whole_run -- --ignored --nocapture chaos
//! $ CHAOS_CROSSCHQ=search CHAOS_ORDERS=50 CHAOS_SEED=7 cargo test -p tests --test whole_run -- --ignored --nocapture chaos
//! orders=50 requests=50 doubled=0 without=0
//! ```
//!
//! `CHAOS_CROSSCHQ` is what Crosschq offers against doubles: `usual` (it refuses a second open request of the same
//! candidate and survey, and knows `Idempotency-Key`), `nothing`, or `search` (a look-up and nothing else).

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::str::FromStr;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use reqwest::Method;
use sandbox::State;
use serde_json::{Value, json};

use crate::killed_world::{Candidate, Stage};
use crate::{alone, until};

/// How far apart the kills are.
const KILL_EVERY: Duration = Duration::from_millis(300);
/// Recruiters who are at it at the same time.
const RECRUITERS: usize = 8;
/// Until this, every order has been taken off its queue once.
const FIRE: Duration = Duration::from_secs(240);
/// No create and no order on the queue for so long: longer than a message stays away that a killed function had.
const QUIET: Duration = Duration::from_secs(75);
/// It has to be quiet by then.
const QUIET_WITHIN: Duration = Duration::from_secs(1200);

/// A number from the environment.
fn chosen<T: FromStr>(name: &str, usual: T) -> T {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")),
        Err(_) => usual,
    }
}

/// Lets Crosschq offer what the environment says.
async fn offer(stage: &Stage) {
    let offered = std::env::var("CHAOS_CROSSCHQ").unwrap_or_else(|_| "usual".to_owned());
    let search = match offered.as_str() {
        "usual" => return,
        "nothing" => false,
        "search" => true,
        other => panic!("CHAOS_CROSSCHQ={other} is none of usual, nothing, search"),
    };
    let capabilities = json!({"capabilities": {"search": search}});
    stage.crosschq.configure(json!({"idempotency": false, "refuse_second_open": false})).await.unwrap();
    stage.crosschq.configure(capabilities.clone()).await.unwrap();
    stage.change_settings(&json!({"crosschq": capabilities})).await;
}

/// Does the work, and kills one function after the other until it is done.
async fn under_fire<T>(stage: &Stage, seed: u64, work: impl Future<Output = T>) -> (T, usize) {
    let (mut random, mut killed) = (fastrand::Rng::with_seed(seed), 0);
    let mut work = pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return (done, killed),
            () = tokio::time::sleep(KILL_EVERY) => {
                if let Some(id) = random.choice(stage.functions()) {
                    crate::process::signal("KILL", id);
                    killed += 1;
                }
            }
        }
    }
}

/// Orders, and does it again where iCIMS shows the recruiter that the connector did not take it.
async fn ordered(stage: &Stage, who: &Candidate) {
    let moved = stage.icims.advance(who.workflow, &stage.demo.trigger_status).await.unwrap();
    let mut taken = moved.pushes.iter().any(|push| push.accepted());
    let path = format!("icims/customers/{}/workflows/{}/push", stage.demo.customer, who.workflow);
    let end = Instant::now() + FIRE;
    while !taken {
        assert!(Instant::now() < end, "workflow {}: never accepted", who.workflow);
        tokio::time::sleep(Duration::from_millis(500)).await;
        let pushes = stage.control.call(Method::POST, &path, Some(&json!({}))).await.unwrap();
        taken = pushes.as_array().into_iter().flatten().any(|push| push["status"] == 200);
    }
}

async fn burst(stage: &Stage, candidates: &[Candidate]) {
    let orders = stream::iter(candidates).map(|who| ordered(stage, who));
    orders.buffer_unordered(RECRUITERS).collect::<()>().await;
    // Every function that is to die over an order has one in its hands until here.
    let taken = until(FIRE, async || (stage.depth("reference-requests").await.waiting == 0).then_some(())).await;
    assert!(taken.is_some(), "orders are still waiting for the requester after {FIRE:?}");
}

async fn creates(stage: &Stage) -> usize {
    stage.crosschq_side.requests("POST", "*/reference-request/").await.unwrap().count
}

/// Waits until nothing more comes.
async fn quiet(stage: &Stage) -> bool {
    let end = Instant::now() + QUIET_WITHIN;
    let (mut seen, mut since) = (creates(stage).await, Instant::now());
    while Instant::now() < end {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = creates(stage).await;
        if now != seen || !stage.depth("reference-requests").await.is_empty() {
            (seen, since) = (now, Instant::now());
        }
        if since.elapsed() > QUIET {
            return true;
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes and depends on chance: run it by name"]
async fn chaos_kills_functions_at_random_and_every_order_has_one_request() {
    let _alone = alone().await;
    let stage = Stage::set().await;
    let (count, seed) = (chosen("CHAOS_ORDERS", 200_usize), chosen("CHAOS_SEED", fastrand::u64(..)));
    offer(&stage).await;
    let mut candidates = Vec::with_capacity(count);
    for number in 0..count {
        candidates.push(stage.candidate(&format!("chaos-{number}")).await);
    }

    let begun = Instant::now();
    let ((), killed) = under_fire(&stage, seed, burst(&stage, &candidates)).await;
    println!("seed={seed} killed={killed} burst_s={}", begun.elapsed().as_secs());
    let quiet = quiet(&stage).await;

    let mut requests: BTreeMap<String, Vec<State>> = BTreeMap::new();
    for request in stage.crosschq.requests().await.unwrap() {
        requests.entry(request.candidate_email).or_default().push(request.state);
    }
    let of = |who: &Candidate| requests.get(&who.email).map_or(0, Vec::len);
    let doubled: Vec<&Candidate> = candidates.iter().filter(|who| of(who) > 1).collect();
    let without: Vec<&Candidate> = candidates.iter().filter(|who| of(who) == 0).collect();
    for who in doubled.iter().chain(&without) {
        let rows = stage.view(who).await.results;
        let rows: Vec<Value> = rows.iter().map(|row| json!([row.status, row.result])).collect();
        println!("workflow {}: {} requests, rows {}", who.workflow, of(who), json!(rows));
    }
    println!(
        "orders={count} requests={} doubled={} without={}",
        requests.values().map(Vec::len).sum::<usize>(),
        doubled.len(),
        without.len()
    );
    assert!(quiet, "orders are still being worked on after {QUIET_WITHIN:?}");
    assert!(killed > 0, "nothing was killed");
    assert_eq!((doubled.len(), without.len()), (0, 0), "{:?}\n{}", stage.dead().await, stage.said());
}
