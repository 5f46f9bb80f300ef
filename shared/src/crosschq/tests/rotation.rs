//! A token that Crosschq has stopped taking.

use serde_json::json;
use wiremock::matchers::{any, header};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::ports::{CreateError, ProviderError, ReferenceProvider};

async fn takes_only(token: &'static str) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(header("authorization", token))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"id": REQUEST})))
        .mount(&server)
        .await;
    Mock::given(any()).respond_with(ResponseTemplate::new(401)).with_priority(9).mount(&server).await;
    server
}

async fn calls(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn a_rotated_token_is_fetched_once_and_used_from_then_on() {
    let server = takes_only("new-token").await;
    let customer = customer(Profile::PartnerV2, &server.uri());
    let secrets = secrets(Some("old-token"), Some("new-token"));
    let client = Crosschq::new(http(), secrets.clone());
    client.read(&customer, &request()).await.unwrap();
    assert_eq!((calls(&server).await, secrets.refreshes()), (2, 1));
    client.create(&customer, &order(), &correlation()).await.unwrap();
    assert_eq!((calls(&server).await, secrets.refreshes()), (3, 1));
}

#[tokio::test]
async fn a_refused_create_is_sent_again_with_the_new_token_only() {
    let server = takes_only("new-token").await;
    let client = Crosschq::new(http(), secrets(Some("old-token"), Some("new-token")));
    client.create(&customer(Profile::PartnerV1, &server.uri()), &order(), &correlation()).await.unwrap();
    assert_eq!(calls(&server).await, 2);
}

#[tokio::test]
async fn a_token_that_was_not_rotated_is_not_tried_again() {
    let server = takes_only("new-token").await;
    let client = Crosschq::new(http(), secrets(Some("old-token"), None));
    let error = client.create(&customer(Profile::PartnerV2, &server.uri()), &order(), &correlation()).await;
    assert_eq!(error, Err(CreateError::NotCreated(ProviderError::Unauthorized)));
    assert_eq!(calls(&server).await, 1);
}

#[tokio::test]
async fn a_new_token_that_is_refused_too_is_told() {
    let server = takes_only("nobody").await;
    let client = Crosschq::new(http(), secrets(Some("old-token"), Some("new-token")));
    let customer = customer(Profile::PartnerV2, &server.uri());
    assert_eq!(client.read(&customer, &request()).await, Err(ProviderError::Unauthorized));
    assert_eq!(calls(&server).await, 2);
}
