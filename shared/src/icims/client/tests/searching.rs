use serde_json::json;

use super::super::*;
use crate::icims::testing::{World, ok};
use crate::ports::AtsSearch as _;

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
    let result = world.icims.changed(&world.customer, &[], since, None).await;
    assert!(matches!(result, Err(AtsError::Misconfigured { .. })), "{result:?}");
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
