//! What a field can be, and the nodes that list fields choose from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How a field's value is written (docs/vendors/icims.md §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// A string; URLs and e-mail addresses are strings too and not validated.
    Text,
    /// A string with markup.
    Html,
    /// A JSON integer.
    Integer,
    /// A JSON number.
    Decimal,
    /// `yyyy-mm-dd`.
    Date,
    /// `yyyy-mm-dd hh:mm a` in UTC.
    Datetime,
    /// One list node.
    List,
    /// An array of list nodes.
    MultiList,
    /// A link to a person.
    Person,
    /// A link to a job.
    Job,
    /// A link to an address of a company (a job's location).
    Address,
    /// A file, reached through `/binary` only.
    File,
    /// A field group: an array of entries.
    Collection,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldDef {
    /// How its value is written.
    pub kind: FieldKind,
    /// The customer's name for it, which replaces `{{person.email}}` and the like in messages to the recruiter.
    pub label: String,
    /// For list kinds: the list of its nodes.
    #[serde(default)]
    pub list: Option<String>,
    /// For text: the largest number of characters.
    #[serde(default)]
    pub max_length: Option<usize>,
    /// Whether a GET without `fields=` returns it.
    #[serde(default)]
    pub default: bool,
    /// For collections: the fields of an entry.
    #[serde(default)]
    pub children: BTreeMap<String, FieldDef>,
}

impl FieldDef {
    /// A field that a GET returns only when it is requested by name.
    #[must_use]
    pub fn new(kind: FieldKind, label: &str) -> Self {
        Self { kind, label: label.to_owned(), list: None, max_length: None, default: false, children: BTreeMap::new() }
    }

    /// A field of list nodes.
    #[must_use]
    pub fn of_list(kind: FieldKind, label: &str, list: &str) -> Self {
        Self { list: Some(list.to_owned()), ..Self::new(kind, label) }
    }

    pub(super) fn by_default(self) -> Self {
        Self { default: true, ..self }
    }

    pub(super) fn at_most(self, characters: usize) -> Self {
        Self { max_length: Some(characters), ..self }
    }

    pub(super) fn group<const N: usize>(label: &str, children: [(&str, Self); N]) -> Self {
        Self { children: named(children), ..Self::new(FieldKind::Collection, label) }
    }
}

pub(super) fn named<const N: usize>(fields: [(&str, FieldDef); N]) -> BTreeMap<String, FieldDef> {
    fields.into_iter().map(|(name, def)| (name.to_owned(), def)).collect()
}

/// One node of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// `D…` for nodes that iCIMS delivers, `C…` for the customer's own.
    pub id: String,
    /// The node's own text.
    pub value: String,
    /// The path-formatted text (`Bin: Status`); the value when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formattedvalue: Option<String>,
}

impl Node {
    /// A node of a one-level list.
    #[must_use]
    pub fn new(id: &str, value: &str) -> Self {
        Self { id: id.to_owned(), value: value.to_owned(), formattedvalue: None }
    }

    pub(crate) fn label(&self) -> &str {
        self.formattedvalue.as_deref().unwrap_or(&self.value)
    }
}
