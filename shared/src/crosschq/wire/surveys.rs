//! The surveys, there called job roles (docs/vendors/crosschq.md §1.3, §1.4): relationships as an object with numbers
//! (v2), or as an array with numbers written as texts, given once for the account (v1).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Unreadable, object, search};
use crate::domain::SurveyId;
use crate::lenient::{Lenient, Number, Text};
use crate::ports::Survey;

/// Least and most references of each relationship, by the wire's key.
type Limits = BTreeMap<String, (u8, u8)>;

#[derive(Default, Deserialize)]
#[serde(default)]
struct JobRole {
    codename: Lenient<Text>,
    id: Lenient<Text>,
    name: Lenient<Text>,
    relationships: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Relationship {
    id: Lenient<Text>,
    min: Lenient<Number>,
    max: Lenient<Number>,
}

/// What is given once for all surveys of an account.
#[derive(Default)]
pub(in super::super) struct Account {
    limits: Limits,
    min_total: u8,
}

/// Reads the list of surveys; one that names no relationships gets the account's.
pub(in super::super) fn read(body: &[u8], account: &Account) -> Result<Vec<Survey>, Unreadable> {
    let (entries, _) = search::list(body)?;
    let listed = entries.len();
    let surveys: Vec<_> = entries.into_iter().filter_map(|entry| survey(entry, account)).collect();
    if surveys.len() < listed {
        tracing::warn!(unreadable = listed - surveys.len(), "Crosschq lists surveys without a usable code name");
    }
    Ok(surveys)
}

fn survey(entry: Value, account: &Account) -> Option<Survey> {
    let role = JobRole::deserialize(entry).ok()?;
    let id = SurveyId::parse(role.codename.text().or(role.id.text())?).ok()?;
    let own = limits(role.relationships);
    Some(Survey {
        name: role.name.text().unwrap_or(id.as_str()).to_owned(),
        limits: if own.is_empty() { account.limits.clone() } else { own },
        min_total: account.min_total,
        id,
    })
}

/// Reads the account's relationships and its least number of references.
pub(in super::super) fn account(body: &[u8]) -> Result<Account, Unreadable> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Wire {
        relationships: Value,
        min_reference_count: Lenient<Number>,
    }
    let wire = Wire::deserialize(Value::Object(object(body)?)).map_err(|_| Unreadable("not the account"))?;
    Ok(Account { limits: limits(wire.relationships), min_total: count(&wire.min_reference_count).unwrap_or(0) })
}

fn count(number: &Lenient<Number>) -> Option<u8> {
    number.as_ref().and_then(|number| number.count())
}

fn limits(relationships: Value) -> Limits {
    let range = |relationship: &Relationship| {
        (count(&relationship.min).unwrap_or(0), count(&relationship.max).unwrap_or(u8::MAX))
    };
    let read = |value| Relationship::deserialize(value).ok();
    match relationships {
        Value::Object(by_key) => {
            by_key.into_iter().filter_map(|(key, value)| Some((key, range(&read(value)?)))).collect()
        }
        Value::Array(entries) => entries
            .into_iter()
            .filter_map(read)
            .filter_map(|relationship| Some((relationship.id.text()?.to_owned(), range(&relationship))))
            .collect(),
        _ => Limits::new(),
    }
}
