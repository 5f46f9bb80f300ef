//! The report PDF, for customers who have a field for it.

use sandbox::Step;
use serde_json::{Value, json};
use testkit::World;

async fn completed_with(report: Value) -> World {
    let field = sandbox::world::demo().report_field;
    let world = World::with_settings(json!({"icims": {"attach_pdf_field": field}})).await;
    world.crosschq().configure(json!({"report": report})).await.unwrap();
    let request = world.ordered().await;
    world.crosschq().completes(&request).await;
    assert_eq!(world.screen(world.ada()).await.row().status.as_deref(), Some("Complete"));
    world
}

#[tokio::test]
async fn the_report_is_attached_once_beside_its_link() {
    let world = completed_with(json!({})).await;
    let files = world.screen(world.ada()).await.files.clone();
    assert_eq!(files.len(), 1);
    assert!(files[0].filename.ends_with(".pdf") && files[0].size > 0);
    let uploads = world.control.icims_side().requests("PATCH", "*/binary").await.unwrap().count;
    assert_eq!(uploads, 1);
}

#[tokio::test]
async fn what_is_no_pdf_is_not_attached_after_a_day_of_trying_and_the_link_is_shown_all_the_same() {
    let world = completed_with(json!({"html": true})).await;
    for _ in 0..30 {
        world.clock.skip(std::time::Duration::from_secs(3600));
        world.reconcile().await;
        world.settle().await;
    }
    assert!(world.screen(world.ada()).await.files.is_empty());
    let check = world.check(world.ada()).await.unwrap();
    assert!(check.sync.report.is_some() && check.timing.due_at.is_none());
    assert!(world.pipe.dead().is_empty(), "a report that cannot be fetched is no dead letter");
}

#[tokio::test]
async fn a_report_that_comes_late_is_shown_when_it_is_there() {
    let world = completed_with(json!({"late": true})).await;
    let workflow = world.ada();
    assert_eq!(world.screen(workflow).await.row().url, None);
    let request = world.requests().await[0].id.clone();
    // The callback of the late report is lost: the schedule has to find it.
    world.crosschq().configure(json!({"callback": {"drop_next": 100}})).await.unwrap();
    world.crosschq().step(&request, &Step::ReportReady).await.unwrap();
    for _ in 0..4 {
        world.clock.skip(std::time::Duration::from_secs(600));
        world.reconcile().await;
        world.settle().await;
    }
    let view = world.screen(workflow).await;
    assert!(view.row().url.is_some());
    assert_eq!(view.files.len(), 1);
}
