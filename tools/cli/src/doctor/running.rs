//! What drift detection does not cover: how functions and event sources do, which is no property of the template.

use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput as Configuration;
use aws_sdk_lambda::types::EventSourceMappingConfiguration as Mapping;
use time::OffsetDateTime;
use time::format_description::well_known::Iso8601;

use super::expected::Expected;
use super::finding::Findings;
use super::stack::DeployedStack;
use crate::failure::explain;
use crate::session::Session;

/// A deployment takes some minutes from its first function to its last.
const DEPLOYMENT_S: i64 = 30 * 60;
const REDEPLOY: &str = "deploy this release with `sam build` and `sam deploy`";

pub(super) async fn check(session: &Session, stack: &DeployedStack, expected: &Expected, findings: &mut Findings) {
    let lambda = session.lambda();
    for function in &expected.template.functions {
        let subject = format!("function {}", function.name);
        match lambda.get_function_configuration().function_name(&function.name).send().await {
            Ok(configuration) => check_function(stack.deployed_s, &subject, &configuration, findings),
            Err(error) => {
                findings.unseen(&subject, explain("Lambda GetFunctionConfiguration", &error));
                continue;
            }
        }
        let sources: Vec<&str> = expected
            .template
            .sqs_sources
            .iter()
            .filter(|source| source.function == function.logical_id)
            .map(|source| source.queue_arn.as_str())
            .collect();
        let subject = format!("event source of {}", function.name);
        let pages = lambda.list_event_source_mappings().function_name(&function.name).into_paginator().items().send();
        match pages.collect::<Result<Vec<Mapping>, _>>().await {
            Ok(mappings) => check_event_sources(&sources, &mappings, &subject, findings),
            Err(error) => findings.unseen(&subject, explain("Lambda ListEventSourceMappings", &error)),
        }
    }
    findings.checked("functions", expected.template.functions.len());
    findings.checked("event sources", expected.template.sqs_sources.len());
}

fn check_function(deployed_s: Option<i64>, subject: &str, function: &Configuration, findings: &mut Findings) {
    let state = function.state().map_or("Active", |state| state.as_str());
    // Lambda deactivates a function that was not invoked for weeks, and activates it at the next call.
    if !matches!(state, "Active" | "Inactive") {
        let reason = function.state_reason().map(|reason| format!(": {reason}")).unwrap_or_default();
        findings.error(subject, format!("its state is {state}{reason}"), "wait if it is Pending; else deploy again");
    }
    match function.last_update_status().map(|status| status.as_str()) {
        Some("Failed") => {
            let reason = function.last_update_status_reason().unwrap_or("no reason given");
            findings.error(subject, format!("its last update failed: {reason}"), REDEPLOY);
        }
        Some("InProgress") => findings.warning(subject, "an update is in progress", "run this again when it is over"),
        _ => {}
    }
    // CloudFormation does not compare the code.
    if let (Some(changed), Some(deployed)) = (function.last_modified().and_then(modified_s), deployed_s)
        && changed > deployed + DEPLOYMENT_S
    {
        findings.warning(
            subject,
            "it was changed after the last deployment: it may run other code than the other functions",
            REDEPLOY,
        );
    }
}

/// Lambda writes `2026-01-05T10:15:00.000+0000`.
fn modified_s(text: &str) -> Option<i64> {
    let text = match text.strip_suffix("+0000") {
        Some(utc) => format!("{utc}Z"),
        None => text.to_owned(),
    };
    OffsetDateTime::parse(&text, &Iso8601::DEFAULT).ok().map(OffsetDateTime::unix_timestamp)
}

