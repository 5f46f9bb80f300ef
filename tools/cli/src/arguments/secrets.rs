//! `connector secrets …`

use clap::{Args, Subcommand};
use connector_core::domain::CustomerId;

use crate::rotation::Credential;

const ROTATE: &str = "\
Examples:
  connector secrets rotate 1234 push-basic                      generates a password, prints it once for iCIMS
  connector secrets rotate 1234 crosschq                        prompts for the new token and tries it first
  connector secrets rotate 1234 icims --secrets new.json        {\"icims\": {\"oauth\": {\"client_id\": …, \"client_secret\": …}}}
  pass show crosschq | connector secrets rotate 1234 crosschq --secrets -

Both values are accepted until `connector secrets confirm`. One credential at a time: another one waits until then.";

const CONFIRM: &str = "\
Example:
  connector secrets confirm 1234        iCIMS and Crosschq use the new value: end the old one

The old value of push-oauth and token-key cannot end within a day: iCIMS may hold a token that would end with it. --now
ends it anyway.";

/// What can be done with secrets.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Activate a new value of one credential; the old one stays accepted until the rotation is confirmed.
    #[command(after_help = ROTATE)]
    Rotate(Rotate),
    /// Confirm a rotation: the old value is no longer accepted.
    #[command(after_help = CONFIRM)]
    Confirm(Confirm),
    /// Cancel a rotation: the old value is active again; the new one stays accepted until that is confirmed.
    #[command(visible_alias = "rollback", after_help = "Example:\n  connector secrets cancel 1234")]
    Cancel(OneCustomer),
    /// Show which credentials are set and which is in rotation since when; never their values.
    #[command(after_help = "Example:\n  connector secrets status 1234 --output json")]
    Status(OneCustomer),
}

/// Which customer's secret.
#[derive(Debug, Args)]
pub(crate) struct OneCustomer {
    /// The customer.
    pub(crate) customer: CustomerId,
}

/// Which credential gets which value.
#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// The customer.
    pub(crate) customer: CustomerId,
    /// Which credential.
    #[arg(value_enum)]
    pub(crate) credential: Credential,
    /// Take the new value from this file, JSON or TOML with the keys of the customer's secret; - for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) secrets: Option<String>,
}

/// Which rotation ends.
#[derive(Debug, Args)]
pub(crate) struct Confirm {
    /// The customer.
    pub(crate) customer: CustomerId,
    /// End it even if iCIMS may hold a token that ends with it.
    #[arg(long)]
    pub(crate) now: bool,
}
