//! Templates in and out as TOML.

use serde_json::json;

use crate::support::Stage;
use crate::{add, audit};

const TWO: &str = r#"
[[template]]
name = "Engineering"
tag = "Engineering"
survey = "software-engineer"
references = { managers = 1, peers = 2 }
candidate_message = """
Dear candidate,
thank you."""

[[template.notes]]
relationship = "managers"
note = "From your last employer"

[template.hiring_manager.fixed]
first_name = "Pat"
last_name = "Manager"
email = "pat.manager@customer.example"

[[template]]
name = "Brand"
tag = "brand"
survey = "brand-marketer-manager"
any_references = 2
"#;

#[tokio::test]
async fn what_is_exported_imports_again_unchanged() {
    let stage = Stage::with_demo().await;
    let file = stage.file("two.toml", TWO);
    let imported = stage.connector(&["template", "import", "1234", &file, "--output", "json"]).await.ok().json();
    assert_eq!(imported["saved"], true);
    let exported = stage.connector(&["template", "export", "1234"]).await.ok().stdout;
    assert_eq!(exported.matches("[[template]]").count(), 3, "{exported}");
    let again = stage.connector_reading(&["template", "import", "1234", "-", "--output", "json"], &exported).await.ok();
    let meanings: Vec<_> =
        again.json()["templates"].as_array().unwrap().iter().map(|it| it["meaning"].clone()).collect();
    assert_eq!(meanings, ["unchanged", "unchanged", "unchanged"]);
    assert_eq!(stage.connector(&["template", "export", "1234"]).await.ok().stdout, exported);
    let log = audit(&stage).await;
    assert_eq!(log.len(), 1, "nothing changed the second time: {log:?}");
}

#[tokio::test]
async fn the_templates_of_one_customer_are_made_another_ones() {
    let stage = Stage::with_demo().await;
    let exported = stage.connector(&["template", "export", "1234", "sales-ae"]).await.ok().stdout;
    stage.connector(&["template", "remove", "1234", "sales-ae", "--yes"]).await.ok();
    stage.connector_reading(&["template", "import", "1234", "-"], &exported).await.ok();
    let record = stage.record("1234", "template#sales-ae").await.unwrap();
    assert_eq!(record["version"]["N"], "1");
}

#[tokio::test]
async fn a_dry_run_checks_everything_and_saves_nothing() {
    let stage = Stage::with_demo().await;
    let file = stage.file("two.toml", TWO);
    let message = stage.connector(&["template", "import", "1234", &file, "--dry-run"]).await.ok();
    assert!(message.stdout.contains("engineering") && message.stdout.contains("new"), "{}", message.stdout);
    assert_eq!(stage.record("1234", "template#engineering").await, None);
    let wrong = stage.file("wrong.toml", &TWO.replace("peers = 2", "peers = 9"));
    stage.connector(&["template", "import", "1234", &wrong, "--dry-run"]).await.failed(2, "`references.peers` is 9");
}

#[tokio::test]
async fn one_wrong_template_keeps_all_of_a_file_out() {
    let stage = Stage::with_demo().await;
    let wrong = stage.file("wrong.toml", &TWO.replace("brand-marketer-manager", "nurse"));
    let two = stage.file("two.toml", &TWO.replace("ngineering", "ngineers").replace("rand\"", "rands\""));
    stage.connector(&["template", "import", "1234", &two, &wrong]).await.failed(2, "no survey nurse");
    for tag in ["engineering", "engineers", "brand", "brands"] {
        assert_eq!(stage.record("1234", &format!("template#{tag}")).await, None, "{tag}");
    }
    assert_eq!(audit(&stage).await, []);
}

#[tokio::test]
async fn changing_templates_by_a_file_is_confirmed_and_reported_by_field() {
    let stage = Stage::with_demo().await;
    let exported = stage.connector(&["template", "export", "1234"]).await.ok().stdout;
    let file = stage.file("changed.toml", &exported.replace("managers = 1", "managers = 2"));
    stage.connector(&["template", "import", "1234", &file]).await.failed(9, "change sales-ae of customer 1234?");
    let done = stage.connector(&["template", "import", "1234", &file, "--yes", "--output", "json"]).await.ok().json();
    assert_eq!(
        done["templates"][0]["changes"],
        json!([{"field": "template.sales-ae.references.managers", "before": "1", "after": "2"}])
    );
}

#[tokio::test]
async fn a_tag_twice_in_the_files_is_refused_whatever_its_case() {
    let stage = Stage::with_demo().await;
    let twice = format!(
        "{TWO}\n[[template]]\nname = \"Other\"\ntag = \"ENGINEERING\"\nsurvey = \"software-engineer\"\nany_references = 1\n"
    );
    let file = stage.file("twice.toml", &twice);
    let message = stage.connector(&["template", "import", "1234", &file]).await;
    message.failed(2, "in the files, the tag ENGINEERING differs from the tag Engineering only in its case");
    stage.connector(&["template", "import", "1234", "/nowhere.toml"]).await.failed(2, "/nowhere.toml: No such file");
}

#[tokio::test]
async fn a_template_that_cannot_be_read_is_replaced_by_importing_it() {
    let stage = Stage::with_demo().await;
    add(&stage, "eng", "Engineering").await.ok();
    let item = json!({"pk": {"S": "1234"}, "sk": {"S": "template#eng"}, "surwey": {"S": "x"}});
    let put = json!({"TableName": stage.place.customers_table, "Item": item});
    stage.calls.call(local::aws_call::Service::DynamoDb, "PutItem", &put).await.unwrap();
    stage
        .connector(&["template", "show", "1234", "eng"])
        .await
        .failed(2, "template eng of customer 1234 cannot be used");
    let good = "name = \"Engineering\"\ntag = \"eng\"\nsurvey = \"software-engineer\"\nany_references = 2\n";
    let file = stage.file("eng.toml", good);
    stage.connector(&["template", "import", "1234", &file, "--yes"]).await.ok();
    stage.connector(&["template", "show", "1234", "eng"]).await.ok();
}
