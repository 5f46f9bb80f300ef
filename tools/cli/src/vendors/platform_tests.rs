use serde_json::json;

use super::*;
use crate::vendors::testing::{World, ok};

const WORKFLOW: &str = "/customers/1234/applicantworkflows/19288";

fn workflow() -> WorkflowId {
    "19288".parse().unwrap()
}

fn status(id: &str, label: &str) -> LabeledStatus {
    LabeledStatus { id: id.parse().unwrap(), label: Some(label.to_owned()) }
}

#[test]
fn lists_and_collections_are_told_from_links_and_plain_fields() {
    let node = json!({"properties": {"id": {}, "formattedvalue": {}, "value": {}}});
    let schema = json!({"properties": {
        "assessmenttype": {"type": "array", "title": "Assessment Type", "items": node},
        "folder": node,
        "recruiter": {"properties": {"profile": {}, "id": {}, "value": {}}},
        "joblocation": {"properties": {"id": {}, "companyid": {}, "address": {}, "value": {}}},
        "jobtitle": {"type": "string", "title": "Job Title"},
        "rows": {"items": {"properties": {"entry": {"type": "integer"}, "rowstatus": node}}},
        "odd": 7}});
    let fields = children(&schema);
    let kinds = |fields: &[Field]| fields.iter().map(|field| (field.name.clone(), field.kind)).collect::<Vec<_>>();
    let expected = [
        ("assessmenttype", FieldKind::List),
        ("folder", FieldKind::List),
        ("joblocation", FieldKind::Other),
        ("jobtitle", FieldKind::Other),
        ("recruiter", FieldKind::Other),
        ("rows", FieldKind::Collection),
    ];
    assert_eq!(kinds(&fields), expected.map(|(name, kind)| (name.to_owned(), kind)));
    assert_eq!(fields[0].label.as_deref(), Some("Assessment Type"));
    assert_eq!(kinds(&fields[5].children), [("rowstatus".to_owned(), FieldKind::List)]);
}

#[tokio::test]
async fn a_schema_is_read_under_its_own_name_of_the_profile_type_and_anything_else_is_no_schema() {
    let world = World::new().await;
    let at = |kind: &str| format!("/customers/1234/profiledefinitions/v1/{kind}/schema");
    world.answers("GET", &at("submittal"), ok(r#"{"properties":{"status":{}}}"#)).await;
    world.answers("GET", &at("person"), ok("<html>")).await;
    let read = async |kind| fields(&world.icims, &world.customer, kind).await;
    assert_eq!(read(ProfileType::RecruitingWorkflow).await.unwrap()[0].name, "status");
    assert_eq!(read(ProfileType::Requisition).await, Err(AtsError::NotFound));
    assert!(matches!(read(ProfileType::Person).await, Err(AtsError::Unavailable { .. })));
}

#[tokio::test]
async fn a_workflow_teaches_its_statuses_with_labels_and_nothing_of_people() {
    let world = World::new().await;
    let rejected = r#"{"id":"C38360","value":"Not a fit","formattedvalue":"Rejected: Not a fit"}"#;
    let body = format!(
        r#"{{"status":{rejected},"baseprofile":{{"id":1346,"value":"Counselor"}},"submittalstatuslog":[
            {{"status":{rejected},"updatedby":{{"id":95,"value":"Robin Recruiter"}}}},
            {{"status":null}}, 7, {{"status":{{"id":"D10100","value":"New"}}}}]}}"#
    );
    world.answers("GET", WORKFLOW, ok(&body)).await;
    let sample = sample(&world.icims, &world.customer, &workflow()).await.unwrap();
    let rejected = status("C38360", "Rejected: Not a fit");
    assert_eq!(sample.status.as_ref(), Some(&rejected));
    assert_eq!(sample.log, Some(vec![rejected, status("D10100", "New")]));
    assert_eq!(sample.requisition, "1346".parse().ok());
    assert!(!format!("{sample:?}").contains("Robin"));
    let asked = world.server.received_requests().await.unwrap();
    assert_eq!(asked[0].url.query(), Some("fields=status,baseprofile,submittalstatuslog"));
}

