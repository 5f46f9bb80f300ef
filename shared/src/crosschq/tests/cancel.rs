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
async fn an_answer_and_where_it_does_not_tell_a_read_say_what_became_of_the_request() {
    use CancelOutcome::{AlreadyCompleted, Cancelled, Gone};
    let answer = ResponseTemplate::new;
    let conflict = |code: &str| answer(409).set_body_json(json!({"detail": "No.", "code": code}));
    let page = || answer(200).set_body_string("<html>");
    for (answered, read_back, outcome) in [
        (state("cancelled"), None, Ok(Cancelled)),
        (answer(204), None, Ok(Cancelled)),
        (conflict("already_cancelled"), Some(state("cancelled")), Ok(Cancelled)),
        (page(), Some(state("cancelled")), Ok(Cancelled)),
        (conflict("already_completed"), None, Ok(AlreadyCompleted)),
        (state("completed"), None, Ok(AlreadyCompleted)),
        (answer(409), Some(state("completed")), Ok(AlreadyCompleted)),
        (answer(410), None, Ok(Gone)),
        (answer(404), Some(answer(404)), Ok(Gone)),
        // An endpoint that does not exist cancels nothing.
        (answer(404), Some(state("in_progress")), Err(ProviderError::Unsupported)),
        (answer(405), Some(state("in_progress")), Err(ProviderError::Unsupported)),
        (answer(401), None, Err(ProviderError::Unauthorized)),
        (answer(429), None, Err(ProviderError::RateLimited { after: None })),
    ] {
        assert_eq!(cancel(answered.clone(), read_back).await, outcome, "{answered:?}");
    }
    for (answered, read_back) in [(page(), Some(state("in_progress"))), (answer(500), None)] {
        let outcome = cancel(answered, read_back).await;
        assert!(matches!(outcome, Err(ProviderError::Unavailable { .. })), "{outcome:?}");
    }
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
