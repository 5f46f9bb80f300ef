//! Writing to people again, where it is offered.

use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::crosschq::Nudged;
use crate::ports::ProviderError;

fn offering(server: &MockServer, profile: Profile) -> Customer {
    let mut customer = customer(profile, &server.uri());
    customer.settings.crosschq.capabilities.resend = true;
    customer.settings.crosschq.capabilities.remind = true;
    customer
}

async fn answers(server: &MockServer, verb: &str, at: &str, answer: ResponseTemplate) {
    Mock::given(method(verb)).and(path(at)).respond_with(answer).expect(1).mount(server).await;
}

#[tokio::test]
async fn each_apis_own_path_is_asked_once() {
    for (profile, start) in [(Profile::PartnerV1, "/partners"), (Profile::PartnerV2, "/api/v2")] {
        let server = MockServer::start().await;
        let at = |verb: &str| format!("{start}/reference-request/{REQUEST}/{verb}/");
        answers(&server, "POST", &at("resend"), ResponseTemplate::new(200)).await;
        answers(&server, "POST", &at("remind"), ResponseTemplate::new(204)).await;
        let customer = offering(&server, profile);
        assert_eq!(client().resend(&customer, &request()).await, Ok(Nudged::Sent));
        assert_eq!(client().remind(&customer, &request()).await, Ok(Nudged::Sent));
    }
}

#[tokio::test]
async fn nothing_is_asked_where_the_capability_is_off() {
    let server = MockServer::start().await;
    let customer = customer(Profile::PartnerV2, &server.uri());
    assert_eq!(client().resend(&customer, &request()).await, Err(ProviderError::Unsupported));
    assert_eq!(client().remind(&customer, &request()).await, Err(ProviderError::Unsupported));
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_missing_endpoint_is_told_from_a_missing_request() {
    let at = format!("/api/v2/reference-request/{REQUEST}/");
    for (read, expected) in [
        (
            ResponseTemplate::new(200).set_body_json(json!({"id": REQUEST, "status": "sent"})),
            ProviderError::Unsupported,
        ),
        (ResponseTemplate::new(404), ProviderError::NotFound),
    ] {
        let server = MockServer::start().await;
        answers(&server, "POST", &format!("{at}resend/"), ResponseTemplate::new(404)).await;
        answers(&server, "GET", &at, read).await;
        assert_eq!(client().resend(&offering(&server, Profile::PartnerV2), &request()).await, Err(expected));
    }
}

#[tokio::test]
async fn a_closed_request_is_no_failure_and_an_outage_is_not_repeated() {
    for (status, expected) in [
        (409, Ok(Nudged::Closed)),
        (503, Err(ProviderError::Unavailable { why: "status 503".to_owned() })),
        (403, Err(ProviderError::Unauthorized)),
    ] {
        let server = MockServer::start().await;
        let at = format!("/api/v2/reference-request/{REQUEST}/remind/");
        answers(&server, "POST", &at, ResponseTemplate::new(status)).await;
        assert_eq!(client().remind(&offering(&server, Profile::PartnerV2), &request()).await, expected);
    }
}
