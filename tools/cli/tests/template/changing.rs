//! Adding, changing and removing templates that work.

use std::time::{SystemTime, UNIX_EPOCH};

use local::aws_call::Service;
use serde_json::{Value, json};

use crate::support::Stage;
use crate::{add, audit};

#[tokio::test]
async fn a_template_is_added_shown_and_listed_and_the_functions_can_use_it() {
    let stage = Stage::with_demo().await;
    let added = add(&stage, "Engineering", "Platform engineers").await.ok();
    assert!(added.stderr.contains("the tag is kept as engineering"), "{}", added.stderr);
    let shown = stage.connector(&["template", "show", "1234", "ENGINEERING", "--output", "json"]).await.ok().json();
    assert_eq!(shown["template"]["references"], json!({"managers": 1, "peers": 2}));
    assert_eq!(shown["version"], 1);
    let listed = stage.connector(&["template", "list", "1234", "--output", "json"]).await.ok().json();
    let tags: Vec<&str> = listed.as_array().unwrap().iter().map(|it| it["tag"].as_str().unwrap()).collect();
    assert_eq!(tags, ["engineering", "sales-ae"]);
    use connector_core::ports::Customers as _;
    let customer = stage.admin().customers().unwrap().customer(&stage.customer()).await.unwrap().unwrap();
    assert!(customer.templates.iter().any(|template| template.answers_to("engineering")), "{customer:?}");
    let log = audit(&stage).await;
    assert_eq!(log[0].0, "template add");
    assert!(log[0].1.contains(&"template.engineering.survey".to_owned()), "{log:?}");
}

#[tokio::test]
async fn fields_are_changed_by_their_paths_and_the_log_tells_which() {
    let stage = Stage::with_demo().await;
    let edit = ["template", "edit", "1234", "sales-ae", "--set", "references.managers=2", "--set", "position=AE"];
    let message = stage.connector(&edit).await.ok();
    assert!(message.stderr.contains("template.sales-ae.references.managers: 1 -> 2"), "{}", message.stderr);
    let same = stage.connector(&["template", "edit", "1234", "sales-ae", "--set", "position=AE"]).await.ok();
    assert!(same.stderr.contains("nothing was saved"), "{}", same.stderr);
    stage.connector(&["template", "edit", "1234", "sales-ae", "--unset", "position"]).await.ok();
    let record = stage.record("1234", "template#sales-ae").await.unwrap();
    assert_eq!((&record["version"]["N"], record.get("position")), (&json!("2"), None), "{record}");
    let log = audit(&stage).await;
    assert_eq!(log.len(), 2, "{log:?}");
    assert_eq!(log[1], ("template edit".to_owned(), vec!["template.sales-ae.position".to_owned()]));
}

/// Runs `edit` with an editor that is this shell script; the file to edit is `$1`.
async fn edit_with(stage: &Stage, script: &str) -> crate::support::Ran {
    let editor = stage.file("editor.sh", script);
    let local = format!("--local={}", stage.place.aws_endpoint);
    let path = std::env::var("PATH").unwrap();
    let editor = format!("sh {editor}");
    let variables = [("PATH", path.as_str()), ("EDITOR", editor.as_str())];
    stage.run(&[&local, "template", "edit", "1234", "sales-ae"], &variables, "").await
}

#[tokio::test]
async fn an_editor_is_given_the_template_and_what_it_leaves_is_saved() {
    let stage = Stage::with_demo().await;
    edit_with(&stage, "sed -i 's/^managers = 1/managers = 3/' \"$1\"").await.ok();
    let record = stage.record("1234", "template#sales-ae").await.unwrap();
    assert_eq!(record["references"]["M"]["managers"]["N"], "3");
    edit_with(&stage, "exit 1").await.failed(2, "the editor failed; nothing was changed");
    edit_with(&stage, "echo 'surwey = 1' > \"$1\"").await.failed(2, "`tag` is missing");
}

