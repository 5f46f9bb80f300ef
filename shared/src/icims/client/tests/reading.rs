use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, ResponseTemplate};

use super::super::*;
use crate::domain::CheckKey;
use crate::icims::testing::{NOW, WORKFLOW_PATH, World, ok, workflow};
use crate::ports::{AtsLog, AtsSearch};

const WORKFLOW: &str = include_str!("../../fixtures/workflow.json");
const PERSON: &str = include_str!("../../fixtures/person.json");
const JOB: &str = include_str!("../../fixtures/job.json");

fn person() -> PersonId {
    PersonId::parse("5").unwrap()
}

fn job() -> RequisitionId {
    RequisitionId::parse("1026").unwrap()
}

#[tokio::test]
async fn the_recorded_workflow_is_read_with_only_the_fields_needed() {
    let world = World::simple().await;
    Mock::given(method("GET"))
        .and(path(WORKFLOW_PATH))
        .and(query_param("fields", "status,associatedprofile,baseprofile"))
        .and(header("accept", "application/json"))
        .respond_with(ok(WORKFLOW))
        .mount(&world.server)
        .await;
    let read = world.icims.workflow(&world.customer, &workflow()).await.unwrap();
    assert_eq!(read.status, StatusId::parse("D10100").ok());
    assert_eq!(read.person, PersonId::parse("1").ok());
    assert_eq!(read.requisition, RequisitionId::parse("1346").ok());
}

#[tokio::test]
async fn a_workflow_whose_parts_are_hidden_is_read_as_far_as_it_goes() {
    let world = World::simple().await;
    let partly = r#"{"status":null,"associatedprofile":{"profile":"https://api.icims.com/customers/1234/people/77"},"baseprofile":"?"}"#;
    world.answers("GET", WORKFLOW_PATH, ok(partly)).await;
    let read = world.icims.workflow(&world.customer, &workflow()).await.unwrap();
    assert_eq!(read, RecruitingWorkflow { status: None, person: PersonId::parse("77").ok(), requisition: None });
}

#[tokio::test]
async fn the_recorded_person_is_read_and_nothing_sensitive_is_asked_for() {
    let world = World::simple().await;
    world.answers("GET", "/customers/1234/people/5", ok(PERSON)).await;
    let read = world.icims.person(&world.customer, &person()).await.unwrap();
    assert_eq!(read.first_name.unwrap().expose(), "Jane");
    assert_eq!(read.last_name.unwrap().expose(), "Doe");
    assert_eq!(read.email.unwrap().expose(), "jane@example.com");
    assert!(read.mobile.is_none(), "the recorded number is a pager's");
    let asked = world.requests("/customers/1234/people/5").await;
    assert_eq!(asked[0].url.query(), Some("fields=firstname,lastname,email,phones"));
}

#[tokio::test]
async fn the_recorded_requisition_is_read_with_its_people_and_template_values() {
    let world = World::simple().await;
    world.answers("GET", "/customers/1234/jobs/1026", ok(JOB)).await;
    let read = world.icims.requisition(&world.customer, &job()).await.unwrap();
    assert_eq!(read.title.as_deref(), Some("Senior Software Engineer"));
    assert_eq!(read.template_values, ["Package A"]);
    assert_eq!(read.recruiter, PersonId::parse("95").ok());
    assert_eq!(read.hiring_manager, PersonId::parse("564").ok());
    let asked = world.requests("/customers/1234/jobs/1026").await;
    assert_eq!(asked[0].url.query(), Some("fields=jobtitle,recruiter,hiringmanager,assessmenttype"));
}

