//! A requisition (docs/vendors/icims.md §3.5, §3.6). The field that names the template differs between customers, so
//! the answer is read twice: once for the fields that all have, once for that one.

use std::collections::HashMap;

use serde::Deserialize;

use super::node::{Choice, Entry, ProfileLink};
use crate::domain::Requisition;
use crate::icims::lenient::{Lenient, Text, object};

/// What to ask for, besides the field that names the template.
pub(in crate::icims) const FIELDS: [&str; 3] = ["jobtitle", "recruiter", "hiringmanager"];

#[derive(Deserialize)]
struct Fixed {
    #[serde(default)]
    jobtitle: Lenient<Text>,
    #[serde(default)]
    recruiter: Lenient<ProfileLink>,
    #[serde(default)]
    hiringmanager: Lenient<ProfileLink>,
}

/// Reads a requisition; nothing if the answer is no JSON object.
pub(in crate::icims) fn requisition(body: &[u8], template_field: &str) -> Option<Requisition> {
    let fixed: Fixed = object(body)?;
    let all: HashMap<String, Lenient<Choice>> = object(body)?;
    let template = all.get(template_field).and_then(Lenient::as_ref);
    Some(Requisition {
        title: fixed.jobtitle.text().map(str::to_owned),
        template_values: template.map(values).unwrap_or_default(),
        recruiter: fixed.recruiter.as_ref().and_then(ProfileLink::profile_id),
        hiring_manager: fixed.hiringmanager.as_ref().and_then(ProfileLink::profile_id),
    })
}

/// Each value's texts in order, the same one once.
fn values(choice: &Choice) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for text in choice.entries().flat_map(Entry::texts) {
        if !values.iter().any(|known| known == text) {
            values.push(text.to_owned());
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template_values(json: &str) -> Vec<String> {
        requisition(format!(r#"{{"field77":{json}}}"#).as_bytes(), "field77").unwrap().template_values
    }

    #[test]
    fn the_template_field_may_be_a_text_a_node_or_several_of_either() {
        assert_eq!(template_values(r#"" sales-ae ""#), ["sales-ae"]);
        assert_eq!(template_values("17"), ["17"]);
        assert_eq!(template_values(r#"{"id":"C1","value":"a","formattedvalue":"Sales : a"}"#), ["a", "Sales : a"]);
        assert_eq!(
            template_values(
                r#"[{"id":"C1","value":"a","formattedvalue":"a"},"b",{"value":"a"},null,[],{"formattedvalue":"c"}]"#
            ),
            ["a", "b", "c"]
        );
        for none in ["null", "{}", "[]", r#""""#, "true"] {
            assert!(template_values(none).is_empty(), "{none}");
        }
    }
}
