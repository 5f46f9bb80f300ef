//! What every new organisation starts with: four surveys (one disabled), five relationships, two templates.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::settings::{Relationship, Survey};

/// Relationship ids and names (docs/vendors/crosschq.md §1.3).
pub(crate) const RELATIONSHIPS: [(&str, &str); 5] = [
    ("managers", "Manager"),
    ("employees", "Direct Report"),
    ("peers", "Coworker/Peer"),
    ("business", "Customer/Supplier"),
    ("social", "Mentor"),
];

/// The surveys.
pub(crate) fn surveys() -> Vec<Survey> {
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

/// The templates.
pub(crate) fn templates() -> Vec<Value> {
    vec![
        json!({"id": "1", "name": "Sales AE", "ats_tag": "sales-ae", "description": "Account executives", "position": "Account Executive",
               "jobrole": "account-executive", "config_params": {"managers": 1, "peers": 1}}),
        json!({"id": "2", "name": "Engineering", "ats_tag": "engineering", "description": "", "position": "Software Engineer",
               "jobrole": "software-engineer", "config_params": {"managers": 1, "peers": 2}}),
    ]
}
