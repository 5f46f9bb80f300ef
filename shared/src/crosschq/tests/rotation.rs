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
async fn a_refused_create_is_sent_again_with_a_rotated_token_only() {
    let refused = || Err(CreateError::NotCreated(ProviderError::Unauthorized));
    for (taken, rotated, created, sent) in [
        ("new-token", Some("new-token"), Ok(request()), 2),
        ("new-token", None, refused(), 1),
        ("nobody", Some("new-token"), refused(), 2),
    ] {
        let server = takes_only(taken).await;
        let client = Crosschq::new(http(), secrets(Some("old-token"), rotated));
        let customer = customer(Profile::PartnerV1, &server.uri());
        assert_eq!(client.create(&customer, &order(), &correlation()).await, created);
        assert_eq!(calls(&server).await, sent);
    }
}
