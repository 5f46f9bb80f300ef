//! The main job, whole.

use connector_core::domain::State;
use local::demo::{Profile, Push, Variant};
use sandbox::Step;
use testkit::{World, WorldOptions};

use crate::{ordered, row, step};

async fn play(variant: Variant) {
    let world = World::begin(WorldOptions { variant, ..WorldOptions::default() }).await;
    let workflow = world.demo.complete.workflow;
    let request = ordered(&world).await;
    assert_eq!(row(&world.recruiter_view(workflow).await).status.as_deref(), Some("Sent"));

    step(&world, &request, Step::CandidateOpens).await;
    assert_eq!(row(&world.recruiter_view(workflow).await).status.as_deref(), Some("In Progress"));

    step(&world, &request, Step::CompleteAll).await;
    let view = world.recruiter_view(workflow).await;
    assert_eq!(row(&view).status.as_deref(), Some("Complete"));
    assert!(
        row(&view).url.as_deref().is_some_and(|url| url.starts_with("http")),
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
