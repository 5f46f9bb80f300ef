//! What is found of a stack as it was deployed, of its customers, and of what the operator may not read.

use local::aws_call::Service;
use serde_json::{Value, json};

use super::Deployed;
use crate::support::Stage;

#[tokio::test]
async fn a_stack_as_it_was_deployed_has_no_finding_but_that_drift_is_not_checked_locally() {
    let deployed = Deployed::whole().await;
    let report = deployed.stage.connector(&["--output", "json", "doctor"]).await.ok().json();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{report:#}");
    assert!(findings[0]["what"].as_str().unwrap().starts_with("not checked with --local"), "{report:#}");
    let ran = deployed.stage.connector(&["doctor"]).await.ok();
    assert!(ran.stderr.contains("1 stack, 3 dead-letter queues, 1 customers"), "{}", ran.stderr);
}

#[tokio::test]
async fn an_endpoint_that_has_no_drift_detection_gives_a_note() {
    let deployed = Deployed::whole().await;
    let endpoint = deployed.stage.place.aws_endpoint.as_str();
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "operator"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
    ];
    let ran = deployed.stage.run(&["--output", "json", "doctor"], &variables, "").await;
    let report = ran.json();
    let drift = report["findings"].as_array().unwrap().iter().find(|it| it["subject"] == "drift").unwrap();
    assert_eq!(drift["severity"], "note");
    assert_eq!(drift["what"], "not checked: this AWS endpoint does not support drift detection");
    let protection = |it: &&Value| it["what"].as_str().unwrap().contains("ProtectData is false");
    let hint = report["findings"].as_array().unwrap().iter().find(protection).unwrap();
    assert_eq!(hint["severity"], "note", "the demo's stack has a customer and protects nothing");
    let of_account = |it: &Value| it["what"].as_str().unwrap().contains("Lambda GetAccountSettings");
    assert!(report["findings"].as_array().unwrap().iter().any(of_account), "{report:#}");
}

#[tokio::test]
async fn nothing_is_checked_without_a_stack() {
    let stage = Stage::empty().await;
    stage.connector(&["--stack", "other", "doctor"]).await.failed(3, "there is no stack other");
    let deployed = Deployed::whole().await;
    deployed.stage.connector(&["doctor", "--customer", "77"]).await.failed(3, "there is no customer 77");
}

#[tokio::test]
async fn what_may_not_be_read_is_found_and_the_rest_is_checked() {
    let deployed = Deployed::whole().await;
    let all_but = json!([
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["sqs:GetQueueAttributes", "secretsmanager:GetSecretValue"], "Resource": "*"},
    ]);
    deployed.stage.permit(all_but).await;
    let (code, found) = deployed.doctor(&[]).await;
    assert_eq!((code, found.len()), (1, 4), "{found:#?}");
    assert!(found.iter().all(|it| it.severity == "error" && it.what.starts_with("cannot be checked")), "{found:#?}");
    assert_eq!(found.iter().filter(|it| it.what.contains("sqs:GetQueueAttributes")).count(), 3, "{found:#?}");
    assert!(found.iter().any(|it| it.what.contains("secretsmanager:GetSecretValue")), "{found:#?}");
}

#[tokio::test]
async fn dead_letters_that_wait_are_found() {
    let deployed = Deployed::whole().await;
    let input = json!({"QueueUrl": deployed.stage.queue_url("ReferenceRequestsDlq"), "MessageBody": "{}"});
    deployed.stage.calls.call(Service::Sqs, "SendMessage", &input).await.unwrap();
    let (code, found) = deployed.doctor(&[]).await;
    assert_eq!((code, found.len()), (0, 1), "{found:#?}");
    assert_eq!((found[0].severity.as_str(), found[0].subject.as_str()), ("warning", "queue reference-requests-dlq"));
    assert!(found[0].what.starts_with("dead letters: 1;"), "{found:#?}");
    assert!(found[0].fix.contains("connector queue peek reference-requests"), "{found:#?}");
}

