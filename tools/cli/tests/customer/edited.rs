//! Changing settings.

use sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::Stage;

async fn field(stage: &Stage, pointer: &str) -> Option<Value> {
    stage.record("1234", "settings").await.unwrap().pointer(pointer).cloned()
}

#[tokio::test]
async fn a_field_is_set_and_the_log_tells_who_changed_what() {
    let stage = Stage::with_demo().await;
    let edited = stage
        .connector(&["customer", "edit", "1234", "--set", "retention_days=60", "--yes", "--output", "json"])
        .await
        .ok()
        .json();
    let change = json!([{"field": "settings.retention_days", "before": "30", "after": "60"}]);
    assert_eq!(edited["changes"], change);
    assert!(edited.get("verification").is_none(), "nothing that it covers was changed");
    assert_eq!(field(&stage, "/retention_days/N").await, Some(json!("60")));
    assert_eq!(field(&stage, "/version/N").await, Some(json!("1")));
    let shown = stage.connector(&["customer", "show", "1234", "--history", "--output", "json"]).await.ok().json();
    assert_eq!(shown["history"][0]["action"], "customer edit");
    assert_eq!(shown["history"][0]["changes"], change);
    assert!(shown["history"][0]["by"].as_str().unwrap().starts_with("arn:aws:"), "{shown:#}");
}

#[tokio::test]
async fn each_write_of_settings_counts_the_revision_up_by_which_the_reconciler_sees_who_opted_in() {
    let stage = Stage::with_demo().await;
    let revision = async || stage.record("#settings", "revision").await.map(|item| item["revision"]["N"].clone());
    assert_eq!(revision().await, None, "made by hand");
    for (days, expected) in [("60", "1"), ("61", "2")] {
        let set = format!("retention_days={days}");
        stage.connector(&["customer", "edit", "1234", "--set", &set, "--yes"]).await.ok();
        assert_eq!(revision().await, Some(json!(expected)));
    }
    stage.connector(&["customer", "edit", "1234", "--set", "retention_days=61", "--yes"]).await.ok();
    assert_eq!(revision().await, Some(json!("2")), "nothing was written");
    let listed = stage.connector(&["customer", "list", "--output", "json"]).await.ok();
    assert!(!listed.stdout.contains("#settings"), "{}", listed.stdout);
}

#[tokio::test]
async fn nothing_is_saved_without_a_yes() {
    let stage = Stage::with_demo().await;
    let ran = stage.connector(&["customer", "edit", "1234", "--set", "retention_days=60"]).await;
    ran.failed(9, "there is no terminal to ask: save this for customer 1234?");
    assert_eq!(field(&stage, "/retention_days/N").await, Some(json!("30")));
}

#[tokio::test]
async fn an_edit_that_changes_nothing_writes_nothing() {
    let stage = Stage::with_demo().await;
    let ran =
        stage.connector(&["customer", "edit", "1234", "--set", "retention_days=30", "--output", "json"]).await.ok();
    assert_eq!(ran.json()["changed"], false);
    assert_eq!(field(&stage, "/version/N").await, None);
}

#[tokio::test]
async fn several_changes_are_checked_together_and_every_problem_is_reported() {
    let stage = Stage::with_demo().await;
    let edit = |sets: &[&'static str]| {
        let sets = sets.iter().flat_map(|set| ["--set", *set]);
        ["customer", "edit", "1234", "--yes", "--unverified"].into_iter().chain(sets).collect::<Vec<_>>()
    };
    let both = stage.connector(&edit(&["icims.region=mars", "retention_days=soon"])).await;
    let both = both.failed(2, "--set icims.region: ");
    assert!(both.stderr.contains("--set retention_days: "), "{}", both.stderr);
    let rules = stage.connector(&edit(&["retention_days=0", "crosschq.timeout_ms=1"])).await;
    let rules = rules.failed(2, "keep finished checks for at least one day");
    assert!(rules.stderr.contains("crosschq.timeout_ms"), "{}", rules.stderr);
    assert_eq!(field(&stage, "/version/N").await, None);
    // Each alone would make one status mean two things.
    let swapped = edit(&["icims.statuses.rejected=C38356", "icims.statuses.trigger=C38370"]);
    stage.connector(&swapped).await.ok();
}

#[tokio::test]
async fn each_wrong_value_is_named_by_its_field() {
    let stage = Stage::with_demo().await;
    for (set, said) in [
        ("icims.regoin=eu", "regoin"),
        ("icims.region=mars", "--set icims.region: "),
        ("retention_days=0", "keep finished checks for at least one day"),
        ("icims.stage_statuses.completed=C38356", "would call us back in a loop"),
        ("enabled=false", "settings.enabled is not changed by editing"),
        ("retention_days", "must be FIELD=VALUE"),
        ("icims.push.accept=basic,hmac,oauth,path_secret,none", "--set icims.push.accept: "),
    ] {
        stage.connector(&["customer", "edit", "1234", "--yes", "--set", set]).await.failed(2, said);
    }
    assert_eq!(field(&stage, "/version/N").await, None);
}

