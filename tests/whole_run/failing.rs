//! The demo is only worth its exit code if it fails where something does not happen.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use local::aws::{AwsOptions, AwsServer};
use local::aws_call::{AwsCalls, Service};
use sandbox::world::DemoOptions;
use sandbox::{Fault, FaultKind, Sandbox, SandboxOptions};
use tempfile::TempDir;

use crate::alone;
use crate::process::{Run, START};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_a_role_forbids_fails_the_demo_though_every_step_happened() {
    let _alone = alone().await;
    let data = TempDir::new().unwrap();
    let mut run = Run::start(&["--data", data.path().to_str().unwrap()]).await;
    run.says("reference request", START).await;
    let said = run.said();
    let endpoint = said.split("AWS at ").nth(1).and_then(|rest| rest.lines().next()).unwrap().to_owned();
    let webhook = AwsCalls::new(&endpoint).unwrap().as_caller("icims-webhook");
    webhook.call(Service::DynamoDb, "ListTables", &serde_json::json!({})).await.unwrap_err();

    let status = run.ended(START).await;
    let said = run.all_said().await;
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("Crosschq holds 2 reference requests"), "every step happened: {said}");
    assert!(
        said.contains("FAILED: a role does not allow these calls: icims-webhook dynamodb:ListTables on *"),
        "{said}"
    );
}

const NOBODY: &str = "http://127.0.0.1:9";

/// Plays against an API, with both vendors and the tables in place; returns the exit code and the output.
async fn play_against(api: &str) -> (Option<i32>, String) {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let aws = AwsServer::start(AwsOptions::default()).await.unwrap();
    let template = testkit::template(aws.endpoint_url());
    let calls = AwsCalls::new(aws.endpoint_url()).unwrap();
    local::provision::provision(&calls, &template).await.unwrap();
    let (aws, icims, crosschq) = (aws.endpoint_url(), sandbox.icims_url(), sandbox.crosschq_url());
    let vendors = ["--icims", icims, "--crosschq", crosschq, "--step-timeout-s", "2"];
    let arguments = [&["play", "--api", api, "--aws-endpoint", aws][..], &vendors].concat();
    let mut run = Run::start(&arguments).await;
    let status = run.ended(Duration::from_secs(60)).await;
    (status.code(), run.all_said().await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_does_not_happen_makes_the_demo_fail() {
    let _alone = alone().await;
    let (code, said) = play_against(NOBODY).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains(
            "FAILED: the event should be accepted, but iCIMS got no response: The integration could not be reached"
        ),
        "{said}"
    );

    // An API that says yes and does nothing.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = format!("http://{}", listener.local_addr().unwrap());
    let yes = Router::new().fallback(async || (StatusCode::OK, "{}"));
    tokio::spawn(async move { axum::serve(listener, yes).await.unwrap() });
    let (code, said) = play_against(&api).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("FAILED: timed out after 2 s waiting for a reference request at Crosschq; found: 0 requests"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vendor_that_does_not_do_its_part_makes_the_whole_demo_fail() {
    let _alone = alone().await;
    let data = TempDir::new().unwrap();
    let sandbox = SandboxOptions { state: Some(data.path().join("sandbox.json")), ..SandboxOptions::default() };
    let sandbox = Sandbox::start(sandbox).await.unwrap();
    sandbox.control().demo(&DemoOptions::default()).await.unwrap();
    let broken =
        Fault::new(FaultKind::Status { status: 500, retry_after: None, message: None }).on("POST", "*/cancel/");
    sandbox.control().crosschq_side().add_fault(broken).await.unwrap();
    drop(sandbox);

    // `--keep` goes on with the sandbox as it was left, its fault included.
    let arguments = ["--keep", "--data", data.path().to_str().unwrap(), "--step-timeout-s", "15"];
    let mut run = Run::start(&arguments).await;
    let status = run.ended(START).await;
    let said = run.all_said().await;
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("Crosschq 360: Complete"), "the first candidate's part still plays: {said}");
    assert!(said.contains("FAILED: timed out after 15 s waiting for Crosschq's request to be cancelled"), "{said}");
    assert!(said.contains("The functions' logs are in"), "{said}");
}
