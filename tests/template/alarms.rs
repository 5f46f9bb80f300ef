//! The alarms: what they watch, whom they notify, and what a person does then.

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::root;

use crate::{named, resource, resources, template};

/// The metrics that an alarm watches: its own, or those of its expression.
fn metrics(alarm: &Value) -> Vec<&Value> {
    match alarm["Metrics"].as_array() {
        None => vec![alarm],
        Some(parts) => parts.iter().filter_map(|part| part["MetricStat"].get("Metric")).collect(),
    }
}

/// Whether an alarm watches this metric of this resource, and at which threshold.
fn watches(alarm: &Value, metric: &str, logical_id: &str) -> bool {
    metrics(alarm)
        .iter()
        .any(|watched| watched["MetricName"] == metric && named(&watched["Dimensions"]).contains(logical_id))
}

#[test]
fn every_queue_and_every_function_is_watched() {
    let template = template();
    let alarms = resources(&template, "AWS::CloudWatch::Alarm");
    let watched = |metric: &str, logical_id: &str, at: Option<u64>| {
        let mut alarms = alarms.iter().map(|(_, alarm)| &alarm["Properties"]);
        alarms.any(|alarm| watches(alarm, metric, logical_id) && at.is_none_or(|at| alarm["Threshold"] == at))
    };
    for queue in &template.queues {
        let id = &queue.logical_id;
        if queue.redrive.is_some() {
            assert!(watched("ApproximateAgeOfOldestMessage", id, None), "{id}");
            // The age leaves out messages that were received three times: in an outage, these are all.
            assert!(watched("ApproximateNumberOfMessagesNotVisible", id, None), "{id}");
        } else {
            // In flight too, or the alarm would go off and on when somebody looks at the messages.
            assert!(watched("ApproximateNumberOfMessagesVisible", id, Some(0)), "{id}");
            assert!(watched("ApproximateNumberOfMessagesNotVisible", id, Some(0)), "{id}");
        }
    }
    for function in &template.functions {
        assert!(watched("Errors", &function.logical_id, Some(0)), "{}", function.name);
    }
}

#[test]
fn a_reconciler_that_does_not_run_is_noticed() {
    let template = template();
    let alarm = resource(&template, "ReconcilerSilentAlarm");
    assert!(watches(alarm, "Invocations", "Reconciler"));
    assert_eq!(
        (&alarm["ComparisonOperator"], &alarm["TreatMissingData"]),
        (&"LessThanThreshold".into(), &"breaching".into())
    );
}

#[test]
fn every_alarm_notifies_the_topic_and_has_a_line_in_the_runbook() {
    let template = template();
    let runbook = std::fs::read_to_string(root().join("docs/operations/runbook.md")).unwrap();
    for (id, alarm) in resources(&template, "AWS::CloudWatch::Alarm") {
        let alarm = &alarm["Properties"];
        for actions in ["AlarmActions", "OKActions"] {
            let topics = named(&alarm[actions]);
            assert!(topics.contains("AlarmTopicArn") && topics.contains("AlarmTopic"), "{id}: {actions}");
        }
        assert!(alarm["AlarmDescription"].is_string() || alarm["AlarmDescription"]["Fn::Sub"].is_string(), "{id}");
        assert!(runbook.contains(&format!("`{id}`")), "{id} has no line in docs/operations/runbook.md");
    }
}

/// AWS' own metrics that alarms may watch.
const AWS_METRICS: [&str; 9] = [
    "AWS/SQS ApproximateAgeOfOldestMessage",
    "AWS/SQS ApproximateNumberOfMessagesNotVisible",
    "AWS/SQS ApproximateNumberOfMessagesVisible",
    "AWS/Lambda Errors",
    "AWS/Lambda Invocations",
    "AWS/Lambda Throttles",
    "AWS/ApiGateway 5xx",
    "AWS/ApiGateway 4xx",
    "AWS/ApiGateway Count",
];

#[test]
fn every_metric_that_an_alarm_names_is_aws_own_or_filtered_from_a_log() {
    let template = template();
    let filters = resources(&template, "AWS::Logs::MetricFilter");
    let filtered: BTreeSet<&str> = filters
        .iter()
        .map(|(_, filter)| filter["Properties"]["MetricTransformations"][0]["MetricName"].as_str().unwrap())
        .collect();
    let mut ours = BTreeSet::new();
    for (id, alarm) in resources(&template, "AWS::CloudWatch::Alarm") {
        for metric in metrics(&alarm["Properties"]) {
            let name = metric["MetricName"].as_str().unwrap();
            match metric["Namespace"].as_str() {
                Some(namespace) => {
                    assert!(AWS_METRICS.contains(&format!("{namespace} {name}").as_str()), "{id}: {name}")
                }
                None => {
                    assert_eq!(metric["Namespace"]["Ref"], "AWS::StackName", "{id}");
                    assert!(filtered.contains(name), "{id}: no filter makes {name}");
                    ours.insert(name);
                }
            }
        }
    }
    assert_eq!(ours, filtered, "a filter without an alarm");
}

#[test]
fn each_function_that_can_log_it_is_filtered_for_what_needs_a_person() {
    let template = template();
    let filters = resources(&template, "AWS::Logs::MetricFilter");
    for function in &template.functions {
        let group = format!("{}Logs", function.logical_id);
        for pattern in ["{ $.outcome = \"internal\" }", "{ $.action = \"manual\" }"] {
            let found = filters
                .iter()
                .map(|(_, filter)| &filter["Properties"])
                .any(|filter| filter["LogGroupName"]["Ref"] == group.as_str() && filter["FilterPattern"] == pattern);
            assert!(found, "{group}: no filter for {pattern}");
        }
    }
}
