use sandbox::control::types::{Advance, AnyEvent, StatusPush};
use serde_json::json;

use crate::support::{Reply, TestEnv};

const SIGNED: &str = "content-type;host;x-icims-content-sha256;x-icims-date";

#[tokio::test]
async fn a_push_has_the_documented_headers_and_an_all_string_body() {
    let env = TestEnv::start().await;
    env.customer().advance(13437, "C38356").await.unwrap();
    let push = &env.receiver.received()[0];
    assert_eq!((push.method.as_str(), push.path.as_str()), ("POST", "/events"));
    assert_eq!(push.header("connection"), "close");
    assert_eq!(push.header("content-type"), "application/json");
    assert_eq!(push.header("content-encoding"), "gzip");
    assert_eq!(push.header("accept-encoding"), "gzip,deflate");
    assert_eq!(push.header("user-agent"), "Apache-HttpClient/4.5.2 (Java/1.8.0_141)");
    assert_eq!(push.header("authorization"), "");
    let base = env.sandbox.icims_url();
    let link = push.header("link");
    assert!(
        link.starts_with(&format!(
            "{base}/customers/1234/applicantworkflows/13437;rel=\"applicantWorkflow\";title=\"Applicant Workflow\","
        )),
        "{link}"
    );
    assert!(link.ends_with("rel=\"user\";title=\"Posting User\","), "{link}");
    let event = push.json();
    for (key, value) in [
        ("eventType", "WorkFlowStatusChangeEvent"),
        ("customerId", "1234"),
        ("systemId", "13437"),
        ("personId", "2001"),
        ("jobId", "1181"),
        ("userId", "95"),
        ("newStatus", "38356"),
        ("oldStatus", "10100"),
    ] {
        assert_eq!(event[key], value, "{key}");
    }
    assert_eq!(event["links"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_push_can_be_plain_with_prefixed_ids_and_numbers() {
    let env = TestEnv::start().await;
    let patch = json!({"push": {"gzip": false, "status_prefix": true, "ids_as_numbers": true}});
    env.customer().configure(patch).await.unwrap();
    env.customer().advance_as(13437, &Advance { status: "Screen: Crosschq".into(), user: Some(564) }).await.unwrap();
    let push = &env.receiver.received()[0];
    assert_eq!(push.header("content-encoding"), "");
    let event = push.json();
    assert_eq!(event["newStatus"], "C38356");
    assert_eq!(event["systemId"], 13437);
    assert_eq!(event["userId"], 564);
}

#[tokio::test]
async fn only_subscribed_statuses_are_pushed() {
    let env = TestEnv::start().await;
    let moved = env.customer().advance(13437, "Phone Screen").await.unwrap();
    assert!(moved.pushes.is_empty());
    assert_eq!(env.customer().view(13437).await.unwrap().status.label, "Interview: Phone Screen");
    assert!(env.receiver.received().is_empty());
}

#[tokio::test]
async fn the_recruiter_sees_the_vendors_message_with_the_platforms_own_labels() {
    let env = TestEnv::start().await;
    env.receiver.will_answer([Reply {
        status: 400,
        location: None,
        body: json!({"error": {"userMessage": "Add an e-mail address ({{person.email}}) first.", "debugErrorMessage": "no email"}}),
    }]);
    let moved = env.customer().advance(13439, "C38356").await.unwrap();
    assert_eq!(moved.recruiter_sees(), Some("Add an e-mail address (Email) first."));
    assert_eq!(moved.pushes[0].status, Some(400));
    assert_eq!(moved.pushes[0].debug_message.as_deref(), Some("no email"));
    assert_eq!(moved.status, "C38356", "the status stays where the recruiter put it");
    let view = env.customer().view(13439).await.unwrap();
    assert_eq!(view.pushes, moved.pushes);
}

#[tokio::test]
async fn a_refusal_may_move_the_candidate_back() {
    let env = TestEnv::start().await;
    env.customer().configure(json!({"refusal_reverts_status": true})).await.unwrap();
    env.receiver.will_answer([Reply::status(400)]);
    assert_eq!(env.customer().advance(13439, "C38356").await.unwrap().status, "D10100");
    assert_eq!(env.customer().view(13439).await.unwrap().history.len(), 3);
}

#[tokio::test]
async fn a_303_shows_a_link_that_is_not_followed() {
    let env = TestEnv::start().await;
    let location = format!("{}/choose", env.receiver.url);
    env.receiver.will_answer([Reply { status: 303, location: Some(location.clone()), body: json!({}) }]);
    let moved = env.customer().advance(13437, "C38356").await.unwrap();
    assert_eq!(moved.pushes[0].location.as_deref(), Some(location.as_str()));
    assert_eq!(env.receiver.received().len(), 1);
}

#[tokio::test]
async fn a_failed_push_is_not_repeated_unless_the_platform_does_that() {
    let env = TestEnv::start().await;
    env.receiver.will_answer([Reply::status(503), Reply::status(503), Reply::status(503)]);
    let moved = env.customer().advance(13437, "C38356").await.unwrap();
    assert_eq!(moved.pushes.len(), 1);
    assert!(moved.recruiter_sees().unwrap().contains("503"));
    env.customer().configure(json!({"push": {"retry_ms": [1, 1, 1]}})).await.unwrap();
    let moved = env.customer().advance(13438, "C38356").await.unwrap();
    let statuses: Vec<_> = moved.pushes.iter().map(|p| (p.attempt, p.status)).collect();
    assert_eq!(statuses, [(1, Some(503)), (2, Some(503)), (3, Some(200))]);
}

#[tokio::test]
async fn the_recruiter_sees_that_the_vendor_is_unreachable() {
    let env = TestEnv::start().await;
    env.customer().configure(json!({"push": {"url": "http://127.0.0.1:1/"}})).await.unwrap();
    let moved = env.customer().advance(13437, "C38356").await.unwrap();
    assert_eq!((moved.pushes[0].status, moved.pushes[0].failure.as_deref()), (None, Some("no connection")));
    assert_eq!(moved.recruiter_sees(), Some("The integration could not be reached."));
}

#[tokio::test]
async fn an_event_can_come_several_times() {
    let env = TestEnv::start().await;
    env.customer().configure(json!({"push": {"duplicates": 2, "duplicates_at_once": true}})).await.unwrap();
    let moved = env.customer().advance(13437, "C38356").await.unwrap();
    assert_eq!(moved.pushes.len(), 3);
    let received = env.receiver.received();
    assert!(received.iter().all(|r| r.json() == received[0].json()));
}

#[tokio::test]
async fn a_status_event_can_be_sent_without_a_move() {
    let env = TestEnv::start().await;
    let late = StatusPush { new_status: Some("C38360".into()), ..StatusPush::default() };
    env.customer().push_status(13437, &late).await.unwrap();
    assert_eq!(env.receiver.received()[0].json()["newStatus"], "38360");
    assert_eq!(env.customer().view(13437).await.unwrap().status.id, "D10100");
}

#[tokio::test]
async fn other_events_can_be_sent() {
    let env = TestEnv::start().await;
    let body =
        json!({"systemId": "1181", "userId": "95", "returnUrl": "https://example.com"}).as_object().cloned().unwrap();
    env.customer().push_event(&AnyEvent { event_type: "AssessmentEvent".into(), body }).await.unwrap();
    let event = env.receiver.received()[0].json();
    assert_eq!(
        (&event["eventType"], &event["customerId"], &event["systemId"]),
        (&json!("AssessmentEvent"), &json!("1234"), &json!("1181"))
    );
}

#[tokio::test]
async fn a_push_can_carry_a_path_secret_or_basic_credentials() {
    let env = TestEnv::start().await;
    env.customer().configure(json!({"push": {"auth": {"kind": "path_secret", "secret": "s3cret"}}})).await.unwrap();
    env.customer().advance(13437, "C38356").await.unwrap();
    let auth = json!({"kind": "basic", "user": "icims", "password": "pass"});
    env.customer().configure(json!({"push": {"auth": auth}})).await.unwrap();
    env.customer().advance(13438, "C38356").await.unwrap();
    let received = env.receiver.received();
    assert_eq!((received[0].path.as_str(), received[0].header("authorization")), ("/events/s3cret", ""));
    assert_eq!((received[1].path.as_str(), received[1].header("authorization")), ("/events", "Basic aWNpbXM6cGFzcw=="));
}

/// The signature, computed here a second time from what arrived (docs/vendors/icims.md §1.4).
fn expected_signature(push: &crate::support::Received, key: &str) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use sha2::{Digest as _, Sha256};
    let canonical = [
        "POST".to_owned(),
        push.path.clone(),
        String::new(),
        format!("content-type:{}", push.header("content-type")),
        format!("host:{}", push.header("host")),
        format!("x-icims-content-sha256:{}", push.header("x-icims-content-sha256")),
        format!("x-icims-date:{}", push.header("x-icims-date")),
        String::new(),
        SIGNED.to_owned(),
    ]
    .join("\n");
    let date = push.header("x-icims-date");
    let string_to_sign = format!("x-icims-v1-hmac-sha256\n{date}\n{}", hex::encode(Sha256::digest(canonical)));
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(string_to_sign.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

#[tokio::test]
async fn a_push_can_be_signed_over_the_plain_or_the_compressed_body() {
    use sha2::{Digest as _, Sha256};
    let env = TestEnv::start().await;
    for (workflow, spaces, compressed) in [(13437, false, false), (13438, true, true)] {
        let auth = json!({"kind": "hmac", "user": "u1", "key": "k1", "spaces": spaces, "hash_compressed": compressed});
        env.customer().configure(json!({"push": {"auth": auth}})).await.unwrap();
        env.customer().advance(workflow, "C38356").await.unwrap();
        let push = env.receiver.received().pop().unwrap();
        let comma = if spaces { ", " } else { "," };
        let signature = expected_signature(&push, "k1");
        let header = format!("x-icims-v1-hmac-sha256 user=u1{comma}signedheaders={SIGNED}{comma}signature={signature}");
        assert_eq!(push.header("authorization"), header);
        let plain = push.json().to_string().into_bytes();
        let hashed = if compressed { push.body.to_vec() } else { plain };
        assert_eq!(push.header("x-icims-content-sha256"), hex::encode(Sha256::digest(hashed)));
        assert!(push.header("x-icims-date").ends_with("+0000"));
    }
}

#[tokio::test]
async fn an_oauth_push_requests_one_token_a_day_and_another_after_a_401() {
    let env = TestEnv::start().await;
    let auth = |how: &str| {
        json!({"push": {"auth": {"kind": "oauth", "token_url": format!("{}/oauth/token", env.receiver.url),
            "client_id": "c", "client_secret": "s", "credentials": how}}})
    };
    env.customer().configure(auth("form")).await.unwrap();
    for workflow in [13437, 13438] {
        env.customer().advance(workflow, "C38356").await.unwrap();
    }
    let received = env.receiver.received();
    let paths: Vec<_> = received.iter().map(|r| r.path.as_str()).collect();
    assert_eq!(paths, ["/oauth/token", "/events", "/events"]);
    assert_eq!(received[0].body, "grant_type=client_credentials&client_id=c&client_secret=s");
    assert_eq!(received[1].header("authorization"), "Bearer pushed");

    env.receiver.will_answer([Reply::status(401)]);
    env.customer().advance(13439, "C38356").await.unwrap();
    assert_eq!(env.receiver.received().len(), 6, "401, a new token, once more");

    env.customer().configure(auth("basic_header")).await.unwrap();
    env.customer().advance(13439, "C38360").await.unwrap();
    let token = env.receiver.received()[6].clone();
    assert_eq!((token.header("authorization"), &token.body[..]), ("Basic Yzpz", &b"grant_type=client_credentials"[..]));
    env.control.advance_clock(86_400_000).await.unwrap();
    env.customer().advance(13437, "C38360").await.unwrap();
    assert_eq!(env.receiver.received()[8].path, "/oauth/token");
}

#[tokio::test]
async fn a_lost_push_is_noticed_by_nobody() {
    let env = TestEnv::start().await;
    env.customer().configure(json!({"push": {"drop_next": 1}})).await.unwrap();
    let moved = env.customer().advance(13437, "C38356").await.unwrap();
    assert_eq!((moved.pushes[0].lost, moved.recruiter_sees()), (true, None));
    env.customer().advance(13438, "C38356").await.unwrap();
    assert_eq!(env.receiver.received().len(), 1);
    assert_eq!(env.customer().view(13437).await.unwrap().status.id, "C38356");
}
