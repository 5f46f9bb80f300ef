//! `connector customer …`

use clap::{Args, Subcommand, ValueEnum};
use connector_core::domain::{CustomerId, PersonId, StatusId, WorkflowId};

use super::values::words;

/// What can be done with customers.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Onboard a customer: prompt for its secrets, verify, save, and print once what each vendor needs.
    #[command(after_help = ADD)]
    Add(Box<Add>),
    /// Learn the platform's statuses, list fields and collections from samples; propose settings and write them.
    #[command(after_help = DISCOVER)]
    Discover(Discover),
    /// Show a customer: settings that differ from the defaults, secrets by age, URLs, history.
    #[command(after_help = SHOW)]
    Show(Show),
    /// List the customers.
    #[command(after_help = "Example:\n  connector customer list --output json")]
    List,
    /// Change settings: show the difference, verify if it matters to the vendors, confirm, and save.
    #[command(after_help = EDIT)]
    Edit(Edit),
    /// Enable a customer after verifying it: its orders are accepted from then on.
    #[command(after_help = "Example:\n  connector customer enable 1234")]
    Enable(Enable),
    /// Disable a customer: its events are acknowledged and ignored; open checks finish or are cancelled.
    #[command(after_help = DISABLE)]
    Disable(Disable),
    /// Remove a customer: settings, templates, token and secret. Its audit log stays.
    #[command(after_help = REMOVE)]
    Remove(Remove),
}

const ADD: &str = "\
Examples:
  connector customer add 1234 --icims-region us --trigger C38356 --rejected C38360 --withdrawn C38361
  connector customer add 1234 --icims-region eu --trigger C38356 --push hmac,basic --completed C38357
  connector customer add 1234 --settings 1234.toml --secrets - < secrets.toml     where there is no terminal

The secrets file is TOML or JSON with the keys icims.oauth.client_id and .client_secret (or icims.basic.user and
.password) and crosschq.token. The credentials with which iCIMS and Crosschq authenticate are generated unless the file
holds them.";

const DISCOVER: &str = "\
Examples:
  connector customer discover 1234 --dry-run                                look and propose
  connector customer discover 1234 --samples 100                            look at more, and confirm before writing
  connector customer discover 1234 --sample-workflow 13437 --sample-workflow 13438

Makes at most 3 calls of iCIMS, 2 for each workflow and 1 for each of at most 10 requisitions, and reports how many.
Adds only what the platform's own labels leave no doubt about, removes nothing, and shows the change before writing it.";

const SHOW: &str = "\
Examples:
  connector customer show 1234
  connector customer show 1234 --history                    who changed what, when
  connector customer show 1234 --output json | jq .settings > 1234.json";

const EDIT: &str = "\
Examples:
  connector customer edit 1234                              in your $EDITOR
  connector customer edit 1234 --set icims.region=eu --unset icims.hosts
  connector customer edit 1234 --set icims.statuses.rejected=C38360,C38362
  connector customer edit 1234 --settings 1234.toml --yes   the whole record";

const DISABLE: &str = "\
Examples:
  connector customer disable 1234                           asks what to do with open checks
  connector customer disable 1234 --open-checks cancel";

const REMOVE: &str = "\
Examples:
  connector customer remove 1234
  connector customer remove 1234 --force --yes              even with open checks";

/// Where a customer's iCIMS is (docs/vendors/icims.md §1.1). These and the following are the words of the settings.
const REGIONS: [(&str, &str); 4] = [
    ("us", "United States"),
    ("eu", "European Union"),
    ("ca", "Canada; needs the two URLs"),
    ("sandbox", "Partner sandbox; needs the two URLs"),
];
const ICIMS_AUTH: [(&str, &str); 2] =
    [("oauth", "Client id and secret"), ("basic", "An integration user's name and password")];
