//! The queues and their dead-letter queues.

use std::collections::HashMap;

use aws_sdk_sqs::types::QueueAttributeName as Name;
use sam_template::Queue;

use super::expected::{arn, queue_path};
use super::{Expected, Findings};
use crate::failure::CliError;
use crate::session::{QueueName, Session, explain};

/// AWS' advice for a queue that feeds a function: six times the function's time, so that a batch that is throttled or
/// tried again inside Lambda does not come back meanwhile.
const TIMES: u64 = 6;

pub(super) async fn look(session: &Session, expected: &Expected, findings: &mut Findings) {
    let Ok(stack) = session.stack().await else { return };
    let urls: Vec<&str> =
        QueueName::ALL.iter().flat_map(|name| [stack.queue_url(*name), stack.dlq_url(*name)]).collect();
    for queue in &expected.template.queues {
        let subject = format!("queue {}", queue.name);
        let Some(url) = urls.iter().find(|url| queue_path(url) == queue_path(&queue.url)) else {
            findings.error(&subject, "no output of the stack names it", "deploy this release");
            continue;
        };
        match attributes(session, url).await {
            Ok(Some(told)) => {
                compare(session, expected, queue, &subject, &told, findings);
                if queue.redrive.is_none() {
                    waiting(queue, &subject, &told, findings);
                }
            }
            Ok(None) => findings.error(
                &subject,
                "is not there: what is sent to it is lost to its sender, who tries again",
                format!("aws sqs create-queue --queue-name {}, then look again for its attributes", queue.name),
            ),
            Err(error) => findings.unseen(&subject, error),
        }
    }
    findings.looked_at("queues", expected.template.queues.len());
}

async fn attributes(session: &Session, url: &str) -> Result<Option<HashMap<Name, String>>, CliError> {
    let asked = session.sqs().get_queue_attributes().queue_url(url).attribute_names(Name::All).send().await;
    match asked {
        Ok(answer) => Ok(Some(answer.attributes.unwrap_or_default())),
        Err(error) if error.as_service_error().is_some_and(|error| error.is_queue_does_not_exist()) => Ok(None),
        Err(error) => Err(explain("SQS GetQueueAttributes", &error)),
    }
}

fn compare(
    session: &Session,
    expected: &Expected,
    queue: &Queue,
    subject: &str,
    told: &HashMap<Name, String>,
    findings: &mut Findings,
) {
    let number = |name: &Name| told.get(name).and_then(|value| value.parse::<u64>().ok()).unwrap_or(0);
    let fix = |name: &str, value: u64| {
        format!("aws sqs set-queue-attributes --queue-url <its URL> --attributes {name}={value}")
    };
    let visibility = number(&Name::VisibilityTimeout);
    let timeout = fed_timeout_s(expected, queue);
    if session.is_local() {
        // The local run waits less for what a killed function held.
    } else if visibility < timeout * TIMES {
        findings.error(
            subject,
            format!("messages come back after {visibility} s, and the function that they feed may take {timeout} s: {TIMES} times that is needed"),
            fix("VisibilityTimeout", queue.visibility_timeout_s),
        );
    } else if queue.redrive.is_some() && visibility != queue.visibility_timeout_s {
        let what = format!("its visibility timeout is {visibility} s, and should be {} s", queue.visibility_timeout_s);
        findings.warning(subject, what, fix("VisibilityTimeout", queue.visibility_timeout_s));
    }
    let retention = number(&Name::MessageRetentionPeriod);
    if retention < queue.retention_s {
        findings.error(
            subject,
            format!("it forgets messages after {retention} s, and should keep them for {} s", queue.retention_s),
            fix("MessageRetentionPeriod", queue.retention_s),
        );
    }
    let delay = number(&Name::DelaySeconds);
    if delay != queue.delay_s {
        let what = format!("it delays messages by {delay} s, and should by {} s", queue.delay_s);
        findings.warning(subject, what, fix("DelaySeconds", queue.delay_s));
    }
    let encrypted = told.get(&Name::SqsManagedSseEnabled).is_some_and(|on| on == "true")
        || told.get(&Name::KmsMasterKeyId).is_some_and(|key| !key.is_empty());
    if queue.encrypted && !encrypted {
        findings.error(
            subject,
            "its messages are not encrypted at rest",
            "aws sqs set-queue-attributes --queue-url <its URL> --attributes SqsManagedSseEnabled=true",
        );
    }
    compare_redrive(queue, subject, told, findings);
}

/// The longest time of the functions that the queue feeds.
fn fed_timeout_s(expected: &Expected, queue: &Queue) -> u64 {
    let fed = expected.template.sqs_sources.iter().filter(|source| source.queue_arn == queue.arn);
    fed.filter_map(|source| expected.template.function(&source.function)).map(|it| it.timeout_s).max().unwrap_or(0)
}

fn compare_redrive(queue: &Queue, subject: &str, told: &HashMap<Name, String>, findings: &mut Findings) {
    let Some(wanted) = &queue.redrive else { return };
    let policy = told.get(&Name::RedrivePolicy).and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let fix = format!(
        "aws sqs set-queue-attributes --queue-url <its URL> --attributes '{{\"RedrivePolicy\":\"{{\\\"deadLetterTargetArn\\\":\\\"{}\\\",\\\"maxReceiveCount\\\":\\\"{}\\\"}}\"}}'",
        wanted.dead_letter_arn, wanted.max_receive_count
    );
    let Some(policy) = policy else {
        return findings.error(
            subject,
            "it has no dead-letter queue: a poisoned message comes back for days and is then lost",
            fix,
        );
    };
    let target = policy["deadLetterTargetArn"].as_str().unwrap_or_default();
    if arn(target) != arn(&wanted.dead_letter_arn) {
        findings.error(
            subject,
            format!("its dead letters go to {target}, and should go to {}", wanted.dead_letter_arn),
            fix.clone(),
        );
    }
    // SQS takes the number as a number and as a text.
    let count = policy["maxReceiveCount"].as_u64().or_else(|| policy["maxReceiveCount"].as_str()?.parse().ok());
    if count != Some(wanted.max_receive_count) {
        let found = count.map_or_else(|| "unreadable".to_owned(), |count| count.to_string());
        findings.error(
            subject,
            format!("messages are given up after {found} receives, and should be after {}", wanted.max_receive_count),
            fix,
        );
    }
}

fn waiting(queue: &Queue, subject: &str, told: &HashMap<Name, String>, findings: &mut Findings) {
    let count = |name: &Name| told.get(name).and_then(|value| value.parse::<u64>().ok()).unwrap_or(0);
    let waiting = count(&Name::ApproximateNumberOfMessages) + count(&Name::ApproximateNumberOfMessagesNotVisible);
    if waiting > 0 {
        let source = queue.name.strip_suffix("-dlq").unwrap_or(&queue.name);
        let source =
            QueueName::ALL.iter().find(|name| source.ends_with(name.word())).map_or(source, |name| name.word());
        findings.warning(
            subject,
            format!("{waiting} dead letters wait: orders, updates or cancellations that were given up"),
            format!(
                "`connector queue peek {source}` tells why; when that is mended, `connector queue redrive {source}`"
            ),
        );
    }
}
