//! Each error class of docs/vendors/crosschq.md §9.4, on a read.

use std::time::Duration;

use serde_json::json;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::ports::{ProviderError, ReferenceProvider};

async fn error(answer: ResponseTemplate) -> ProviderError {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    client().read(&customer(Profile::PartnerV2, &server.uri()), &request()).await.unwrap_err()
}

#[tokio::test]
async fn invalid_names_fields_and_never_values() {
    for status in [400, 422] {
        let body = json!({"errors": {"candidate": {"email": ["ada@example.com"]}}});
        let told = error(ResponseTemplate::new(status).set_body_json(body)).await;
        assert_eq!(told, ProviderError::Refused { fields: vec!["candidate.email".to_owned()] });
        assert!(!told.to_string().contains("ada"));
    }
}

#[tokio::test]
async fn a_refused_token_is_unauthorized() {
    for status in [401, 403] {
        let body = json!({"detail": "Invalid token."});
        assert_eq!(error(ResponseTemplate::new(status).set_body_json(body)).await, ProviderError::Unauthorized);
    }
}

#[tokio::test]
async fn an_unknown_request_is_not_found() {
    for status in [404, 410] {
        assert_eq!(error(ResponseTemplate::new(status)).await, ProviderError::NotFound);
    }
}

#[tokio::test]
async fn a_redirect_asks_for_the_settings_and_is_not_followed() {
    for status in [301, 302, 307, 308] {
        let told = error(ResponseTemplate::new(status).insert_header("location", "https://example.com/")).await;
        let ProviderError::Misconfigured { why } = told else { panic!("{told}") };
        assert!(why.contains("trailing slash") && why.contains(&status.to_string()), "{why}");
    }
}

#[tokio::test]
async fn a_limit_tells_when_to_come_back() {
    let limited = |value: &str| ResponseTemplate::new(429).insert_header("retry-after", value);
    let after = |span| ProviderError::RateLimited { after: span };
    assert_eq!(error(limited("30")).await, after(Some(Duration::from_secs(30))));
    assert_eq!(error(limited("Mon, 05 Jan 2026 10:15:30 GMT")).await, after(Some(Duration::ZERO)));
    assert_eq!(error(limited("later")).await, after(None));
    assert_eq!(error(ResponseTemplate::new(429)).await, after(None));
}

#[tokio::test]
async fn what_may_work_later_is_unavailable() {
    let unavailable = [
        ResponseTemplate::new(408),
        ResponseTemplate::new(500),
        ResponseTemplate::new(502),
        ResponseTemplate::new(503),
        ResponseTemplate::new(504),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(200).set_body_string("[]"),
        ResponseTemplate::new(200).set_body_json(json!({"status": "completed"})),
        ResponseTemplate::new(200).set_body_bytes(vec![b' '; 1024 * 1024 + 1]),
    ];
    for answer in unavailable {
        let told = error(answer).await;
        assert!(matches!(told, ProviderError::Unavailable { .. }), "{told}");
    }
}

#[tokio::test]
async fn settings_that_cannot_work_are_told_before_anything_is_sent() {
    let server = MockServer::start().await;
    let good = customer(Profile::PartnerV2, &server.uri());
    let with = |change: fn(&mut CrosschqSettings)| {
        let mut customer = good.clone();
        change(&mut customer.settings.crosschq);
        customer
    };
    let broken = [
        with(|settings| settings.base_url = Some("http://partner.crosschq.com".to_owned())),
        with(|settings| settings.auth_header = "no header".to_owned()),
        with(|settings| settings.auth_scheme = "Bad\nWord".to_owned()),
    ];
    for customer in &broken {
        let told = client().read(customer, &request()).await.unwrap_err();
        assert!(matches!(told, ProviderError::Misconfigured { .. }), "{told}");
    }
    for token in [None, Some("  "), Some("to\nken")] {
        let told = Crosschq::new(http(), secrets(token, None)).read(&good, &request()).await.unwrap_err();
        assert!(matches!(told, ProviderError::Misconfigured { .. }), "{told}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}