#[tokio::test]
async fn the_customers_own_template_field_is_the_one_asked_for_and_read() {
    let mut world = World::simple().await;
    world.customer.settings.icims.template_field = "field117848".to_owned();
    world.answers("GET", "/customers/1234/jobs/1026", ok(r#"{"field117848":"sales-ae"}"#)).await;
    let read = world.icims.requisition(&world.customer, &job()).await.unwrap();
    assert_eq!(read, Requisition { template_values: vec!["sales-ae".to_owned()], ..Requisition::default() });
    let asked = world.requests("/customers/1234/jobs/1026").await;
    assert!(asked[0].url.query().unwrap().ends_with(",field117848"));
}

#[tokio::test]
async fn a_template_field_that_is_no_field_name_is_a_setting_to_mend() {
    let mut world = World::simple().await;
    world.customer.settings.icims.template_field = "a,usssn&x=".to_owned();
    let error = world.icims.requisition(&world.customer, &job()).await.unwrap_err();
    assert!(matches!(&error, AtsError::Misconfigured { why } if why.contains("icims.template_field")), "{error}");
}

#[tokio::test]
async fn a_success_with_warnings_is_a_success() {
    let world = World::simple().await;
    let body = r#"{"status":{"id":"C1"},"warnings":[{"errorMessage":"StartDate: Field name must be all lowercase.","errorCode":4}]}"#;
    let answer = ok(body).insert_header("x-warning", "4:startdate:Field name must be all lowercase.");
    world.answers("GET", WORKFLOW_PATH, answer).await;
    let read = world.icims.workflow(&world.customer, &workflow()).await.unwrap();
    assert_eq!(read.status, StatusId::parse("C1").ok());
}

#[tokio::test]
async fn a_lost_entry_is_found_again_by_the_rows_marker() {
    let world = World::simple().await;
    let rows = r#"{"assessmentresults":[
        {"entry":1001,"assessmentnotes":"Crosschq has invited the candidate. Ref 13437-1"},
        {"entry":1002,"assessmentnotes":"Other"}]}"#;
    world.answers("GET", WORKFLOW_PATH, ok(rows)).await;
    let marker = |attempt| {
        let key = CheckKey { customer: world.customer.id.clone(), workflow: "13437".parse().unwrap(), attempt };
        RowMarker::of(&key)
    };
    let found = world.icims.find_row(&world.customer, &workflow(), &marker(1)).await.unwrap();
    assert_eq!(found, EntryId::parse("1001").ok());
    assert_eq!(world.icims.find_row(&world.customer, &workflow(), &marker(2)).await.unwrap(), None);
    assert_eq!(world.requests(WORKFLOW_PATH).await[0].url.query(), Some("fields=assessmentresults"));
}

#[tokio::test]
async fn an_unreadable_success_is_no_answer() {
    for body in ["<html>", "[]", ""] {
        let world = World::simple().await;
        world.answers("GET", WORKFLOW_PATH, ResponseTemplate::new(200).set_body_string(body)).await;
        let error = world.icims.workflow(&world.customer, &workflow()).await.unwrap_err();
        assert_eq!(error, AtsError::Unavailable { why: "workflow: unreadable answer".to_owned() });
    }
}

#[tokio::test]
async fn a_log_that_the_workflow_does_not_tell_is_asked_for_in_its_own_place() {
    let world = World::simple().await;
    let fields = "status,associatedprofile,baseprofile,submittalstatuslog";
    Mock::given(method("GET"))
        .and(path(WORKFLOW_PATH))
        .and(query_param("fields", fields))
        .respond_with(ok(WORKFLOW))
        .mount(&world.server)
        .await;
    let entry = r#"{"status":{"id":"D10100"},"updatedDate":"2025-01-15 02:30 PM","updatedBy":{"id":95,"value":"x"}}"#;
    let log = ok(&format!(r#"{{"submittalstatuslog":[{entry}]}}"#));
    world.answers("GET", &format!("{WORKFLOW_PATH}/submittalstatuslog"), log).await;

    let mut standing = world.icims.standing(&world.customer, &workflow()).await.unwrap();
    assert_eq!((standing.workflow.person.clone(), standing.entered()), (PersonId::parse("1").ok(), None));
    standing.log = AtsLog::status_log(&world.icims, &world.customer, &workflow()).await.unwrap();
    let entered = standing.entered().unwrap();
    assert_eq!(
        (entered.at.to_string().as_str(), entered.by.clone()),
        ("2025-01-15T14:30:00Z", PersonId::parse("95").ok())
    );
}

#[tokio::test]
async fn background_work_learns_of_the_reserve_from_the_first_answer() {
    let world = World::simple().await;
    assert_eq!(world.icims.pause_for_background(&world.customer), None, "nothing is known");
    let answer = ok(r#"{"searchResults":[]}"#)
        .insert_header("x-ratelimit-limit", "10000")
        .insert_header("x-ratelimit-remaining", "1999")
        .insert_header("x-ratelimit-reset", "9299");
    world.answers("POST", "/customers/1234/search/applicantworkflows", answer).await;
    let statuses = [StatusId::parse("C1").unwrap()];
    assert_eq!(world.icims.changed(&world.customer, &statuses, NOW, None).await, Ok(Vec::new()));
    assert_eq!(world.icims.pause_for_background(&world.customer), Some(std::time::Duration::from_secs(9299)));
    let mut none_kept = world.customer.clone();
    none_kept.settings.icims.quota_reserve = 0;
    assert_eq!(world.icims.pause_for_background(&none_kept), None, "the reserve is the customer's");
}
