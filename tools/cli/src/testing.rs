//! What unit tests share: settings, a customer and a secret, each the smallest that works, with changes.

use connector_core::aws::secret_set;
use connector_core::domain::{Customer, Settings, Template};
use connector_core::ports::SecretSet;
use serde_json::{Value, json};

use crate::settings_record::merge;
use crate::templates::draft::{self, Draft};

pub(crate) fn settings(changes: Value) -> Settings {
    let mut record = json!({"enabled": true, "crosschq": {}, "icims": {
        "region": "us", "push": {"accept": ["basic"]}, "statuses": {"trigger": ["C1"]}}});
    merge(&mut record, changes);
    serde_json::from_value(record).unwrap()
}

pub(crate) fn customer(changes: Value, templates: Vec<Template>) -> Customer {
    Customer { id: "1234".parse().unwrap(), settings: settings(changes), templates }
}

pub(crate) fn secret(version: &str, changes: Value) -> SecretSet {
    let mut document = json!({
        "icims": {"oauth": {"client_id": "id", "client_secret": "s"}}, "crosschq": {"token": "t"},
        "callback": {"path_secret": "p"}
    });
    merge(&mut document, changes);
    secret_set(version, document.to_string().into()).unwrap()
}

/// A template of these fields, in TOML, and of what it must have besides.
pub(crate) fn draft(name: &str, tag: &str, fields: &str) -> Draft {
    let text = format!("name = \"{name}\"\ntag = \"{tag}\"\nsurvey = \"sales\"\n{fields}\n");
    draft::read(&text, "test").unwrap().remove(0)
}
