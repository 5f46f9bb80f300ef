//! A customer's settings: everything that differs between iCIMS platforms, and every guess about either vendor that a
//! real tenant may answer differently. Secrets are not here (see `ports::CustomerSecrets`).
//!
//! The field names are the attribute names of the record `settings` in the customers table.

mod crosschq;
mod missed;
mod result;

use serde::{Deserialize, Serialize};

pub use crosschq::{CallbackAuth, Capabilities, CrosschqSettings, Profile};
pub use missed::MissedPushes;
pub use result::ResultFields;

use super::{AtsTag, CustomerId, Email, PersonId, State, StatusId, Template};

/// A customer as the flows see it: who, how, and the templates its requisitions may name.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer {
    /// Whose settings these are.
    pub id: CustomerId,
    /// The settings.
    pub settings: Settings,
    /// All its templates.
    pub templates: Vec<Template>,
}

/// The record `settings`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Off: orders are answered 200 and ignored; open checks are still finished, and cancelled if the candidate is
    /// rejected.
    pub enabled: bool,
    /// Everything about the customer's iCIMS.
    pub icims: IcimsSettings,
    /// Everything about the customer's Crosschq.
    pub crosschq: CrosschqSettings,
    /// Days for which the ids and the history of a finished check are kept.
    #[serde(default = "defaults::retention_days")]
    pub retention_days: u16,
}

/// Where a customer's iCIMS lives (docs/vendors/icims.md §1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// United States.
    Us,
    /// European Union.
    Eu,
    /// Canada; its API host is not published, so `hosts` must name it.
    Ca,
    /// Partner sandbox; its API host is not published, so `hosts` must name it.
    Sandbox,
}

/// The hosts and the token audience of one iCIMS region. Never derived from one another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hosts {
    /// Authorization server, e.g. `https://login.icims.com`.
    pub auth_base: String,
    /// API, e.g. `https://api.icims.com`.
    pub api_base: String,
    /// Token audience, slash included.
    #[serde(default = "defaults::audience")]
    pub audience: String,
}

impl Region {
    /// The published hosts of a region (docs/vendors/icims.md §1.1), where both are published.
    pub fn preset(self) -> Option<Hosts> {
        let hosts = |auth: &str, api: &str| Hosts {
            auth_base: auth.to_owned(),
            api_base: api.to_owned(),
            audience: defaults::audience(),
        };
        match self {
            Self::Us => Some(hosts("https://login.icims.com", "https://api.icims.com")),
            Self::Eu => Some(hosts("https://login.icims.eu", "https://api-eu.icims.com")),
            Self::Ca | Self::Sandbox => None,
        }
    }
}

/// How we authenticate towards iCIMS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IcimsAuth {
    /// OAuth client credentials (docs/vendors/icims.md §1.2).
    #[default]
    #[serde(rename = "oauth")]
    OAuth,
    /// HTTP Basic with an integration user (docs/vendors/icims.md §1.3).
    Basic,
}

/// One way in which iCIMS may authenticate towards us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMode {
    /// HTTP Basic.
    Basic,
    /// `x-icims-v1-hmac-sha256` (docs/vendors/icims.md §1.4).
    Hmac,
    /// A Bearer token that our own token endpoint issued.
    #[serde(rename = "oauth")]
    OAuth,
    /// A secret segment at the end of the URL's path.
    PathSecret,
}

/// How iCIMS authenticates towards us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushAuth {
    /// Any one of these opens the door.
    pub accept: Vec<AuthMode>,
    /// The host name that iCIMS signs, where a proxy rewrites `Host` (docs/vendors/icims.md §2.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_host: Option<String>,
    /// Clock difference allowed to a signature, in seconds.
    #[serde(default = "defaults::max_skew_s")]
    pub max_skew_s: u32,
    /// The headers that an HMAC signature must cover, at least (docs/vendors/icims.md §1.4); further ones may be
    /// signed.
    ///
    /// The body is covered only through `x-icims-content-sha256`. iCIMS' documented sample signs `host;x-icims-date`
    /// alone: a customer of such a platform may name these two here, and so accepts that nothing proves the body. Who
    /// sees one such push can then send any body of this customer for [`max_skew_s`](Self::max_skew_s).
    #[serde(default = "defaults::hmac_signed_headers")]
    pub hmac_signed_headers: Vec<String>,
}

