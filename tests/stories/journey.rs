//! The main job, whole.

use connector_core::domain::State;
use local::demo::{Profile, Push, Variant};
use testkit::{World, WorldOptions};

async fn play(variant: Variant) {
    let world = World::begin(WorldOptions { variant, ..WorldOptions::default() }).await;
    let workflow = world.ada();
    let request = world.ordered().await;
    assert_eq!(world.screen(workflow).await.row().status.as_deref(), Some("Sent"));

    world.crosschq().candidate_opens(&request).await;
    assert_eq!(world.screen(workflow).await.row().status.as_deref(), Some("In Progress"));

    world.crosschq().completes(&request).await;
    let view = world.screen(workflow).await;
    assert_eq!(view.row().status.as_deref(), Some("Complete"));
    assert!(
        view.row().url.as_deref().is_some_and(|url| url.starts_with("http")),
        "the report link is on the Screen tab"
    );
    assert_eq!(view.status.id, world.demo.complete_status, "the workflow says Complete");
    assert_eq!(world.creates().await, 1);
    assert_eq!(world.check(workflow).await.unwrap().state(), State::Completed);
    assert!(world.pipe.dead().is_empty());
}

#[tokio::test]
async fn a_recruiter_orders_and_reads_the_report_on_the_screen_tab() {
    play(Variant::default()).await;
}

#[tokio::test]
async fn the_same_with_the_older_partner_api() {
    play(Variant { profile: Profile::PartnerV1, ..Variant::default() }).await;
}

#[tokio::test]
async fn the_same_with_signed_pushes_plain_and_compressed() {
    for gzip in [true, false] {
        play(Variant { push: Push::Hmac, gzip, ..Variant::default() }).await;
    }
}

#[tokio::test]
async fn the_same_with_bearer_tokens_from_our_own_endpoint_plain_and_compressed() {
    for gzip in [true, false] {
        play(Variant { push: Push::OAuth, gzip, ..Variant::default() }).await;
    }
}

#[tokio::test]
async fn the_same_with_a_secret_path() {
    play(Variant { push: Push::PathSecret, ..Variant::default() }).await;
}