/// Lambda itself disables an event source whose queue it may not read, and anybody may add one: neither is drift.
fn check_event_sources(expected: &[&str], mappings: &[Mapping], subject: &str, findings: &mut Findings) {
    // The template's reader does not know the partition.
    let arn = |arn: &str| arn.splitn(3, ':').nth(2).unwrap_or(arn).to_owned();
    let of = |queue: &str| mappings.iter().find(|it| it.event_source_arn().map(arn) == Some(arn(queue)));
    for queue in expected {
        let state = of(queue).map(|mapping| (mapping.uuid().unwrap_or_default(), mapping.state().unwrap_or_default()));
        match state {
            Some((_, "Enabled" | "Enabling" | "Updating")) => {}
            Some((uuid, state)) => findings.error(
                subject,
                format!("it is {state}: messages wait and no function receives them"),
                format!("aws lambda update-event-source-mapping --uuid {uuid} --enabled"),
            ),
            None => {
                let name = queue.rsplit(':').next().unwrap_or_default();
                findings.error(subject, format!("no event source reads queue {name}"), REDEPLOY);
            }
        }
    }
    for mapping in mappings {
        let source = mapping.event_source_arn().unwrap_or_default();
        if !expected.iter().any(|queue| arn(queue) == arn(source)) {
            let fix = format!("aws lambda delete-event-source-mapping --uuid {}", mapping.uuid().unwrap_or_default());
            findings.warning(subject, format!("it also receives from {source}, which no release sets up"), fix);
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types::{LastUpdateStatus, State};

    use super::*;
    use crate::doctor::finding::Severity;

    const QUEUE: &str = "arn:aws:sqs:us-east-1:1:cancellations";

    #[track_caller]
    fn only(findings: &Findings, severity: Severity, says: &str) {
        let found = findings.sorted();
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].severity == severity && found[0].what.contains(says) && found[0].fix.is_some(), "{found:#?}");
    }

    fn function(configuration: &Configuration) -> Findings {
        let mut findings = Findings::default();
        let deployed = modified_s("2026-01-05T10:15:00.000+0000");
        check_function(deployed, "function f", configuration, &mut findings);
        findings
    }

    #[test]
    fn a_function_that_cannot_run_or_was_changed_is_found() {
        let whole = || Configuration::builder().last_modified("2026-01-05T10:16:00.000+0000").state(State::Active);
        assert!(function(&whole().build()).sorted().is_empty());
        assert!(function(&whole().state(State::Inactive).build()).sorted().is_empty());
        only(&function(&whole().state(State::Failed).build()), Severity::Error, "its state is Failed");
        let failed = whole().last_update_status(LastUpdateStatus::Failed).build();
        only(&function(&failed), Severity::Error, "its last update failed");
        let updating = whole().last_update_status(LastUpdateStatus::InProgress).build();
        only(&function(&updating), Severity::Warning, "an update is in progress");
        let changed = whole().last_modified("2026-01-07T10:15:00.000+0000").build();
        only(&function(&changed), Severity::Warning, "it was changed after the last deployment");
    }

    #[test]
    fn an_event_source_that_does_not_feed_its_function_is_found() {
        let found = |mappings: &[Mapping]| {
            let mut findings = Findings::default();
            check_event_sources(&[QUEUE], mappings, "event source of f", &mut findings);
            findings
        };
        let mapping = |arn: &str, state: &str| Mapping::builder().uuid("u").event_source_arn(arn).state(state).build();
        let enabled = mapping("arn:aws-us-gov:sqs:us-east-1:1:cancellations", "Enabled");
        assert!(found(std::slice::from_ref(&enabled)).sorted().is_empty());
        only(&found(&[mapping(QUEUE, "Disabled")]), Severity::Error, "it is Disabled: messages wait");
        only(&found(&[]), Severity::Error, "no event source reads queue cancellations");
        let foreign = mapping("arn:aws:sqs:us-east-1:1:another", "Enabled");
        only(&found(&[enabled, foreign]), Severity::Warning, "it also receives from arn:aws:sqs:us-east-1:1:another");
    }

    #[test]
    fn lambdas_own_format_of_moments_is_read() {
        assert_eq!(modified_s("2026-01-05T10:15:00.000+0000"), Some(1_767_608_100));
        assert_eq!(modified_s("2026-01-05T10:15:00Z"), Some(1_767_608_100));
        assert_eq!(modified_s("yesterday"), None);
    }
}
