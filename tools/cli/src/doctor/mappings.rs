//! What feeds the functions from the queues.

use aws_sdk_lambda::types::EventSourceMappingConfiguration as Mapping;
use sam_template::SqsSource;

use super::expected::arn;
use super::{Expected, Findings};
use crate::failure::CliError;
use crate::session::{Session, explain};

pub(super) async fn look(session: &Session, expected: &Expected, findings: &mut Findings) {
    for function in &expected.template.functions {
        let sources: Vec<&SqsSource> =
            expected.template.sqs_sources.iter().filter(|source| source.function == function.logical_id).collect();
        let subject = format!("event source of {}", function.name);
        let there = match of(session, &function.name).await {
            Ok(Some(there)) => there,
            // That there is no such function is told already.
            Ok(None) => continue,
            Err(error) => {
                findings.unseen(&subject, error);
                continue;
            }
        };
        for source in &sources {
            let queue = source.queue_arn.rsplit(':').next().unwrap_or_default();
            let mapping = there.iter().find(|it| it.event_source_arn().map(arn) == Some(arn(&source.queue_arn)));
            match mapping {
                Some(mapping) => compare(source, mapping, &subject, findings),
                None => findings.error(
                    &subject,
                    format!("nothing takes messages from queue {queue} to it"),
                    format!(
                        "aws lambda create-event-source-mapping --function-name {} --event-source-arn {} --batch-size {} --function-response-types ReportBatchItemFailures",
                        function.name, source.queue_arn, source.batch_size
                    ),
                ),
            }
        }
        for mapping in &there {
            let from = mapping.event_source_arn().unwrap_or_default();
            if !sources.iter().any(|source| arn(&source.queue_arn) == arn(from)) {
                let what = format!("it is also fed from {from}, which is none of ours");
                findings.warning(
                    &subject,
                    what,
                    format!("aws lambda delete-event-source-mapping --uuid {}", uuid(mapping)),
                );
            }
        }
    }
    findings.looked_at("event sources", expected.template.sqs_sources.len());
}

async fn of(session: &Session, function: &str) -> Result<Option<Vec<Mapping>>, CliError> {
    let pages = session.lambda().list_event_source_mappings().function_name(function).into_paginator().items().send();
    let mappings: Result<Vec<Mapping>, _> = pages.collect().await;
    match mappings {
        Ok(mappings) => Ok(Some(mappings)),
        Err(error) if error.as_service_error().is_some_and(|it| it.is_resource_not_found_exception()) => Ok(None),
        Err(error) => Err(explain("Lambda ListEventSourceMappings", &error)),
    }
}

fn uuid(mapping: &Mapping) -> &str {
    mapping.uuid().unwrap_or_default()
}

fn compare(source: &SqsSource, mapping: &Mapping, subject: &str, findings: &mut Findings) {
    let update = |options: String| format!("aws lambda update-event-source-mapping --uuid {} {options}", uuid(mapping));
    let state = mapping.state().unwrap_or_default();
    if source.enabled && !matches!(state, "Enabled" | "Enabling" | "Updating") {
        findings.error(
            subject,
            format!("it is {state}: messages wait and nobody works on them"),
            update("--enabled".to_owned()),
        );
    }
    let reports = mapping.function_response_types().iter().any(|kind| kind.as_str() == "ReportBatchItemFailures");
    if source.reports_batch_item_failures && !reports {
        findings.error(
            subject,
            "it does not report failures by message: one failure repeats its whole batch",
            update("--function-response-types ReportBatchItemFailures".to_owned()),
        );
    }
    let number = |value: Option<i32>| value.and_then(|value| u64::try_from(value).ok());
    let batch = number(mapping.batch_size()).unwrap_or_default();
    if batch != source.batch_size {
        findings.error(
            subject,
            format!("it takes {batch} messages at once, and should take {}", source.batch_size),
            update(format!("--batch-size {}", source.batch_size)),
        );
    }
    let window = number(mapping.maximum_batching_window_in_seconds()).unwrap_or_default();
    if window != source.batching_window_s {
        findings.warning(
            subject,
            format!("it waits {window} s for a batch, and should wait {} s", source.batching_window_s),
            update(format!("--maximum-batching-window-in-seconds {}", source.batching_window_s)),
        );
    }
    let most = number(mapping.scaling_config().and_then(|scaling| scaling.maximum_concurrency()));
    if most != source.max_concurrency {
        let told = |most: Option<u64>| most.map_or_else(|| "no limit".to_owned(), |most| most.to_string());
        findings.warning(
            subject,
            format!("functions at once: {}, and should be {}", told(most), told(source.max_concurrency)),
            update(format!("--scaling-config MaximumConcurrency={}", source.max_concurrency.unwrap_or_default())),
        );
    }
}
