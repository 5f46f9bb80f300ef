use sandbox::{NewReference, State, Step};
use serde_json::{Value, json};

use crate::support::{TestEnv, answer, order, order_with, refusal};

const HOUR_MS: i64 = 3_600_000;

fn reference(email: &str) -> NewReference {
    NewReference {
        first_name: "R".into(),
        last_name: "One".into(),
        email: email.into(),
        mobile_phone: None,
        relationship: "managers".into(),
    }
}

#[tokio::test]
async fn a_request_lives_from_invitation_to_report() {
    let env = TestEnv::start().await;
    let id = env.create(order()).await;
    assert_eq!(env.step(&id, Step::CandidateOpens).await["status"], "candidate_in_progress");
    let references = vec![reference("r1@x.example"), reference("r2@x.example")];
    let state = env.step(&id, Step::AddReferences { references }).await;
    assert_eq!(
        (&state["status"], &state["references"][0]["status"]),
        (&json!("awaiting_references"), &json!("pending"))
    );
    assert_eq!(state["references"][0]["relationship"], "managers");
    let state = env.step(&id, Step::ReferenceCompletes { email: "R1@x.example".into() }).await;
    assert_eq!((&state["status"], &state["progress"]), (&json!("in_progress"), &json!(50)));
    let state = env.step(&id, Step::ReferenceCompletes { email: "r2@x.example".into() }).await;
    assert_eq!(
        (&state["status"], &state["progress"]),
        (&json!("in_progress"), &json!(100)),
        "the self-survey is missing"
    );
    let state = env.step(&id, Step::SelfSurvey).await;
    assert_eq!((&state["status"], &state["progress"]), (&json!("completed"), &json!(100)));
    assert!(
        state["report_url"].is_string()
            && state["report_full_pdf"].is_string()
            && state["report_summary_pdf"].is_string()
    );
    assert_eq!((&state["score"], &state["fraud_risk"]), (&json!(87.5), &json!("Low")));
    let (status, _, message) = refusal(env.org().step(&id, &Step::Decline).await);
    assert_eq!((status, message.as_str()), (409, "the request is completed"));
}

#[tokio::test]
async fn a_request_is_concluded_early_with_one_answer_and_the_self_survey() {
    let env = TestEnv::start().await;
    let id = env.create(order()).await;
    let references = vec![reference("r1@x.example"), reference("r2@x.example")];
    env.step(&id, Step::AddReferences { references }).await;
    assert_eq!(refusal(env.org().step(&id, &Step::Conclude).await).0, 409);
    env.step(&id, Step::ReferenceCompletes { email: "r1@x.example".into() }).await;
    assert_eq!(refusal(env.org().step(&id, &Step::Conclude).await).0, 409);
    env.step(&id, Step::SelfSurvey).await;
    let state = env.step(&id, Step::Conclude).await;
    assert_eq!((&state["status"], &state["progress"]), (&json!("completed"), &json!(100)));
    assert_eq!(state["references"][1]["status"], "cancelled");
}