impl PushAuth {
    /// Without them a signature could be used at another host or at any later time.
    const ALWAYS_SIGNED: [&str; 2] = ["host", "x-icims-date"];

    fn validate(&self) -> Result<(), SettingsError> {
        if self.accept.is_empty() {
            return Err(SettingsError::new("icims.push.accept", "name at least one way in which iCIMS authenticates"));
        }
        let signed = &self.hmac_signed_headers;
        let is_name = |name: &String| {
            let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !name.is_empty() && name.bytes().all(is_part)
        };
        let all_there = Self::ALWAYS_SIGNED.iter().all(|always| signed.iter().any(|name| name == always));
        if !all_there || !signed.iter().all(is_name) {
            return Err(SettingsError::new(
                "icims.push.hmac_signed_headers",
                "names of headers in lower case, host and x-icims-date among them",
            ));
        }
        Ok(())
    }
}

/// Which statuses mean something to us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusSets {
    /// The *Crosschq* status: orders references.
    pub trigger: Vec<StatusId>,
    /// Rejections: cancel the open request.
    #[serde(default)]
    pub rejected: Vec<StatusId>,
    /// Withdrawals: cancel the open request.
    #[serde(default)]
    pub withdrawn: Vec<StatusId>,
}

/// The workflow status to move to at a stage; only configured stages move (docs/vendors/icims.md §4.2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StageStatuses {
    /// The request went out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested: Option<StatusId>,
    /// The candidate works on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_in_progress: Option<StatusId>,
    /// Referees are asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awaiting_references: Option<StatusId>,
    /// The first answer is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_progress: Option<StatusId>,
    /// Finished: *Complete*.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed: Option<StatusId>,
    /// The candidate declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declined: Option<StatusId>,
    /// Nobody acted in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expired: Option<StatusId>,
    /// It could not be carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<StatusId>,
}

impl StageStatuses {
    /// The status to move to in a state, if the customer wants to be moved. A cancelled check never moves: the
    /// recruiter has already put the candidate where they belong.
    pub fn of(&self, state: State) -> Option<&StatusId> {
        match state {
            State::Requested => self.requested.as_ref(),
            State::CandidateInProgress => self.candidate_in_progress.as_ref(),
            State::AwaitingReferences => self.awaiting_references.as_ref(),
            State::InProgress => self.in_progress.as_ref(),
            State::Completed => self.completed.as_ref(),
            State::Declined => self.declined.as_ref(),
            State::Expired => self.expired.as_ref(),
            State::Failed => self.failed.as_ref(),
            State::Claimed | State::OutcomeUnknown | State::Cancelled => None,
        }
    }

    /// Whether we may write this status.
    pub fn contains(&self, status: &StatusId) -> bool {
        self.all().any(|(_, known)| known.may_be(status))
    }

    /// Every status that we may write, with the name of its stage.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &StatusId)> {
        [
            ("requested", &self.requested),
            ("candidate_in_progress", &self.candidate_in_progress),
            ("awaiting_references", &self.awaiting_references),
            ("in_progress", &self.in_progress),
            ("completed", &self.completed),
            ("declined", &self.declined),
            ("expired", &self.expired),
            ("failed", &self.failed),
        ]
        .into_iter()
        .filter_map(|(stage, status)| status.as_ref().map(|status| (stage, status)))
    }
}

/// One source for the person who is named as requester (docs/vendors/crosschq.md §5.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequesterSource {
    /// The requisition's recruiter.
    Recruiter,
    /// The ATS user who moved the status.
    ActingUser,
    /// Always this address of a member of staff.
    Fixed(String),
}

