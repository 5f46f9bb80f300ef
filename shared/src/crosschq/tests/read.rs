//! The state parser of docs/vendors/crosschq.md §9.3, through a read.

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::super::wire::state;
use super::*;
use crate::domain::{FraudRisk, Progress, ReferenceRequest, Stage, Timestamp};
use crate::ports::ReferenceProvider;

fn parsed(value: Value) -> ReferenceRequest {
    state::read(value.to_string().as_bytes(), &CrosschqSettings::default()).unwrap()
}

async fn read(profile: Profile, at: &str, body: &'static str) -> ReferenceRequest {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_raw(body, "application/json");
    Mock::given(method("GET")).and(path(at)).respond_with(answer).expect(1).mount(&server).await;
    client().read(&customer(profile, &server.uri()), &request()).await.unwrap()
}

#[tokio::test]
async fn a_request_in_progress_is_read_from_the_second_api() {
    let at = format!("/api/v2/reference-request/{REQUEST}/");
    let seen = read(Profile::PartnerV2, &at, include_str!("fixtures/v2_state.json")).await;
    assert_eq!(seen.id, request());
    assert_eq!(seen.external_id.as_deref(), Some("icims:1234:13437:1"));
    assert_eq!((seen.stage, seen.past_due, seen.concluded_early), (Stage::InProgress, true, false));
    assert_eq!((seen.progress.answered, seen.progress.asked), (1, 2));
    assert_eq!((seen.report, seen.full_pdf), (None, None));
    assert_eq!((seen.score, seen.fraud_risk), (None, None));
    assert_eq!(seen.updated_at, Some(Timestamp::from(time::macros::datetime!(2026-01-05 10:16:00 UTC))));
    assert_eq!(seen.candidate.email, Some(candidate().email));
    assert_eq!(seen.candidate.mobile, candidate().mobile);
    assert_eq!(seen.position.as_deref(), Some("Brand Marketer"));
}

#[tokio::test]
async fn a_request_that_was_concluded_early_is_read_from_the_first_api() {
    let at = format!("/partners/reference-request/{REQUEST}/");
    let seen = read(Profile::PartnerV1, &at, include_str!("fixtures/v1_state_completed.json")).await;
    assert_eq!((seen.stage, seen.past_due, seen.concluded_early), (Stage::Completed, false, true));
    assert_eq!(seen.report.unwrap().expose(), "https://org.crosschq.com/report/6b1f");
    assert!(seen.full_pdf.is_some());
    assert_eq!(seen.updated_at, Some(Timestamp::from(time::macros::datetime!(2026-01-06 08:00:00.123 UTC))));
    assert_eq!(seen.external_id, None);
}

#[test]
fn an_id_is_all_that_a_state_needs() {
    let seen = parsed(json!({"id": "1"}));
    assert_eq!((seen.stage, seen.progress, seen.updated_at), (Stage::Requested, Progress::default(), None));
    for odd in [json!(null), json!(""), json!([]), json!({"a": 1}), json!(true), json!([null, 1])] {
        let seen = parsed(json!({
            "id": "1", "status": odd, "candidate": odd, "references": odd, "progress": odd, "report_url": odd,
            "report_full_pdf": odd, "updated_on": odd, "status_updated_on": odd, "score": odd, "fraud_risk": odd,
            "external_id": odd, "job_position": odd, "something_new": odd
        }));
        assert_eq!((seen.stage, seen.report, seen.position), (Stage::Requested, None, None), "{odd}");
    }
}

#[test]
fn a_state_may_be_wrapped_in_data() {
    assert_eq!(parsed(json!({"data": {"id": "1", "status": "expired"}})).stage, Stage::Expired);
}

#[test]
fn a_hundred_percent_is_read_from_any_number_and_nothing_less_is_it() {
    for (value, all_in) in [
        (json!(100), true),
        (json!("100"), true),
        (json!(150), true),
        (json!(99.9), false),
        (json!("12.5"), false),
        (json!(-3), false),
        (json!([100]), false),
    ] {
        let stage = parsed(json!({"id": "1", "status": "zzz", "progress": value})).stage;
        assert_eq!(stage == Stage::Completed, all_in, "{value}");
    }
}

