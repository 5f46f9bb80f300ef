//! Stories that between them make every call that the functions can make.

use std::collections::BTreeSet;
use std::time::Duration;

use local::aws::Call;
use sandbox::{Fault, FaultKind, Step};
use serde_json::json;
use testkit::{World, WorldOptions};

/// Every call that was allowed, in any of the stories.
pub(crate) async fn stories() -> BTreeSet<Call> {
    let mut used = BTreeSet::new();
    for world in [
        references_come_in().await,
        rejected_while_created().await,
        reply_of_the_create_lost().await,
        cancellation_stuck().await,
        vendors_down().await,
        tokens_expired().await,
        messages_lost().await,
        pushes_missed().await,
    ] {
        used.extend(world.aws.allowed().into_keys());
    }
    used
}

async fn begin() -> World {
    World::begin(WorldOptions::default()).await
}

fn unavailable(path: &str) -> Fault {
    Fault::new(FaultKind::Status { status: 503, retry_after: None, message: None }).on("POST", path)
}

/// The demo's journey, and a callback of a request that nobody knows.
async fn references_come_in() -> World {
    let world = begin().await;
    let request = world.ordered().await;
    world.crosschq().candidate_opens(&request).await;
    world.crosschq().completes(&request).await;
    world.crosschq().send_raw(&json!({"id": "6b1f0000-0000-4000-8000-000000000000"})).await.unwrap();
    world.crosschq().steps(&request, Step::ReportReady).await;
    world
}

/// The requester finds the rejection that came while it was waiting for Crosschq.
async fn rejected_while_created() -> World {
    let world = begin().await;
    world.rejected_while_created().await;
    world.settle().await;
    world
}

/// The requester looks for what it may have created.
async fn reply_of_the_create_lost() -> World {
    let world = World::with_settings(json!({"crosschq": {"capabilities": {"search": true}, "extensions": true}})).await;
    let crosschq = world.crosschq();
    crosschq.configure(json!({"capabilities": {"search": true}, "callback": {"drop_next": 1000}})).await.unwrap();
    crosschq.inject(Fault::new(FaultKind::ReplyLost).on("POST", "*/reference-request/").times(1)).await;
    world.ordered().await;
    world
}

/// Crosschq cannot be reached for a while and the cancellation goes missing: the updater and the schedule see to it.
async fn cancellation_stuck() -> World {
    let world = begin().await;
    let request = world.ordered().await;
    world.crosschq().inject(unavailable("*/cancel/")).await;
    world.recruiter().rejects(world.ada()).await;
    world.deliver().await;
    world.pipe.lose_all();
    world.control.crosschq_side().clear_faults().await.unwrap();
    world.clock.skip(Duration::from_secs(7 * 3600));
    assert_eq!(world.reconcile().await.enqueued, 1);
    world.pipe.lose_all();
    world.crosschq().candidate_opens(&request).await;
    world
}

/// Requester and updater put their records off.
async fn vendors_down() -> World {
    let world = begin().await;
    world.crosschq().inject(unavailable("*/reference-request/").times(1)).await;
    world.icims().inject(unavailable("*/fields/assessmentresults").times(1)).await;
    world.ordered().await;
    world
}

/// The next caller of iCIMS has to fetch a new token: each of the four in turn.
async fn tokens_expired() -> World {
    let world = begin().await;
    world.recruiter().orders(world.ada()).await;
    world.icims().revoke_tokens().await.unwrap();
    world.deliver_from("reference-requests").await;
    world.icims().revoke_tokens().await.unwrap();
    world.settle().await;
    world.recruiter().rejects(world.ada()).await;
    world.icims().revoke_tokens().await.unwrap();
    world.settle().await;
    world
}

/// The schedule finds an order and a request that nobody looks at.
async fn messages_lost() -> World {
    let world = begin().await;
    world.crosschq().inject(unavailable("*/reference-request/").times(1)).await;
    world.recruiter().orders(world.ada()).await;
    world.deliver().await;
    world.pipe.lose_all();
    for _ in 0..2 {
        world.clock.skip(Duration::from_secs(7 * 3600));
        assert_eq!(world.reconcile().await.enqueued, 1);
        world.settle().await;
    }
    world
}

/// The schedule reads from iCIMS what changed: the first time with a token of its own.
async fn pushes_missed() -> World {
    let world = World::with_settings(json!({"icims": {"find_missed_pushes": {}}})).await;
    world.search().await;
    world.pass(Duration::from_secs(3600)).await;
    world.icims().configure(json!({"push": {"drop_next": 1}})).await.unwrap();
    world.recruiter().orders(world.ada()).await;
    world.pass(Duration::from_secs(1800)).await;
    assert_eq!(world.search().await.orders, 1);
    world.settle().await;
    world
}
