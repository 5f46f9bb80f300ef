//! One thing is broken at a time, and `doctor` finds that one.

use local::aws_call::Service;
use serde_json::{Value, json};

use super::{Deployed, Found};

/// Tells AWS's services a changed story and reads what is found.
async fn after(deployed: &Deployed, change: impl FnOnce(&mut Value)) -> (i32, Vec<Found>) {
    let mut told = deployed.told.clone();
    change(&mut told);
    assert_ne!(told, deployed.told, "nothing was broken");
    deployed.tell(&told).await;
    deployed.doctor(&[]).await
}

/// Exactly one finding, of this severity, there, that says this; and what to do.
#[track_caller]
fn only(ran: (i32, Vec<Found>), severity: &str, subject: &str, says: &str) {
    let (code, found) = ran;
    assert_eq!(found.len(), 1, "{found:#?}");
    let Found { what, fix, .. } = &found[0];
    assert_eq!((found[0].severity.as_str(), found[0].subject.as_str()), (severity, subject), "{found:#?}");
    assert!(what.contains(says), "{what}");
    assert!(!fix.is_empty(), "{what} has no fix");
    assert_eq!(code, i32::from(severity == "error"));
}

fn named<'a>(told: &'a mut Value, list: &str, pointer: &str, name: &str) -> &'a mut Value {
    let all = told[list].as_array_mut().unwrap().iter_mut();
    all.into_iter().find(|it| it.pointer(pointer).and_then(Value::as_str) == Some(name)).unwrap()
}

fn function<'a>(told: &'a mut Value, name: &str) -> &'a mut Value {
    &mut named(told, "functions", "/configuration/FunctionName", name)["configuration"]
}

#[tokio::test]
async fn a_function_that_is_not_as_it_was_deployed_is_found() {
    let deployed = Deployed::whole().await;
    let of = "function icims-updater";
    let ran = after(&deployed, |told| {
        function(told, "icims-updater")["Environment"]["Variables"]["WORK_QUEUE_URL"] =
            json!("http://127.0.0.1/000000000000/elsewhere")
    });
    only(ran.await, "error", of, "its variable WORK_QUEUE_URL is http://127.0.0.1/000000000000/elsewhere");
    let ran = after(&deployed, |told| {
        function(told, "icims-updater")["Environment"]["Variables"].as_object_mut().unwrap().remove("SECRETS_PREFIX");
    });
    only(ran.await, "error", of, "its variable SECRETS_PREFIX is not set");
    let ran = after(&deployed, |told| {
        function(told, "icims-updater")["Environment"]["Variables"]["RUST_LOG"] = json!("trace")
    });
    only(ran.await, "warning", of, "it logs at trace, and should at info");
    let ran = after(&deployed, |told| function(told, "icims-updater")["Timeout"] = json!(900));
    only(ran.await, "error", of, "its time limit in seconds is 900, and should be 30");
    let ran = after(&deployed, |told| function(told, "icims-updater")["Runtime"] = json!("provided.al2"));
    only(ran.await, "error", of, "its runtime is provided.al2, and should be provided.al2023");
    let ran = after(&deployed, |told| function(told, "icims-updater")["State"] = json!("Failed"));
    only(ran.await, "error", of, "its state is Failed");
    let ran = after(&deployed, |told| function(told, "icims-updater")["LastUpdateStatus"] = json!("Failed"));
    only(ran.await, "error", of, "its last update failed");
    let ran = after(&deployed, |told| function(told, "icims-updater")["MemorySize"] = json!(128));
    only(ran.await, "warning", of, "its memory is 128 MiB");
    let ran = after(&deployed, |told| function(told, "icims-updater")["LoggingConfig"]["LogFormat"] = json!("Text"));
    only(ran.await, "warning", of, "its log lines are not JSON");
    let ran = after(&deployed, |told| {
        function(told, "icims-updater")["LastModified"] = json!("2099-01-07T10:15:00.000+0000")
    });
    only(ran.await, "warning", of, "it was changed after the last deployment");
    let ran = after(&deployed, |told| function(told, "icims-updater")["Architectures"] = json!(["x86_64"]));
    only(ran.await, "error", "functions", "x86_64: icims-updater");
}