/// Everything about the customer's iCIMS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IcimsSettings {
    /// The region, for its published hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Explicit hosts; they win over the region's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosts: Option<Hosts>,
    /// How we authenticate towards iCIMS.
    #[serde(default)]
    pub auth: IcimsAuth,
    /// How iCIMS authenticates towards us.
    pub push: PushAuth,
    /// Which statuses mean something.
    pub statuses: StatusSets,
    /// Which status to move to at which stage.
    #[serde(default)]
    pub stage_statuses: StageStatuses,
    /// The requisition's field that names the template (docs/vendors/icims.md §3.6).
    #[serde(default = "defaults::template_field")]
    pub template_field: String,
    /// The template for requisitions that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_template: Option<AtsTag>,
    /// Who is named as requester: the first source that gives an e-mail.
    #[serde(default = "defaults::requester")]
    pub requester: Vec<RequesterSource>,
    /// Whether a rejection or withdrawal cancels the open request.
    #[serde(default = "defaults::yes")]
    pub cancel_on_reject: bool,
    /// Where results are written.
    #[serde(default)]
    pub result: ResultFields,
    /// A file field of the recruiting workflow that takes the report PDF; absent: no PDF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach_pdf_field: Option<String>,
    /// Country of phone numbers written without one, as ISO 3166 alpha-2.
    #[serde(default = "defaults::phone_country")]
    pub phone_country: String,
    /// Days for which a candidate's report is reused: an order within them is refused with the report's link. Absent: each
    /// order is carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reuse_report_days: Option<u16>,
    /// Our own integration user: its status changes are never orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration_user: Option<PersonId>,
    /// Calls per day that background work must leave for live orders; half of the daily quota at most
    /// ([`IcimsSettings::reserve`]).
    #[serde(default = "defaults::quota_reserve")]
    pub quota_reserve: u32,
    /// Look for status changes whose push never came; absent: off, and nothing is spent on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub find_missed_pushes: Option<MissedPushes>,
}

/// Settings that cannot work, with the field and the fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {fix}")]
pub struct SettingsError {
    /// The field, as a path into the record.
    pub field: String,
    /// What to do.
    pub fix: String,
}

impl SettingsError {
    fn new(field: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { field: field.into(), fix: fix.into() }
    }
}

impl IcimsSettings {
    /// Calls that background work leaves for live orders, of a daily quota of `limit` calls where iCIMS tells it. Never
    /// more than half: a reserve larger than the quota would stop background work for good.
    pub fn reserve(&self, limit: Option<u64>) -> u64 {
        let wanted = u64::from(self.quota_reserve);
        limit.map_or(wanted, |limit| wanted.min(limit / 2))
    }

    /// The hosts in force: explicit ones, else the region's.
    ///
    /// # Errors
    /// [`SettingsError`] if neither names them.
    pub fn hosts(&self) -> Result<Hosts, SettingsError> {
        self.hosts.clone().or_else(|| self.region.and_then(Region::preset)).ok_or_else(|| {
            SettingsError::new("icims.hosts", "iCIMS publishes no hosts for this region: name auth_base and api_base")
        })
    }
}

impl Settings {
    /// Checks what can be checked without asking either vendor.
    ///
    /// # Errors
    /// The first [`SettingsError`] found.
    pub fn validate(&self) -> Result<(), SettingsError> {
        let hosts = self.icims.hosts()?;
        check_base("icims.hosts.auth_base", &hosts.auth_base)?;
        check_base("icims.hosts.api_base", &hosts.api_base)?;
        if let Some(base) = &self.crosschq.base_url {
            check_base("crosschq.base_url", base)?;
        }
        self.crosschq.validate()?;
        self.icims.push.validate()?;
        let sets = &self.icims.statuses;
        if sets.trigger.is_empty() {
            return Err(SettingsError::new("icims.statuses.trigger", "name the id of the Crosschq status"));
        }
        for ended in sets.rejected.iter().chain(&sets.withdrawn) {
            if sets.trigger.iter().any(|trigger| trigger.may_be(ended)) {
                return Err(SettingsError::new("icims.statuses", format!("{ended} cannot both order and cancel")));
            }
        }
        for (stage, status) in self.icims.stage_statuses.all() {
            if sets.trigger.iter().chain(&sets.rejected).chain(&sets.withdrawn).any(|set| set.may_be(status)) {
                return Err(SettingsError::new(
                    format!("icims.stage_statuses.{stage}"),
                    format!("{status} also orders or cancels: writing it would call us back in a loop"),
                ));
            }
        }
        if let Some(missed) = &self.icims.find_missed_pushes {
            missed.validate()?;
        }
        let result = &self.icims.result;
        if result.notes.is_empty() && result.result.is_empty() {
            return Err(SettingsError::new(
                "icims.result",
                "name a field for the notes or the result: a row is found by it",
            ));
        }
        if self.icims.requester.is_empty() {
            return Err(SettingsError::new("icims.requester", "name at least one source"));
        }
        for source in &self.icims.requester {
            if let RequesterSource::Fixed(address) = source
                && Email::parse(address).is_none()
            {
                return Err(SettingsError::new("icims.requester.fixed", "not an e-mail address"));
            }
        }
        if self.retention_days == 0 {
            return Err(SettingsError::new("retention_days", "keep finished checks for at least one day"));
        }
        Ok(())
    }
}

