//! The demo: one customer, three candidates, and what the recruiter sees in iCIMS at each step.
//!
//! The player knows URLs only (the HTTP API, an AWS endpoint, the sandbox's control planes), so that the same journey
//! can be played against the local run and against any other AWS.

pub mod help;
pub mod journey;
pub mod resume;
pub mod seed;
pub mod timeline;
mod watch;

/// Which Crosschq Partner API the customer uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Profile {
    /// `/partners/…`
    PartnerV1,
    /// `/api/v2/…`
    #[default]
    PartnerV2,
}

impl Profile {
    /// Reads the command line's word.
    ///
    /// # Errors
    /// Another word.
    pub fn parse(text: &str) -> Result<Self, String> {
        [Self::PartnerV1, Self::PartnerV2]
            .into_iter()
            .find(|profile| profile.word() == text)
            .ok_or_else(|| format!("{text:?} is neither partner_v1 nor partner_v2"))
    }

    /// The settings' word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::PartnerV1 => "partner_v1",
            Self::PartnerV2 => "partner_v2",
        }
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
    /// Reads the command line's word.
    ///
    /// # Errors
    /// Another word.
    pub fn parse(text: &str) -> Result<Self, String> {
        [Self::Basic, Self::Hmac, Self::OAuth, Self::PathSecret]
            .into_iter()
            .find(|push| push.word() == text)
            .ok_or_else(|| format!("{text:?} is none of basic, hmac, oauth, path-secret"))
    }

    /// The command line's word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Hmac => "hmac",
            Self::OAuth => "oauth",
            Self::PathSecret => "path-secret",
        }
    }
}

/// How the demo's customer is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// Which Crosschq Partner API.
    pub profile: Profile,
    /// How pushes authenticate.
    pub push: Push,
    /// Whether pushes are compressed.
    pub gzip: bool,
}

impl Default for Variant {
    fn default() -> Self {
        Self { profile: Profile::default(), push: Push::default(), gzip: true }
    }
}

/// Where everything is.
#[derive(Debug, Clone)]
pub struct Place {
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
    /// What the secrets' names begin with.
    pub secrets_prefix: String,
}
