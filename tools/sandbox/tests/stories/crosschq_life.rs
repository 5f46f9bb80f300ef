use sandbox::{NewReference, State, Step};
use serde_json::{Value, json};

use crate::support::{Stage, answer, order, refusal};

const REQUESTS: &str = "/api/v2/reference-request/";
const HOUR_MS: i64 = 3_600_000;

fn of(email: &str) -> NewReference {
    NewReference {
        first_name: "R".into(),
        last_name: "One".into(),
        email: email.into(),
        mobile_phone: None,
        relationship: "managers".into(),
    }
}

fn with(path: &str, value: Value) -> Value {
    let mut changed = order();
    *changed.pointer_mut(path).unwrap() = value;
    changed
}

async fn state(stage: &Stage, id: &str) -> Value {
    stage.crosschq_get(&format!("{REQUESTS}{id}/")).await.json()
}

async fn step(stage: &Stage, id: &str, step: Step) -> Value {
    stage.org().step(id, &step).await.unwrap().told
}

#[tokio::test]
async fn a_request_lives_from_invitation_to_report() {
    let stage = Stage::set().await;
    let id = stage.create(order()).await;
    assert_eq!(step(&stage, &id, Step::CandidateOpens).await["status"], "candidate_in_progress");
    let references = vec![of("r1@x.example"), of("r2@x.example")];
    let told = step(&stage, &id, Step::AddReferences { references }).await;
    assert_eq!((&told["status"], &told["references"][0]["status"]), (&json!("awaiting_references"), &json!("pending")));
    assert_eq!(told["references"][0]["relationship"], "managers");
    let told = step(&stage, &id, Step::ReferenceCompletes { email: "R1@x.example".into() }).await;
    assert_eq!((&told["status"], &told["progress"]), (&json!("in_progress"), &json!(50)));
    let told = step(&stage, &id, Step::ReferenceCompletes { email: "r2@x.example".into() }).await;
    assert_eq!(
        (&told["status"], &told["progress"]),
        (&json!("in_progress"), &json!(100)),
        "the self-survey is missing"
    );
    let told = step(&stage, &id, Step::SelfSurvey).await;
    assert_eq!((&told["status"], &told["progress"]), (&json!("completed"), &json!(100)));
    assert!(
        told["report_url"].is_string() && told["report_full_pdf"].is_string() && told["report_summary_pdf"].is_string()
    );
    assert_eq!((&told["score"], &told["fraud_risk"]), (&json!(87.5), &json!("Low")));
    let (status, _, message) = refusal(stage.org().step(&id, &Step::Decline).await);
    assert_eq!((status, message.as_str()), (409, "the request is completed"));
}

#[tokio::test]
async fn a_request_is_concluded_early_with_one_answer_and_the_self_survey() {
    let stage = Stage::set().await;
    let id = stage.create(order()).await;
    let references = vec![of("r1@x.example"), of("r2@x.example")];
    step(&stage, &id, Step::AddReferences { references }).await;
    assert_eq!(refusal(stage.org().step(&id, &Step::Conclude).await).0, 409);
    step(&stage, &id, Step::ReferenceCompletes { email: "r1@x.example".into() }).await;
    assert_eq!(refusal(stage.org().step(&id, &Step::Conclude).await).0, 409);
    step(&stage, &id, Step::SelfSurvey).await;
    let told = step(&stage, &id, Step::Conclude).await;
    assert_eq!((&told["status"], &told["progress"]), (&json!("completed"), &json!(100)));
    assert_eq!(told["references"][1]["status"], "cancelled");
}

