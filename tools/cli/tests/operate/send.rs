//! `connector event send`

use serde_json::json;

use crate::front::Front;
use crate::support::{Ran, Stage};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/icims-webhook.json");
/// A status that the demo's settings give no meaning.
const NOTHING: &str = "C38370";

async fn stage() -> (Stage, Front) {
    let stage = Stage::with_demo().await;
    stage.change_settings(json!({"icims": {"push": {"accept": ["basic", "hmac", "oauth", "path_secret"]}}})).await;
    let front = Front::start(&stage).await;
    (stage, front)
}

async fn send(stage: &Stage, url: &str, options: &[&str]) -> Ran {
    let mut arguments = vec!["event", "send", SAMPLE, "--customer", "1234", "--url", url, "--output", "json"];
    arguments.extend(options);
    stage.connector(&arguments).await
}

/// Nothing that was said holds a value of the customer's secret.
async fn assert_no_secret(stage: &Stage, ran: &Ran) {
    fn values(json: &serde_json::Value, into: &mut Vec<String>) {
        match json {
            serde_json::Value::Object(fields) => fields.values().for_each(|value| values(value, into)),
            serde_json::Value::String(text) => into.push(text.clone()),
            _ => {}
        }
    }
    let mut secrets = Vec::new();
    values(&stage.secret("1234", "AWSCURRENT").await.unwrap(), &mut secrets);
    let said = ran.everything();
    for secret in secrets.iter().filter(|secret| secret.len() > 12) {
        assert!(!said.contains(secret.as_str()), "a secret is in {said}");
    }
    assert!(!said.contains("signature=") && !said.contains("Basic a"), "{said}");
}

#[tokio::test]
async fn an_event_is_believed_in_every_way_of_authentication_plain_and_compressed() {
    let (stage, front) = stage().await;
    for auth in ["basic", "hmac", "oauth", "path-secret"] {
        for gzip in [&[][..], &["--gzip"]] {
            let options = [&["--status", NOTHING, "--auth", auth], gzip].concat();
            let ran = send(&stage, &front.url, &options).await.ok();
            let message = ran.json();
            assert_eq!((&message["status"], &message["outcome"]), (&json!(200), &json!("taken")), "{auth}");
            assert_eq!((&message["meaning"], &message["auth"]), (&json!("nothing"), &json!(auth)));
            assert_no_secret(&stage, &ran).await;
        }
    }
    let default = send(&stage, &front.url, &["--status", NOTHING]).await.ok().json();
    assert_eq!(default["auth"], "basic", "the first way that the settings accept");
}

#[tokio::test]
async fn a_dry_run_shows_the_request_without_its_secrets_and_sends_nothing() {
    let (stage, front) = stage().await;
    for auth in ["basic", "hmac", "oauth", "path-secret"] {
        let options = ["--status", "C38356", "--auth", auth, "--dry-run"];
        let ran = send(&stage, &front.url, &options).await.ok();
        let message = ran.json();
        assert_eq!((&message["sent"], &message["meaning"]), (&json!(false), &json!("orders")));
        assert!(message["headers"].as_array().unwrap().iter().any(|header| header["name"] == "content-type"));
        assert_no_secret(&stage, &ran).await;
    }
    assert_eq!(front.taken(), 0);
}

#[tokio::test]
async fn an_event_that_may_order_is_sent_only_with_a_yes_and_then_queued() {
    let (stage, front) = stage().await;
    let workflow = stage.demo.complete.workflow.to_string();
    stage.control.icims("1234").advance(stage.demo.complete.workflow, &stage.demo.trigger_status).await.unwrap();
    let person = stage.demo.complete.person.to_string();
    let job = stage.demo.job.to_string();
    let order = ["--workflow", &workflow, "--person", &person, "--job", &job, "--status", &stage.demo.trigger_status];
    send(&stage, &front.url, &order).await.failed(9, "there is no terminal to ask");
    assert_eq!(front.taken(), 0);
    send(&stage, &front.url, &[&order[..], &["--yes"]].concat()).await.ok();
    let queued = stage.take_messages("ReferenceRequests").await;
    assert_eq!(queued.len(), 1);
    assert!(queued[0].to_string().contains(&workflow), "{queued:?}");
}

#[tokio::test]
async fn what_the_recruiter_would_see_is_reported_with_an_exit_code_of_its_own() {
    let (stage, front) = stage().await;
    let candidate = stage.demo.without_email;
    stage.control.icims("1234").advance(candidate.workflow, &stage.demo.trigger_status).await.unwrap();
    let (workflow, person) = (candidate.workflow.to_string(), candidate.person.to_string());
    let job = stage.demo.job.to_string();
    let options =
        ["--workflow", &workflow, "--person", &person, "--job", &job, "--status", &stage.demo.trigger_status, "--yes"];
    let ran = send(&stage, &front.url, &options).await;
    assert_eq!(ran.code, 1, "{ran:#?}");
    let message = ran.json();
    assert_eq!((&message["status"], &message["outcome"]), (&json!(400), &json!("refused")));
    assert!(message["user_message"].as_str().unwrap().contains("e-mail address"), "{message}");
    assert!(ran.stderr.contains("refuses this event (400)"), "{}", ran.stderr);
}

#[tokio::test]
async fn a_credential_that_is_not_accepted_is_explained() {
    let stage = Stage::with_demo().await;
    let front = Front::start(&stage).await;
    let ran = send(&stage, &front.url, &["--status", NOTHING, "--auth", "hmac"]).await;
    assert_eq!(ran.code, 6, "{ran:#?}");
    assert_eq!(ran.json()["outcome"], "not_authenticated");
    assert!(ran.stderr.contains("do not accept hmac") && ran.stderr.contains("(401)"), "{}", ran.stderr);
}

#[tokio::test]
async fn what_a_front_says_by_itself_is_told_apart_by_exit_code() {
    let (stage, front) = stage().await;
    for (status, code, said) in [
        (403, 6, "before the connector"),
        (404, 3, "no such route (404)"),
        (429, 7, "cannot take orders right now"),
        (500, 70, "the connector failed (500)"),
        (503, 7, "cannot take orders right now"),
    ] {
        let url = format!("{}/answers/{status}", front.url);
        let ran = send(&stage, &url, &["--status", NOTHING]).await;
        assert_eq!(ran.code, code, "{ran:#?}");
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert_eq!(ran.json()["request_id"], "request-1");
    }
    send(&stage, "http://127.0.0.1:9", &["--status", NOTHING]).await.failed(7, "cannot be reached");
}

#[tokio::test]
async fn what_cannot_be_sent_says_why() {
    let (stage, front) = stage().await;
    send(&stage, "http://api.example.com", &[]).await.failed(2, "--url must be the https:// base");
    let url = front.url.as_str();
    let unknown = ["event", "send", SAMPLE, "--customer", "77", "--url", url];
    stage.connector(&unknown).await.failed(3, "there is no customer 77");
    stage.connector(&["event", "send", "/nowhere.json"]).await.failed(2, "/nowhere.json");
    let file = stage.file("event.json", r#"{"customerId": "1234", "eventType": "WorkFlowStatusChangeEvent"}"#);
    stage.connector(&["event", "send", &file]).await.failed(2, "not an event notification");
    let text = std::fs::read_to_string(SAMPLE).unwrap();
    let from_stdin = ["event", "send", "-", "--customer", "1234", "--status", NOTHING, "--url", url];
    stage.connector_reading(&from_stdin, &text).await.ok();
}
