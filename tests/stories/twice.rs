//! An order of which Crosschq holds two requests: what the other stories begin with.

use connector_core::domain::RequestId;
use sandbox::control::types::Release;
use sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use testkit::World;

/// Orders while Crosschq behaves so, holds its callbacks back and loses the reply to the first create.
pub(crate) async fn order(settings: Value, crosschq: Value) -> World {
    let world = World::with_settings(settings).await;
    let control = world.crosschq();
    control.configure(json!({"idempotency": false, "callback": {"hold": true}})).await.unwrap();
    control.configure(crosschq).await.unwrap();
    let lost = Fault::new(FaultKind::ReplyLost).on("POST", "*/reference-request/").times(1);
    world.crosschq().inject(lost).await;
    world.recruiter().orders(world.ada()).await;
    world.deliver().await;
    world
}

/// The assumption is off: a look-up misses what was created, and nothing else keeps a second create from succeeding.
pub(crate) async fn created_twice() -> (World, RequestId, RequestId) {
    let settings = json!({"crosschq": {"capabilities": {"search": true}, "extensions": true}});
    let late = json!({"capabilities": {"search": true}, "search_lag_ms": 1_000_000_000, "refuse_second_open": false});
    let world = order(settings, late).await;
    world.settle().await;
    assert_eq!((world.creates().await, world.requests().await.len()), (2, 2));
    let followed = world.check(world.ada()).await.unwrap().request().cloned().unwrap();
    let requests = world.requests().await;
    let stray = requests.iter().find(|request| request.id != followed.as_str()).unwrap();
    let stray = RequestId::parse(&stray.id).unwrap();
    (world, followed, stray)
}

pub(crate) async fn callbacks_arrive(world: &World) {
    world.crosschq().release(&Release::default()).await.unwrap();
    world.crosschq().calls_back().await;
    world.settle().await;
}
