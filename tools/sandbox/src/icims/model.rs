//! What the fake iCIMS remembers: customers, their fields, lists and profiles.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::delivered;
use super::fields::{FieldDef, Node};
use super::profile_type::ProfileType;
use super::settings::CustomerSettings;
use crate::push::record::PushRecord;
use crate::state::{Tracked, TrackedMap, saved_by_field, saved_whole};

/// Fields by name, as stored: links are `{"id":5}`, list values `{"id":"D10100"}`; labels are added when rendered.
pub(crate) type Fields = BTreeMap<String, Value>;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Icims {
    pub(crate) customers: TrackedMap<String, Customer>,
    /// Access tokens, by token.
    pub(crate) tokens: TrackedMap<String, IssuedToken>,
}

saved_by_field!(Icims { customers, tokens });
saved_whole!(IssuedToken, Profile, PushRecord);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct IssuedToken {
    pub(crate) customer: String,
    pub(crate) issued_at_ms: i64,
    pub(crate) expires_at_ms: i64,
    pub(crate) revoked: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Customer {
    pub(crate) settings: Tracked<CustomerSettings>,
    pub(crate) fields: Tracked<BTreeMap<ProfileType, BTreeMap<String, FieldDef>>>,
    pub(crate) lists: Tracked<BTreeMap<String, Vec<Node>>>,
    pub(crate) profiles: TrackedMap<ProfileType, TrackedMap<u64, Profile>>,
    pub(crate) next_id: Tracked<u64>,
    pub(crate) quota: Tracked<QuotaUse>,
    pub(crate) pushes: TrackedMap<u64, PushRecord>,
    /// The token the connector's own token endpoint gave for pushes, and when it ends.
    pub(crate) push_token: Tracked<Option<(String, i64)>>,
    /// Of searches, in memory only: a cache may be cold at any time.
    #[serde(skip)]
    pub(crate) search_cache: BTreeMap<String, (i64, Vec<u64>)>,
}

saved_by_field!(Customer {
    settings, fields, lists, profiles, next_id, quota, pushes, push_token; in memory: search_cache
});

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct QuotaUse {
    /// The UTC day (days since the epoch) that `used` counts.
    pub(crate) day: i64,
    pub(crate) used: u64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) fields: Fields,
    /// Files by the path of their field, such as `field7` or `attachments/12/file`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) files: BTreeMap<String, StoredFile>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) status_log: Vec<StatusChange>,
    pub(crate) created_at_ms: i64,
    pub(crate) updated_at_ms: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredFile {
    pub(crate) filename: String,
    pub(crate) content_type: String,
    pub(crate) base64: String,
    pub(crate) size: usize,
}

impl Profile {
    /// The id that a link field holds.
    pub(crate) fn link(&self, field: &str) -> Option<u64> {
        self.fields.get(field)?.get("id")?.as_u64()
    }
}

/// One line of a workflow's status history.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StatusChange {
    pub(crate) status: String,
    pub(crate) at_ms: i64,
    /// The person who did it.
    pub(crate) by: u64,
}

impl Customer {
    pub(crate) fn new(settings: CustomerSettings) -> Self {
        Self {
            settings: settings.into(),
            fields: delivered::fields().into(),
            lists: delivered::lists().into(),
            profiles: TrackedMap::default(),
            next_id: 1000.into(),
            quota: Tracked::default(),
            pushes: TrackedMap::default(),
            push_token: Tracked::default(),
            search_cache: BTreeMap::new(),
        }
    }

    pub(crate) fn fresh_id(&mut self) -> u64 {
        *self.next_id += 1;
        *self.next_id
    }

    pub(crate) fn field(&self, kind: ProfileType, name: &str) -> Option<&FieldDef> {
        self.fields.get(&kind)?.get(name)
    }

    pub(crate) fn profile(&self, kind: ProfileType, id: u64) -> Option<&Profile> {
        self.profiles.get(&kind)?.get(&id)
    }

    pub(crate) fn profile_mut(&mut self, kind: ProfileType, id: u64) -> Option<&mut Profile> {
        self.profiles.get_mut(&kind)?.get_mut(&id)
    }

    pub(crate) fn node(&self, list: &str, id: &str) -> Option<&Node> {
        self.lists.get(list)?.iter().find(|n| n.id == id)
    }

    /// A node by its id or by either of its texts.
    pub(crate) fn find_node(&self, list: &str, id_or_label: &str) -> Option<&Node> {
        let nodes = self.lists.get(list)?;
        nodes
            .iter()
            .find(|n| n.id == id_or_label)
            .or_else(|| nodes.iter().find(|n| n.value == id_or_label || n.label() == id_or_label))
    }

    pub(crate) fn person_name(&self, id: u64) -> Option<String> {
        let person = self.profile(ProfileType::People, id)?;
        let part = |name: &str| person.fields.get(name).and_then(Value::as_str).unwrap_or_default();
        Some(format!("{} {}", part("firstname"), part("lastname")).trim().to_owned())
    }

    /// The id of a stored list value.
    pub(crate) fn status_of(&self, workflow: u64) -> Option<&str> {
        self.profile(ProfileType::ApplicantWorkflows, workflow)?.fields.get("status")?.get("id")?.as_str()
    }

    /// The id of a stored link.
    pub(crate) fn link_of(&self, kind: ProfileType, id: u64, field: &str) -> Option<u64> {
        self.profile(kind, id)?.link(field)
    }

    pub(crate) fn is_hidden(&self, kind: ProfileType, field: &str) -> bool {
        self.settings.hidden_fields.get(&kind).is_some_and(|hidden| hidden.contains(field))
    }

    pub(crate) fn is_hidden_profile(&self, kind: ProfileType, id: u64) -> bool {
        self.settings.hidden_profiles.get(&kind).is_some_and(|hidden: &BTreeSet<u64>| hidden.contains(&id))
    }
}

/// A JSON object from pairs, which `json!` cannot build from computed keys.
pub(crate) fn object(pairs: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::Object(pairs.into_iter().collect::<Map<_, _>>())
}
