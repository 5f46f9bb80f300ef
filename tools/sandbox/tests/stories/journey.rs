use reqwest::Method;
use sandbox::Step;
use serde_json::json;

use crate::support::{TestEnv, answer, order};

#[tokio::test]
async fn a_candidate_goes_from_the_recruiters_click_to_a_report_on_the_screen_tab() {
    let env = TestEnv::start().await;
    let workflow = env.demo.complete.workflow;

    let moved = env.customer().advance(workflow, &env.demo.trigger_status).await.unwrap();
    assert!(moved.pushes[0].accepted());
    let event = env.receiver.wait_for(1).await[0].json();
    assert_eq!(event["eventType"], "WorkFlowStatusChangeEvent");
    assert_eq!(event["systemId"], workflow.to_string());

    let id = env.create(order()).await;
    let posted = env
        .icims_post(
            &format!("applicantworkflows/{workflow}/fields/assessmentresults"),
            json!({"assessmentname": {"value": "Crosschq 360"}, "assessmentstatus": {"id": "D37002019004"}}),
        )
        .await;
    assert_eq!(posted.status, 201, "{}", posted.text);
    let entry = posted.header("location").to_owned();

    env.org().step(&id, &Step::CompleteAll).await.unwrap();
    let state = env.crosschq_get(&format!("/api/v2/reference-request/{id}/")).await.json();
    assert_eq!(state["status"], "completed");
    assert_eq!(state["progress"], 100);

    let patched = answer(
        env
            .http
            .request(Method::PATCH, entry)
            .basic_auth("sandbox-user", Some("sandbox-password"))
            .json(&json!({"assessmentstatus": {"id": "D37002019001"}, "assessmentscore": 87.5, "assessmenturl": state["report_url"]})),
    )
    .await;
    assert_eq!(patched.status, 204, "{}", patched.text);
    let moved = env
        .icims_patch(&format!("applicantworkflows/{workflow}"), json!({"status": {"id": env.demo.complete_status}}))
        .await;
    assert_eq!(moved.status, 204, "{}", moved.text);

    let view = env.customer().view(workflow).await.unwrap();
    assert_eq!(view.status.label, "Screen: Complete");
    assert_eq!(view.results.len(), 1);
    assert_eq!(view.results[0].name.as_deref(), Some("Crosschq 360"));
    assert_eq!(view.results[0].status.as_deref(), Some("Complete"));
    assert_eq!(view.results[0].score, Some(87.5));
    assert_eq!(view.history.len(), 3);
}