#[tokio::test]
async fn references_can_decline_bounce_be_late_and_be_removed() {
    let env = TestEnv::start().await;
    let id = env.create(order()).await;
    let emails = ["a@x.example", "b@x.example", "c@x.example", "d@x.example"];
    env.step(&id, Step::AddReferences { references: emails.map(reference).to_vec() }).await;
    env.step(&id, Step::ReferenceDeclines { email: emails[0].into() }).await;
    env.step(&id, Step::ReferenceBounces { email: emails[1].into() }).await;
    env.step(&id, Step::ReferencePastDue { email: emails[2].into() }).await;
    let state = env.step(&id, Step::RemoveReference { email: emails[3].into() }).await;
    let statuses: Vec<_> =
        state["references"].as_array().unwrap().iter().map(|r| r["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["declined", "bounced", "past_due"]);
    let unknown = env.org().step(&id, &Step::ReferenceDeclines { email: "z@x.example".into() }).await;
    assert_eq!(refusal(unknown).2, "no reference z@x.example");
    let twice = env.org().step(&id, &Step::AddReferences { references: vec![reference("A@x.example")] }).await;
    assert_eq!(refusal(twice).0, 409);
}

#[tokio::test]
async fn a_request_can_end_in_every_other_way_and_be_opened_again() {
    let env = TestEnv::start().await;
    for (ending, word) in
        [(Step::Decline, "declined"), (Step::Expire, "expired"), (Step::Fail, "failed"), (Step::Cancel, "cancelled")]
    {
        let id = env.create(order()).await;
        assert_eq!(env.step(&id, ending).await["status"], word);
        if word == "cancelled" {
            assert_eq!(env.step(&id, Step::Reopen).await["status"], "requested");
        } else {
            assert_eq!(refusal(env.org().step(&id, &Step::Reopen).await).0, 409);
        }
    }
}

#[tokio::test]
async fn the_words_on_the_wire_can_be_strange() {
    let env = TestEnv::start().await;
    let id = env.create(order()).await;
    let raw = Step::RawStatus { word: Some("Half Done".into()), progress: Some(json!("66.6")) };
    let state = env.step(&id, raw).await;
    assert_eq!((&state["status"], &state["progress"]), (&json!("Half Done"), &json!("66.6")));
    env.step(&id, Step::RawStatus { word: None, progress: None }).await;
    env.org().configure(json!({"status_words": {"requested": "initiated"}})).await.unwrap();
    assert_eq!(env.state(&id).await["status"], "initiated");
    assert_eq!(env.step(&id, Step::PastDue).await["status"], "past_due");
}

async fn pdf(env: &TestEnv, link: &Value) -> crate::support::Answer {
    answer(env.http.get(link.as_str().unwrap())).await
}

#[tokio::test]
async fn report_links_need_no_key_and_end() {
    let env = TestEnv::start().await;
    let id = env.create(order()).await;
    let state = env.step(&id, Step::CompleteAll).await;
    let full = pdf(&env, &state["report_full_pdf"]).await;
    assert_eq!((full.status, full.header("content-type")), (200, "application/pdf"));
    assert!(full.text.starts_with("%PDF-1.4") && full.text.contains("full report, version 1"));
    let page = pdf(&env, &state["report_url"]).await;
    assert!(page.header("content-type").starts_with("text/html"));

    let forged = state["report_full_pdf"].as_str().unwrap().replace("/full.pdf", "/summary.pdf");
    assert_eq!(answer(env.http.get(forged)).await.status, 403);
    env.control.advance_clock(901_000).await.unwrap();
    assert_eq!(pdf(&env, &state["report_full_pdf"]).await.status, 403);
    let fresh = env.state(&id).await;
    assert_eq!(pdf(&env, &fresh["report_full_pdf"]).await.status, 200);
}

#[tokio::test]
async fn a_report_can_be_late_reissued_slow_huge_or_a_login_page() {
    let env = TestEnv::start().await;
    env.org().configure(json!({"report": {"late": true}})).await.unwrap();
    let id = env.create(order()).await;
    let state = env.step(&id, Step::CompleteAll).await;
    assert_eq!((&state["status"], &state["report_full_pdf"]), (&json!("completed"), &Value::Null));
    let state = env.step(&id, Step::ReportReady).await;
    let first = pdf(&env, &state["report_full_pdf"]).await.text;
    let state = env.step(&id, Step::ReissueReport).await;
    assert_eq!(state["status"], "completed");
    assert_ne!(pdf(&env, &state["report_full_pdf"]).await.text, first);
    env.org().configure(json!({"report": {"slow_ms": 50, "pad_bytes": 1_000_000}})).await.unwrap();
    let begun = std::time::Instant::now();
    assert!(pdf(&env, &state["report_full_pdf"]).await.text.len() > 1_000_000);
    assert!(begun.elapsed().as_millis() >= 50);
    env.org().configure(json!({"report": {"html": true, "slow_ms": 0}})).await.unwrap();
    let page = pdf(&env, &state["report_full_pdf"]).await;
    assert_eq!((page.status, page.header("content-type").starts_with("text/html")), (200, true));
}

#[tokio::test]
async fn time_alone_reminds_makes_past_due_concludes_and_expires() {
    let env = TestEnv::start().await;
    let rule = json!({"min_total": 1, "by_relationship": {"managers": 1}, "after_days": 3});
    env.org().configure(json!({"auto_conclude": rule, "expire_after_days": 10})).await.unwrap();
    let concluding = env.create(order()).await;
    let references = vec![reference("r1@x.example"), reference("r2@x.example")];
    env.step(&concluding, Step::AddReferences { references }).await;
    env.step(&concluding, Step::SelfSurvey).await;
    env.step(&concluding, Step::ReferenceCompletes { email: "r1@x.example".into() }).await;
    let expiring = env.create(order_with("/candidate/email", json!("slow@x.example"))).await;

    env.control.advance_clock(25 * HOUR_MS).await.unwrap();
    let reminded: Vec<_> = env
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
    env.control.advance_clock(48 * HOUR_MS).await.unwrap();
    assert_eq!(env.org().request(&concluding).await.unwrap().state, State::Completed);
    assert_eq!(env.state(&expiring).await["status"], "past_due");
    env.control.advance_clock(8 * 24 * HOUR_MS).await.unwrap();
    assert_eq!(env.org().request(&expiring).await.unwrap().state, State::Expired);
}

#[tokio::test]
async fn timestamps_follow_the_clock() {
    let env = TestEnv::start().await;
    env.control.freeze_clock(true).await.unwrap();
    let id = env.create(order()).await;
    let before = env.state(&id).await;
    assert_eq!((&before["updated_on"], &before["status_updated_on"]), (&before["created_at"], &before["created_at"]));
    env.control.advance_clock(5000).await.unwrap();
    env.step(&id, Step::SelfSurvey).await;
    let after = env.state(&id).await;
    assert_ne!(after["updated_on"], before["updated_on"]);
    assert_eq!(after["status_updated_on"], before["status_updated_on"]);
    env.org().configure(json!({"fractional_seconds": true})).await.unwrap();
    assert_eq!(env.state(&id).await["created_at"].as_str().unwrap().len(), "2026-01-01T00:00:00.000000Z".len());
}