#[test]
fn a_word_that_nobody_knows_is_derived_from_the_counts() {
    let stage = |progress: u8, references: Value| {
        parsed(json!({"id": "1", "status": "zzz", "progress": progress, "references": references})).stage
    };
    assert_eq!(stage(0, json!([])), Stage::Requested);
    assert_eq!(stage(0, json!([{"status": "pending"}])), Stage::AwaitingReferences);
    assert_eq!(stage(0, json!([{}])), Stage::AwaitingReferences);
    assert_eq!(stage(50, json!([{"status": "done"}, {"status": "pending"}])), Stage::InProgress);
    assert_eq!(stage(100, json!([])), Stage::Completed);
}

#[test]
fn past_due_is_a_flag_beside_the_derived_stage_and_ends_with_the_request() {
    let seen = |status: &str, progress: u8, reference: &str| {
        let state = json!({"id": "1", "status": status, "progress": progress, "references": [{"status": reference}]});
        let seen = parsed(state);
        (seen.stage, seen.past_due)
    };
    assert_eq!(seen("past_due", 0, "pending"), (Stage::AwaitingReferences, true));
    assert_eq!(seen("Overdue", 50, "completed"), (Stage::InProgress, true));
    assert_eq!(seen("in_progress", 50, "Past Due"), (Stage::InProgress, true));
    assert_eq!(seen("in_progress", 50, "pending"), (Stage::InProgress, false));
    assert_eq!(seen("cancelled", 0, "past_due"), (Stage::Cancelled, false));
    assert_eq!(seen("past_due", 100, "completed"), (Stage::Completed, false));
}

#[test]
fn concluded_early_means_completed_while_a_reference_was_not() {
    let early =
        |references: Value| parsed(json!({"id": "1", "status": "completed", "references": references})).concluded_early;
    assert!(!early(json!([{"status": "completed"}])));
    assert!(!early(json!([])));
    assert!(!early(json!([{}])), "a reference without status tells nothing");
    for open in ["pending", "cancelled", "past_due", "something new"] {
        assert!(early(json!([{"status": "completed"}, {"status": open}])), "{open}");
    }
}

#[test]
fn a_customers_own_words_are_used_for_requests_and_references() {
    let settings = CrosschqSettings {
        status_words: BTreeMap::from([
            ("refs_wanted".to_owned(), "awaiting_references".to_owned()),
            ("answered".to_owned(), "completed".to_owned()),
        ]),
        ..CrosschqSettings::default()
    };
    let body = json!({"id": "1", "status": "Refs Wanted", "references": [{"status": "answered"}]}).to_string();
    let seen = state::read(body.as_bytes(), &settings).unwrap();
    assert_eq!((seen.stage, seen.progress.answered), (Stage::AwaitingReferences, 1));
}

#[test]
fn score_and_fraud_risk_are_read_where_they_come() {
    let seen = |risk: Value, score: Value| {
        let seen = parsed(json!({"id": "1", "fraud_risk": risk, "score": score}));
        (seen.fraud_risk, seen.score)
    };
    assert_eq!(seen(json!("Low"), json!(4.5)), (Some(FraudRisk::Low), Some(4.5)));
    assert_eq!(seen(json!("medium"), json!("87")), (Some(FraudRisk::Medium), Some(87.0)));
    assert_eq!(seen(json!("HIGH"), json!("n/a")), (Some(FraudRisk::High), None));
    assert_eq!(seen(json!("severe"), json!({})), (None, None));
}

#[test]
fn a_report_link_that_is_not_of_the_web_is_no_link() {
    for odd in ["javascript:alert(1)", "ftp://x", "data:text/html,x", "/report"] {
        assert_eq!(parsed(json!({"id": "1", "report_url": odd, "report_full_pdf": odd})).report, None, "{odd}");
    }
}
