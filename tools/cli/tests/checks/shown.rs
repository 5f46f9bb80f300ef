//! `connector check show`.

use std::sync::Arc;

use connector_core::aws::SystemClock;
use connector_core::domain::{
    CheckKey, CustomerId, EntryId, Refusal, RequestId, RowMarker, RowStatus, View, WorkflowId,
};
use connector_core::icims::Icims;
use connector_core::ports::{Ats as _, Customers as _};

use crate::support::Stage;
use crate::workers::Workers;
use crate::{held, now, ordered, refused, stage, workflow};

async fn recruiter_writes(stage: &Stage, entry: &str, notes: &str) {
    let aws = stage.admin();
    let icims =
        Icims::new(aws.http().clone(), Arc::new(aws.secrets()), Arc::new(aws.tokens().unwrap()), Arc::new(SystemClock));
    let customer = aws.customers().unwrap().customer(&CustomerId::parse("1234").unwrap()).await.unwrap().unwrap();
    let view = View {
        status: RowStatus::Complete,
        date: now(),
        result: "Sent".to_owned(),
        notes: notes.to_owned(),
        marker: RowMarker::of(&CheckKey {
            customer: customer.id.clone(),
            workflow: WorkflowId::parse(stage.demo.complete.workflow.to_string()).unwrap(),
            attempt: 1,
        }),
        url: None,
        score: None,
    };
    let workflow = WorkflowId::parse(stage.demo.complete.workflow.to_string()).unwrap();
    icims.change_row(&customer, &workflow, &EntryId::parse(entry).unwrap(), &view).await.unwrap();
}

#[tokio::test]
async fn the_story_of_a_check_is_reported_in_order_with_both_sides_as_they_stand() {
    let stage = stage().await;
    let workers = Workers::of(&stage);
    let request = ordered(&stage, &workers).await;
    let shown = stage.connector(&["check", "show", &workflow(&stage), "--output", "json"]).await.ok();
    let story = shown.json();
    assert_eq!(story["state"], "requested");
    assert_eq!(story["request"], request.as_str());
    let history: Vec<&str> =
        story["history"].as_array().unwrap().iter().map(|entry| entry["what"].as_str().unwrap()).collect();
    assert_eq!(history, ["claimed", "create_begun", "requested", "row_written"]);
    let first = &story["history"][0];
    assert!(first["correlation_id"].as_str().unwrap().starts_with("operator-"), "{first}");
    assert!(first["operator"].as_str().unwrap().starts_with("arn:"), "the audit log tells whose order it was: {first}");
    assert_eq!(first["text"], "took the order");
    assert_eq!(story["crosschq"]["stage"], "requested");
    assert_eq!(story["icims"]["should_show"]["status"], "Sent");
    assert_eq!(story["icims"]["shows"]["status"], "Sent");
    assert_eq!(story["icims"]["differs"], serde_json::json!([]));
    assert_eq!(story["needs_person"], serde_json::json!([]));

    let people = stage.connector(&["check", "show", &workflow(&stage)]).await.ok();
    assert!(people.stdout.contains(&format!("created reference request {request}")), "{}", people.stdout);
    assert!(people.stdout.contains("On the Screen tab: as it should be"), "{}", people.stdout);
    let seen = stage.control.icims("1234").view(stage.demo.complete.workflow).await.unwrap().candidate.unwrap();
    let email = &stage.control.crosschq(&stage.demo.org).requests().await.unwrap()[0].candidate_email;
    for personal in seen.split(' ').chain([email.as_str()]) {
        assert!(!shown.everything().contains(personal) && !people.everything().contains(personal), "{personal}");
    }
}

