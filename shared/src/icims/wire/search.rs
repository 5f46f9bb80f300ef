//! The Search API: filters out, ids in (docs/vendors/icims.md §3.7).

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::icims::lenient::{Lenient, Text, last_segment};

/// The most ids in one answer; a full one may be followed by another.
pub const PAGE: usize = 1_000;

/// One condition on a field: `job.folder = D31001`.
pub struct Filter<'a> {
    /// The field, with its profile type before it.
    pub name: &'a str,
    /// `=`, `>` or `>=`.
    pub operator: &'a str,
    /// What the field is compared with.
    pub value: &'a str,
}

impl Filter<'_> {
    fn json(&self) -> Value {
        json!({"name": self.name, "value": [self.value], "operator": self.operator})
    }
}

/// Asks for what fits all of `all` and, where there are any, at least one of `one_of`.
pub(in crate::icims) fn body(all: &[Filter<'_>], one_of: &[Filter<'_>]) -> Value {
    let filters = |these: &[Filter<'_>]| these.iter().map(Filter::json).collect::<Vec<_>>();
    let mut group = json!({"filters": filters(all), "operator": "&"});
    if !one_of.is_empty() {
        group["children"] = json!([{"filters": filters(one_of), "operator": "|"}]);
    }
    group
}

#[derive(Deserialize)]
pub(in crate::icims) struct Wire {
    #[serde(rename = "searchResults", default)]
    results: Option<Lenient<Vec<Lenient<Found>>>>,
    /// What the documentation shows as a search that found nothing. Filters that are refused answer with an error status.
    #[serde(default)]
    errors: Lenient<Vec<IgnoredAny>>,
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
    /// Whether it is the documented sample of a search that found nothing.
    pub(in crate::icims) fn is_errors_only(&self) -> bool {
        self.results.is_none() && self.errors.as_ref().is_some_and(|errors| !errors.is_empty())
    }

    /// The ids found, ascending, those up to `after` left out; nothing if the answer is none, or names one that cannot be
    /// read: what is not seen must not count as looked at.
    pub(in crate::icims) fn ids(&self, after: Option<u64>) -> Option<Vec<u64>> {
        let Some(results) = &self.results else { return self.is_errors_only().then(Vec::new) };
        let found: Option<Vec<u64>> = results.as_ref()?.iter().map(|found| found.as_ref()?.id()).collect();
        let mut ids = found?;
        ids.retain(|id| after.is_none_or(|after| *id > after));
        ids.sort_unstable();
        ids.dedup();
        Some(ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_the_documented_group_of_filters() {
        let is = |name, operator, value| Filter { name, operator, value };
        assert_eq!(
            body(&[is("job.id", ">", "41")], &[is("job.folder", "=", "D1"), is("job.folder", "=", "D2")]),
            json!({
                "filters": [{"name": "job.id", "value": ["41"], "operator": ">"}],
                "operator": "&",
                "children": [{"operator": "|", "filters": [
                    {"name": "job.folder", "value": ["D1"], "operator": "="},
                    {"name": "job.folder", "value": ["D2"], "operator": "="},
                ]}],
            })
        );
    }

    fn found(json: &str, after: Option<u64>) -> Option<Vec<u64>> {
        serde_json::from_str::<Wire>(json).unwrap().ids(after)
    }

    #[test]
    fn ids_are_numbers_in_order_and_come_after_the_last_one() {
        let json = r#"{"searchResults":[{"id":10,"self":"x"},{"id":"9"},
            {"self":"https://api.icims.com/customers/1/applicantworkflows/100"},{"id":10}]}"#;
        assert_eq!(found(json, None).unwrap(), [9, 10, 100]);
        assert_eq!(found(json, Some(9)).unwrap(), [10, 100]);
        let nothing = [r#"{"searchResults":[]}"#, r#"{"errors":[{"errorMessage":"No results","errorCode":"7"}]}"#];
        for json in nothing {
            assert_eq!(found(json, None).unwrap(), [0_u64; 0], "{json}");
        }
    }

    #[test]
    fn an_answer_that_cannot_be_read_whole_is_none() {
        for json in [
            "{}",
            r#"{"errors":[]}"#,
            r#"{"errors":7}"#,
            r#"{"searchResults":7,"errors":[{}]}"#,
            r#"{"searchResults":[{"id":1},{"id":"x"}]}"#,
        ] {
            assert_eq!(found(json, None), None, "{json}");
        }
    }
}
