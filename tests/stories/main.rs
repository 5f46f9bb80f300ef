//! The flows as stories: what people do on either side, and what everybody sees afterwards.

mod attached;
mod budget;
mod cancelled;
mod journey;
mod lost;
mod missed;
mod privacy;
mod pushes;
mod refused;
mod repeated;
mod strays;

use sandbox::Step;
use sandbox::control::types::RecruiterView;
use testkit::{World, WorldOptions};

async fn world() -> World {
    World::begin(WorldOptions::default()).await
}

/// The one row of ours that the recruiter sees.
fn row(view: &RecruiterView) -> &sandbox::control::types::ResultRow {
    let rows: Vec<_> = view.results.iter().filter(|row| row.name.as_deref() == Some("Crosschq 360")).collect();
    assert_eq!(rows.len(), 1, "exactly one row is ours: {:?}", view.results.len());
    rows[0]
}

/// A recruiter orders references for the first candidate and everything is delivered.
async fn ordered(world: &World) -> String {
    let moved = world
        .control
        .icims(&world.demo.customer)
        .advance(world.demo.complete.workflow, &world.demo.trigger_status)
        .await
        .unwrap();
    assert_eq!(moved.recruiter_sees(), None);
    world.settle().await;
    let requests = world.requests().await;
    assert_eq!(requests.len(), 1);
    requests[0].id.clone()
}

async fn step(world: &World, request: &str, step: Step) {
    world.control.crosschq(&world.demo.org).step(request, &step).await.unwrap();
    // Callbacks leave the sandbox in the background.
    wait_for_callbacks(world).await;
    world.settle().await;
}

async fn wait_for_callbacks(world: &World) {
    for _ in 0..200 {
        let pending = world
            .control
            .crosschq(&world.demo.org)
            .callbacks()
            .await
            .unwrap()
            .iter()
            .any(|sent| !sent.done && !sent.held);
        if !pending {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("callbacks are still on their way");
}
