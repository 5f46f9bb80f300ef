//! What does not verify, each with its own sentence; nothing is saved.

use std::io::{Read as _, Write as _};

use sandbox::{Fault, FaultKind};
use serde_json::json;

use crate::support::Stage;
use crate::{Joining, nothing_saved};

fn status(status: u16) -> FaultKind {
    FaultKind::Status { status, retry_after: None, message: None }
}

/// A host that sends everybody elsewhere.
fn redirecting() -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 301 Moved Permanently\r\nlocation: /\r\ncontent-length: 0\r\n\r\n");
        }
    });
    url
}

#[tokio::test]
async fn a_wrong_client_secret() {
    let stage = Stage::empty().await;
    let joining = Joining::of(&stage).secret("/icims/oauth/client_secret", "wrong-secret");
    let ran = joining.add(&[]).await.failed(8, "iCIMS refuses the client id or client secret");
    assert!(ran.stderr.contains("fix: check both"), "{ran:#?}");
    assert!(!ran.everything().contains("wrong-secret"));
    nothing_saved(&stage, "1234").await;
}

#[tokio::test]
async fn a_customer_id_that_is_not_the_clients() {
    let stage = Stage::empty().await;
    let mut joining = Joining::of(&stage);
    joining.customer = "9999";
    joining.is_refused(8, "iCIMS' API refuses the credential for customer 9999").await;
}

#[tokio::test]
async fn an_audience_that_the_region_does_not_have() {
    let stage = Stage::empty().await;
    let joining = Joining::of(&stage).with(&["--icims-audience", "https://api.icims.com/v1"]);
    joining.is_refused(8, "forbids the client a token for this API").await;
}

#[tokio::test]
async fn a_host_where_nobody_answers() {
    let stage = Stage::empty().await;
    Joining::of(&stage).instead("--icims-auth-url", "http://127.0.0.1:1").is_refused(7, "iCIMS does not answer").await;
    Joining::of(&stage).instead("--crosschq-url", "http://127.0.0.1:1").is_refused(7, "Crosschq does not answer").await;
}

#[tokio::test]
async fn a_kind_of_profile_that_the_api_user_may_not_see() {
    let stage = Stage::empty().await;
    let icims = stage.control.icims("1234");
    let demo = &stage.demo;
    let workflows = [demo.complete.workflow, demo.rejected.workflow, demo.without_email.workflow];
    let people = [demo.complete.person, demo.rejected.person, demo.without_email.person];
    for (kind, ids, said) in [
        ("people", people.to_vec(), "iCIMS knows no persons of customer 1234, or its API user may not see them"),
        ("jobs", vec![demo.job], "iCIMS knows no jobs of customer 1234"),
    ] {
        icims.configure(json!({"hidden_profiles": {kind: ids}})).await.unwrap();
        Joining::of(&stage).is_refused(8, said).await;
        icims.configure(json!({"hidden_profiles": null})).await.unwrap();
    }
    icims.configure(json!({"hidden_profiles": {"applicantworkflows": workflows}})).await.unwrap();
    let workflow = demo.complete.workflow.to_string();
    let joining = Joining::of(&stage).with(&["--sample-workflow", &workflow]);
    joining.is_refused(8, "iCIMS knows no recruiting workflows of customer 1234").await;
}

#[tokio::test]
async fn a_field_that_the_api_user_may_not_see() {
    let stage = Stage::empty().await;
    let icims = stage.control.icims("1234");
    icims.configure(json!({"hidden_fields": {"applicantworkflows": ["status"]}})).await.unwrap();
    Joining::of(&stage).is_refused(8, "the API user may not see status of recruiting workflows").await;
}

