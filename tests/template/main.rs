//! What template.yaml must say. Validators pass a batch size of 99999, a visibility below the timeout and a source that
//! reports no failures; these checks do not.

mod alarms;
mod data;
mod functions;
mod http;
mod queues;
mod roles;
mod samples;

use std::collections::BTreeSet;

use local::template::Template;
use serde_json::Value;

fn template() -> Template {
    testkit::template("http://127.0.0.1:4566")
}

/// Every resource of this type, by logical id.
fn resources<'a>(template: &'a Template, kind: &str) -> Vec<(&'a str, &'a Value)> {
    let all = template.raw()["Resources"].as_object().unwrap();
    let found: Vec<_> = all.iter().filter(|(_, r)| r["Type"] == kind).map(|(id, r)| (id.as_str(), r)).collect();
    assert!(!found.is_empty(), "no {kind}");
    found
}

fn resource<'a>(template: &'a Template, logical_id: &str) -> &'a Value {
    &template.raw()["Resources"][logical_id]["Properties"]
}

/// The logical ids that a tree names by `Ref`, `Fn::GetAtt` or `Fn::Sub`.
fn named(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect_named(value, &mut found);
    found
}

fn collect_named(value: &Value, found: &mut BTreeSet<String>) {
    let first = |text: &str| text.split('.').next().unwrap().to_owned();
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_named(item, found)),
        Value::Object(entries) => {
            for (key, value) in entries {
                match (key.as_str(), value) {
                    ("Ref", Value::String(name)) => drop(found.insert(name.clone())),
                    ("Fn::GetAtt", Value::String(name)) => drop(found.insert(first(name))),
                    ("Fn::GetAtt", Value::Array(parts)) => drop(found.insert(parts[0].as_str().unwrap().to_owned())),
                    ("Fn::Sub", Value::String(text)) => {
                        found.extend(text.split("${").skip(1).map(|part| first(part.split('}').next().unwrap())));
                    }
                    _ => collect_named(value, found),
                }
            }
        }
        _ => {}
    }
}