#[tokio::test]
async fn what_verification_covers_is_verified_and_not_saved_if_it_fails() {
    let stage = Stage::with_demo().await;
    let edit = ["customer", "edit", "1234", "--yes", "--set", "crosschq.base_url=http://127.0.0.1:1"];
    stage.connector(&edit).await.failed(7, "Crosschq does not answer");
    assert_eq!(field(&stage, "/version/N").await, None);
    let unverified = [&edit[..], &["--unverified"]].concat();
    stage.connector(&unverified).await.ok();
    assert_eq!(field(&stage, "/crosschq/M/base_url/S").await, Some(json!("http://127.0.0.1:1")));
    let history = stage.connector(&["customer", "show", "1234", "--history"]).await.ok();
    assert!(history.stdout.contains("verification") && history.stdout.contains("skipped"), "{history:#?}");
}

#[tokio::test]
async fn a_way_of_pushing_needs_its_secret_first() {
    let stage = Stage::with_demo().await;
    let secret = stage.secret("1234", "AWSCURRENT").await.unwrap();
    let mut without = secret.clone();
    without["push"].as_object_mut().unwrap().remove("hmac");
    let put = json!({
        "SecretId": "crosschq-connector/customers/1234", "SecretString": without.to_string(),
        "ClientRequestToken": "00000000-0000-0000-0000-000000000001",
    });
    stage.calls.call(local::aws_call::Service::SecretsManager, "PutSecretValue", &put).await.unwrap();
    let edit = ["customer", "edit", "1234", "--yes", "--set", "icims.push.accept=basic,hmac"];
    let refused = stage.connector(&edit).await.failed(2, "the customer's secret has no push.hmac yet");
    assert!(refused.stderr.contains("`connector secrets rotate 1234 push-hmac`"), "{refused:#?}");
    stage.connector(&["customer", "edit", "1234", "--yes", "--set", "icims.push.accept=basic,oauth"]).await.ok();
}

#[tokio::test]
async fn two_operators_edit_at_once_and_the_second_is_reported_and_overwrites_nothing() {
    let stage = Stage::with_demo().await;
    // The slow one waits for Crosschq while the quick one saves.
    let latency = Fault::new(FaultKind::Latency { ms: 2_000, after: false });
    stage.control.crosschq_side().add_fault(latency.times(1)).await.unwrap();
    let slow = stage.connector(&["customer", "edit", "1234", "--yes", "--set", "crosschq.auth_scheme=Token"]);
    let quick = async {
        loop {
            let asked = stage.control.crosschq_side().requests("GET", "*").await.unwrap();
            if asked.count > 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        stage.connector(&["customer", "edit", "1234", "--yes", "--set", "retention_days=60"]).await.ok()
    };
    let (slow, _) = tokio::join!(slow, quick);
    let slow = slow.failed(4, "somebody else changed settings of customer 1234 while you were at it");
    assert!(slow.stderr.contains("connector customer show 1234 --history"), "{slow:#?}");
    assert_eq!(field(&stage, "/retention_days/N").await, Some(json!("60")));
    assert_eq!(field(&stage, "/crosschq/M/auth_scheme/S").await, Some(json!("")));
}

#[tokio::test]
async fn a_whole_record_goes_out_and_in() {
    let stage = Stage::with_demo().await;
    let shown = stage.connector(&["customer", "show", "1234", "--output", "json"]).await.ok().json();
    let mut settings = shown["settings"].clone();
    settings["icims"]["template_field"] = json!("field23848");
    settings["icims"]["requester"] = json!([{"fixed": "staff@example.test"}]);
    let file = stage.file("1234.json", &settings.to_string());
    let edited =
        stage.connector(&["customer", "edit", "1234", "--settings", &file, "--yes", "--output", "json"]).await.ok();
    assert!(!edited.everything().contains("staff@example.test"), "an address of staff is not logged");
    let fields: Vec<Value> =
        edited.json()["changes"].as_array().unwrap().iter().map(|change| change["field"].clone()).collect();
    assert_eq!(fields, [json!("settings.icims.requester"), json!("settings.icims.template_field")]);
}

#[tokio::test]
async fn settings_of_another_release_are_read_and_what_a_newer_one_added_is_not_written_over() {
    let stage = Stage::with_demo().await;
    let edit = |set: &'static str| ["customer", "edit", "1234", "--yes", "--set", set];
    stage.change_settings(json!({"crosschq": {"capabilities": {"conclude": true}}})).await;
    stage.connector(&edit("retention_days=60")).await.ok();
    assert_eq!(field(&stage, "/crosschq/M/capabilities/M/conclude").await, None, "a flag of a former release");
    stage.change_settings(json!({"icims": {"of_the_release_after": 90}})).await;
    let shown = stage.connector(&["customer", "show", "1234", "--output", "json"]).await.ok().json();
    assert_eq!(shown["settings"]["retention_days"], 30);
    let refused = stage.connector(&edit("retention_days=70")).await;
    refused.failed(4, "settings of customer 1234 holds fields or values that this release does not know");
    assert_eq!(field(&stage, "/icims/M/of_the_release_after/N").await, Some(json!("90")));
    stage.connector(&edit("icims.of_the_release_after=80")).await.failed(2, "of_the_release_after");
}

#[tokio::test]
async fn a_customer_that_is_not_there_cannot_be_edited() {
    let stage = Stage::empty().await;
    let ran = stage.connector(&["customer", "edit", "77", "--set", "retention_days=60"]).await;
    ran.failed(3, "there is no customer 77");
}
