//! Everything about a customer's iCIMS.

use serde::{Deserialize, Serialize};

use super::hosts::{Hosts, Region, base_problem};
use super::missed::MissedPushes;
use super::problem::SettingsError;
use super::push::PushAuth;
use super::result::ResultFields;
use super::statuses::{self, StageStatuses, StatusSets};
use crate::domain::{AtsTag, Email, PersonId};

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
    pub statuses: StatusSets,
    /// Which status to move to at which stage.
    #[serde(default)]
    pub stage_statuses: StageStatuses,
    /// The requisition's field that names the template (docs/vendors/icims.md §3.6).
    #[serde(default = "default_template_field")]
    pub template_field: String,
    /// The template for requisitions that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_template: Option<AtsTag>,
    /// Who is named as requester: the first source that gives an e-mail.
    #[serde(default = "default_requester")]
    pub requester: Vec<RequesterSource>,
    /// Whether a rejection or withdrawal cancels the open request.
    #[serde(default = "default_yes")]
    pub cancel_on_reject: bool,
    #[serde(default)]
    pub result: ResultFields,
    /// A file field of the recruiting workflow that takes the report PDF; absent: no PDF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach_pdf_field: Option<String>,
    /// Country of phone numbers written without one, as ISO 3166 alpha-2.
    #[serde(default = "default_phone_country")]
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
    #[serde(default = "default_quota_reserve")]
    pub quota_reserve: u32,
    /// Look for status changes whose push never came; absent: off, and nothing is spent on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub find_missed_pushes: Option<MissedPushes>,
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

    pub(super) fn problems(&self) -> Vec<SettingsError> {
        let mut problems = match self.hosts() {
            Ok(hosts) => [("auth_base", &hosts.auth_base), ("api_base", &hosts.api_base)]
                .into_iter()
                .filter_map(|(name, base)| base_problem(&format!("icims.hosts.{name}"), base))
                .collect(),
            Err(problem) => vec![problem],
        };
        problems.extend(self.push.problems());
        problems.extend(statuses::problems(&self.statuses, &self.stage_statuses));
        if self.requester.is_empty() {
            problems.push(SettingsError::new("icims.requester", "name at least one source"));
        }
        for source in &self.requester {
            if let RequesterSource::Fixed(address) = source
                && Email::parse(address).is_none()
            {
                problems.push(SettingsError::new("icims.requester.fixed", "not an e-mail address"));
            }
        }
        if self.result.notes.is_empty() && self.result.result.is_empty() {
            let fix = "name a field for the notes or the result: a row is found by it";
            problems.push(SettingsError::new("icims.result", fix));
        }
        problems.extend(self.find_missed_pushes.iter().flat_map(MissedPushes::problems));
        problems
    }
}

fn default_template_field() -> String {
    "assessmenttype".to_owned()
}

fn default_requester() -> Vec<RequesterSource> {
    vec![RequesterSource::Recruiter, RequesterSource::ActingUser]
}

const fn default_yes() -> bool {
    true
}

fn default_phone_country() -> String {
    "US".to_owned()
}

const fn default_quota_reserve() -> u32 {
    2_000
}
