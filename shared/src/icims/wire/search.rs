//! A search for workflows: filters out, ids in (facts icims §3.7).

use serde::Deserialize;
use serde_json::{Value, json};

use super::row::written;
use crate::domain::{StatusId, Timestamp, WorkflowId};
use crate::icims::lenient::{Lenient, Text, last_segment};

/// The search for workflows in one of these statuses that changed at or after `since`, to the minute. That a status can be
/// searched by its id is assumed: the forum only implies a filter of that name. `None` if there is nothing to search by.
pub(in crate::icims) fn body(statuses: &[StatusId], since: Timestamp, after: Option<&WorkflowId>) -> Option<Value> {
    if statuses.is_empty() {
        return None;
    }
    let filter = |name: &str, operator: &str, value: &str| json!({"name": format!("applicantworkflow.{name}"), "value": [value], "operator": operator});
    let mut filters = vec![filter("updateddate", ">=", &written(since)?)];
    filters.extend(after.map(|after| filter("id", ">", after.as_str())));
    let statuses: Vec<Value> = statuses.iter().map(|status| filter("status", "=", status.as_str())).collect();
    Some(json!({
        "filters": filters,
        "operator": "&",
        "children": [{"filters": statuses, "operator": "|"}],
    }))
}

#[derive(Deserialize)]
pub(in crate::icims) struct Wire {
    #[serde(rename = "searchResults", default)]
    results: Lenient<Vec<Lenient<Found>>>,
}

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    id: Lenient<Text>,
    #[serde(rename = "self", default)]
    url: Lenient<String>,
}

impl Found {
    fn id(&self) -> Option<u64> {
        let by_id = self.id.text().and_then(|id| id.parse().ok());
        by_id.or_else(|| last_segment(self.url.as_ref()?)?.parse().ok())
    }
}

impl Wire {
    /// The ids in ascending order, those up to `after` left out; nothing if the answer is none, or names one that cannot be
    /// read: what is not seen must not count as looked at.
    pub(in crate::icims) fn workflows(self, after: Option<&WorkflowId>) -> Option<Vec<WorkflowId>> {
        let after = after.and_then(|after| after.as_str().parse::<u64>().ok());
        let found: Option<Vec<u64>> = self.results.get()?.iter().map(|found| found.as_ref()?.id()).collect();
        let mut ids = found?;
        ids.retain(|id| after.is_none_or(|after| *id > after));
        ids.sort_unstable();
        ids.dedup();
        ids.iter().map(|id| WorkflowId::parse(id.to_string()).ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-01-15 14:30:59 UTC.
    const SINCE: Timestamp = Timestamp::from_s(1_736_951_459);

    fn id<T: std::str::FromStr<Err = crate::domain::InvalidId>>(text: &str) -> T {
        text.parse().unwrap()
    }

    #[test]
    fn the_search_is_the_documented_one_by_date_id_and_any_of_the_statuses() {
        let after = id("41");
        assert_eq!(
            body(&[id("C1"), id("D2")], SINCE, Some(&after)).unwrap(),
            json!({
                "filters": [
                    {"name": "applicantworkflow.updateddate", "value": ["2025-01-15 02:30 PM"], "operator": ">="},
                    {"name": "applicantworkflow.id", "value": ["41"], "operator": ">"},
                ],
                "operator": "&",
                "children": [{"operator": "|", "filters": [
                    {"name": "applicantworkflow.status", "value": ["C1"], "operator": "="},
                    {"name": "applicantworkflow.status", "value": ["D2"], "operator": "="},
                ]}],
            })
        );
        assert_eq!(body(&[], SINCE, None), None);
    }

    fn found(json: &str, after: Option<&str>) -> Option<Vec<String>> {
        let wire: Wire = serde_json::from_str(json).unwrap();
        let ids = wire.workflows(after.map(id).as_ref())?;
        Some(ids.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn ids_are_numbers_in_order_and_come_after_the_last_one() {
        let json = r#"{"searchResults":[{"id":10,"self":"x"},{"id":"9"},
            {"self":"https://api.icims.com/customers/1/applicantworkflows/100"},{"id":10}]}"#;
        assert_eq!(found(json, None).unwrap(), ["9", "10", "100"]);
        assert_eq!(found(json, Some("9")).unwrap(), ["10", "100"]);
        assert_eq!(found(r#"{"searchResults":[]}"#, None).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn an_answer_that_cannot_be_read_whole_is_none() {
        for json in ["{}", r#"{"searchResults":7}"#, r#"{"searchResults":[{"id":1},{"id":"x"}]}"#] {
            assert_eq!(found(json, None), None, "{json}");
        }
    }
}
