//! Looking at customers.

use serde_json::json;

use crate::support::Stage;

#[tokio::test]
async fn a_stack_without_customers_says_how_to_add_one() {
    let stage = Stage::empty().await;
    let listed = stage.connector(&["customer", "list"]).await.ok();
    assert_eq!(listed.stdout, "no customers yet: add one with `connector customer add`\n");
}

#[tokio::test]
async fn the_customers_are_listed() {
    let stage = Stage::with_demo().await;
    let listed = stage.connector(&["customer", "list", "--output", "json"]).await.ok().json();
    assert_eq!(listed[0]["customer"], "1234");
    assert_eq!(listed[0]["templates"], 1);
}

#[tokio::test]
async fn a_customer_is_shown_by_what_is_not_default_and_its_secrets_by_age() {
    let stage = Stage::with_demo().await;
    let shown = stage.connector(&["customer", "show", "1234"]).await.ok();
    for part in [
        "Customer 1234",
        "sales-ae",
        "/icims/events",
        "/crosschq/callbacks/1234/<callback.path_secret>",
        "statuses.trigger",
        "push.hmac",
        "AWSCURRENT",
        "0 d",
    ] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.stdout);
    }
    assert!(!shown.stdout.contains("quota_reserve"), "a default");
    let json = stage.connector(&["customer", "show", "1234", "--output", "json"]).await.ok().json();
    assert_eq!(json["settings"]["icims"]["quota_reserve"], 2000, "programs get the whole record");
    assert_eq!(json["secrets"]["versions"][0]["stages"], json!(["current"]));
    let keys = json["secrets"]["set"].as_array().unwrap();
    assert!(keys.contains(&json!({"key": "icims.oauth", "set": true})));
    assert!(keys.contains(&json!({"key": "icims.basic", "set": false})));
    let all = format!("{json}{}", shown.stdout);
    for value in ["local-push-password", "local-callback-path-secret", "crosschq-token-1234", "sandbox-secret"] {
        assert!(!all.contains(value), "a secret is shown");
    }
}

#[tokio::test]
async fn a_customer_without_a_secret_says_so() {
    let stage = Stage::with_demo().await;
    let delete = json!({"SecretId": "crosschq-connector/customers/1234", "ForceDeleteWithoutRecovery": true});
    stage.calls.call(local::aws_call::Service::SecretsManager, "DeleteSecret", &delete).await.unwrap();
    let shown = stage.connector(&["customer", "show", "1234"]).await.ok();
    assert!(shown.stdout.contains("the customer has no secret"), "{}", shown.stdout);
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_reported_with_the_field() {
    let stage = Stage::with_demo().await;
    stage.change_settings(json!({"crosschq": {"timeout_ms": 28_000}})).await;
    stage.connector(&["customer", "show", "1234"]).await.failed(2, "crosschq.timeout_ms: 1000 to 15000 milliseconds");
    let listed = stage.connector(&["customer", "list"]).await.ok();
    assert!(listed.stdout.contains("crosschq.timeout_ms"), "{}", listed.stdout);
}

#[tokio::test]
async fn what_is_passed_over_in_a_record_is_reported() {
    let stage = Stage::with_demo().await;
    stage.change_settings(json!({"icims": {"regoin": "us"}})).await;
    let shown = stage.connector(&["customer", "show", "1234"]).await.ok();
    assert!(shown.stdout.contains("settings.icims.regoin is ignored"), "{}", shown.stdout);
}

#[tokio::test]
async fn a_customer_that_is_not_there() {
    let stage = Stage::empty().await;
    for arguments in
        [vec!["customer", "show", "77"], vec!["customer", "show", "77", "--history"], vec!["customer", "enable", "77"]]
    {
        stage.connector(&arguments).await.failed(3, "there is no customer 77");
    }
}

#[tokio::test]
async fn the_history_of_a_customer_that_nobody_changed_is_empty() {
    let stage = Stage::with_demo().await;
    let shown = stage.connector(&["customer", "show", "1234", "--history"]).await.ok();
    assert_eq!(shown.stdout, "nothing was changed by this command line yet\n");
}