const PUSH: [(&str, &str); 4] = [
    ("basic", "User and password"),
    ("hmac", "A signature"),
    ("oauth", "A token of our own token endpoint"),
    ("path-secret", "A secret at the end of the URL"),
];
const PROFILES: [(&str, &str); 2] = [("partner_v2", "`/api/v2/…`"), ("partner_v1", "`/partners/…`")];
const CALLBACK_AUTH: [(&str, &str); 4] = [
    ("token", "A token"),
    ("basic", "HTTP Basic"),
    ("standard-webhooks", "Signatures"),
    ("none", "The secret URL alone"),
];

/// `customer add`
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The customer id that iCIMS support gave.
    pub(crate) customer: CustomerId,
    /// The settings that most customers need.
    #[command(flatten)]
    pub(crate) settings: NewSettings,
    /// The secrets, as TOML or JSON; `-` for standard input. Prompts otherwise.
    #[arg(long, value_name = "FILE", help_heading = "Saving")]
    pub(crate) secrets: Option<String>,
    /// Verifying.
    #[command(flatten)]
    pub(crate) verifying: Verifying,
    /// Whether to accept its orders; by default only if it verifies.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", help_heading = "Saving")]
    pub(crate) enabled: Option<bool>,
}

/// The settings that most customers need; the rest by `--settings` or `customer edit`.
#[derive(Debug, Args)]
pub(crate) struct NewSettings {
    /// The whole record, as TOML or JSON; the options below win over it.
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    pub(crate) settings: Option<String>,
    /// The customer's iCIMS region.
    #[arg(long, value_parser = words(&REGIONS), value_name = "REGION", help_heading = "Settings")]
    pub(crate) icims_region: Option<String>,
    /// The customer's iCIMS authorization server, if the region has no published one.
    #[arg(long, value_name = "URL", requires = "icims_api_url", help_heading = "Settings")]
    pub(crate) icims_auth_url: Option<String>,
    /// The customer's iCIMS API, if the region has no published one.
    #[arg(long, value_name = "URL", requires = "icims_auth_url", help_heading = "Settings")]
    pub(crate) icims_api_url: Option<String>,
    /// The token audience with its trailing slash, if not iCIMS' usual one.
    #[arg(long, value_name = "URL", requires = "icims_api_url", help_heading = "Settings")]
    pub(crate) icims_audience: Option<String>,
    /// How the connector authenticates to iCIMS [default: oauth].
    #[arg(long, value_parser = words(&ICIMS_AUTH), value_name = "HOW", help_heading = "Settings")]
    pub(crate) icims_auth: Option<String>,
    /// How iCIMS authenticates to the connector; several are possible [default: basic].
    #[arg(long, value_parser = words(&PUSH), value_name = "HOW", value_delimiter = ',', help_heading = "Settings")]
    pub(crate) push: Vec<String>,
    /// The *Crosschq* status that orders references.
    #[arg(long, value_name = "STATUS", value_delimiter = ',', help_heading = "Settings")]
    pub(crate) trigger: Vec<StatusId>,
    /// Statuses of rejected candidates: their open request is cancelled.
    #[arg(long, value_name = "STATUS", value_delimiter = ',', help_heading = "Settings")]
    pub(crate) rejected: Vec<StatusId>,
    /// Statuses of candidates who withdrew: their open request is cancelled.
    #[arg(long, value_name = "STATUS", value_delimiter = ',', help_heading = "Settings")]
    pub(crate) withdrawn: Vec<StatusId>,
    /// The status to move a candidate to once the report is there; without it nobody is moved.
    #[arg(long, value_name = "STATUS", help_heading = "Settings")]
    pub(crate) completed: Option<StatusId>,
    /// The requisition's field that names the template [default: assessmenttype].
    #[arg(long, value_name = "FIELD", help_heading = "Settings")]
    pub(crate) template_field: Option<String>,
    /// The person id of the connector's integration user, whose status changes never order.
    #[arg(long, value_name = "PERSON", help_heading = "Settings")]
    pub(crate) integration_user: Option<PersonId>,
    /// Which of Crosschq's APIs [default: partner_v2].
    #[arg(long, value_parser = words(&PROFILES), value_name = "PROFILE", help_heading = "Settings")]
    pub(crate) crosschq_profile: Option<String>,
    /// The customer's Crosschq, if not at the profile's published host.
    #[arg(long, value_name = "URL", help_heading = "Settings")]
    pub(crate) crosschq_url: Option<String>,
    /// How Crosschq's callbacks authenticate [default: token].
    #[arg(long, value_parser = words(&CALLBACK_AUTH), value_name = "HOW", help_heading = "Settings")]
    pub(crate) callback_auth: Option<String>,
}

