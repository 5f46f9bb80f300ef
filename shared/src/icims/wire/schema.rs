//! A profile type's schema (docs/vendors/icims.md §3.4), as far as it tells what kind of field each is.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::icims::lenient::{Lenient, Text, object};
use crate::icims::platform::{Field, FieldKind};

/// JSON Schema of a field; what else it says does not matter here.
#[derive(Default, Deserialize)]
struct Schema {
    #[serde(default)]
    title: Lenient<Text>,
    #[serde(default)]
    items: Lenient<Box<Schema>>,
    #[serde(default)]
    properties: Lenient<BTreeMap<String, Lenient<Schema>>>,
}

/// Reads the fields of a schema, by name; nothing if the answer is no JSON object with `properties`.
pub(in crate::icims) fn fields(body: &[u8]) -> Option<Vec<Field>> {
    let schema: Schema = object(body)?;
    schema.properties.as_ref().map(to_fields)
}

fn to_fields(properties: &BTreeMap<String, Lenient<Schema>>) -> Vec<Field> {
    let known = properties.iter().filter_map(|(name, schema)| Some((name, schema.as_ref()?)));
    known.map(|(name, schema)| schema.to_field(name)).collect()
}

impl Schema {
    fn has(&self, property: &str) -> bool {
        self.properties.as_ref().is_some_and(|properties| properties.contains_key(property))
    }

    /// A list node has id and value; so has a link, which besides names what it links to.
    fn is_node(&self) -> bool {
        self.has("id")
            && self.has("value")
            && !["profile", "address", "companyid", "entry"].iter().any(|key| self.has(key))
    }

    fn to_field(&self, name: &str) -> Field {
        let item = self.items.as_ref();
        let kind = match item {
            Some(item) if item.has("entry") => FieldKind::Collection,
            Some(item) if item.is_node() => FieldKind::List { several: true },
            None if self.is_node() => FieldKind::List { several: false },
            _ => FieldKind::Other,
        };
        let children = match (kind, item.and_then(|item| item.properties.as_ref())) {
            (FieldKind::Collection, Some(properties)) => {
                to_fields(properties).into_iter().filter(|child| child.name != "entry").collect()
            }
            _ => Vec::new(),
        };
        Field { name: name.to_owned(), label: self.title.text().map(str::to_owned), kind, children }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{"$schema": "x", "title": "job", "type": "object", "properties": {
        "assessmenttype": {"type": "array", "title": "Assessment Type", "items": {"type": "object", "properties":
            {"id": {"type": "string"}, "formattedvalue": {"type": "string"}, "value": {"type": "string"}}}},
        "folder": {"type": "object", "properties": {"id": {"type": "string"}, "value": {"type": "string"}}},
        "recruiter": {"type": "object", "properties":
            {"profile": {"type": "string"}, "id": {"type": "integer"}, "value": {"type": "string"}}},
        "joblocation": {"type": "object", "properties":
            {"id": {"type": "integer"}, "companyid": {}, "address": {}, "value": {"type": "string"}}},
        "jobtitle": {"type": "string", "title": "Job Title"},
        "rows": {"type": "array", "items": {"type": "object", "properties":
            {"entry": {"type": "integer"}, "rowstatus": {"type": "object", "properties": {"id": {}, "value": {}}}}}},
        "odd": 7}}"#;

    #[test]
    fn lists_and_collections_are_told_from_links_and_plain_fields() {
        let fields = fields(SCHEMA.as_bytes()).unwrap();
        let kinds: Vec<_> = fields.iter().map(|field| (field.name.as_str(), field.kind)).collect();
        assert_eq!(
            kinds,
            [
                ("assessmenttype", FieldKind::List { several: true }),
                ("folder", FieldKind::List { several: false }),
                ("joblocation", FieldKind::Other),
                ("jobtitle", FieldKind::Other),
                ("recruiter", FieldKind::Other),
                ("rows", FieldKind::Collection),
            ]
        );
        assert_eq!(fields[0].label.as_deref(), Some("Assessment Type"));
        let children: Vec<_> = fields[5].children.iter().map(|child| (child.name.as_str(), child.kind)).collect();
        assert_eq!(children, [("rowstatus", FieldKind::List { several: false })]);
    }

    #[test]
    fn what_is_no_schema_is_nothing() {
        for body in ["[]", "{}", r#"{"properties": 5}"#, "Ada"] {
            assert!(fields(body.as_bytes()).is_none(), "{body}");
        }
    }
}