#[tokio::test]
async fn a_dead_letter_queue_that_is_gone_is_found() {
    let deployed = Deployed::whole().await;
    let input = json!({"QueueUrl": deployed.stage.queue_url("IcimsUpdatesDlq")});
    deployed.stage.calls.call(Service::Sqs, "DeleteQueue", &input).await.unwrap();
    let (code, found) = deployed.doctor(&[]).await;
    assert_eq!((code, found.len()), (1, 1), "{found:#?}");
    assert_eq!((found[0].severity.as_str(), found[0].subject.as_str()), ("error", "queue icims-updates-dlq"));
}

#[tokio::test]
async fn a_customer_that_cannot_work_is_found() {
    let deployed = Deployed::whole().await;
    let table = &deployed.stage.place.customers_table;
    let put = async |sk: &str, field: &str| {
        let item = json!({"pk": {"S": "1234"}, "sk": {"S": sk}, field: {"S": "x"}});
        deployed
            .stage
            .calls
            .call(Service::DynamoDb, "PutItem", &json!({"TableName": table, "Item": item}))
            .await
            .unwrap();
    };
    put("template#broken", "surwey").await;
    let (code, found) = deployed.doctor(&[]).await;
    assert_eq!((code, found.len()), (1, 1), "{found:#?}");
    assert!(found[0].subject == "customer 1234" && found[0].what.starts_with("template broken:"), "{found:#?}");
    put("settings", "regoin").await;
    let (_, found) = deployed.doctor(&[]).await;
    assert!(found.iter().any(|it| it.what.contains("the settings of customer 1234 cannot be used")), "{found:#?}");
}

#[tokio::test]
async fn a_customer_without_a_secret_is_found() {
    let deployed = Deployed::whole().await;
    let secret = json!({"SecretId": "crosschq-connector/customers/1234", "ForceDeleteWithoutRecovery": true});
    deployed.stage.calls.call(Service::SecretsManager, "DeleteSecret", &secret).await.unwrap();
    let (code, found) = deployed.doctor(&[]).await;
    assert_eq!((code, found.len()), (1, 1), "{found:#?}");
    assert!(found[0].what.contains("has no secret crosschq-connector/customers/1234"), "{found:#?}");
}

#[tokio::test]
async fn a_customers_vendors_are_asked_where_that_is_wanted() {
    let deployed = Deployed::whole().await;
    let (code, found) = deployed.doctor(&["--customer", "1234"]).await;
    assert_eq!((code, found.iter().filter(|it| it.severity == "error").count()), (0, 0), "{found:#?}");
    let crosschq = deployed.stage.control.crosschq(&deployed.stage.demo.org);
    crosschq.configure(json!({"tokens": ["another"]})).await.unwrap();
    assert_eq!(deployed.doctor(&[]).await.0, 0, "nobody is asked unasked");
    let (code, found) = deployed.doctor(&["--verify"]).await;
    assert_eq!(code, 1);
    assert!(
        found.iter().any(|it| it.severity == "error" && it.what.contains("Crosschq refuses the key")),
        "{found:#?}"
    );
}

#[tokio::test]
async fn a_template_that_crosschq_does_not_take_any_more_is_found() {
    let deployed = Deployed::whole().await;
    let crosschq = deployed.stage.control.crosschq(&deployed.stage.demo.org);
    let mut surveys = serde_json::to_value(crosschq.settings().await.unwrap().surveys).unwrap();
    for survey in surveys.as_array_mut().unwrap() {
        if survey["codename"] == "account-executive" {
            survey["enabled"] = json!(false);
        }
    }
    crosschq.configure(json!({"surveys": surveys})).await.unwrap();
    let (code, found) = deployed.doctor(&["--customer", "1234"]).await;
    assert_eq!(code, 1);
    assert!(found.iter().any(|it| it.what.contains("Crosschq lists no survey account-executive")), "{found:#?}");
}