#[tokio::test]
async fn a_log_that_is_no_field_is_read_as_a_resource_of_its_own() {
    let world = World::new().await;
    world.answers("GET", WORKFLOW, ok(r#"{"status":{"id":"D10100"}}"#)).await;
    let sample = sample(&world.icims, &world.customer, &workflow()).await.unwrap();
    assert_eq!((sample.log, sample.status.unwrap().label), (None, None));
    let log = async || status_log(&world.icims, &world.customer, &workflow()).await;
    assert_eq!(log().await, Err(AtsError::NotFound));
    let body = ok(r#"{"submittalstatuslog":[{"status":{"id":"D10100","value":"New"}}]}"#);
    world.answers("GET", &format!("{WORKFLOW}/submittalstatuslog"), body).await;
    assert_eq!(log().await.unwrap(), [status("D10100", "New")]);
}

#[tokio::test]
async fn the_values_of_list_fields_are_read_and_names_that_are_none_are_not_asked_for() {
    let world = World::new().await;
    let body = r#"{"assessmenttype":[{"id":"C1","value":"sales-ae","formattedvalue":"Sales : sales-ae"}],
        "folder":{"id":"D31001","value":"Approved","formattedvalue":"Approved"},"jobtitle":"Ada","empty":[]}"#;
    world.answers("GET", "/customers/1234/jobs/1346", ok(body)).await;
    let job = "1346".parse().unwrap();
    let values =
        list_values(&world.icims, &world.customer, &job, &["assessmenttype", "folder", "empty", "absent"]).await;
    let values = values.unwrap();
    assert_eq!(values.keys().collect::<Vec<_>>(), ["assessmenttype", "folder"]);
    assert_eq!(values["assessmenttype"], ["sales-ae", "Sales : sales-ae"]);
    assert_eq!(values["folder"], ["Approved"]);
    let odd = list_values(&world.icims, &world.customer, &job, &["a,b"]).await;
    assert!(matches!(odd, Err(AtsError::Misconfigured { .. })));
}

#[tokio::test]
async fn workflows_are_searched_by_when_they_changed() {
    let world = World::new().await;
    let found = ok(r#"{"searchResults":[{"self":"https://x/1","id":1},{"id":"22"}]}"#);
    world.answers("POST", "/customers/1234/search/applicantworkflows", found).await;
    let found = changed_workflows(&world.icims, &world.customer, Timestamp::from_s(1_736_951_459)).await.unwrap();
    assert_eq!(found.iter().map(WorkflowId::as_str).collect::<Vec<_>>(), ["1", "22"]);
    let since = json!({"name": "applicantworkflow.updateddate", "value": ["2025-01-15 02:30 PM"], "operator": ">="});
    assert_eq!(world.sent().await, json!({"filters": [since], "operator": "&"}));
}

#[tokio::test]
async fn requisitions_are_searched_by_folder_from_the_last_one_on() {
    let world = World::new().await;
    let found = ok(r#"{"searchResults":[{"self":"https://x/jobs/7","id":7},{"id":"9"},{"id":5}]}"#);
    world.answers("POST", "/customers/1234/search/jobs", found).await;
    let folders = ["D31001".to_owned(), "C7".to_owned()];
    let (ids, next) = requisitions(&world.icims, &world.customer, &folders, 5).await.unwrap();
    assert_eq!((ids, next), (vec!["7".parse().unwrap(), "9".parse().unwrap()], None));
    let filter =
        |name: &str, value: &str, operator: &str| json!({"name": name, "value": [value], "operator": operator});
    let one_of =
        json!({"operator": "|", "filters": [filter("job.folder", "D31001", "="), filter("job.folder", "C7", "=")]});
    let expected = json!({"filters": [filter("job.id", "5", ">")], "operator": "&", "children": [one_of]});
    assert_eq!(world.sent().await, expected);
}

#[tokio::test]
async fn a_full_page_of_requisitions_says_that_there_may_be_more_and_no_folder_asks_for_all() {
    let world = World::new().await;
    let results: Vec<_> = (1..=1_000).map(|id| json!({"id": id})).collect();
    world.answers("POST", "/customers/1234/search/jobs", ok(&json!({"searchResults": results}).to_string())).await;
    let (ids, next) = requisitions(&world.icims, &world.customer, &[], 0).await.unwrap();
    assert_eq!((next, ids.len()), (Some(1_000), 1_000));
    let filter = json!({"name": "job.id", "value": ["0"], "operator": ">"});
    assert_eq!(world.sent().await, json!({"filters": [filter], "operator": "&"}));
}

#[tokio::test]
async fn a_search_that_is_no_list_is_unavailable_and_one_that_is_forbidden_says_so() {
    for (answer, forbidden) in [(ok(r#"{"searchResults":"?"}"#), false), (wiremock::ResponseTemplate::new(403), true)] {
        let world = World::new().await;
        world.answers("POST", "/customers/1234/search/jobs", answer).await;
        let error = requisitions(&world.icims, &world.customer, &[], 0).await.unwrap_err();
        assert_eq!(matches!(error, AtsError::Unauthorized { .. }), forbidden, "{error}");
        assert_eq!(matches!(error, AtsError::Unavailable { .. }), !forbidden, "{error}");
    }
}
