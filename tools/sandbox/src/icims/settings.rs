//! What can be configured of a customer's platform. All of it is changed by a JSON merge patch on the control plane.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::profile_type::ProfileType;
use crate::push::settings::PushSettings;

/// One customer's platform and how it behaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CustomerSettings {
    /// The OAuth client of the API user.
    pub client_id: String,
    /// The secret of that client.
    pub client_secret: String,
    /// The only `audience` that the token endpoint accepts (docs/vendors/icims.md §1.2).
    pub audience: String,
    /// How long an access token lives, in seconds.
    pub token_lifetime_s: i64,
    /// How many tokens may be requested in ten minutes.
    pub token_limit: usize,
    /// The integration user for Basic authentication; refused when the name is empty.
    pub basic_user: String,
    /// The password of that user.
    pub basic_password: String,
    /// The person id under which API changes are recorded.
    pub api_user_id: u64,
    /// Calls per UTC day.
    pub quota: u64,
    /// Calls at the same time; more are answered 429. No limit when absent (a limit exists, its number is not known).
    pub max_concurrent: Option<usize>,
    /// Fields that must have a value whenever the profile is changed (docs/vendors/icims.md §4.2).
    pub required_fields: BTreeMap<ProfileType, BTreeSet<String>>,
    /// Fields that the API user's login group may not see: absent in answers, without an error.
    pub hidden_fields: BTreeMap<ProfileType, BTreeSet<String>>,
    /// Profiles that the API user may not see: 404 with code 3.
    pub hidden_profiles: BTreeMap<ProfileType, BTreeSet<u64>>,
    /// Whether a status change by the API also pushes the status event (docs/vendors/icims.md §2.3: not known).
    pub api_changes_emit_events: bool,
    /// Whether the status goes back when the vendor refuses the status event (not known; stays by default).
    pub refusal_reverts_status: bool,
    /// Whether the `Location` of a new entry lacks its scheme, as in the documentation's sample (docs/vendors/icims.md
    /// §4.3).
    pub location_without_scheme: bool,
    /// Whether an unknown `assessmentname` value becomes a new node instead of a 400 (docs/vendors/icims.md §4.4: not
    /// known).
    pub add_unknown_assessment_names: bool,
    /// How long search results may be stale, in seconds of the virtual clock, unless the call has a `staleness`.
    /// iCIMS caches up to 15 minutes (900); 0 by default so that tests need not wait.
    pub search_staleness_s: i64,
    /// How status events and other events reach the vendor.
    pub push: PushSettings,
}

impl Default for CustomerSettings {
    fn default() -> Self {
        Self {
            client_id: "sandbox-client".to_owned(),
            client_secret: "sandbox-secret".to_owned(),
            audience: "https://api.icims.com/v1/".to_owned(),
            token_lifetime_s: 86_400,
            token_limit: 500,
            basic_user: "sandbox-user".to_owned(),
            basic_password: "sandbox-password".to_owned(),
            api_user_id: 900,
            quota: 10_000,
            max_concurrent: None,
            required_fields: BTreeMap::new(),
            hidden_fields: BTreeMap::new(),
            hidden_profiles: BTreeMap::new(),
            api_changes_emit_events: false,
            refusal_reverts_status: false,
            location_without_scheme: false,
            add_unknown_assessment_names: false,
            search_staleness_s: 0,
            push: PushSettings::default(),
        }
    }
}