/// A base URL must be https, unless it is on this machine (the local run).
fn check_base(field: &str, base: &str) -> Result<(), SettingsError> {
    let loopback = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
        .iter()
        .any(|start| base.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])));
    let https = base.strip_prefix("https://").is_some_and(|host| {
        !host.is_empty()
            && !host.starts_with('/')
            && !host.contains(['@', '?', '#'])
            && !host.contains(char::is_whitespace)
    });
    if https || loopback {
        Ok(())
    } else {
        Err(SettingsError::new(field, "must be an https:// address without user, query or fragment"))
    }
}

mod defaults {
    use super::RequesterSource;

    pub(super) fn audience() -> String {
        "https://api.icims.com/v1/".to_owned()
    }
    pub(super) const fn retention_days() -> u16 {
        400
    }
    pub(super) const fn max_skew_s() -> u32 {
        300
    }
    pub(super) fn hmac_signed_headers() -> Vec<String> {
        ["host", "x-icims-content-sha256", "x-icims-date"].map(str::to_owned).to_vec()
    }
    pub(super) fn template_field() -> String {
        "assessmenttype".to_owned()
    }
    pub(super) fn requester() -> Vec<RequesterSource> {
        vec![RequesterSource::Recruiter, RequesterSource::ActingUser]
    }
    pub(super) const fn yes() -> bool {
        true
    }
    pub(super) fn phone_country() -> String {
        "US".to_owned()
    }
    pub(super) const fn quota_reserve() -> u32 {
        2_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(json: &str) -> Result<Settings, serde_json::Error> {
        serde_json::from_str(json)
    }

    fn least() -> Settings {
        settings(
            r#"{"enabled":true,"crosschq":{},
                "icims":{"region":"us","push":{"accept":["basic"]},"statuses":{"trigger":["C38356"],"rejected":["C38357"]}}}"#,
        )
        .unwrap()
    }

    #[test]
    fn the_least_settings_are_enough_and_get_the_documented_defaults() {
        let least = least();
        assert_eq!(least.validate(), Ok(()));
        assert_eq!(least.icims.hosts().unwrap().api_base, "https://api.icims.com");
        assert_eq!(least.icims.template_field, "assessmenttype");
        assert_eq!(least.icims.result.collection, "assessmentresults");
        assert!(least.icims.cancel_on_reject && least.crosschq.capabilities.cancel);
    }

