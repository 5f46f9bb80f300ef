use serde_json::json;

use super::super::*;
use crate::icims::testing::{World, ok};
use crate::ports::AtsSearch as _;

const SEARCH: &str = "/customers/1234/search/jobs";

#[tokio::test]
async fn requisitions_are_searched_by_folder_from_the_last_one_on() {
    let world = World::simple().await;
    let found =
        r#"{"searchResults":[{"self":"https://api.icims.com/customers/1234/jobs/7","id":7},{"id":"9"},{"id":5}]}"#;
    world.answers("POST", SEARCH, ok(found)).await;
    let folders = ["D31001".to_owned(), "C7".to_owned()];
    let page = world.icims.requisitions(&world.customer, &folders, 5).await.unwrap();
    assert_eq!(page.ids.iter().map(RequisitionId::as_str).collect::<Vec<_>>(), ["7", "9"]);
    assert_eq!(page.next, None);
    let sent: serde_json::Value = world.requests(SEARCH).await[0].body_json().unwrap();
    assert_eq!(
        sent,
        json!({"filters": [{"name": "job.id", "value": ["5"], "operator": ">"}], "operator": "&",
            "children": [{"operator": "|", "filters": [
                {"name": "job.folder", "value": ["D31001"], "operator": "="},
                {"name": "job.folder", "value": ["C7"], "operator": "="}]}]})
    );
}

#[tokio::test]
async fn a_full_page_of_requisitions_says_that_there_may_be_more_and_no_folder_asks_for_all() {
    let world = World::simple().await;
    let results: Vec<_> = (1..=1_000).map(|id| json!({"id": id})).collect();
    world.answers("POST", SEARCH, ok(&json!({"searchResults": results}).to_string())).await;
    let page = world.icims.requisitions(&world.customer, &[], 0).await.unwrap();
    assert_eq!((page.next, page.ids.len()), (Some(1_000), 1_000));
    let sent: serde_json::Value = world.requests(SEARCH).await[0].body_json().unwrap();
    assert_eq!(sent, json!({"filters": [{"name": "job.id", "value": ["0"], "operator": ">"}], "operator": "&"}));
}

#[tokio::test]
async fn a_search_that_is_no_list_is_unavailable_and_one_that_is_forbidden_says_so() {
    let world = World::simple().await;
    world.answers("POST", SEARCH, ok(r#"{"searchResults":"?"}"#)).await;
    let told = world.icims.requisitions(&world.customer, &[], 0).await;
    assert!(matches!(told, Err(AtsError::Unavailable { .. })), "{told:?}");
    let world = World::simple().await;
    world.answers("POST", SEARCH, wiremock::ResponseTemplate::new(403)).await;
    let told = world.icims.requisitions(&world.customer, &[], 0).await;
    assert!(matches!(told, Err(AtsError::Unauthorized { .. })), "{told:?}");
}

#[tokio::test]
async fn what_changed_is_searched_by_date_id_and_any_of_the_statuses() {
    const WORKFLOWS: &str = "/customers/1234/search/applicantworkflows";
    let world = World::simple().await;
    world.answers("POST", WORKFLOWS, ok(r#"{"searchResults":[{"id":50},{"id":42}]}"#)).await;
    // 2025-01-15 14:30:59 UTC.
    let since = crate::domain::Timestamp::from_s(1_736_951_459);
    let statuses = ["C1".parse().unwrap(), "D2".parse().unwrap()];
    let after = "41".parse().unwrap();
    let found = world.icims.changed(&world.customer, &statuses, since, Some(&after)).await.unwrap();
    assert_eq!(found.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>(), ["42", "50"]);
    let sent: serde_json::Value = world.requests(WORKFLOWS).await[0].body_json().unwrap();
    assert_eq!(
        sent,
        json!({"filters": [
                {"name": "applicantworkflow.updateddate", "value": ["2025-01-15 02:30 PM"], "operator": ">="},
                {"name": "applicantworkflow.id", "value": ["41"], "operator": ">"}],
            "operator": "&",
            "children": [{"operator": "|", "filters": [
                {"name": "applicantworkflow.status", "value": ["C1"], "operator": "="},
                {"name": "applicantworkflow.status", "value": ["D2"], "operator": "="}]}]})
    );
    assert_eq!(world.requests(WORKFLOWS).await[0].url.query(), Some("staleness=0"));
    let told = world.icims.changed(&world.customer, &[], since, None).await;
    assert!(matches!(told, Err(AtsError::Misconfigured { .. })), "{told:?}");
}

#[tokio::test]
async fn statuses_are_searched_by_the_ids_of_nodes_however_they_are_configured() {
    const WORKFLOWS: &str = "/customers/1234/search/applicantworkflows";
    let world = World::simple().await;
    world.answers("POST", WORKFLOWS, ok(r#"{"searchResults":[]}"#)).await;
    let statuses = ["38356", "C38360", "d10100"].map(|status| status.parse().unwrap());
    world.icims.changed(&world.customer, &statuses, crate::icims::testing::NOW, None).await.unwrap();
    let sent: serde_json::Value = world.requests(WORKFLOWS).await[0].body_json().unwrap();
    let searched: Vec<_> =
        sent["children"][0]["filters"].as_array().unwrap().iter().map(|filter| filter["value"].clone()).collect();
    assert_eq!(searched, [json!(["C38356"]), json!(["C38360"]), json!(["D10100"])]);
}