/// How far to verify.
#[derive(Debug, Clone, Args)]
pub(crate) struct Verifying {
    /// A recruiting workflow to read, if iCIMS' search finds none.
    #[arg(long, value_name = "WORKFLOW", help_heading = "Saving")]
    pub(crate) sample_workflow: Option<WorkflowId>,
    /// Save without verifying; the audit log says so.
    #[arg(long, conflicts_with = "sample_workflow", help_heading = "Saving")]
    pub(crate) unverified: bool,
}

/// `customer show`
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Which customer.
    pub(crate) customer: CustomerId,
    /// The audit log: who changed what, when.
    #[arg(long)]
    pub(crate) history: bool,
}

/// `customer edit`
#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// Which customer.
    pub(crate) customer: CustomerId,
    /// Set a field by its path; may be repeated. Lists are comma-separated, other values may be JSON.
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(crate) set: Vec<String>,
    /// Remove a field, so that its default applies; may be repeated.
    #[arg(long, value_name = "FIELD")]
    pub(crate) unset: Vec<String>,
    /// The whole record, as TOML or JSON.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["set", "unset"])]
    pub(crate) settings: Option<String>,
    /// Verifying.
    #[command(flatten)]
    pub(crate) verifying: Verifying,
}

/// `customer enable`
#[derive(Debug, Args)]
pub(crate) struct Enable {
    /// Which customer.
    pub(crate) customer: CustomerId,
    /// Verifying.
    #[command(flatten)]
    pub(crate) verifying: Verifying,
}

/// Where to learn from.
#[derive(Debug, Args)]
pub(crate) struct Discover {
    /// The customer.
    pub(crate) customer: CustomerId,
    /// Learn from this recruiting workflow, and from no others; may be repeated.
    #[arg(long, value_name = "ID")]
    pub(crate) sample_workflow: Vec<WorkflowId>,
    /// How many recruiting workflows to look at.
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = samples, conflicts_with = "sample_workflow")]
    pub(crate) samples: usize,
    /// Look at workflows that changed in this many days.
    #[arg(long, value_name = "NUMBER", default_value_t = 90, conflicts_with = "sample_workflow")]
    pub(crate) days: u32,
    /// Write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Each costs calls of the platform's daily quota.
fn samples(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=200) => Ok(number),
        _ => Err("must be a number from 1 to 200".to_owned()),
    }
}

/// What becomes of open checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OpenChecks {
    /// Let them run to their end.
    Finish,
    /// Cancel their reference requests.
    Cancel,
}

/// `customer disable`
#[derive(Debug, Args)]
pub(crate) struct Disable {
    /// Which customer.
    pub(crate) customer: CustomerId,
    /// What to do with open checks; prompts otherwise, and finishes them with --yes.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) open_checks: Option<OpenChecks>,
}

/// `customer remove`
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// Which customer.
    pub(crate) customer: CustomerId,
    /// Remove it even with open checks: they stay as they are, and Crosschq goes on without the connector.
    #[arg(long)]
    pub(crate) force: bool,
    /// For how many days the secret can be restored.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(i64).range(7..=30))]
    pub(crate) recovery_days: i64,
}
