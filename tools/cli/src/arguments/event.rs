//! `connector event …`

use std::path::PathBuf;

use clap::builder::TypedValueParser;
use clap::{Args, Subcommand};
use connector_core::domain::{AuthMode, CustomerId, PersonId, RequisitionId, StatusId, WorkflowId};

use super::values::words;

const SEND: &str = "\
Examples:
  connector event send events/icims-webhook.json --customer 1234 --dry-run    what would be sent, secrets hidden
  connector event send events/icims-webhook.json --customer 1234 --status C1  a status without meaning: 200, no order
  connector event send events/icims-webhook.json --customer 1234 --workflow 13437 --status C38356 --auth hmac --gzip
  jq .body -r events/icims-webhook.json | connector event send - --customer 1234

An event is a hint: the connector reads the candidate's status from iCIMS and orders only if it really is the trigger.
Exit codes: 0 taken (200), 1 refused with a message for the recruiter (400), 3 no such route (404), 6 credential not
accepted (401), 7 busy or no answer (503), 70 anything else.";

/// What can be done with event notifications.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Sign a sample event as iCIMS would and post it: the first smoke test of a deployment.
    #[command(after_help = SEND)]
    Send(Send),
}

/// What to send, as whom, where.
#[derive(Debug, Args)]
pub(crate) struct Send {
    /// JSON body of an event, or a Lambda payload that holds one; - for standard input.
    pub(crate) file: PathBuf,
    /// Customer whose event it is; the file's customerId otherwise.
    #[arg(long, value_name = "ID")]
    pub(crate) customer: Option<CustomerId>,
    /// Recruiting workflow, in place of the file's systemId.
    #[arg(long, value_name = "ID")]
    pub(crate) workflow: Option<WorkflowId>,
    /// Candidate, in place of the file's personId.
    #[arg(long, value_name = "ID")]
    pub(crate) person: Option<PersonId>,
    /// Requisition, in place of the file's jobId.
    #[arg(long, value_name = "ID")]
    pub(crate) job: Option<RequisitionId>,
    /// New status, in place of the file's newStatus.
    #[arg(long, value_name = "ID")]
    pub(crate) status: Option<StatusId>,
    /// How to authenticate; the first way that the customer's settings accept otherwise.
    #[arg(long, value_parser = way(), value_name = "WAY")]
    pub(crate) auth: Option<AuthMode>,
    /// Compress the body, as iCIMS documents it.
    #[arg(long)]
    pub(crate) gzip: bool,
    /// Base of the connector's URLs; the stack's output ApiUrl otherwise.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Print the request and send nothing; secrets are not shown.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// How iCIMS may authenticate.
pub(crate) const WAYS: [(AuthMode, &str, &str); 4] = [
    (AuthMode::Basic, "basic", "HTTP Basic"),
    (AuthMode::Hmac, "hmac", "A signature over method, path, headers and body"),
    (AuthMode::OAuth, "oauth", "A Bearer token of the connector's own token endpoint"),
    (AuthMode::PathSecret, "path-secret", "A secret segment at the end of the path"),
];

fn way() -> impl TypedValueParser<Value = AuthMode> {
    words(&WAYS.map(|(_, word, help)| (word, help))).try_map(|word| {
        let way = WAYS.into_iter().find(|(_, known, _)| *known == word);
        way.map(|(mode, ..)| mode).ok_or_else(|| format!("{word} is no way to authenticate"))
    })
}
