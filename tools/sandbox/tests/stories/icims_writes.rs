use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestEnv, answer};

const RESULTS: &str = "applicantworkflows/13437/fields/assessmentresults";

fn row() -> Value {
    json!({"assessmentname": {"id": "C31700"}, "assessmentstatus": {"id": "D37002019004"},
           "assessmentdate": "2026-01-15 02:30 PM", "assessmenturl": "https://example.com/1"})
}

async fn rows(env: &TestEnv) -> Vec<Value> {
    let workflow = env.icims_get("applicantworkflows/13437?fields=assessmentresults").await.json();
    workflow["assessmentresults"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn an_entry_is_posted_read_patched_and_deleted_at_its_own_address() {
    let env = TestEnv::start().await;
    let posted = env.icims_post(RESULTS, row()).await;
    assert_eq!((posted.status, posted.text.as_str()), (201, ""));
    assert_eq!(posted.header("content-type"), "application/octet-stream");
    let location = posted.header("location").to_owned();
    assert!(location.starts_with(env.sandbox.icims_url()));
    let entry = location.rsplit('/').next().unwrap().to_owned();
    let path = format!("{RESULTS}/{entry}");

    let read = env.icims_get(&path).await.json();
    assert_eq!(read["assessmentstatus"]["value"], "Sent");
    assert_eq!(read["entry"].to_string(), entry);
    let patched = env
        .icims_patch(
            &path,
            json!({"assessmentstatus": {"id": "D37002019001"}, "assessmentscore": 87.5, "assessmenturl": null}),
        )
        .await;
    assert_eq!((patched.status, patched.text.as_str()), (204, ""));
    let rows_now = rows(&env).await;
    assert_eq!(rows_now.len(), 1);
    assert_eq!(rows_now[0]["assessmentstatus"]["value"], "Complete");
    assert_eq!(rows_now[0]["assessmentscore"], 87.5);
    assert_eq!(rows_now[0]["assessmentdate"], "2026-01-15 02:30 PM");
    assert_eq!(rows_now[0].get("assessmenturl"), None);

    assert_eq!(answer(env.icims(Method::DELETE, &path)).await.status, 204);
    assert!(rows(&env).await.is_empty());
    assert_eq!(env.icims_patch(&path, row()).await.status, 404);
}

#[tokio::test]
async fn an_identical_entry_is_swallowed_with_success_and_without_a_location() {
    let env = TestEnv::start().await;
    env.icims_post(RESULTS, row()).await;
    let again = env.icims_post(RESULTS, row()).await;
    assert_eq!((again.status, again.header("location")), (200, ""));
    assert_eq!(rows(&env).await.len(), 1);

    let mut other = row();
    other["assessmentresult"] = json!("strong");
    let other = env.icims_post(RESULTS, other).await;
    assert_eq!(other.status, 201);
    let entry = other.header("location").rsplit('/').next().unwrap().to_owned();
    let same_again = env.icims_patch(&format!("{RESULTS}/{entry}"), json!({"assessmentresult": ""})).await;
    assert_eq!(same_again.status, 204);
    assert_eq!(rows(&env).await.iter().filter(|r| r["assessmentresult"] == "strong").count(), 1);
}

#[tokio::test]
async fn a_location_may_lack_its_scheme() {
    let env = TestEnv::start().await;
    env.customer().configure(json!({"location_without_scheme": true})).await.unwrap();
    let posted = env.icims_post(RESULTS, row()).await;
    assert!(posted.header("location").starts_with("127.0.0.1:"), "{:?}", posted.headers);
}

#[tokio::test]
async fn texts_have_limits_counted_in_characters() {
    let env = TestEnv::start().await;
    for (field, most) in [("assessmentresult", 128), ("assessmentnotes", 192)] {
        let fits = env.icims_post(RESULTS, json!({field: "ä".repeat(most)})).await;
        assert_eq!(fits.status, 201, "{field}");
        let too_long = env.icims_post(RESULTS, json!({field: "ä".repeat(most + 1)})).await;
        assert_eq!(too_long.status, 400, "{field}");
        assert!(too_long.header("x-error").starts_with(&format!("5:{field}:")), "{}", too_long.header("x-error"));
    }
}

#[tokio::test]
async fn values_that_do_not_fit_are_refused() {
    let env = TestEnv::start().await;
    for wrong in [
        json!({"assessmentdate": "2026-01-15T14:30:00Z"}),
        json!({"assessmentdate": "2026-01-15 14:30 PM"}),
        json!({"assessmentstatus": {"id": "D37002019009"}}),
        json!({"assessmentname": {"value": "Nobody's"}}),
        json!({"assessmentscore": "87.5"}),
        json!({"assessmentresult": 5}),
        json!({"nosuchfield": "x"}),
    ] {
        let refused = env.icims_post(RESULTS, wrong.clone()).await;
        assert_eq!(refused.status, 400, "{wrong}");
        assert!(refused.json()["errors"][0]["errorCode"].is_u64());
    }
    assert!(rows(&env).await.is_empty());
}

#[tokio::test]
async fn an_unknown_assessment_name_may_be_added_where_the_platform_does_that() {
    let env = TestEnv::start().await;
    env.customer().configure(json!({"add_unknown_assessment_names": true})).await.unwrap();
    assert_eq!(env.icims_post(RESULTS, json!({"assessmentname": {"value": "New"}})).await.status, 201);
    let rows_now = rows(&env).await;
    assert_eq!(rows_now[0]["assessmentname"]["value"], "New");
    assert!(rows_now[0]["assessmentname"]["id"].as_str().unwrap().starts_with('C'));
}

#[tokio::test]
async fn a_collection_takes_json_only() {
    let env = TestEnv::start().await;
    let request = env.icims(Method::POST, RESULTS).header("content-type", "text/plain").body("{}");
    assert_eq!(answer(request).await.status, 415);
}

#[tokio::test]
async fn a_patch_moves_the_workflow_in_the_name_of_the_api_user_and_sends_no_event() {
    let env = TestEnv::start().await;
    let moved = env.icims_patch("applicantworkflows/13437", json!({"status": {"id": "C38356"}})).await;
    assert_eq!(moved.status, 204);
    assert!(moved.header("location").ends_with("/customers/1234/applicantworkflows/13437"));
    let view = env.customer().view(13437).await.unwrap();
    assert_eq!(view.status.id, "C38356");
    assert_eq!(view.history.last().unwrap().by, 900);
    assert_eq!(view.history.len(), 2);
    env.icims_patch("applicantworkflows/13437", json!({"status": {"id": "C38356"}})).await;
    assert_eq!(env.customer().view(13437).await.unwrap().history.len(), 2);
    assert!(env.customer().pushes().await.unwrap().is_empty());
    let unknown = env.icims_patch("applicantworkflows/13437", json!({"status": {"id": "C1"}})).await;
    assert_eq!(unknown.status, 400);
}

#[tokio::test]
async fn a_patch_may_send_the_event_where_the_platform_does_that() {
    let env = TestEnv::start().await;
    env.customer().configure(json!({"api_changes_emit_events": true})).await.unwrap();
    env.icims_patch("applicantworkflows/13437", json!({"status": {"id": "C38356"}})).await;
    let event = env.receiver.wait_for(1).await[0].json();
    assert_eq!((&event["userId"], &event["newStatus"]), (&json!("900"), &json!("38356")));
}

#[tokio::test]
async fn a_required_field_that_is_empty_must_be_in_the_request() {
    let env = TestEnv::start().await;
    env.customer()
        .put_field(
            sandbox::ProfileType::ApplicantWorkflows,
            "field77",
            &sandbox::FieldDef::new(sandbox::FieldKind::Text, "Cost Center"),
        )
        .await
        .unwrap();
    env.customer().configure(json!({"required_fields": {"applicantworkflows": ["field77"]}})).await.unwrap();
    let refused = env.icims_patch("applicantworkflows/13437", json!({"status": {"id": "C38357"}})).await;
    assert_eq!((refused.status, refused.header("x-error")), (400, "1:field77:Field is required."));
    assert_eq!(refused.json()["errors"][0]["errorCode"], 1);
    assert_eq!(env.customer().view(13437).await.unwrap().status.id, "D10100");
    // The result row is another call and not held up.
    assert_eq!(env.icims_post(RESULTS, row()).await.status, 201);
    let given = json!({"status": {"id": "C38357"}, "field77": "42"});
    assert_eq!(env.icims_patch("applicantworkflows/13437", given).await.status, 204);
    let filled = env.icims_patch("applicantworkflows/13437", json!({"status": {"id": "D10100"}})).await;
    assert_eq!(filled.status, 204);
}

#[tokio::test]
async fn a_wrong_case_in_a_patch_is_a_warning_in_a_success() {
    let env = TestEnv::start().await;
    let warned = env.icims_patch("people/2001", json!({"FirstName": "X", "title": "Dr"})).await;
    assert_eq!((warned.status, &warned.json()["warnings"][0]["errorCode"]), (200, &json!(4)));
    let person = env.icims_get("people/2001?fields=firstname,title").await.json();
    assert_eq!((&person["firstname"], &person["title"]), (&json!("Ada"), &json!("Dr")));
}

#[tokio::test]
async fn a_posted_workflow_is_created_with_an_empty_body() {
    let env = TestEnv::start().await;
    let posted = env
        .icims_post(
            "applicantworkflows",
            json!({"baseprofile": 1181, "associatedprofile": 2001, "status": {"id": "D10100"}}),
        )
        .await;
    assert_eq!((posted.status, posted.header("content-length")), (201, "0"));
    let id = posted.header("location").rsplit('/').next().unwrap().to_owned();
    let read = env.icims_get(&format!("applicantworkflows/{id}")).await.json();
    assert_eq!(read["associatedprofile"]["id"], 2001);
    assert_eq!(env.icims_post("applicantworkflows", json!({"baseprofile": 7})).await.status, 400);
}

#[tokio::test]
async fn a_file_is_patched_read_and_removed_and_never_posted() {
    let env = TestEnv::start().await;
    let path = "applicantworkflows/13437/fields/field23850/binary";
    let none = env.icims_get(path).await;
    assert!(none.header("content-type").starts_with("application/json"));

    let body = b"--B\r\ncontent-disposition: form-data; name=\"file\"; filename=\"report.pdf\"\r\ncontent-type: application/pdf\r\n\r\n%PDF-1.4 \r\n--x\r\n--B--\r\n".to_vec();
    let multipart = |method| {
        env.icims(method, path)
            .header("content-type", "multipart/form-data; boundary=B")
            .header("content-disposition", "attachment;filename=\"references.pdf\"")
            .body(body.clone())
    };
    assert_eq!(answer(multipart(Method::PATCH)).await.status, 204);
    let read = env.icims_get(path).await;
    assert_eq!((read.header("content-type"), read.text.as_str()), ("application/pdf", "%PDF-1.4 \r\n--x"));
    let view = env.customer().view(13437).await.unwrap();
    assert_eq!((view.files[0].filename.as_str(), view.files[0].size), ("references.pdf", 14));

    assert_eq!(answer(multipart(Method::POST)).await.status, 405);
    assert_eq!(env.icims_patch(path, json!({})).await.status, 400);
    assert_eq!(answer(env.icims(Method::DELETE, path)).await.status, 204);
    assert!(env.customer().view(13437).await.unwrap().files.is_empty());
}

#[tokio::test]
async fn a_jobs_location_is_an_entry_of_its_company() {
    let env = TestEnv::start().await;
    let entry = env.icims_get("companies/6/fields/addresses/5").await.json();
    assert_eq!(entry["addresscity"], "Boston");
}
