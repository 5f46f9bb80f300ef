//! The alarms: there, as they should be, and heard by somebody.

use aws_sdk_cloudwatch::types::MetricAlarm;
use sam_template::resolve::text;
use serde_json::Value;

use super::stack::Seen;
use super::{Expected, Findings};
use crate::failure::CliError;
use crate::session::{Session, explain};

pub(super) async fn look(session: &Session, seen: &Seen, expected: &Expected, findings: &mut Findings) {
    let there = match all(session, &seen.name).await {
        Ok(there) => there,
        Err(error) => return findings.unseen("alarms", error),
    };
    let api = seen.outputs.get("ApiId").cloned().unwrap_or_default();
    let topic = seen.parameters.get("AlarmTopicArn").filter(|topic| !topic.is_empty());
    for (id, wanted) in &expected.alarms {
        let subject = format!("alarm {id}");
        let metric = Metric::wanted(wanted, &api);
        match there.iter().find(|alarm| Metric::of(alarm) == metric) {
            Some(alarm) => compare(wanted, alarm, topic, &subject, findings),
            None => findings.error(
                &subject,
                format!("is not there: nobody watches {}", metric.told()),
                "remove it from the template, deploy, put it back, deploy; or make it by hand with the template's properties",
            ),
        }
    }
    // The local run has nobody to notify.
    if topic.is_none() && !session.is_local() {
        findings.warning(
            "alarms",
            "they notify nobody: the stack's AlarmTopicArn is empty",
            "make an SNS topic that somebody reads, and deploy with AlarmTopicArn",
        );
    }
    findings.looked_at("alarms", expected.alarms.len());
}

/// CloudFormation begins an alarm's name with the stack's; an endpoint that names them otherwise lists all it has.
async fn all(session: &Session, stack: &str) -> Result<Vec<MetricAlarm>, CliError> {
    let ask = |prefix: Option<String>| {
        let pages = session.cloudwatch().describe_alarms().set_alarm_name_prefix(prefix).into_paginator().send();
        pages.collect::<Result<Vec<_>, _>>()
    };
    let told = |pages: Vec<aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput>| {
        pages.into_iter().flat_map(|page| page.metric_alarms.unwrap_or_default()).collect::<Vec<_>>()
    };
    let ours = ask(Some(format!("{stack}-"))).await.map_err(|error| explain("CloudWatch DescribeAlarms", &error))?;
    let ours = told(ours);
    if !ours.is_empty() {
        return Ok(ours);
    }
    ask(None).await.map(told).map_err(|error| explain("CloudWatch DescribeAlarms", &error))
}

/// What an alarm watches; no two of ours watch the same.
#[derive(Debug, PartialEq, Eq)]
struct Metric {
    namespace: String,
    name: String,
    dimensions: Vec<(String, String)>,
}

impl Metric {
    fn wanted(properties: &Value, api: &str) -> Self {
        let dimensions = properties["Dimensions"].as_array().map(Vec::as_slice).unwrap_or_default();
        let dimension = |it: &Value| {
            let name = text(&it["Name"]);
            // The API's id is made up by AWS.
            let value = if name == "ApiId" { api.to_owned() } else { text(&it["Value"]) };
            (name, value)
        };
        let mut dimensions: Vec<_> = dimensions.iter().map(dimension).collect();
        dimensions.sort();
        Self { namespace: text(&properties["Namespace"]), name: text(&properties["MetricName"]), dimensions }
    }

    fn of(alarm: &MetricAlarm) -> Self {
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        let mut dimensions: Vec<_> = alarm.dimensions().iter().map(|it| (text(it.name()), text(it.value()))).collect();
        dimensions.sort();
        Self { namespace: text(alarm.namespace()), name: text(alarm.metric_name()), dimensions }
    }

    fn told(&self) -> String {
        let of: Vec<&str> = self.dimensions.iter().map(|(_, value)| value.as_str()).collect();
        if of.is_empty() { self.name.clone() } else { format!("{} of {}", self.name, of.join(", ")) }
    }
}

fn compare(wanted: &Value, alarm: &MetricAlarm, topic: Option<&String>, subject: &str, findings: &mut Findings) {
    let name = alarm.alarm_name().unwrap_or_default();
    let differing = differences(wanted, alarm);
    if !differing.is_empty() {
        findings.warning(
            subject,
            format!("it is not as this release has it: {}", differing.join("; ")),
            format!(
                "put it right with `aws cloudwatch put-metric-alarm --alarm-name {name}`, or deploy the stack anew"
            ),
        );
    }
    if alarm.actions_enabled() == Some(false) {
        let fix = format!("aws cloudwatch enable-alarm-actions --alarm-names {name}");
        findings.error(subject, "its actions are switched off: it notifies nobody", fix);
    } else if let Some(topic) = topic
        && !alarm.alarm_actions().contains(topic)
    {
        findings.error(subject, "it does not notify the stack's AlarmTopicArn", "deploy the stack anew");
    }
    if alarm.state_value().is_some_and(|state| state.as_str() == "ALARM") {
        let why = wanted["AlarmDescription"].as_str().unwrap_or("see its description");
        findings.warning(subject, format!("it is in alarm: {why}"), "see docs/operations/runbook.md");
    }
}

fn differences(wanted: &Value, alarm: &MetricAlarm) -> Vec<String> {
    let number = |name: &str| text(&wanted[name]).parse::<f64>().ok();
    let mut differing = Vec::new();
    let mut compare = |what: &str, wanted: String, found: String| {
        if wanted != found {
            differing.push(format!("{what} is {found}, and should be {wanted}"));
        }
    };
    let words = [
        ("Statistic", alarm.statistic().map(|it| it.as_str())),
        ("ComparisonOperator", alarm.comparison_operator().map(|it| it.as_str())),
        ("TreatMissingData", alarm.treat_missing_data()),
    ];
    for (name, found) in words {
        compare(name, text(&wanted[name]), found.unwrap_or("unset").to_owned());
    }
    let numbers = [
        ("Threshold", alarm.threshold()),
        ("Period", alarm.period().map(f64::from)),
        ("EvaluationPeriods", alarm.evaluation_periods().map(f64::from)),
    ];
    for (name, found) in numbers {
        let told = |value: Option<f64>| value.map_or_else(|| "unset".to_owned(), |value| value.to_string());
        compare(name, told(number(name)), told(found));
    }
    differing
}
