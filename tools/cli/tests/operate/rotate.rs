//! `connector secrets`

use serde_json::{Value, json};

use crate::support::Stage;

/// Crosschq that takes a second token too, and the JSON that brings it.
async fn second_token(stage: &Stage) -> String {
    let crosschq = stage.control.crosschq(&stage.demo.org);
    let mut tokens = crosschq.settings().await.unwrap().tokens;
    tokens.push("crosschq-token-second".to_owned());
    crosschq.configure(json!({"tokens": tokens})).await.unwrap();
    json!({"crosschq": {"token": "crosschq-token-second"}}).to_string()
}

async fn token(stage: &Stage, at: &str) -> Option<Value> {
    stage.secret("1234", at).await.map(|secret| secret["crosschq"]["token"].clone())
}

async fn states(stage: &Stage) -> Vec<(String, String)> {
    let message = stage.connector(&["secrets", "status", "1234", "--output", "json"]).await.ok().json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let lines = message["credentials"].as_array().unwrap().iter();
    lines.map(|line| (text(&line["credential"]), text(&line["state"]))).filter(|(_, state)| state != "stable").collect()
}

#[tokio::test]
async fn a_rotation_is_tried_shown_and_confirmed_and_a_second_one_waits_for_it() {
    let stage = Stage::with_demo().await;
    let old = token(&stage, "AWSCURRENT").await;
    assert!(states(&stage).await.is_empty());
    let given = second_token(&stage).await;
    let rotate = ["secrets", "rotate", "1234", "crosschq", "--secrets", "-"];
    stage.connector_reading(&rotate, &given).await.ok();
    assert_eq!(token(&stage, "AWSCURRENT").await, Some(json!("crosschq-token-second")));
    assert_eq!(token(&stage, "AWSPREVIOUS").await, old);
    assert_eq!(token(&stage, "AWSPENDING").await, None);
    assert_eq!(states(&stage).await, [("crosschq".to_owned(), "in_rotation".to_owned())]);

    for another in ["push-basic", "crosschq", "token-key"] {
        let refused = stage.connector_reading(&["secrets", "rotate", "1234", another, "--secrets", "-"], &given).await;
        refused.failed(4, "crosschq of customer 1234 is in rotation since");
    }
    stage.connector(&["secrets", "confirm", "1234"]).await.failed(9, "there is no terminal to ask");
    stage.connector(&["secrets", "confirm", "1234", "--yes"]).await.ok();
    assert_eq!(token(&stage, "AWSPREVIOUS").await, None, "the old one is in no live version");
    assert_eq!(token(&stage, "AWSCURRENT").await, Some(json!("crosschq-token-second")));
    assert!(states(&stage).await.is_empty());
    let again = stage.connector(&["secrets", "confirm", "1234"]).await.ok();
    assert!(again.stdout.contains("nothing is in rotation"), "{again:?}");
}

#[tokio::test]
async fn going_back_puts_the_old_value_in_force_and_keeps_the_new_one_until_confirmed() {
    let stage = Stage::with_demo().await;
    let old = token(&stage, "AWSCURRENT").await;
    let given = second_token(&stage).await;
    let rotate = ["secrets", "rotate", "1234", "crosschq", "--secrets", "-"];
    stage.connector_reading(&rotate, &given).await.ok();
    stage.connector(&["secrets", "cancel", "1234"]).await.ok();
    assert_eq!(token(&stage, "AWSCURRENT").await, old);
    assert_eq!(token(&stage, "AWSPREVIOUS").await, Some(json!("crosschq-token-second")));
    assert_eq!(states(&stage).await, [("crosschq".to_owned(), "rolled_back".to_owned())]);
    stage.connector(&["secrets", "rollback", "1234"]).await.failed(4, "in force again already");
    stage.connector(&["secrets", "confirm", "1234", "--yes"]).await.ok();
    assert_eq!((token(&stage, "AWSCURRENT").await, token(&stage, "AWSPREVIOUS").await), (old, None));
    stage.connector(&["secrets", "cancel", "1234"]).await.ok();
}

#[tokio::test]
async fn a_vendors_credential_that_does_not_work_never_comes_into_force() {
    let stage = Stage::with_demo().await;
    let before = stage.secret("1234", "AWSCURRENT").await;
    let id = before.as_ref().unwrap()["icims"]["oauth"]["client_id"].clone();
    for (credential, given, said) in [
        ("icims", json!({"icims": {"oauth": {"client_id": id, "client_secret": "hunter2-wrong"}}}), "iCIMS refuses"),
        ("crosschq", json!({"crosschq": {"token": "hunter2-wrong"}}), "Crosschq refuses the key"),
    ] {
        let rotate = ["secrets", "rotate", "1234", credential, "--secrets", "-"];
        let refused = stage.connector_reading(&rotate, &given.to_string()).await.failed(8, said);
        assert!(!refused.everything().contains("hunter2"));
    }
    let same = json!({"crosschq": before.as_ref().unwrap()["crosschq"]}).to_string();
    let rotate = ["secrets", "rotate", "1234", "crosschq", "--secrets", "-"];
    stage.connector_reading(&rotate, &same).await.failed(2, "is the one in force");
    stage
        .connector_reading(&rotate, r#"{"callback": {"token": "hunter2"}}"#)
        .await
        .failed(2, "holds no crosschq.token");
    for (credential, given, said) in [
        ("push-oauth", json!({"push": {"oauth": {"client_id": "77.x", "client_secret": "s"}}}), "must be 1234, a dot"),
        ("push-path-secret", json!({"push": {"path_secret": "a/b"}}), "at least 16 letters"),
    ] {
        let rotate = ["secrets", "rotate", "1234", credential, "--secrets", "-"];
        stage.connector_reading(&rotate, &given.to_string()).await.failed(2, said);
    }
    stage.connector(&["secrets", "rotate", "1234", "crosschq"]).await.failed(9, "there is no terminal to ask");
    assert_eq!(stage.secret("1234", "AWSCURRENT").await, before);
    assert_eq!(stage.secret("1234", "AWSPENDING").await, None);
}

#[tokio::test]
async fn a_client_pair_is_reported_once_and_its_old_one_cannot_end_within_a_day() {
    let stage = Stage::with_demo().await;
    stage.change_settings(json!({"icims": {"push": {"accept": ["oauth"]}}})).await;
    let message = stage.connector(&["secrets", "rotate", "1234", "push-oauth", "--output", "json"]).await.ok().json();
    let fields: Vec<_> =
        message["hand_over"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["Access Token URL", "Client ID", "Client Secret"]);
    assert_eq!(message["hand_over_to"], "iCIMS");
    let secret = stage.secret("1234", "AWSCURRENT").await.unwrap();
    assert_eq!(secret["push"]["oauth"]["client_secret"], message["hand_over"][2]["value"]);
    let status = stage.connector(&["secrets", "status", "1234"]).await.ok();
    assert!(!status.everything().contains(secret["push"]["oauth"]["client_secret"].as_str().unwrap()));
    assert!(status.stdout.contains("confirm not before"), "{status:?}");
    stage.connector(&["secrets", "confirm", "1234", "--yes"]).await.failed(7, "may hold a token until");

    let audit: Vec<Value> = stage.items("CustomersTable").await;
    let audit: Vec<String> = audit.iter().map(Value::to_string).filter(|item| item.contains("audit#1234")).collect();
    let all = audit.join("\n");
    assert!(all.contains("secrets rotate") && all.contains("secret.push.oauth"), "{all}");
    assert!(!all.contains(secret["push"]["oauth"]["client_secret"].as_str().unwrap()));
}
