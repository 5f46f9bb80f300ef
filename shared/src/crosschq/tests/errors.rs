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
async fn each_status_says_what_can_be_done_and_shows_no_value() {
    let answer = ResponseTemplate::new;
    let invalid =
        |status| answer(status).set_body_json(json!({"errors": {"candidate": {"email": ["ada@example.com"]}}}));
    let refused = ProviderError::Refused { fields: vec!["candidate.email".to_owned()] };
    let limited = |value: &str| answer(429).insert_header("retry-after", value);
    let after = |span| ProviderError::RateLimited { after: span };
    for (answer, expected) in [
        (invalid(400), refused.clone()),
        (invalid(422), refused),
        (answer(401).set_body_json(json!({"detail": "Invalid token."})), ProviderError::Unauthorized),
        (answer(403), ProviderError::Unauthorized),
        (answer(404), ProviderError::NotFound),
        (answer(410), ProviderError::NotFound),
        (limited("30"), after(Some(Duration::from_secs(30)))),
        (limited("Mon, 05 Jan 2026 10:15:30 GMT"), after(Some(Duration::ZERO))),
        (limited("later"), after(None)),
        (answer(429), after(None)),
    ] {
        assert_eq!(error(answer).await, expected);
    }
}

#[tokio::test]
async fn a_redirect_asks_for_the_settings_and_is_not_followed() {
    for status in [301, 302, 307, 308] {
        let result = error(ResponseTemplate::new(status).insert_header("location", "https://example.com/")).await;
        let ProviderError::Misconfigured { why } = result else { panic!("{result}") };
        assert!(why.contains("trailing slash") && why.contains(&status.to_string()), "{why}");
    }
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
        let result = error(answer).await;
        assert!(matches!(result, ProviderError::Unavailable { .. }), "{result}");
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
        let result = client().read(customer, &request()).await.unwrap_err();
        assert!(matches!(result, ProviderError::Misconfigured { .. }), "{result}");
    }
    for token in [None, Some("  "), Some("to\nken")] {
        let result = Crosschq::new(http(), secrets(token, None)).read(&good, &request()).await.unwrap_err();
        assert!(matches!(result, ProviderError::Misconfigured { .. }), "{result}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}
