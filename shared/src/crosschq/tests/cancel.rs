//! Cancelling, and every way in which there is nothing to cancel.

use serde_json::json;
use wiremock::matchers::{body_json, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::domain::CancelReason;
use crate::ports::{CancelOutcome, ProviderError, ReferenceProvider};

type Outcome = Result<CancelOutcome, ProviderError>;

async fn cancel(answer: ResponseTemplate, read_back: Option<ResponseTemplate>) -> Outcome {
    let server = MockServer::start().await;
    let at = format!("/api/v2/reference-request/{REQUEST}/");
    Mock::given(method("POST")).and(path(format!("{at}cancel/"))).respond_with(answer).expect(1).mount(&server).await;
    if let Some(read_back) = read_back {
        Mock::given(method("GET")).and(path(at)).respond_with(read_back).expect(1).mount(&server).await;
    }
    client().cancel(&customer(Profile::PartnerV2, &server.uri()), &request(), CancelReason::Rejected).await
}

fn state(status: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"id": REQUEST, "status": status}))
}

#[tokio::test]
async fn the_reason_is_told_in_crosschqs_words_on_both_apis() {
    let reasons = [
        (CancelReason::Rejected, "candidate_rejected"),
        (CancelReason::Withdrawn, "candidate_withdrawn"),
        (CancelReason::Operator, "requested_by_user"),
        (CancelReason::WorkflowGone, "job_closed"),
    ];
    for (profile, start) in [(Profile::PartnerV1, "/partners"), (Profile::PartnerV2, "/api/v2")] {
        for (reason, word) in reasons {
            let server = MockServer::start().await;
            Mock::given(method("POST"))
                .and(path(format!("{start}/reference-request/{REQUEST}/cancel/")))
                .and(body_json(json!({"reason": word})))
                .respond_with(state("cancelled"))
                .expect(1)
                .mount(&server)
                .await;
            let outcome = client().cancel(&customer(profile, &server.uri()), &request(), reason).await;
            assert_eq!(outcome, Ok(CancelOutcome::Cancelled));
        }
    }
}

#[tokio::test]
async fn cancelling_what_is_cancelled_is_cancelled() {
    assert_eq!(cancel(state("cancelled"), None).await, Ok(CancelOutcome::Cancelled));
    assert_eq!(cancel(ResponseTemplate::new(204), None).await, Ok(CancelOutcome::Cancelled));
    let other = ResponseTemplate::new(409).set_body_json(json!({"detail": "No.", "code": "already_cancelled"}));
    assert_eq!(cancel(other, Some(state("cancelled"))).await, Ok(CancelOutcome::Cancelled));
}

#[tokio::test]
async fn a_completed_request_keeps_its_report() {
    let conflict = ResponseTemplate::new(409).set_body_json(json!({"detail": "No.", "code": "already_completed"}));
    assert_eq!(cancel(conflict, None).await, Ok(CancelOutcome::AlreadyCompleted));
    assert_eq!(cancel(state("completed"), None).await, Ok(CancelOutcome::AlreadyCompleted));
    let silent = ResponseTemplate::new(409);
    assert_eq!(cancel(silent, Some(state("completed"))).await, Ok(CancelOutcome::AlreadyCompleted));
}

#[tokio::test]
async fn a_request_that_is_gone_needs_no_cancelling() {
    assert_eq!(cancel(ResponseTemplate::new(410), None).await, Ok(CancelOutcome::Gone));
    let gone = ResponseTemplate::new(404);
    assert_eq!(cancel(gone.clone(), Some(gone)).await, Ok(CancelOutcome::Gone));
}

#[tokio::test]
async fn a_cancel_endpoint_that_does_not_exist_is_not_taken_for_a_cancelled_request() {
    for status in [404, 405] {
        let outcome = cancel(ResponseTemplate::new(status), Some(state("in_progress"))).await;
        assert_eq!(outcome, Err(ProviderError::Unsupported));
    }
}

#[tokio::test]
async fn an_answer_that_does_not_tell_is_read_back() {
    let page = || ResponseTemplate::new(200).set_body_string("<html>");
    assert_eq!(cancel(page(), Some(state("cancelled"))).await, Ok(CancelOutcome::Cancelled));
    let open = cancel(page(), Some(state("in_progress"))).await;
    assert!(matches!(open, Err(ProviderError::Unavailable { .. })), "{open:?}");
}

#[tokio::test]
async fn without_the_capability_nothing_is_sent() {
    let server = MockServer::start().await;
    let mut customer = customer(Profile::PartnerV2, &server.uri());
    customer.settings.crosschq.capabilities.cancel = false;
    let outcome = client().cancel(&customer, &request(), CancelReason::Operator).await;
    assert_eq!(outcome, Err(ProviderError::Unsupported));
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn other_refusals_keep_their_class() {
    assert_eq!(cancel(ResponseTemplate::new(401), None).await, Err(ProviderError::Unauthorized));
    let limited = cancel(ResponseTemplate::new(429), None).await;
    assert_eq!(limited, Err(ProviderError::RateLimited { after: None }));
    let broken = cancel(ResponseTemplate::new(500), None).await;
    assert!(matches!(broken, Err(ProviderError::Unavailable { .. })));
}
