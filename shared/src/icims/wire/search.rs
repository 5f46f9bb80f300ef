//! The Search API: filters out, ids in (facts icims §3.7).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::icims::lenient::{Lenient, Text};

/// The most ids in one answer; a full one may be followed by another.
pub(in crate::icims) const PAGE: usize = 1_000;

/// One condition on a field: `job.folder = D31001`.
pub(in crate::icims) struct Filter<'a> {
    pub(in crate::icims) name: &'a str,
    pub(in crate::icims) operator: &'a str,
    pub(in crate::icims) value: &'a str,
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
struct Found {
    #[serde(default)]
    id: Lenient<Text>,
}

/// The answer: hits in ascending order of their ids.
#[derive(Deserialize)]
pub(in crate::icims) struct Wire {
    #[serde(rename = "searchResults")]
    results: Vec<Lenient<Found>>,
}

impl Wire {
    /// The ids found, without those that cannot be one.
    pub(in crate::icims) fn ids<T: std::str::FromStr>(&self) -> Vec<T> {
        let ids = self.results.iter().filter_map(Lenient::as_ref).filter_map(|found| found.id.text());
        ids.filter_map(|id| id.parse().ok()).collect()
    }
}
