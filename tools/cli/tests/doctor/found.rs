//! What is found of a whole stack: nothing; of customers; and of what the operator may not look at.

use local::aws_call::Service;
use serde_json::json;

use super::Deployed;
use crate::support::Stage;

#[tokio::test]
async fn a_stack_as_it_was_deployed_is_all_green() {
    let deployed = Deployed::whole().await;
    assert_eq!(deployed.doctor(&[]).await, (0, vec![]));
    let told = deployed.connector(&["doctor"]).await.ok();
    assert_eq!(told.stdout, "");
    assert!(told.stderr.contains("3 tables, 6 queues, 6 functions, 3 event sources, 1 schedule"), "{}", told.stderr);
}

#[tokio::test]
async fn the_local_run_is_all_green_although_it_alarms_nobody() {
    let deployed = Deployed::whole().await;
    let mut told = deployed.told.clone();
    for function in told["functions"].as_array_mut().unwrap() {
        function["configuration"]["Environment"]["Variables"]["AWS_ENDPOINT_URL"] = json!("http://127.0.0.1:1");
        function["configuration"]["Environment"]["Variables"]["OF_THIS_MACHINE"] = json!("x");
    }
    for parameter in told["stack"]["Parameters"].as_array_mut().unwrap() {
        if parameter["ParameterKey"] == "AlarmTopicArn" {
            parameter["ParameterValue"] = json!("");
        }
    }
    deployed.tell(&told).await;
    // What a killed function held comes back sooner there.
    let url = deployed.stage.queue_url("IcimsUpdates");
    let sooner = json!({"QueueUrl": url, "Attributes": {"VisibilityTimeout": "5"}});
    deployed.stage.calls.call(Service::Sqs, "SetQueueAttributes", &sooner).await.unwrap();
    let looked = deployed.stage.connector(&["--output", "json", "doctor"]).await.ok().json();
    assert_eq!(looked["findings"], json!([]));
    assert_eq!(deployed.doctor(&[]).await.1.len(), 8, "on AWS each of these is a finding");
}

#[tokio::test]
async fn there_is_nothing_to_look_at_without_a_stack() {
    let stage = Stage::empty().await;
    stage.connector(&["--stack", "other", "doctor"]).await.failed(3, "there is no stack other");
    let deployed = Deployed::whole().await;
    let arguments = ["doctor", "--customer", "77"];
    deployed.connector(&arguments).await.failed(3, "there is no customer 77");
}

#[tokio::test]
async fn what_may_not_be_looked_at_is_found_and_the_rest_is_looked_at() {
    let deployed = Deployed::whole().await;
    let all_but = json!([
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["lambda:GetFunctionConfiguration", "cloudwatch:DescribeAlarms"], "Resource": "*"},
    ]);
    deployed.stage.permit(all_but).await;
    let (code, found) = deployed.doctor(&[]).await;
    assert_eq!(code, 1);
    assert_eq!(found.len(), 7, "{found:#?}");
    let alarms = found.iter().find(|it| it.subject == "alarms").unwrap();
    assert!(
        alarms.what.starts_with("cannot be looked at") && alarms.what.contains("cloudwatch:DescribeAlarms"),
        "{alarms:?}"
    );
    assert!(found.iter().filter(|it| it.subject.starts_with("function ")).count() == 6, "{found:#?}");
}

#[tokio::test]
async fn dead_letters_that_wait_are_found_and_so_is_their_alarm() {
    let deployed = Deployed::whole().await;
    let input = json!({"QueueUrl": deployed.stage.queue_url("ReferenceRequestsDlq"), "MessageBody": "{}"});
    deployed.stage.calls.call(Service::Sqs, "SendMessage", &input).await.unwrap();
    let (code, found) = deployed.doctor(&[]).await;
    assert_eq!((code, found.len()), (0, 2), "{found:#?}");
    assert!(found.iter().all(|it| it.severity == "warning"), "{found:#?}");
    let queue = found.iter().find(|it| it.subject == "queue reference-requests-dlq").unwrap();
    assert!(queue.what.contains("1 dead letters wait"), "{queue:?}");
    assert!(queue.fix.contains("connector queue peek reference-requests"), "{queue:?}");
    let alarm = found.iter().find(|it| it.subject == "alarm ReferenceRequestsDlqAlarm").unwrap();
    assert!(alarm.what.starts_with("it is in alarm: Messages of reference-requests were given up"), "{alarm:?}");
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
