//! `template sync`: what the open requisitions name.

use sandbox::ProfileType;
use serde_json::{Value, json};

use crate::support::Stage;

/// Three more requisitions: one names a template by its name in another case, one an unknown one, one names none.
async fn requisitions(stage: &Stage) {
    let icims = stage.control.icims("1234");
    let node = |id: &str, value: &str| serde_json::from_value(json!({"id": id, "value": value})).unwrap();
    for (id, value) in [("C1", "SALES ae"), ("C2", "sales-a")] {
        icims.add_node("lists.job.assessmenttype", &node(id, value)).await.unwrap();
    }
    for (id, folder, types) in [
        (2001, "D31001", json!([{"id": "C1"}, {"id": "C31650"}])),
        (2002, "D31001", json!([{"id": "C2"}])),
        (2003, "D31001", json!([])),
        (2004, "D31002", json!([{"id": "C2"}])),
    ] {
        if folder == "D31002" {
            icims.add_node("lists.job.folders", &node(folder, "Closed")).await.unwrap();
        }
        let fields = json!({"id": id, "jobtitle": "x", "folder": {"id": folder}, "assessmenttype": types});
        icims.create(ProfileType::Jobs, fields).await.unwrap();
    }
}

fn value<'a>(message: &'a Value, named: &str) -> &'a Value {
    message["values"].as_array().unwrap().iter().find(|it| it["value"] == named).unwrap()
}

#[tokio::test]
async fn a_template_that_a_requisition_names_and_nobody_knows_is_found_before_an_order_fails() {
    let stage = Stage::with_demo().await;
    requisitions(&stage).await;
    let ran = stage.connector(&["template", "sync", "1234", "--check", "--output", "json"]).await;
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.stderr.contains("requisitions name unknown templates: sales-a"), "{}", ran.stderr);
    let message = ran.json();
    assert_eq!(
        (&message["requisitions"], &message["read"], &message["complete"]),
        (&json!(4), &json!(4), &json!(true))
    );
    assert_eq!(value(&message, "sales-ae")["template"], "sales-ae");
    assert_eq!(value(&message, "SALES ae")["template"], "sales-ae");
    let unknown = value(&message, "sales-a");
    assert_eq!((&unknown["nearest"], &unknown["examples"]), (&json!("sales-ae"), &json!(["2002"])));
    assert_eq!((&message["nameless"], &message["unused"]), (&json!(1), &json!([])));
    let all = stage.connector(&["template", "sync", "1234", "--all", "--output", "json"]).await.json();
    assert_eq!(value(&all, "sales-a")["requisitions"], 2);
}

#[tokio::test]
async fn when_every_template_is_known_all_is_well_and_unused_ones_are_reported() {
    let stage = Stage::with_demo().await;
    crate::add(&stage, "eng", "Engineering").await.ok();
    let message = stage.connector(&["template", "sync", "1234"]).await.ok();
    assert!(message.stdout.contains("sales-ae") && message.stdout.contains("1 of 1"), "{}", message.stdout);
    assert!(message.stdout.contains("eng"), "{}", message.stdout);
    let few = ["template", "sync", "1234", "--folder", "D31999"];
    assert!(stage.connector(&few).await.ok().stderr.contains("--all looks in every folder"));
}

#[tokio::test]
async fn only_so_many_requisitions_are_read_and_that_is_said() {
    let stage = Stage::with_demo().await;
    requisitions(&stage).await;
    let ran = stage.connector(&["template", "sync", "1234", "--limit", "1", "--output", "json"]).await.ok();
    assert_eq!((&ran.json()["read"], &ran.json()["complete"]), (&json!(1), &json!(false)));
    assert!(ran.stderr.contains("only the newest 1 were read"), "{}", ran.stderr);
}

#[tokio::test]
async fn an_icims_that_refuses_is_reported_as_such() {
    let stage = Stage::with_demo().await;
    stage.control.icims("1234").configure(json!({"client_secret": "another"})).await.unwrap();
    stage.connector(&["template", "sync", "1234"]).await.failed(8, "iCIMS refuses");
}