#[tokio::test]
async fn a_function_that_is_gone_is_found_and_the_others_are_looked_at_all_the_same() {
    let deployed = Deployed::whole().await;
    let (code, found) = after(&deployed, |told| {
        told["functions"]
            .as_array_mut()
            .unwrap()
            .retain(|it| it["configuration"]["FunctionName"] != "reference-requester");
        function(told, "reconciler")["Timeout"] = json!(1);
    })
    .await;
    let told: Vec<_> = found.iter().map(|it| (it.subject.as_str(), it.what.as_str())).collect();
    assert!(told.contains(&("function reference-requester", "is not there")), "{told:?}");
    assert!(told.iter().any(|(subject, _)| *subject == "function reconciler"), "{told:?}");
    assert_eq!(code, 1);
}

#[tokio::test]
async fn an_event_source_that_does_not_feed_its_function_is_found() {
    let deployed = Deployed::whole().await;
    let arn = deployed.stage.template.queue("Cancellations").unwrap().arn.clone();
    let mapping = |told: &mut Value, change: &dyn Fn(&mut Value)| {
        change(named(told, "event_source_mappings", "/EventSourceArn", &arn));
    };
    let of = "event source of rejection-canceller";
    let ran = after(&deployed, |told| mapping(told, &|it| it["State"] = json!("Disabled")));
    only(ran.await, "error", of, "it is Disabled: messages wait");
    let ran = after(&deployed, |told| mapping(told, &|it| it["FunctionResponseTypes"] = json!([])));
    only(ran.await, "error", of, "one failure repeats its whole batch");
    let ran = after(&deployed, |told| mapping(told, &|it| it["BatchSize"] = json!(1)));
    only(ran.await, "error", of, "it takes 1 messages at once, and should take 10");
    let ran = after(&deployed, |told| mapping(told, &|it| it["ScalingConfig"] = json!({"MaximumConcurrency": 2})));
    only(ran.await, "warning", of, "functions at once: 2, and should be");
    let ran = after(&deployed, |told| {
        told["event_source_mappings"].as_array_mut().unwrap().retain(|it| it["EventSourceArn"] != arn.as_str());
    });
    only(ran.await, "error", of, "nothing takes messages from queue cancellations");
}

#[tokio::test]
async fn a_schedule_that_calls_nobody_is_found() {
    let deployed = Deployed::whole().await;
    let of = "schedule of reconciler";
    let ran = after(&deployed, |told| told["rules"][0]["rule"]["State"] = json!("DISABLED"));
    only(ran.await, "error", of, "is switched off");
    let ran = after(&deployed, |told| told["rules"][0]["rule"]["ScheduleExpression"] = json!("rate(1 day)"));
    only(ran.await, "error", of, "is rate(1 day), and should be rate(5 minutes)");
    let ran = after(&deployed, |told| told["rules"][0]["targets"] = json!([]));
    only(ran.await, "error", of, "no rule calls it");
    let ran = after(&deployed, |told| told["rules"] = json!([]));
    only(ran.await, "error", of, "no rule calls it");
}

#[tokio::test]
async fn an_alarm_that_nobody_would_hear_is_found() {
    let deployed = Deployed::whole().await;
    let alarm = |told: &mut Value, change: &dyn Fn(&mut Value)| {
        change(named(told, "alarms", "/AlarmName", "crosschq-connector-CancellationsDlqAlarm"));
    };
    let of = "alarm CancellationsDlqAlarm";
    let ran = after(&deployed, |told| {
        told["alarms"]
            .as_array_mut()
            .unwrap()
            .retain(|it| it["AlarmName"] != "crosschq-connector-CancellationsDlqAlarm")
    });
    only(ran.await, "error", of, "nobody watches ApproximateNumberOfMessagesVisible of cancellations-dlq");
    let ran = after(&deployed, |told| alarm(told, &|it| it["ActionsEnabled"] = json!(false)));
    only(ran.await, "error", of, "its actions are switched off");
    let ran = after(&deployed, |told| alarm(told, &|it| it["AlarmActions"] = json!([])));
    only(ran.await, "error", of, "it does not notify the stack's AlarmTopicArn");
    let ran = after(&deployed, |told| alarm(told, &|it| it["Threshold"] = json!(1000.0)));
    only(ran.await, "warning", of, "Threshold is 1000, and should be 0");
    let ran = after(&deployed, |told| {
        for parameter in told["stack"]["Parameters"].as_array_mut().unwrap() {
            if parameter["ParameterKey"] == "AlarmTopicArn" {
                parameter["ParameterValue"] = json!("");
            }
        }
    });
    only(ran.await, "warning", "alarms", "they notify nobody");
}

