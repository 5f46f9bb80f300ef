//! How iCIMS authenticates towards us.

use serde::{Deserialize, Serialize};

use super::problem::SettingsError;

/// One way in which iCIMS may authenticate towards us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMode {
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
    /// Any one of these is sufficient.
    pub accept: Vec<AuthMode>,
    /// The host name that iCIMS signs, where a proxy rewrites `Host` (docs/vendors/icims.md §2.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_host: Option<String>,
    /// Clock difference allowed to a signature, in seconds.
    #[serde(default = "default_max_skew_s")]
    pub max_skew_s: u32,
    /// The headers that an HMAC signature must cover, at least (docs/vendors/icims.md §1.4); further ones may be
    /// signed.
    ///
    /// The body is covered only through `x-icims-content-sha256`. iCIMS' documented sample signs `host;x-icims-date`
    /// alone: a customer of such a platform may name these two here, and so accepts that nothing proves the body. Who
    /// sees one such push can then send any body of this customer for [`max_skew_s`](Self::max_skew_s).
    #[serde(default = "default_hmac_signed_headers")]
    pub hmac_signed_headers: Vec<String>,
}

impl PushAuth {
    /// Without them a signature could be used at another host or at any later time.
    const ALWAYS_SIGNED: [&str; 2] = ["host", "x-icims-date"];

    pub(super) fn problems(&self) -> Vec<SettingsError> {
        let mut problems = Vec::new();
        if self.accept.is_empty() {
            let fix = "name at least one way in which iCIMS authenticates";
            problems.push(SettingsError::new("icims.push.accept", fix));
        }
        let signed = &self.hmac_signed_headers;
        let is_name = |name: &String| {
            let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !name.is_empty() && name.bytes().all(is_part)
        };
        let all_there = Self::ALWAYS_SIGNED.iter().all(|always| signed.iter().any(|name| name == always));
        if !all_there || !signed.iter().all(is_name) {
            let fix = "names of headers in lower case, host and x-icims-date among them";
            problems.push(SettingsError::new("icims.push.hmac_signed_headers", fix));
        }
        problems
    }
}

const fn default_max_skew_s() -> u32 {
    300
}

fn default_hmac_signed_headers() -> Vec<String> {
    ["host", "x-icims-content-sha256", "x-icims-date"].map(str::to_owned).to_vec()
}