#[tokio::test]
async fn of_two_operators_at_once_the_second_is_reported_and_overwrites_nothing() {
    let stage = Stage::with_demo().await;
    let meanwhile = format!(
        "{} --local={} template edit 1234 sales-ae --set position=Theirs && sed -i 's/^managers = 1/managers = 3/' \"$1\"",
        env!("CARGO_BIN_EXE_connector"),
        stage.place.aws_endpoint
    );
    edit_with(&stage, &meanwhile).await.failed(4, "somebody else changed template#sales-ae of customer 1234");
    let record = stage.record("1234", "template#sales-ae").await.unwrap();
    assert_eq!(
        (&record["position"]["S"], &record["references"]["M"]["managers"]["N"]),
        (&json!("Theirs"), &json!("1"))
    );
    assert_eq!(audit(&stage).await.len(), 1);
}

#[tokio::test]
async fn another_tag_is_another_record_and_has_to_be_confirmed() {
    let stage = Stage::with_demo().await;
    let edit = ["template", "edit", "1234", "sales-ae", "--set", "tag=sales"];
    stage.connector(&edit).await.failed(9, "requisitions that name sales-ae will be refused");
    stage.connector(&[&edit[..], &["--yes"]].concat()).await.ok();
    assert_eq!(stage.record("1234", "template#sales-ae").await, None);
    assert!(stage.record("1234", "template#sales").await.is_some());
}

async fn open_check(stage: &Stage, workflow: &str, state: &str, template: Option<&str>) {
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis().to_string();
    let mut item = json!({
        "pk": {"S": format!("check#1234#{workflow}")}, "sk": {"S": "attempt#00001"}, "customer": {"S": "1234"},
        "created_at": {"N": now_ms}, "state": {"S": state},
    });
    if let Some(tag) = template {
        item["template"] = json!({"S": tag});
    }
    let put = json!({"TableName": stage.template.table("ChecksTable").unwrap().name, "Item": item});
    stage.calls.call(Service::DynamoDb, "PutItem", &put).await.unwrap();
}

#[tokio::test]
async fn removing_tells_of_open_checks_and_asks() {
    let stage = Stage::with_demo().await;
    for (workflow, state, template) in [
        ("1", "requested", Some("sales-ae")),
        ("2", "in_progress", Some("sales-ae")),
        ("3", "claimed", None),
        ("4", "completed", Some("sales-ae")),
        ("5", "requested", Some("another")),
    ] {
        open_check(&stage, workflow, state, template).await;
    }
    let remove = ["template", "remove", "1234", "sales-ae"];
    let refused = stage.connector(&remove).await.failed(9, "template sales-ae: 3 open checks may use it");
    assert!(refused.stderr.contains("2 open checks already requested from Crosschq go on"), "{}", refused.stderr);
    assert!(refused.stderr.contains("1 open check not requested yet will be refused"), "{}", refused.stderr);
    assert!(stage.record("1234", "template#sales-ae").await.is_some(), "nobody said yes");
    let removed = stage.connector(&[&remove[..], &["--yes", "--output", "json"]].concat()).await.ok().json();
    assert_eq!(removed["removed"][0]["open_checks"], json!({"requested": 2, "starting": 1}));
    assert_eq!(stage.record("1234", "template#sales-ae").await, None);
    assert_eq!(audit(&stage).await.last().unwrap().0, "template remove");
}

#[tokio::test]
async fn the_default_template_is_not_removed() {
    let stage = Stage::with_demo().await;
    stage.change_settings(json!({"icims": {"default_template": "sales-ae"}})).await;
    let remove = ["template", "remove", "1234", "sales-ae", "--yes"];
    stage.connector(&remove).await.failed(2, "serves requisitions that name none (icims.default_template)");
    let listed: Value = stage.connector(&["template", "list", "1234", "--output", "json"]).await.ok().json();
    assert_eq!(listed[0]["default"], true);
}
