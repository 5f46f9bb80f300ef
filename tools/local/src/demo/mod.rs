//! The demo: one customer, three candidates, and what the recruiter sees in iCIMS at each step.
//!
//! The player uses only URLs (the HTTP API, an AWS endpoint, the sandbox's control planes), so that the same journey
//! can be played against the local run and against any other AWS.

pub mod help;
pub mod journey;
pub mod resume;
pub mod seed;
pub mod timeline;
mod watch;

/// The Crosschq Partner API that the customer uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Profile {
    /// `/partners/…`
    PartnerV1,
    /// `/api/v2/…`
    #[default]
    PartnerV2,
}

impl Profile {
    /// Every profile with its name on the command line and in the settings.
    pub const ALL: [(&str, Self); 2] = [("partner_v1", Self::PartnerV1), ("partner_v2", Self::PartnerV2)];

    /// The name in the settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        name_in(&Self::ALL, self)
    }
}

/// How iCIMS authenticates its pushes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Push {
    /// HTTP Basic.
    #[default]
    Basic,
    /// `x-icims-v1-hmac-sha256`.
    Hmac,
    /// A Bearer token of the connector's own token endpoint.
    OAuth,
    /// A secret segment of the URL's path.
    PathSecret,
}

impl Push {
    /// Every method with its name on the command line.
    pub const ALL: [(&str, Self); 4] =
        [("basic", Self::Basic), ("hmac", Self::Hmac), ("oauth", Self::OAuth), ("path-secret", Self::PathSecret)];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        name_in(&Self::ALL, self)
    }
}

fn name_in<T: PartialEq>(all: &[(&'static str, T)], wanted: T) -> &'static str {
    all.iter().find(|(_, value)| *value == wanted).map_or("", |(name, _)| name)
}

/// How the demo's customer is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Variant {
    pub profile: Profile,
    pub push: Push,
    /// Whether pushes are compressed.
    pub gzip: bool,
}

impl Default for Variant {
    fn default() -> Self {
        Self { profile: Profile::default(), push: Push::default(), gzip: true }
    }
}

/// The URLs and names of one deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Base of the connector's HTTP API.
    pub api: String,
    /// The AWS endpoint that holds tables and secrets.
    pub aws_endpoint: String,
    /// Base of the sandbox's iCIMS.
    pub icims: String,
    /// Base of the sandbox's Crosschq.
    pub crosschq: String,
    /// Name of the customers' table.
    pub customers_table: String,
    /// Prefix of the secrets' names.
    pub secrets_prefix: String,
}
