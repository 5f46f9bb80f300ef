//! Who may knock, and what those hear who may not.

use local::demo::{Push, Variant};
use reqwest::StatusCode;
use serde_json::json;
use testkit::{World, WorldOptions};

use crate::world;

#[tokio::test]
async fn a_wrong_credential_is_refused_and_orders_nothing_in_every_mode() {
    for push in [Push::Basic, Push::Hmac, Push::PathSecret] {
        let world =
            World::begin(WorldOptions { variant: Variant { push, ..Variant::default() }, ..WorldOptions::default() })
                .await;
        let icims = world.icims();
        for auth in [
            json!({"kind": "none"}),
            json!({"kind": "basic", "user": "icims-push", "password": "wrong"}),
            json!({"kind": "hmac", "user": "icims-push", "key": "wrong"}),
            json!({"kind": "path_secret", "secret": "wrong"}),
        ] {
            icims.configure(json!({"push": {"auth": auth}})).await.unwrap();
            let moved = world.recruiter().orders(world.ada()).await;
            assert_eq!(moved.pushes[0].status, Some(401), "{push:?} with {auth}");
        }
        assert!(world.pipe.all_bodies().is_empty());
    }
}

#[tokio::test]
async fn an_unknown_customer_hears_what_a_wrong_password_hears() {
    let world = world().await;
    let client = reqwest::Client::new();
    let answer = async |customer: &str| {
        let body = json!({"customerId": customer, "eventType": "WorkFlowStatusChangeEvent", "systemId": "1", "newStatus": "2"});
        let response = client.post(format!("{}/icims/events", world.place.api)).json(&body).send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    };
    let unknown = answer("999").await;
    assert_eq!(unknown.0, StatusCode::UNAUTHORIZED);
    assert_eq!(unknown, answer(&world.demo.customer).await);
}

#[tokio::test]
async fn what_cannot_be_read_is_a_400_that_says_so() {
    let world = world().await;
    let client = reqwest::Client::new();
    for body in ["", "{", "[]", "{}", "\u{1f}\u{8b}"] {
        let response =
            client.post(format!("{}/icims/events", world.place.api)).body(body.to_owned()).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{body:?}");
        let answer: serde_json::Value = response.json().await.unwrap();
        assert!(answer["error"]["userMessage"].as_str().is_some_and(|text| !text.is_empty()));
    }
}

#[tokio::test]
async fn a_compressed_push_that_a_proxy_turned_into_text_says_that_compression_has_to_be_switched_off() {
    let world = world().await;
    let damaged = "\u{1f}\u{fffd}\u{8}\u{0}\u{0}\u{0}\u{0}\u{0}";
    let push = reqwest::Client::new().post(format!("{}/icims/events", world.place.api)).body(damaged);
    let response = push.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let answer: serde_json::Value = response.json().await.unwrap();
    let text = answer["error"]["userMessage"].as_str().unwrap();
    assert!(text.contains("switch compression off in the iCIMS subscription"), "{text}");
}

#[tokio::test]
async fn a_callback_without_the_right_path_or_token_is_turned_away() {
    let world = world().await;
    let client = reqwest::Client::new();
    let knock = async |path: &str, token: &str| {
        let body = json!({"id": "6b1f0000-0000-4000-8000-000000000000"});
        let url = format!("{}/crosschq/callbacks/{path}", world.place.api);
        client.post(url).header("authorization", token).json(&body).send().await.unwrap().status()
    };
    assert_eq!(knock("1234/wrong", "local-callback-token").await, StatusCode::NOT_FOUND);
    assert_eq!(knock("999/local-callback-path-secret", "local-callback-token").await, StatusCode::NOT_FOUND);
    assert_eq!(knock("1234/local-callback-path-secret", "wrong").await, StatusCode::UNAUTHORIZED);
    assert!(world.pipe.all_bodies().is_empty());
    assert_eq!(knock("1234/local-callback-path-secret", "local-callback-token").await, StatusCode::ACCEPTED);
    assert_eq!(world.pipe.waiting().len(), 1);
}
