use wiremock::matchers::{body_json, method, path, query_param};
use wiremock::{Mock, ResponseTemplate};

use super::super::*;
use crate::icims::platform::{FieldKind, LabeledStatus, ListValue, ProfileType};
use crate::icims::testing::{WORKFLOW_PATH, World, ok, workflow};

fn status(id: &str, label: &str) -> LabeledStatus {
    LabeledStatus { id: StatusId::parse(id).unwrap(), label: Some(label.to_owned()) }
}

#[tokio::test]
async fn a_schema_is_asked_for_under_its_own_name_of_the_profile_type() {
    let world = World::simple().await;
    let path = "/customers/1234/profiledefinitions/v1/submittal/schema";
    world.answers("GET", path, ok(r#"{"properties":{"status":{"properties":{"id":{},"value":{}}}}}"#)).await;
    let fields = world.icims.fields(&world.customer, ProfileType::RecruitingWorkflow).await.unwrap();
    assert_eq!(fields[0].kind, FieldKind::List { several: false });
    let none = world.icims.fields(&world.customer, ProfileType::Requisition).await;
    assert_eq!(none, Err(AtsError::NotFound));
}

#[tokio::test]
async fn a_workflow_teaches_its_statuses_with_labels_and_nothing_of_people() {
    let world = World::simple().await;
    let body = r#"{"status":{"id":"C38360","value":"Not a fit","formattedvalue":"Rejected: Not a fit"},
        "baseprofile":{"id":1346,"value":"Counselor"},
        "submittalstatuslog":[
            {"status":{"id":"C38360","value":"Not a fit","formattedvalue":"Rejected: Not a fit"},
             "updatedby":{"id":95,"value":"Robin Recruiter"}},
            {"status":null}, 7,
            {"status":{"id":"D10100","value":"New"}}]}"#;
    Mock::given(method("GET"))
        .and(path(WORKFLOW_PATH))
        .and(query_param("fields", "status,baseprofile,submittalstatuslog"))
        .respond_with(ok(body))
        .mount(&world.server)
        .await;
    let sample = world.icims.sample(&world.customer, &workflow()).await.unwrap();
    let rejected = status("C38360", "Rejected: Not a fit");
    assert_eq!(sample.status.as_ref(), Some(&rejected));
    assert_eq!(sample.log, Some(vec![rejected, status("D10100", "New")]));
    assert_eq!(sample.requisition, RequisitionId::parse("1346").ok());
    assert!(!format!("{sample:?}").contains("Robin"));
}

#[tokio::test]
async fn a_log_that_is_no_field_is_read_as_a_resource_of_its_own() {
    let world = World::simple().await;
    world.answers("GET", WORKFLOW_PATH, ok(r#"{"status":{"id":"D10100"}}"#)).await;
    let sample = world.icims.sample(&world.customer, &workflow()).await.unwrap();
    assert_eq!((sample.log, sample.status.unwrap().label), (None, None));
    let log = format!("{WORKFLOW_PATH}/submittalstatuslog");
    assert_eq!(world.icims.labeled_status_log(&world.customer, &workflow()).await, Err(AtsError::NotFound));
    world.answers("GET", &log, ok(r#"{"submittalstatuslog":[{"status":{"id":"D10100","value":"New"}}]}"#)).await;
    let told = world.icims.labeled_status_log(&world.customer, &workflow()).await.unwrap();
    assert_eq!(told, [status("D10100", "New")]);
}

#[tokio::test]
async fn workflows_are_searched_by_when_they_changed() {
    let world = World::simple().await;
    let since = json!({"name": "applicantworkflow.updateddate", "value": ["2025-01-15 02:30 PM"], "operator": ">="});
    let asked = json!({"filters": [since], "operator": "&"});
    Mock::given(method("POST"))
        .and(path("/customers/1234/search/applicantworkflows"))
        .and(body_json(asked))
        .respond_with(ok(r#"{"searchResults":[{"self":"https://x/1","id":1},{"id":"22"}]}"#))
        .mount(&world.server)
        .await;
    let found =
        world.icims.changed_workflows(&world.customer, crate::domain::Timestamp::from_s(1_736_951_459)).await.unwrap();
    assert_eq!(found, ["1", "22"].map(|id| WorkflowId::parse(id).unwrap()));
}

#[tokio::test]
async fn the_values_of_list_fields_are_read_and_names_that_are_none_are_not_asked_for() {
    let world = World::simple().await;
    let job = RequisitionId::parse("1346").unwrap();
    let body = r#"{"assessmenttype":[{"id":"C1","value":"sales-ae","formattedvalue":"Sales : sales-ae"}],
        "folder":{"id":"D31001","value":"Approved","formattedvalue":"Approved"},"jobtitle":"Ada","empty":[]}"#;
    world.answers("GET", "/customers/1234/jobs/1346", ok(body)).await;
    let fields = ["assessmenttype", "folder", "empty", "absent"];
    let values = world.icims.list_values(&world.customer, &job, &fields).await.unwrap();
    assert_eq!(values.keys().collect::<Vec<_>>(), ["assessmenttype", "folder"]);
    assert_eq!(values["assessmenttype"][0].texts, ["sales-ae", "Sales : sales-ae"]);
    assert_eq!(values["folder"], [ListValue { id: Some("D31001".to_owned()), texts: vec!["Approved".to_owned()] }]);
    let odd = world.icims.list_values(&world.customer, &job, &["a,b"]).await;
    assert!(matches!(odd, Err(AtsError::Misconfigured { .. })));
}

#[tokio::test]
async fn an_answer_that_is_no_schema_is_no_answer() {
    let world = World::simple().await;
    let path = "/customers/1234/profiledefinitions/v1/job/schema";
    world.answers("GET", path, ResponseTemplate::new(200).set_body_string("<html>")).await;
    let read = world.icims.fields(&world.customer, ProfileType::Requisition).await;
    assert!(matches!(read, Err(AtsError::Unavailable { .. })));
}
