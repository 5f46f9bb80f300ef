//! Stories that between them make every call that the functions can make.

use std::collections::BTreeSet;
use std::time::Duration;

use local::aws::Call;
use sandbox::{Fault, FaultKind, Step};
use serde_json::json;
use testkit::{World, WorldOptions};

/// Every call that was let pass, in any of the stories.
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

async fn advance(world: &World, status: &str) {
    world.control.icims(&world.demo.customer).advance(world.demo.complete.workflow, status).await.unwrap();
}

async fn order(world: &World) -> String {
    advance(world, &world.demo.trigger_status).await;
    world.settle().await;
    world.requests().await[0].id.clone()
}

async fn step(world: &World, request: &str, step: Step) {
    let crosschq = world.control.crosschq(&world.demo.org);
    crosschq.step(request, &step).await.unwrap();
    for _ in 0..200 {
        if crosschq.callbacks().await.unwrap().iter().all(|sent| sent.done || sent.held) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    world.settle().await;
}

fn unavailable() -> Fault {
    Fault::new(FaultKind::Status { status: 503, retry_after: None, message: None })
}

/// The demo's journey, and a callback of a request that nobody knows.
async fn references_come_in() -> World {
    let world = begin().await;
    let request = order(&world).await;
    step(&world, &request, Step::CandidateOpens).await;
    step(&world, &request, Step::CompleteAll).await;
    let unknown = json!({"id": "6b1f0000-0000-4000-8000-000000000000"});
    world.control.crosschq(&world.demo.org).send_raw(&unknown).await.unwrap();
    step(&world, &request, Step::ReportReady).await;
    world
}

/// The requester finds the rejection that came while it was waiting for Crosschq.
async fn rejected_while_created() -> World {
    let world = begin().await;
    advance(&world, &world.demo.trigger_status).await;
    let slow = Fault::new(FaultKind::Latency { ms: 600, after: true }).on("POST", "*/reference-request/").times(1);
    world.control.crosschq_side().add_fault(slow).await.unwrap();
    let orders = world.pipe.take("reference-requests");
    let rejecting = async {
        tokio::time::sleep(Duration::from_millis(250)).await;
        advance(&world, &world.demo.rejected_status).await;
        let cancellations = world.pipe.take("cancellations");
        world.deliver_batch("cancellations", cancellations).await;
    };
    tokio::join!(world.deliver_batch("reference-requests", orders), rejecting);
    world.settle().await;
    world
}

/// The requester looks for what it may have created.
async fn reply_of_the_create_lost() -> World {
    let settings = json!({"crosschq": {"capabilities": {"search": true}, "extensions": true}});
    let world = World::begin(WorldOptions { settings: Some(settings), ..WorldOptions::default() }).await;
    let crosschq = world.control.crosschq(&world.demo.org);
    crosschq.configure(json!({"capabilities": {"search": true}, "callback": {"drop_next": 1000}})).await.unwrap();
    let lost = Fault::new(FaultKind::ReplyLost).on("POST", "*/reference-request/").times(1);
    world.control.crosschq_side().add_fault(lost).await.unwrap();
    order(&world).await;
    world
}

/// Crosschq cannot be reached for a while and the cancellation goes missing: the updater and the schedule see to it.
async fn cancellation_stuck() -> World {
    let world = begin().await;
    let request = order(&world).await;
    world.control.crosschq_side().add_fault(unavailable().on("POST", "*/cancel/")).await.unwrap();
    advance(&world, &world.demo.rejected_status).await;
    world.deliver().await;
    world.pipe.lose_all();
    world.control.crosschq_side().clear_faults().await.unwrap();
    world.clock.skip(Duration::from_secs(7 * 3600));
    assert_eq!(world.reconcile().await.enqueued, 1);
    world.pipe.lose_all();
    step(&world, &request, Step::CandidateOpens).await;
    world
}

/// Requester and updater put their records off.
async fn vendors_down() -> World {
    let world = begin().await;
    world.control.crosschq_side().add_fault(unavailable().on("POST", "*/reference-request/").times(1)).await.unwrap();
    world
        .control
        .icims_side()
        .add_fault(unavailable().on("POST", "*/fields/assessmentresults").times(1))
        .await
        .unwrap();
    order(&world).await;
    world
}

/// Whoever calls iCIMS next has to fetch a new token: each of the four in turn.
async fn tokens_expired() -> World {
    let world = begin().await;
    let icims = world.control.icims(&world.demo.customer);
    advance(&world, &world.demo.trigger_status).await;
    icims.revoke_tokens().await.unwrap();
    let orders = world.pipe.take("reference-requests");
    world.deliver_batch("reference-requests", orders).await;
    icims.revoke_tokens().await.unwrap();
    world.settle().await;
    advance(&world, &world.demo.rejected_status).await;
    icims.revoke_tokens().await.unwrap();
    world.settle().await;
    world
}

/// The schedule finds an order and a request that nobody looks at.
async fn messages_lost() -> World {
    let world = begin().await;
    world.control.crosschq_side().add_fault(unavailable().on("POST", "*/reference-request/").times(1)).await.unwrap();
    advance(&world, &world.demo.trigger_status).await;
    world.deliver().await;
    world.pipe.lose_all();
    world.clock.skip(Duration::from_secs(7 * 3600));
    assert_eq!(world.reconcile().await.enqueued, 1);
    world.settle().await;
    world.clock.skip(Duration::from_secs(7 * 3600));
    assert_eq!(world.reconcile().await.enqueued, 1);
    world.settle().await;
    world
}

/// The schedule asks iCIMS what changed: the first time with a token of its own.
async fn pushes_missed() -> World {
    let settings = json!({"icims": {"find_missed_pushes": {}}});
    let world = World::begin(WorldOptions { settings: Some(settings), ..WorldOptions::default() }).await;
    world.search().await;
    world.pass(Duration::from_secs(3600)).await;
    world.control.icims(&world.demo.customer).configure(json!({"push": {"drop_next": 1}})).await.unwrap();
    advance(&world, &world.demo.trigger_status).await;
    world.pass(Duration::from_secs(1800)).await;
    assert_eq!(world.search().await.orders, 1);
    world.settle().await;
    world
}