#[tokio::test]
async fn references_can_decline_bounce_be_late_and_be_taken_back() {
    let stage = Stage::set().await;
    let id = stage.create(order()).await;
    let emails = ["a@x.example", "b@x.example", "c@x.example", "d@x.example"];
    step(&stage, &id, Step::AddReferences { references: emails.map(of).to_vec() }).await;
    step(&stage, &id, Step::ReferenceDeclines { email: emails[0].into() }).await;
    step(&stage, &id, Step::ReferenceBounces { email: emails[1].into() }).await;
    step(&stage, &id, Step::ReferencePastDue { email: emails[2].into() }).await;
    let told = step(&stage, &id, Step::RemoveReference { email: emails[3].into() }).await;
    let statuses: Vec<_> =
        told["references"].as_array().unwrap().iter().map(|r| r["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["declined", "bounced", "past_due"]);
    let unknown = stage.org().step(&id, &Step::ReferenceDeclines { email: "z@x.example".into() }).await;
    assert_eq!(refusal(unknown).2, "no reference z@x.example");
    let twice = stage.org().step(&id, &Step::AddReferences { references: vec![of("A@x.example")] }).await;
    assert_eq!(refusal(twice).0, 409);
}

#[tokio::test]
async fn a_request_can_end_in_every_other_way_and_be_opened_again() {
    let stage = Stage::set().await;
    for (ending, word) in
        [(Step::Decline, "declined"), (Step::Expire, "expired"), (Step::Fail, "failed"), (Step::Cancel, "cancelled")]
    {
        let id = stage.create(order()).await;
        assert_eq!(step(&stage, &id, ending).await["status"], word);
        if word == "cancelled" {
            assert_eq!(step(&stage, &id, Step::Reopen).await["status"], "requested");
        } else {
            assert_eq!(refusal(stage.org().step(&id, &Step::Reopen).await).0, 409);
        }
    }
}

#[tokio::test]
async fn the_words_on_the_wire_can_be_strange() {
    let stage = Stage::set().await;
    let id = stage.create(order()).await;
    let raw = Step::RawStatus { word: Some("Half Done".into()), progress: Some(json!("66.6")) };
    let told = step(&stage, &id, raw).await;
    assert_eq!((&told["status"], &told["progress"]), (&json!("Half Done"), &json!("66.6")));
    step(&stage, &id, Step::RawStatus { word: None, progress: None }).await;
    stage.org().configure(json!({"status_words": {"requested": "initiated"}})).await.unwrap();
    assert_eq!(state(&stage, &id).await["status"], "initiated");
    assert_eq!(step(&stage, &id, Step::PastDue).await["status"], "past_due");
}

async fn pdf(stage: &Stage, link: &Value) -> crate::support::Answer {
    answer(stage.http.get(link.as_str().unwrap())).await
}

#[tokio::test]
async fn report_links_need_no_key_and_end() {
    let stage = Stage::set().await;
    let id = stage.create(order()).await;
    let told = step(&stage, &id, Step::CompleteAll).await;
    let full = pdf(&stage, &told["report_full_pdf"]).await;
    assert_eq!((full.status, full.header("content-type")), (200, "application/pdf"));
    assert!(full.text.starts_with("%PDF-1.4") && full.text.contains("full report, version 1"));
    let page = pdf(&stage, &told["report_url"]).await;
    assert!(page.header("content-type").starts_with("text/html"));

    let forged = told["report_full_pdf"].as_str().unwrap().replace("/full.pdf", "/summary.pdf");
    assert_eq!(answer(stage.http.get(forged)).await.status, 403);
    stage.control.advance_clock(901_000).await.unwrap();
    assert_eq!(pdf(&stage, &told["report_full_pdf"]).await.status, 403);
    let fresh = state(&stage, &id).await;
    assert_eq!(pdf(&stage, &fresh["report_full_pdf"]).await.status, 200);
}

#[tokio::test]
async fn a_report_can_be_late_reissued_slow_huge_or_a_login_page() {
    let stage = Stage::set().await;
    stage.org().configure(json!({"report": {"late": true}})).await.unwrap();
    let id = stage.create(order()).await;
    let told = step(&stage, &id, Step::CompleteAll).await;
    assert_eq!((&told["status"], &told["report_full_pdf"]), (&json!("completed"), &Value::Null));
    let told = step(&stage, &id, Step::ReportReady).await;
    let first = pdf(&stage, &told["report_full_pdf"]).await.text;
    let told = step(&stage, &id, Step::ReissueReport).await;
    assert_eq!(told["status"], "completed");
    assert_ne!(pdf(&stage, &told["report_full_pdf"]).await.text, first);
    stage.org().configure(json!({"report": {"slow_ms": 50, "pad_bytes": 1_000_000}})).await.unwrap();
    let begun = std::time::Instant::now();
    assert!(pdf(&stage, &told["report_full_pdf"]).await.text.len() > 1_000_000);
    assert!(begun.elapsed().as_millis() >= 50);
    stage.org().configure(json!({"report": {"html": true, "slow_ms": 0}})).await.unwrap();
    let page = pdf(&stage, &told["report_full_pdf"]).await;
    assert_eq!((page.status, page.header("content-type").starts_with("text/html")), (200, true));
}

#[tokio::test]
async fn time_alone_reminds_makes_late_concludes_and_expires() {
    let stage = Stage::set().await;
    let rule = json!({"min_total": 1, "by_relationship": {"managers": 1}, "after_days": 3});
    stage.org().configure(json!({"auto_conclude": rule, "expire_after_days": 10})).await.unwrap();
    let concluding = stage.create(order()).await;
    let references = vec![of("r1@x.example"), of("r2@x.example")];
    step(&stage, &concluding, Step::AddReferences { references }).await;
    step(&stage, &concluding, Step::SelfSurvey).await;
    step(&stage, &concluding, Step::ReferenceCompletes { email: "r1@x.example".into() }).await;
    let expiring = stage.create(with("/candidate/email", json!("slow@x.example"))).await;

    stage.control.advance_clock(25 * HOUR_MS).await.unwrap();
    let reminded: Vec<_> = stage
        .org()
        .messages()
        .await
        .unwrap()
        .into_iter()
        .filter(|m| m.kind == "reminder" && m.channel == "email")
        .map(|m| m.to)
        .collect();
    assert_eq!(reminded.len(), 2, "{reminded:?}");
    assert!(reminded.contains(&"r2@x.example".to_owned()) && reminded.contains(&"slow@x.example".to_owned()));
    stage.control.advance_clock(48 * HOUR_MS).await.unwrap();
    assert_eq!(stage.org().request(&concluding).await.unwrap().state, State::Completed);
    assert_eq!(state(&stage, &expiring).await["status"], "past_due");
    stage.control.advance_clock(8 * 24 * HOUR_MS).await.unwrap();
    assert_eq!(stage.org().request(&expiring).await.unwrap().state, State::Expired);
}

#[tokio::test]
async fn timestamps_follow_the_clock() {
    let stage = Stage::set().await;
    stage.control.freeze_clock(true).await.unwrap();
    let id = stage.create(order()).await;
    let before = state(&stage, &id).await;
    assert_eq!((&before["updated_on"], &before["status_updated_on"]), (&before["created_at"], &before["created_at"]));
    stage.control.advance_clock(5000).await.unwrap();
    step(&stage, &id, Step::SelfSurvey).await;
    let after = state(&stage, &id).await;
    assert_ne!(after["updated_on"], before["updated_on"]);
    assert_eq!(after["status_updated_on"], before["status_updated_on"]);
    stage.org().configure(json!({"fractional_seconds": true})).await.unwrap();
    assert_eq!(state(&stage, &id).await["created_at"].as_str().unwrap().len(), "2026-01-01T00:00:00.000000Z".len());
}