#[tokio::test]
async fn a_row_that_somebody_edited_differs_without_their_words_and_is_written_again() {
    let stage = stage().await;
    let workers = Workers::of(&stage);
    ordered(&stage, &workers).await;
    let name = workflow(&stage);
    let show = ["check", "show", name.as_str(), "--output", "json"];
    let entry = stage.connector(&show).await.ok().json()["row_entry"].as_str().unwrap().to_owned();
    recruiter_writes(&stage, &entry, "spoke to Ada Byron").await;
    let shown = stage.connector(&show).await.ok();
    let differs: Vec<String> = serde_json::from_value(shown.json()["icims"]["differs"].clone()).unwrap();
    assert!(differs.contains(&"status".to_owned()) && differs.contains(&"notes".to_owned()), "{differs:?}");
    assert!(!shown.everything().contains("Byron"), "{shown:?}");
    stage.connector(&["check", "reconcile", &workflow(&stage)]).await.ok();
    workers.settle(&stage).await;
    assert_ne!(
        stage.connector(&show).await.ok().json()["icims"]["differs"],
        serde_json::json!([]),
        "nobody knew of it"
    );
    stage.connector(&["check", "reconcile", &workflow(&stage), "--rewrite"]).await.ok();
    workers.settle(&stage).await;
    assert_eq!(stage.connector(&show).await.ok().json()["icims"]["differs"], serde_json::json!([]));
}

#[tokio::test]
async fn a_check_that_needs_a_person_says_why_and_what_to_do() {
    let stage = stage().await;
    held(&stage, "777", refused(Refusal::OutcomeUnknown)).await;
    held(&stage, "778", refused(Refusal::NoEmail)).await;
    held(&stage, "779", |check, id| {
        let stamp =
            connector_core::domain::Stamp { by: connector_core::domain::Actor::Requester, cause: id, now: now() };
        check.refuse(Refusal::MovedOn, &stamp);
        let second = RequestId::parse("stray-1").unwrap();
        check.record_duplicate(&second, &stamp);
    })
    .await;
    let shown = stage.connector(&["check", "show", "1234/777", "--offline"]).await.ok();
    assert!(shown.stdout.contains("Needs a person"), "{}", shown.stdout);
    assert!(shown.stdout.contains("external id icims:1234:777:1"), "{}", shown.stdout);
    let shown = stage.connector(&["check", "show", "1234/779", "--offline"]).await.ok();
    assert!(shown.stdout.contains("reference request stray-1"), "{}", shown.stdout);
    let shown = stage.connector(&["check", "show", "1234/778", "--offline"]).await.ok();
    assert!(!shown.stdout.contains("Needs a person"), "the recruiter can correct it: {}", shown.stdout);
    assert!(shown.stdout.contains("Crosschq needs the candidate's e-mail address"), "{}", shown.stdout);
    let listed = stage.connector(&["check", "list", "--needs-person", "--output", "json"]).await.ok().json();
    let named: Vec<&str> = listed.as_array().unwrap().iter().map(|line| line["check"].as_str().unwrap()).collect();
    assert_eq!(named.len(), 2, "{named:?}");
    assert!(named.contains(&"1234/777/1") && named.contains(&"1234/779/1"), "{named:?}");
}

#[tokio::test]
async fn a_vendor_that_does_not_answer_is_reported_and_the_story_is_shown_all_the_same() {
    let stage = stage().await;
    let workers = Workers::of(&stage);
    ordered(&stage, &workers).await;
    let down = sandbox::FaultKind::Status { status: 503, retry_after: None, message: None };
    stage.control.icims_side().add_fault(sandbox::Fault::new(down).on("GET", "*")).await.unwrap();
    let shown = stage.connector(&["check", "show", &workflow(&stage), "--output", "json"]).await.ok();
    let story = shown.json();
    assert!(story["icims"]["problem"].as_str().unwrap().contains("no answer"), "{}", story["icims"]);
    assert_eq!(story["icims"]["asked"], false);
    assert_eq!(story["history"].as_array().unwrap().len(), 4);
    assert!(shown.stderr.contains("iCIMS could not be asked"), "{}", shown.stderr);
}
