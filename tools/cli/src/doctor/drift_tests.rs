//! Drift detection against an endpoint that answers as CloudFormation does, in XML.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::retry::RetryConfig;
use aws_sdk_cloudformation::config::{BehaviorVersion, Credentials, Region};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use connector_core::http_client::{self, AwsHttp};

use super::drift::{self, Polling};
use super::finding::{Finding, Findings, Severity};
use crate::terminal::{Output, Terminal};

const STARTED: &str = "<StackDriftDetectionId>d-1</StackDriftDetectionId>";

/// The expected action, the status, and the body of the response.
type Response = (&'static str, u16, String);

fn result(action: &'static str, content: &str) -> Response {
    let body = format!("<{action}Response><{action}Result>{content}</{action}Result></{action}Response>");
    (action, 200, body)
}

fn refusal(action: &'static str, status: u16, code: &str, message: &str) -> Response {
    let body = format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>");
    (action, status, body)
}

fn detection(status: &str) -> Response {
    let content = format!(
        "<StackId>s</StackId>{STARTED}<DetectionStatus>{status}</DetectionStatus>\
         <DetectionStatusReason>User is not authorized to perform: kms:DescribeKey</DetectionStatusReason>\
         <Timestamp>2026-11-28T06:00:00Z</Timestamp>"
    );
    result("DescribeStackDriftDetectionStatus", &content)
}

fn drifts(content: &str) -> Response {
    result("DescribeStackResourceDrifts", &format!("<StackResourceDrifts>{content}</StackResourceDrifts>"))
}

fn resource(kind: &str, id: &str, status: &str, differences: &str) -> String {
    format!(
        "<member><StackId>s</StackId><LogicalResourceId>L</LogicalResourceId><PhysicalResourceId>{id}</PhysicalResourceId>\
         <ResourceType>{kind}</ResourceType><StackResourceDriftStatus>{status}</StackResourceDriftStatus>\
         <PropertyDifferences>{differences}</PropertyDifferences><Timestamp>2026-11-28T06:00:00Z</Timestamp></member>"
    )
}

fn difference(path: &str, expected: &str, actual: &str) -> String {
    format!(
        "<member><PropertyPath>{path}</PropertyPath><ExpectedValue>{expected}</ExpectedValue>\
         <ActualValue>{actual}</ActualValue><DifferenceType>NOT_EQUAL</DifferenceType></member>"
    )
}

async fn respond(State(responses): State<Arc<Mutex<VecDeque<Response>>>>, body: String) -> (StatusCode, String) {
    let (action, status, response) = responses.lock().unwrap().pop_front().expect("one call too many");
    assert!(body.contains(&format!("Action={action}&")), "{action} was expected, not {body}");
    (StatusCode::from_u16(status).unwrap(), response)
}

/// What is found when CloudFormation gives these responses, one after the other; all of them have to be used.
async fn found(limit: Duration, responses: Vec<Response>) -> (Vec<Finding>, String) {
    let responses = Arc::new(Mutex::new(VecDeque::from(responses)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(respond).with_state(Arc::clone(&responses));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let config = aws_sdk_cloudformation::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("operator", "test", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(AwsHttp::new(http_client::client().unwrap()))
        .endpoint_url(format!("http://{address}"))
        .build();
    let mut findings = Findings::default();
    let progress = Terminal::new(Output::Json, true).progress(1, "detecting drift");
    let polling = Polling { interval: Duration::from_millis(1), limit };
    drift::check(&Client::from_conf(config), "s", polling, &progress, &mut findings).await;
    server.abort();
    assert!(responses.lock().unwrap().is_empty(), "not every response was used");
    (findings.sorted().into_iter().cloned().collect(), findings.extent())
}

const LONG: Duration = Duration::from_secs(60);

fn started() -> Response {
    result("DetectStackDrift", STARTED)
}

#[tokio::test]
async fn a_stack_in_sync_has_no_finding() {
    let in_sync = resource("AWS::SQS::Queue", "q", "IN_SYNC", "");
    let calls = vec![started(), detection("DETECTION_IN_PROGRESS"), detection("DETECTION_COMPLETE"), drifts(&in_sync)];
    assert_eq!(found(LONG, calls).await, (vec![], "1 resources".to_owned()));
}

#[tokio::test]
async fn each_property_that_differs_is_found_with_both_values() {
    let differences = [
        difference("/Environment/Variables/WORK_QUEUE_URL", "https://sqs/1/work", "https://sqs/1/elsewhere"),
        difference("/Environment/Variables/RUST_LOG", "info", "trace"),
        difference("/Timeout", "30", "null"),
    ];
    let function = resource("AWS::Lambda::Function", "icims-updater", "MODIFIED", &differences.concat());
    let url = "https://sqs.us-east-1.amazonaws.com/1/cancellations";
    let long = "x".repeat(500);
    let queue =
        resource("AWS::SQS::Queue", url, "MODIFIED", &difference("/RedrivePolicy/maxReceiveCount", "10", &long));
    let first = result(
        "DescribeStackResourceDrifts",
        &format!("<StackResourceDrifts>{function}</StackResourceDrifts><NextToken>t</NextToken>"),
    );
    let calls = vec![started(), detection("DETECTION_COMPLETE"), first, drifts(&queue)];
    let (found, extent) = found(LONG, calls).await;
    let what: Vec<_> = found.iter().map(|it| (it.severity, it.subject.as_str(), it.what.as_str())).collect();
    let cut = format!("/RedrivePolicy/maxReceiveCount is {}…, and was deployed as 10", "x".repeat(160));
    assert_eq!(
        what,
        [
            (
                Severity::Error,
                "Function icims-updater",
                "/Environment/Variables/WORK_QUEUE_URL is https://sqs/1/elsewhere, and was deployed as https://sqs/1/work"
            ),
            (Severity::Error, "Function icims-updater", "/Timeout is not set, and was deployed as 30"),
            (Severity::Error, "Queue cancellations", cut.as_str()),
            (
                Severity::Warning,
                "Function icims-updater",
                "/Environment/Variables/RUST_LOG is trace, and was deployed as info"
            ),
        ]
    );
    assert!(found.iter().all(|it| it.fix.is_some()), "{found:#?}");
    assert_eq!(extent, "2 resources");
}

#[tokio::test]
async fn what_was_deleted_is_found_with_its_way_back() {
    let gone = [
        resource("AWS::DynamoDB::Table", "checks", "DELETED", ""),
        resource("AWS::Events::Rule", "tick", "DELETED", ""),
        resource("AWS::KMS::Key", "key", "UNKNOWN", ""),
    ];
    let calls = vec![started(), detection("DETECTION_COMPLETE"), drifts(&gone.concat())];
    let (found, _) = found(LONG, calls).await;
    let what: Vec<_> = found.iter().map(|it| (it.subject.as_str(), it.what.as_str())).collect();
    assert_eq!(
        what,
        [("Table checks", "was deleted"), ("Rule tick", "was deleted"), ("Key key", "could not be checked for drift")]
    );
    assert!(found[0].fix.as_deref().unwrap().contains("point-in-time backup"), "{found:#?}");
    assert!(found.iter().all(|it| it.severity == Severity::Error), "{found:#?}");
}

#[tokio::test]
async fn a_detection_that_failed_in_part_is_found_and_the_rest_is_reported() {
    let gone = resource("AWS::Events::Rule", "tick", "DELETED", "");
    let (found, _) = found(LONG, vec![started(), detection("DETECTION_FAILED"), drifts(&gone)]).await;
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].severity == Severity::Error && found[0].what.contains("kms:DescribeKey"), "{found:#?}");
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let message = "User: u is not authorized to perform: cloudformation:DetectStackDrift on resource: s";
    let (found, _) = found(LONG, vec![refusal("DetectStackDrift", 403, "AccessDenied", message)]).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].severity == Severity::Error && found[0].what.starts_with("cannot be checked"), "{found:#?}");
    assert!(found[0].what.contains("cloudformation:DetectStackDrift"), "{found:#?}");
}

#[tokio::test]
async fn a_stack_that_cannot_be_checked_now_is_found_with_awss_reason() {
    let message = "Drift detection is already in progress for stack s";
    let (found, _) = found(LONG, vec![refusal("DetectStackDrift", 400, "ValidationError", message)]).await;
    assert!(found.len() == 1 && found[0].what.contains(message), "{found:#?}");
}

#[tokio::test]
async fn an_endpoint_without_drift_detection_is_a_note() {
    for (status, code) in [(400, "InvalidAction"), (501, "InternalFailure")] {
        let (found, _) = found(LONG, vec![refusal("DetectStackDrift", status, code, "Unknown action")]).await;
        assert!(found.len() == 1 && found[0].severity == Severity::Note, "{found:#?}");
        assert!(found[0].what.contains("does not support drift detection"), "{found:#?}");
    }
}

#[tokio::test]
async fn a_detection_that_does_not_end_is_given_up() {
    let (found, _) = found(Duration::ZERO, vec![started(), detection("DETECTION_IN_PROGRESS")]).await;
    assert!(found.len() == 1 && found[0].what.contains("drift detection did not end within 0 s"), "{found:#?}");
}