    #[test]
    fn a_misspelt_setting_is_an_error_that_names_it() {
        let error = settings(r#"{"enabled":true,"crosschq":{"basurl":"x"},"icims":{}}"#).unwrap_err();
        assert!(error.to_string().contains("basurl"), "{error}");
    }

    #[test]
    fn a_stage_status_that_would_call_us_back_is_refused() {
        let mut looping = least();
        looping.icims.stage_statuses.completed = Some(StatusId::parse("38356").unwrap());
        assert_eq!(looping.validate().unwrap_err().field, "icims.stage_statuses.completed");
    }

    #[test]
    fn hosts_are_https_or_this_machine() {
        let mut other = least();
        for (base, good) in [
            ("https://api.icims.com", true),
            ("http://127.0.0.1:7001", true),
            ("http://api.icims.com", false),
            ("http://127.0.0.1.evil.example", false),
            ("https://user@api.icims.com", false),
            ("ftp://x", false),
        ] {
            other.crosschq.base_url = Some(base.to_owned());
            assert_eq!(other.validate().is_ok(), good, "{base}");
        }
    }

    #[test]
    fn a_status_word_must_mean_something_we_know() {
        let mut other = least();
        other.crosschq.status_words.insert("finito".to_owned(), "completed".to_owned());
        assert_eq!(other.validate(), Ok(()));
        other.crosschq.status_words.insert("hecho".to_owned(), "done".to_owned());
        assert_eq!(other.validate().unwrap_err().field, "crosschq.status_words.hecho");
    }

    #[test]
    fn crosschq_is_waited_for_neither_too_briefly_nor_longer_than_a_worker_lives() {
        let mut waiting = least();
        for (timeout_ms, good) in
            [(0, false), (999, false), (1_000, true), (10_000, true), (15_000, true), (15_001, false), (28_000, false)]
        {
            waiting.crosschq.timeout_ms = timeout_ms;
            assert_eq!(waiting.validate().is_ok(), good, "{timeout_ms}");
        }
        let told = waiting.validate().unwrap_err().to_string();
        assert_eq!(told, "crosschq.timeout_ms: 1000 to 15000 milliseconds");
    }

    #[test]
    fn a_signature_covers_the_body_unless_the_customer_says_otherwise_and_always_host_and_date() {
        let mut signing = least();
        assert_eq!(signing.icims.push.hmac_signed_headers, ["host", "x-icims-content-sha256", "x-icims-date"]);
        for (names, good) in [
            (&["host", "x-icims-date"][..], true),
            (&["x-icims-date", "user-agent", "host"], true),
            (&["x-icims-content-sha256", "x-icims-date"], false),
            (&["host"], false),
            (&[], false),
            (&["host", "x-icims-date", "Content-Type"], false),
            (&["host", "x-icims-date", ""], false),
        ] {
            signing.icims.push.hmac_signed_headers = names.iter().map(|&name| name.to_owned()).collect();
            assert_eq!(signing.validate().is_ok(), good, "{names:?}");
        }
        assert_eq!(signing.validate().unwrap_err().field, "icims.push.hmac_signed_headers");
    }

    #[test]
    fn a_region_without_published_hosts_asks_for_them() {
        let mut canada = least();
        canada.icims.region = Some(Region::Ca);
        assert_eq!(canada.validate().unwrap_err().field, "icims.hosts");
    }

    #[test]
    fn the_reserve_is_half_of_a_small_quota() {
        let least = least();
        for (limit, reserve) in [(None, 2_000), (Some(10_000), 2_000), (Some(3_000), 1_500), (Some(0), 0)] {
            assert_eq!(least.icims.reserve(limit), reserve, "{limit:?}");
        }
    }

    #[test]
    fn missed_pushes_are_looked_for_only_where_asked_and_no_oftener_than_icims_cache_lives() {
        let with = |patch: &str| {
            let json = format!(
                r#"{{"enabled":true,"crosschq":{{}},"icims":{{"region":"us","push":{{"accept":["basic"]}},
                    "statuses":{{"trigger":["C1"]}}{patch}}}}}"#
            );
            settings(&json).unwrap()
        };
        assert_eq!(with("").icims.find_missed_pushes, None);
        let on = with(r#","find_missed_pushes":{}"#);
        assert_eq!(on.icims.find_missed_pushes, Some(MissedPushes::default()));
        assert_eq!(on.validate(), Ok(()));
        for (value, field) in [
            (r#"{"every_min":14}"#, "icims.find_missed_pushes.every_min"),
            (r#"{"look_back_h":0}"#, "icims.find_missed_pushes.look_back_h"),
            (r#"{"look_back_h":1,"every_min":90}"#, "icims.find_missed_pushes.look_back_h"),
            (r#"{"calls_a_day":9}"#, "icims.find_missed_pushes.calls_a_day"),
        ] {
            let wrong = with(&format!(r#","find_missed_pushes":{value}"#));
            assert_eq!(wrong.validate().unwrap_err().field, field, "{value}");
        }
    }
}