#[tokio::test]
async fn an_api_user_who_may_not_search_where_missed_pushes_are_looked_for() {
    let stage = Stage::empty().await;
    let icims = stage.control.icims_side();
    let workflow = stage.demo.complete.workflow.to_string();
    let settings = stage.file("missed.toml", "[icims.find_missed_pushes]\n");
    let options = ["--settings", settings.as_str(), "--sample-workflow", &workflow];
    for (answer, said) in [
        (403, "the API user may not search, so missed pushes would not be found"),
        (404, "the API user may not search, so missed pushes would not be found"),
        (400, "iCIMS refuses a search by status and date of change"),
    ] {
        let refusing = Fault::new(status(answer)).on("POST", "*/search/*");
        icims.add_fault(refusing).await.unwrap();
        Joining::of(&stage).with(&options).is_refused(8, said).await;
        icims.clear_faults().await.unwrap();
    }
    let added = Joining::of(&stage).with(&options).add(&["--output", "json"]).await.ok();
    assert!(added.stderr.contains("the API user may search"), "{added:#?}");
}

#[tokio::test]
async fn a_wrong_crosschq_key() {
    let stage = Stage::empty().await;
    let joining = Joining::of(&stage).secret("/crosschq/token", "wrong-key");
    joining.is_refused(8, "Crosschq refuses the key").await;
}

#[tokio::test]
async fn a_crosschq_that_redirects_or_has_no_such_list() {
    let stage = Stage::empty().await;
    let crosschq = stage.control.crosschq_side();
    let elsewhere = redirecting();
    let redirected = Joining::of(&stage).instead("--crosschq-url", &elsewhere);
    redirected.is_refused(8, "trailing slash, crosschq.base_url or crosschq.profile?").await;
    crosschq.add_fault(Fault::new(status(404))).await.unwrap();
    Joining::of(&stage).is_refused(8, "Crosschq has no survey list where profile partner_v2 expects it").await;
}

#[tokio::test]
async fn a_vendor_that_is_throttling() {
    let stage = Stage::empty().await;
    stage.control.icims_side().add_fault(Fault::new(status(429)).on("POST", "/oauth/token")).await.unwrap();
    Joining::of(&stage).is_refused(7, "iCIMS is throttling").await;
    stage.control.icims_side().clear_faults().await.unwrap();
    stage.control.crosschq_side().add_fault(Fault::new(status(429))).await.unwrap();
    Joining::of(&stage).is_refused(7, "Crosschq is throttling").await;
}

#[tokio::test]
async fn where_several_things_are_wrong_each_is_reported() {
    let stage = Stage::empty().await;
    let joining = Joining::of(&stage).secret("/crosschq/token", "wrong").secret("/icims/oauth/client_secret", "wrong");
    let ran = joining.add(&[]).await.failed(8, "(and 1 more); nothing was saved");
    assert!(
        ran.stderr.contains("iCIMS refuses the client") && ran.stderr.contains("Crosschq refuses the key"),
        "{ran:#?}"
    );
}

#[tokio::test]
async fn what_cannot_be_read_for_want_of_a_sample_is_said_and_is_no_failure() {
    let stage = Stage::empty().await;
    // The search is not permitted, which no order needs.
    let search = Fault::new(status(403)).on("POST", "/customers/1234/search/*");
    stage.control.icims_side().add_fault(search).await.unwrap();
    let added = Joining::of(&stage).add(&["--output", "json"]).await.ok();
    let steps = added.json()["verification"].clone();
    assert_eq!(steps[1]["outcome"], "not_checked");
    assert!(steps[1]["fix"].as_str().unwrap().contains("--sample-workflow"), "{steps:#}");
    assert!(added.stderr.contains("the API user may not search"), "{added:#?}");
}

#[tokio::test]
async fn with_a_sample_no_search_is_needed() {
    let stage = Stage::empty().await;
    let search = Fault::new(status(403)).on("POST", "/customers/1234/search/*");
    stage.control.icims_side().add_fault(search).await.unwrap();
    let workflow = stage.demo.complete.workflow.to_string();
    let joining = Joining::of(&stage).with(&["--sample-workflow", &workflow]);
    let steps = joining.add(&["--output", "json"]).await.ok().json()["verification"].clone();
    assert!(steps.as_array().unwrap().iter().all(|step| step["outcome"] == "passed"), "{steps:#}");
}
