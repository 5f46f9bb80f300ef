//! What an order must be (docs/vendors/crosschq.md §9.2).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::answer::FieldErrors;
use super::model::{Org, Request};
use super::survey::Survey;

/// Reads an order; the error lists everything that is wrong with it.
pub(crate) fn parse(org: &Org, order: Map<String, Value>) -> Result<Request, FieldErrors> {
    let mut errors = FieldErrors::default();
    let candidate = order.get("candidate").and_then(Value::as_object).cloned().unwrap_or_default();
    for key in ["first_name", "last_name", "email"] {
        required(&mut errors, &candidate, key, &format!("candidate.{key}"));
    }
    for key in ["jobrole", "requestor", "job_position"] {
        required(&mut errors, &order, key, key);
    }
    let text =
        |map: &Map<String, Value>, key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    for (field, email) in [("candidate.email", text(&candidate, "email")), ("requestor", text(&order, "requestor"))] {
        if !email.is_empty() && !is_email(&email) {
            errors.add(field, "Enter a valid email address.");
        }
    }
    if let Some(phone) = candidate.get("mobile_phone")
        && !phone.as_str().is_some_and(is_e164)
    {
        errors.add("candidate.mobile_phone", "Enter a valid phone number in E.164 form.");
    }
    if let Some(manager) = order.get("hiring_manager")
        && !manager.get("email").and_then(Value::as_str).is_some_and(is_email)
    {
        errors.add("hiring_manager.email", "Enter a valid email address.");
    }
    let jobrole = text(&order, "jobrole");
    let survey = org.settings.surveys.iter().find(|s| s.codename == jobrole && s.enabled);
    if survey.is_none() && !jobrole.is_empty() {
        errors.add("jobrole", "Unknown or disabled job role.");
    }
    let counts = survey.map(|survey| counts(&mut errors, survey, order.get("config_params"))).unwrap_or_default();
    let any =
        order.get("any_relationship_count").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let wanted = counts.values().sum::<u32>().saturating_add(any);
    if survey.is_some() && wanted < org.settings.min_reference_count {
        errors.add("config_params", format!("At least {} references are required.", org.settings.min_reference_count));
    }
    let auto_conclude = match order.get("auto_conclude").map(|rule| serde_json::from_value(rule.clone())).transpose() {
        Ok(rule) => rule,
        Err(_) => {
            errors.add("auto_conclude", "Not a valid rule.");
            None
        }
    };
    if errors.is_empty() {
        Ok(Request { order, jobrole, counts, wanted, auto_conclude, ..Request::default() })
    } else {
        Err(errors)
    }
}

fn required(errors: &mut FieldErrors, map: &Map<String, Value>, key: &str, field: &str) {
    match map.get(key) {
        None | Some(Value::Null) => errors.add(field, "This field is required."),
        Some(Value::String(text)) if text.trim().is_empty() => errors.add(field, "This field may not be blank."),
        Some(Value::String(_)) => {}
        Some(_) => errors.add(field, "Not a valid string."),
    }
}

/// How many references of each relationship; the survey's defaults when the order has none.
fn counts(errors: &mut FieldErrors, survey: &Survey, given: Option<&Value>) -> BTreeMap<String, u32> {
    let Some(given) = given.filter(|v| !v.is_null()) else {
        return survey.relationships.iter().map(|(id, r)| (id.clone(), r.default)).collect();
    };
    let Some(given) = given.as_object() else {
        errors.add("config_params", "Expected an object.");
        return BTreeMap::new();
    };
    let mut counts = BTreeMap::new();
    for (id, value) in given {
        let field = format!("config_params.{id}");
        let Some(relationship) = survey.relationships.get(id) else {
            errors.add(&field, "Unknown relationship.");
            continue;
        };
        match value.as_u64().and_then(|n| u32::try_from(n).ok()) {
            Some(n) if (relationship.min..=relationship.max).contains(&n) => {
                counts.insert(id.clone(), n);
            }
            Some(_) => errors.add(&field, format!("Must be between {} and {}.", relationship.min, relationship.max)),
            None => errors.add(&field, "A valid integer is required."),
        }
    }
    counts
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.contains('@')
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !text.contains(char::is_whitespace)
    })
}

fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
    })
}
