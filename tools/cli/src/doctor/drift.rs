//! CloudFormation's drift detection: whether the resources are still as they were deployed.

use std::time::Duration;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudformation::types::{PropertyDifference, StackDriftDetectionStatus, StackResourceDrift};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tokio::time::{Instant, sleep};

use super::finding::{Findings, Severity};
use crate::failure::{CliError, explain};
use crate::terminal::Progress;

const SUBJECT: &str = "drift";

/// Codes of endpoints that are not AWS and have no drift detection.
const UNSUPPORTED: [&str; 5] =
    ["InvalidAction", "UnknownOperation", "UnknownOperationException", "NotImplemented", "UnsupportedOperation"];

/// Properties that an operator may change for a while without any order being at risk.
const HARMLESS: [&str; 5] =
    ["/Description", "/Environment/Variables/RUST_LOG", "/MemorySize", "/RetentionInDays", "/Tags"];

/// Values are shown up to here; a policy document would fill the screen.
const MAX_VALUE_CHARS: usize = 160;

/// How to wait for a detection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Polling {
    pub(super) interval: Duration,
    pub(super) limit: Duration,
}

impl Polling {
    /// AWS takes one to three minutes for a stack of this size.
    pub(super) const AWS: Self = Self { interval: Duration::from_secs(3), limit: Duration::from_secs(600) };
}

enum Stopped {
    Unsupported,
    Failed(CliError),
}

/// Detects drift and adds a finding for each property that differs and each resource that is gone.
pub(super) async fn check(
    client: &Client,
    stack: &str,
    polling: Polling,
    progress: &Progress,
    findings: &mut Findings,
) {
    match detect(client, stack, polling, progress, findings).await {
        Ok(drifts) => {
            drifts.iter().for_each(|drift| report(drift, findings));
            findings.checked("resources", drifts.len());
        }
        Err(Stopped::Unsupported) => {
            findings.note(SUBJECT, "not checked: this AWS endpoint does not support drift detection");
        }
        Err(Stopped::Failed(error)) => findings.unseen(SUBJECT, error),
    }
}

async fn detect(
    client: &Client,
    stack: &str,
    polling: Polling,
    progress: &Progress,
    findings: &mut Findings,
) -> Result<Vec<StackResourceDrift>, Stopped> {
    let started = client.detect_stack_drift().stack_name(stack).send().await;
    let started = started.map_err(|error| stopped("CloudFormation DetectStackDrift", &error))?;
    let id = started.stack_drift_detection_id.unwrap_or_default();
    let deadline = Instant::now() + polling.limit;
    loop {
        let status = client.describe_stack_drift_detection_status().stack_drift_detection_id(&id).send().await;
        let status = status.map_err(|error| stopped("CloudFormation DescribeStackDriftDetectionStatus", &error))?;
        match status.detection_status() {
            Some(StackDriftDetectionStatus::DetectionComplete) => break,
            Some(StackDriftDetectionStatus::DetectionFailed) => {
                let reason = status.detection_status_reason().unwrap_or("no reason given");
                findings.error(
                    SUBJECT,
                    format!("CloudFormation could not check every resource: {reason}"),
                    "drift detection needs permission to read each kind of resource: allow what the reason names",
                );
                break;
            }
            _ if Instant::now() >= deadline => {
                let message = format!("drift detection did not end within {} s", polling.limit.as_secs());
                let fix = "run this again in a few minutes; AWS may be slow";
                return Err(Stopped::Failed(CliError::busy(message).fix(fix)));
            }
            _ => {}
        }
        progress.step();
        sleep(polling.interval).await;
    }
    drifts(client, stack).await
}

async fn drifts(client: &Client, stack: &str) -> Result<Vec<StackResourceDrift>, Stopped> {
    let (mut all, mut token) = (Vec::new(), None);
    loop {
        let page = client.describe_stack_resource_drifts().stack_name(stack).set_next_token(token).send().await;
        let page = page.map_err(|error| stopped("CloudFormation DescribeStackResourceDrifts", &error))?;
        all.extend(page.stack_resource_drifts.unwrap_or_default());
        token = page.next_token;
        if token.is_none() {
            return Ok(all);
        }
    }
}

fn stopped<E: ProvideErrorMetadata>(operation: &str, error: &SdkError<E, HttpResponse>) -> Stopped {
    let status = error.raw_response().map(|response| response.status().as_u16());
    match error.code() {
        Some(code) if UNSUPPORTED.contains(&code) => Stopped::Unsupported,
        _ if status == Some(501) => Stopped::Unsupported,
        // The stack is being deployed, or another detection is running; only AWS's message says which.
        Some("ValidationError") => {
            let message = error.message().unwrap_or("the stack cannot be checked now");
            let error = CliError::busy(format!("{operation}: {message}"));
            Stopped::Failed(error.fix("run this again when the deployment or the other detection is over"))
        }
        _ => Stopped::Failed(explain(operation, error)),
    }
}

fn report(drift: &StackResourceDrift, findings: &mut Findings) {
    let kind = drift.resource_type().unwrap_or_default();
    let physical = drift.physical_resource_id().unwrap_or_default();
    let name = physical.rsplit('/').next().unwrap_or(physical);
    let subject = format!("{} {name}", kind.rsplit("::").next().unwrap_or(kind));
    match drift.stack_resource_drift_status().map(|status| status.as_str()) {
        Some("DELETED") => {
            let fix = if kind == "AWS::DynamoDB::Table" {
                "restore it from its point-in-time backup under the same name; CloudFormation does not create it again"
            } else {
                "remove it from the template, deploy, put it back, deploy: CloudFormation does not create it again"
            };
            findings.error(&subject, "was deleted", fix);
        }
        Some("MODIFIED") => {
            drift.property_differences().iter().for_each(|difference| report_property(difference, &subject, findings));
        }
        Some("UNKNOWN") => {
            let fix = "drift detection needs permission to read it";
            findings.error(&subject, "could not be checked for drift", fix);
        }
        _ => {}
    }
}

fn report_property(difference: &PropertyDifference, subject: &str, findings: &mut Findings) {
    let path = difference.property_path().unwrap_or_default();
    let harmless = HARMLESS.iter().any(|prefix| path.starts_with(prefix));
    let severity = if harmless { Severity::Warning } else { Severity::Error };
    let value = |value: Option<&str>| {
        value.filter(|value| !value.is_empty() && *value != "null").map(|value| {
            match value.char_indices().nth(MAX_VALUE_CHARS) {
                Some((end, _)) => format!("{}…", &value[..end]),
                None => value.to_owned(),
            }
        })
    };
    let what = match (value(difference.actual_value()), value(difference.expected_value())) {
        (Some(actual), Some(expected)) => format!("{path} is {actual}, and was deployed as {expected}"),
        (None, Some(expected)) => format!("{path} is not set, and was deployed as {expected}"),
        (Some(actual), None) => format!("{path} is {actual}, and was not deployed"),
        (None, None) => format!("{path} differs from what was deployed"),
    };
    let fix = "set it back by hand: deploying the same template again changes nothing";
    findings.add(severity, subject, what, fix);
}