#[tokio::test]
async fn a_stack_in_another_state_or_of_another_release_is_found() {
    let deployed = Deployed::whole().await;
    let of = "stack crosschq-connector";
    let ran = after(&deployed, |told| told["stack"]["StackStatus"] = json!("UPDATE_ROLLBACK_COMPLETE"));
    only(ran.await, "warning", of, "the last deployment failed and was undone");
    let ran = after(&deployed, |told| told["stack"]["StackStatus"] = json!("UPDATE_ROLLBACK_FAILED"));
    only(ran.await, "error", of, "its status is UPDATE_ROLLBACK_FAILED");
    let ran = after(&deployed, |told| told["stack"]["StackStatus"] = json!("UPDATE_IN_PROGRESS"));
    only(ran.await, "warning", of, "a deployment is under way");
    let ran = after(&deployed, |told| {
        named(&mut told["stack"], "Outputs", "/OutputKey", "Release")["OutputValue"] = json!("0.0.9")
    });
    only(ran.await, "warning", of, "it was deployed from release 0.0.9");
    let ran = after(&deployed, |told| {
        told["stack"]["Outputs"].as_array_mut().unwrap().retain(|it| it["OutputKey"] != "Release")
    });
    only(ran.await, "warning", of, "it does not tell its release");
}

#[tokio::test]
async fn a_queue_that_loses_or_repeats_messages_is_found() {
    let deployed = Deployed::whole().await;
    let url = deployed.stage.queue_url("IcimsUpdates");
    let set = async |attributes: Value| {
        let input = json!({"QueueUrl": url, "Attributes": attributes});
        deployed.stage.calls.call(Service::Sqs, "SetQueueAttributes", &input).await.unwrap();
    };
    let of = "queue icims-updates";
    let queue = deployed.stage.template.queue("IcimsUpdates").unwrap().clone();
    let dlq = queue.redrive.as_ref().unwrap().dead_letter_arn.clone();
    let policy = |arn: &str, count: u32| json!({"RedrivePolicy": json!({"deadLetterTargetArn": arn, "maxReceiveCount": count}).to_string()});
    set(policy(&dlq, 3)).await;
    only(deployed.doctor(&[]).await, "error", of, "messages are given up after 3 receives, and should be after 10");
    set(policy(&dlq.replace("icims-updates", "cancellations"), 10)).await;
    only(deployed.doctor(&[]).await, "error", of, "its dead letters go to");
    set(json!({"RedrivePolicy": ""})).await;
    only(deployed.doctor(&[]).await, "error", of, "it has no dead-letter queue");
    set(policy(&dlq, 10)).await;
    set(json!({"MessageRetentionPeriod": "60"})).await;
    only(deployed.doctor(&[]).await, "error", of, "it forgets messages after 60 s");
    set(json!({"MessageRetentionPeriod": queue.retention_s.to_string()})).await;
    set(json!({"VisibilityTimeout": "60"})).await;
    only(
        deployed.doctor(&[]).await,
        "error",
        of,
        "messages come back after 60 s, and the function that they feed may take 30 s",
    );
    set(json!({"VisibilityTimeout": queue.visibility_timeout_s.to_string()})).await;
    assert_eq!(deployed.doctor(&[]).await, (0, vec![]));
    deployed.stage.calls.call(Service::Sqs, "DeleteQueue", &json!({"QueueUrl": url})).await.unwrap();
    only(deployed.doctor(&[]).await, "error", of, "is not there");
}

#[tokio::test]
async fn a_table_without_expiry_backup_or_index_is_found() {
    let deployed = Deployed::whole().await;
    let call = async |operation: &str, input: Value| {
        deployed.stage.calls.call(Service::DynamoDb, operation, &input).await.unwrap();
    };
    let of = "table checks";
    let expiry = |on: bool| json!({"TableName": "checks", "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": on}});
    call("UpdateTimeToLive", expiry(false)).await;
    only(deployed.doctor(&[]).await, "error", of, "items do not expire by expires_at");
    call("UpdateTimeToLive", expiry(true)).await;
    let backups = |on: bool| json!({"TableName": "checks", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": on}});
    call("UpdateContinuousBackups", backups(false)).await;
    only(deployed.doctor(&[]).await, "error", of, "point-in-time recovery is off");
    call("UpdateContinuousBackups", backups(true)).await;
    call(
        "UpdateTable",
        json!({"TableName": "checks", "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "due"}}]}),
    )
    .await;
    only(deployed.doctor(&[]).await, "error", of, "it has no index due");
    call("DeleteTable", json!({"TableName": "tokens"})).await;
    let (_, found) = deployed.doctor(&[]).await;
    assert!(found.iter().any(|it| it.subject == "table tokens" && it.what == "is not there"), "{found:#?}");
}
