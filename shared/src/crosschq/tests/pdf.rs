//! Fetching a report PDF.

use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::domain::Link;
use crate::ports::{ProviderError, ReferenceProvider};

const PDF: &[u8] = b"%PDF-1.7 a report";

async fn fetch(answer: ResponseTemplate, max_bytes: u64) -> Result<Vec<u8>, ProviderError> {
    let server = MockServer::start().await;
    Mock::given(method("GET")).and(path("/r.pdf")).respond_with(answer).expect(1).mount(&server).await;
    let mut customer = customer(Profile::PartnerV2, &server.uri());
    customer.settings.crosschq.pdf_max_bytes = max_bytes;
    let link = Link::parse(&format!("{}/r.pdf?signature=x", server.uri())).unwrap();
    client().fetch_pdf(&customer, &link).await
}

fn pdf() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(PDF, "application/pdf")
}

#[tokio::test]
async fn a_pdf_is_fetched_by_its_link_without_our_token() {
    let server = MockServer::start().await;
    let served = Mock::given(path("/r.pdf")).and(query_param("signature", "a/b+c=")).respond_with(pdf());
    served.expect(1).mount(&server).await;
    let link = Link::parse(&format!("{}/r.pdf?signature=a%2Fb%2Bc%3D", server.uri())).unwrap();
    let fetched = client().fetch_pdf(&customer(Profile::PartnerV2, &server.uri()), &link).await;
    assert_eq!(fetched.as_deref(), Ok(PDF));
    assert!(!server.received_requests().await.unwrap()[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_pdf_is_taken_up_to_its_limit_and_an_expired_link_is_worth_another_read() {
    let limit = PDF.len() as u64;
    assert_eq!(fetch(pdf(), limit).await.as_deref(), Ok(PDF));
    let page = ResponseTemplate::new(200).set_body_raw("<html>log in</html>", "application/pdf");
    let expired = [401, 403, 404, 410, 500].map(ResponseTemplate::new);
    for answer in expired.into_iter().chain([page]) {
        let result = fetch(answer, 1_000).await;
        assert!(matches!(result, Err(ProviderError::Unavailable { .. })), "{result:?}");
    }
    // Redirects are not followed.
    let redirects =
        [301, 302, 307, 308].map(|code| ResponseTemplate::new(code).insert_header("location", "/other.pdf"));
    for (answer, limit) in redirects.into_iter().map(|answer| (answer, limit)).chain([(pdf(), limit - 1)]) {
        let result = fetch(answer, limit).await;
        assert!(matches!(result, Err(ProviderError::Misconfigured { .. })), "{result:?}");
    }
}

#[tokio::test]
async fn a_link_to_a_host_that_is_not_allowed_is_not_followed() {
    let server = MockServer::start().await;
    let remote = customer(Profile::PartnerV2, "https://partner.crosschq.com");
    for link in [format!("{}/r.pdf", server.uri()), "https://evil.example/r.pdf?token=secret".to_owned()] {
        let result = client().fetch_pdf(&remote, &Link::parse(&link).unwrap()).await.unwrap_err();
        assert!(matches!(result, ProviderError::Misconfigured { .. }), "{result}");
        assert!(!result.to_string().contains("r.pdf"), "{result}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}
