//! The two shapes that most fields have: list nodes, and links to persons or jobs (docs/vendors/icims.md §3.2).

use std::str::FromStr;

use serde::Deserialize;

use crate::icims::lenient::{Lenient, Text, last_segment};

/// A node of a list: `{"id":"D10100","value":"…","formattedvalue":"…"}`.
#[derive(Default, Deserialize)]
pub(in crate::icims) struct Node {
    #[serde(default)]
    pub(in crate::icims) id: Lenient<Text>,
    #[serde(default)]
    value: Lenient<Text>,
    #[serde(default)]
    formattedvalue: Lenient<Text>,
}

impl Node {
    /// The node's text and its path-formatted text, as far as they are there.
    pub(in crate::icims) fn texts(&self) -> impl Iterator<Item = &str> {
        self.value.text().into_iter().chain(self.formattedvalue.text())
    }
}

/// A field that may hold a text, a node, or several of either.
#[derive(Deserialize)]
#[serde(untagged)]
pub(in crate::icims) enum Choice {
    // First: an array would also be taken for a node's fields in order.
    Many(Vec<Lenient<Entry>>),
    One(Entry),
}

/// One value of a [`Choice`].
#[derive(Deserialize)]
#[serde(untagged)]
pub(in crate::icims) enum Entry {
    Text(Text),
    Node(Node),
}

impl Choice {
    /// The values in their order.
    pub(in crate::icims) fn entries(&self) -> impl Iterator<Item = &Entry> {
        let (one, many) = match self {
            Self::One(entry) => (Some(entry), &[][..]),
            Self::Many(entries) => (None, entries.as_slice()),
        };
        one.into_iter().chain(many.iter().filter_map(Lenient::as_ref))
    }
}

impl Entry {
    /// The value's texts.
    pub(in crate::icims) fn texts(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => vec![text.as_str()],
            Self::Node(node) => node.texts().collect(),
        }
    }
}

/// A link to a profile: `{"id":564,"value":"…","profile":"https://…/people/564"}`.
#[derive(Default, Deserialize)]
pub(in crate::icims) struct ProfileLink {
    #[serde(default)]
    id: Lenient<Text>,
    #[serde(default)]
    profile: Lenient<String>,
}

impl ProfileLink {
    /// The profile's id; from the end of its URL where the field is absent.
    pub(in crate::icims) fn profile_id<T: FromStr>(&self) -> Option<T> {
        let by_id = self.id.text().and_then(|id| id.parse().ok());
        by_id.or_else(|| last_segment(self.profile.as_ref()?)?.parse().ok())
    }
}
