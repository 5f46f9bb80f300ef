//! Surveys, and those that a new organization has.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A survey, also called a job role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Survey {
    /// Its identity in API calls.
    pub codename: String,
    pub name: String,
    /// Whether orders may use it.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Its relationships by their id.
    pub relationships: BTreeMap<String, Relationship>,
}

fn yes() -> bool {
    true
}

/// How many references of one relationship a survey takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Relationship {
    pub label: String,
    /// The number where an order has none.
    pub default: u32,
    pub min: u32,
    pub max: u32,
}

/// Relationship ids and names (docs/vendors/crosschq.md §1.3).
pub(crate) const RELATIONSHIPS: [(&str, &str); 5] = [
    ("managers", "Manager"),
    ("employees", "Direct Report"),
    ("peers", "Coworker/Peer"),
    ("business", "Customer/Supplier"),
    ("social", "Mentor"),
];

/// The surveys of a new organization; one of them is disabled.
pub(crate) fn delivered() -> Vec<Survey> {
    let survey = |codename: &str, name: &str, enabled: bool, max: u32| Survey {
        codename: codename.to_owned(),
        name: name.to_owned(),
        enabled,
        relationships: RELATIONSHIPS
            .into_iter()
            .map(|(id, label)| (id.to_owned(), Relationship { label: label.to_owned(), default: 2, min: 0, max }))
            .collect::<BTreeMap<_, _>>(),
    };
    vec![
        survey("account-executive", "Account Executive", true, 10),
        survey("brand-marketer-manager", "Brand Marketer - Manager", true, 10),
        survey("software-engineer", "Software Engineer", true, 3),
        survey("store-associate-2019", "Store Associate (2019)", false, 10),
    ]
}
