//! What drift detection does not cover: alarms that are in alarm, or notify nobody.

use aws_sdk_cloudwatch::types::MetricAlarm;

use super::finding::Findings;
use super::stack::DeployedStack;
use crate::failure::explain;
use crate::session::Session;

pub(super) async fn check(session: &Session, stack: &DeployedStack, findings: &mut Findings) {
    // CloudFormation puts the stack's name before an alarm's.
    let prefix = format!("{}-", stack.name);
    let pages = session.cloudwatch().describe_alarms().alarm_name_prefix(prefix).into_paginator().send();
    let pages = match pages.collect::<Result<Vec<_>, _>>().await {
        Ok(pages) => pages,
        Err(error) => return findings.unseen("alarms", explain("CloudWatch DescribeAlarms", &error)),
    };
    let alarms: Vec<MetricAlarm> = pages.into_iter().flat_map(|page| page.metric_alarms.unwrap_or_default()).collect();
    report(stack, &alarms, findings);
}

fn report(stack: &DeployedStack, alarms: &[MetricAlarm], findings: &mut Findings) {
    let is_empty = |parameter: &str| stack.parameters.get(parameter).is_none_or(String::is_empty);
    if is_empty("AlarmTopicArn") && is_empty("AlarmEmail") {
        findings.warning(
            "alarms",
            "they notify nobody: the stack has neither AlarmEmail nor AlarmTopicArn",
            "deploy with AlarmEmail, or with the AlarmTopicArn of an SNS topic that has a subscriber",
        );
    }
    for alarm in alarms {
        let name = alarm.alarm_name().unwrap_or_default();
        let subject = format!("alarm {name}");
        if alarm.actions_enabled() == Some(false) {
            let fix = format!("aws cloudwatch enable-alarm-actions --alarm-names {name}");
            findings.error(&subject, "its actions are disabled: it notifies nobody", fix);
        }
        if alarm.state_value().is_some_and(|state| state.as_str() == "ALARM") {
            let description = alarm.alarm_description().unwrap_or("see its description");
            findings.warning(&subject, format!("it is in alarm: {description}"), "see docs/operations/runbook.md");
        }
    }
    findings.checked("alarms", alarms.len());
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::types::StateValue;

    use super::*;
    use crate::doctor::finding::Severity;

    #[test]
    fn an_alarm_that_notifies_nobody_or_is_in_alarm_is_found() {
        let topic = ("AlarmTopicArn".to_owned(), "arn:aws:sns:us-east-1:1:alarms".to_owned());
        let found = |parameters: &[(String, String)], alarm: MetricAlarm| {
            let parameters = parameters.iter().cloned().collect();
            let stack = DeployedStack { parameters, ..DeployedStack::default() };
            let mut findings = Findings::default();
            report(&stack, &[alarm], &mut findings);
            findings.sorted().into_iter().map(|it| (it.severity, it.what.clone())).collect::<Vec<_>>()
        };
        let whole = || MetricAlarm::builder().alarm_name("s-Dlq").actions_enabled(true).state_value(StateValue::Ok);
        assert_eq!(found(std::slice::from_ref(&topic), whole().build()), []);
        let email = ("AlarmEmail".to_owned(), "operators@example.com".to_owned());
        assert_eq!(found(&[email], whole().build()), []);
        let silent = found(&[("AlarmEmail".to_owned(), String::new())], whole().build());
        assert!(silent.len() == 1 && silent[0].1.starts_with("they notify nobody"), "{silent:?}");
        let disabled = found(std::slice::from_ref(&topic), whole().actions_enabled(false).build());
        assert_eq!(disabled, [(Severity::Error, "its actions are disabled: it notifies nobody".to_owned())]);
        let ringing = whole().state_value(StateValue::Alarm).alarm_description("Messages wait").build();
        let ringing = found(&[topic], ringing);
        assert_eq!(ringing, [(Severity::Warning, "it is in alarm: Messages wait".to_owned())]);
    }
}
