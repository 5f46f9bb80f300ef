//! `connector customer discover`

use serde_json::{Value, json};

use crate::support::Stage;

/// Settings that know the trigger only, and a field that names no template.
async fn little_known() -> Stage {
    let stage = Stage::with_demo().await;
    let nothing = json!({"icims": {"statuses": {"rejected": [], "withdrawn": []}, "template_field": "bgcpackagetype"}});
    stage.change_settings(nothing).await;
    let icims = stage.control.icims("1234");
    for (workflow, status) in [
        (stage.demo.complete.workflow, &stage.demo.trigger_status),
        (stage.demo.rejected.workflow, &stage.demo.rejected_status),
        (stage.demo.without_email.workflow, &stage.demo.withdrawn_status),
    ] {
        icims.advance(workflow, status).await.unwrap();
    }
    stage.control.icims_side().clear_requests().await.unwrap();
    stage
}

async fn settings(stage: &Stage) -> Value {
    stage.record("1234", "settings").await.unwrap()["icims"]["M"].clone()
}

fn proposals(message: &Value) -> Vec<[&str; 3]> {
    let all = message["proposals"].as_array().unwrap().iter();
    all.map(|one| ["setting", "value", "certainty"].map(|key| one[key].as_str().unwrap())).collect()
}

#[tokio::test]
async fn what_the_platform_says_is_proposed_written_on_confirmation_and_proposed_only_once() {
    let stage = little_known().await;
    let ran = stage.connector(&["customer", "discover", "1234", "--yes", "--output", "json"]).await.ok();
    let message = ran.json();
    assert_eq!(
        proposals(&message),
        [["rejected", "C38360", "sure"], ["withdrawn", "C38361", "sure"], ["template_field", "assessmenttype", "sure"]]
    );
    let written = settings(&stage).await;
    assert_eq!(written["template_field"], json!({"S": "assessmenttype"}));
    assert_eq!(written["statuses"]["M"]["rejected"], json!({"L": [{"S": "C38360"}]}));
    assert_eq!(written["statuses"]["M"]["trigger"], json!({"L": [{"S": "C38356"}]}));
    let calls = message["looked_at"]["calls"].as_u64().unwrap();
    let seen = stage.control.icims_side().all_requests().await.unwrap().count as u64;
    assert_eq!(calls + 1, seen, "every call but the one for a token is told");
    for name in ["Ada", "Byron", "Grace", "Robin", "Recruiter", "candidates.example"] {
        assert!(!ran.everything().contains(name), "{name} is in {ran:#?}");
    }
    let audit: Vec<Value> = stage.items("CustomersTable").await;
    assert!(audit.iter().any(|item| item["action"] == json!({"S": "customer discover"})));

    let again = stage.connector(&["customer", "discover", "1234", "--output", "json"]).await.ok().json();
    assert_eq!((&again["proposals"], &again["differences"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn statuses_lists_and_collections_are_listed_with_what_the_settings_make_of_them() {
    let stage = little_known().await;
    let message = stage.connector(&["customer", "discover", "1234", "--dry-run", "--output", "json"]).await.ok().json();
    let find = |list: &str, key: &str, value: &str| {
        message[list].as_array().unwrap().iter().find(|one| one[key] == value).unwrap_or(&Value::Null).clone()
    };
    let trigger = find("statuses", "id", "C38356");
    assert_eq!(
        (&trigger["label"], &trigger["in_settings"]),
        (&json!("Screen: Crosschq"), &json!("icims.statuses.trigger"))
    );
    assert_eq!(find("statuses", "id", "D10100")["workflows"], 3);
    let field = find("list_fields", "name", "assessmenttype");
    assert_eq!((&field["templates"], &field["in_settings"]), (&json!(["sales-ae"]), &json!(false)));
    assert_eq!(find("list_fields", "name", "recruiter"), Value::Null, "a link to a person is no list");
    let results = find("collections", "name", "assessmentresults");
    assert_eq!((&results["in_settings"], &results["missing"]), (&json!(true), &json!([])));
    assert_eq!(settings(&stage).await["template_field"], json!({"S": "bgcpackagetype"}), "a dry run writes nothing");
}

#[tokio::test]
async fn named_samples_are_the_only_ones_looked_at_and_without_a_yes_nothing_is_written() {
    let stage = little_known().await;
    let workflow = stage.demo.rejected.workflow.to_string();
    let ran =
        stage.connector(&["customer", "discover", "1234", "--sample-workflow", &workflow, "--output", "json"]).await;
    assert_eq!(ran.code, 9, "{ran:#?}");
    assert_eq!(ran.json()["looked_at"]["workflows"], 1);
    assert!(!proposals(&ran.json()).iter().any(|[setting, ..]| *setting == "withdrawn"));
    assert_eq!(settings(&stage).await["template_field"], json!({"S": "bgcpackagetype"}));
    let searched = stage.control.icims_side().requests("POST", "*/search/*").await.unwrap();
    assert_eq!(searched.count, 0);
}

#[tokio::test]
async fn a_result_collection_that_is_not_there_and_a_refused_credential_are_said() {
    let stage = little_known().await;
    stage.change_settings(json!({"icims": {"result": {"collection": "field999", "url": "nolink"}}})).await;
    let ran = stage.connector(&["customer", "discover", "1234", "--dry-run"]).await.ok();
    assert!(ran.stderr.contains("icims.result.collection is field999"), "{}", ran.stderr);
    stage.change_settings(json!({"icims": {"result": {"url": "nolink"}}})).await;
    let ran = stage.connector(&["customer", "discover", "1234", "--dry-run"]).await.ok();
    assert!(ran.stderr.contains("nolink, which assessmentresults does not have"), "{}", ran.stderr);
    stage.control.icims("1234").configure(json!({"client_secret": "another"})).await.unwrap();
    stage.connector(&["customer", "discover", "1234"]).await.failed(8, "iCIMS refuses the client id or client secret");
}
