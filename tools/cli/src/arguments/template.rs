//! `connector template …`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use connector_core::domain::CustomerId;

/// What can be done with templates.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Add a template: what an ATS tag on a requisition stands for.
    ///
    /// It is checked against the customer's Crosschq before it is saved: the survey must be switched on there, and take
    /// these numbers of references. For settings without an option use `connector template import`.
    #[command(after_help = ADD)]
    Add(Box<Add>),
    /// Show a template with all its settings.
    #[command(after_help = "Example:\n  connector template show 1234 sales-ae")]
    Show(One),
    /// List a customer's templates.
    #[command(after_help = "Example:\n  connector template list 1234 --output json")]
    List {
        /// The customer.
        customer: CustomerId,
    },
    /// Change a template: fields by their paths, or the whole of it in your editor.
    #[command(after_help = EDIT)]
    Edit(Edit),
    /// Remove templates. Open checks that use one are listed first.
    #[command(after_help = "Example:\n  connector template remove 1234 sales-ae")]
    Remove {
        /// The customer.
        customer: CustomerId,
        /// Tags of the templates.
        #[arg(required = true, value_name = "TAG")]
        tags: Vec<String>,
    },
    /// Add and change templates from TOML files: all of them, or none.
    #[command(after_help = IMPORT)]
    Import(Import),
    /// Print templates as TOML that `import` takes.
    #[command(after_help = "Example:\n  connector template export 1234 > templates.toml")]
    Export {
        /// The customer.
        customer: CustomerId,
        /// Tags of the templates; all of them otherwise.
        #[arg(value_name = "TAG")]
        tags: Vec<String>,
    },
    /// Compare the templates with what open requisitions name, before an order fails.
    ///
    /// Reads only: Crosschq's API lists no templates, so there is none to take over from there. Exit code 1 if a
    /// requisition names a template that is unknown.
    #[command(after_help = SYNC)]
    Sync(Sync),
}

const ADD: &str = "\
Examples:
  connector template add 1234 sales-ae --name \"Sales AE\" --survey account-executive \\
      --references managers=1,peers=2 --any 1
  connector template add 1234 eng --name Engineering --survey software-engineer --references managers=1 \\
      --hiring-manager none --no-sms --auto-conclude 2 --auto-conclude-days 7
Kinds of references: managers, employees (direct reports), peers, business (customers, suppliers), social (mentors), and
whatever else the survey has. An unknown kind is refused, with a list of those that the survey has.";

const EDIT: &str = "\
Examples:
  connector template edit 1234 sales-ae                               in VISUAL or EDITOR, as TOML
  connector template edit 1234 sales-ae --set references.managers=2 --unset position
  connector template edit 1234 sales-ae --set tag=sales               requisitions must name the new tag from then on
The paths are those of `connector template show` and of the TOML of `connector template export`.";

const IMPORT: &str = "\
Examples:
  connector template import 1234 templates.toml --dry-run
  connector template export 1234 | connector template import 5678 -   the same templates for another customer";

const SYNC: &str = "\
Examples:
  connector template sync 1234 --check
  connector template sync 1234 --folder D31001 --folder C31002 --limit 1000";

/// A template.
#[derive(Debug, Args)]
pub(crate) struct One {
    /// The customer.
    pub(crate) customer: CustomerId,
    /// The template's tag.
    pub(crate) tag: String,
}

/// A number of references of one kind, or a note about them: `managers=2`.
fn kind_and<T: std::str::FromStr>(text: &str) -> Result<(String, T), String> {
    let (kind, value) = text.split_once('=').ok_or("write it KIND=VALUE, e.g. managers=1")?;
    let value = value.parse().map_err(|_| format!("`{value}` is not a number from 0 to 255"))?;
    Ok((kind.trim().to_lowercase(), value))
}

/// Options of `add`.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The customer.
    pub(crate) customer: CustomerId,
    /// The tag that requisitions carry; kept in lower case, matched whatever the case.
    pub(crate) tag: String,
    /// The template's name; requisitions may carry it instead of the tag.
    #[arg(long)]
    pub(crate) name: String,
    /// Crosschq's code name of the survey.
    #[arg(long)]
    pub(crate) survey: String,
    /// How many references of which kind.
    #[arg(long, value_name = "KIND=N", value_delimiter = ',', value_parser = kind_and::<u8>)]
    pub(crate) references: Vec<(String, u8)>,
    /// How many more of any kind, at the candidate's choice.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) any: u8,
    /// A wish for one kind of reference (or `any`), shown to the candidate; may be repeated.
    #[arg(long = "note", value_name = "KIND=TEXT", value_parser = kind_and::<String>)]
    pub(crate) notes: Vec<(String, String)>,
    /// For the people who administer it.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) description: String,
    /// The position shown to candidate and references; the requisition's title otherwise.
    #[arg(long)]
    pub(crate) position: Option<String>,
    /// `from-requisition` (the default), `none`, or `First Last <address>`.
    #[arg(long, value_name = "WHO")]
    pub(crate) hiring_manager: Option<String>,
    /// A message to the candidate.
    #[arg(long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// Own e-mail text to the candidate.
    #[arg(long, value_name = "TEXT")]
    pub(crate) email_text: Option<String>,
    /// Own text message to the candidate.
    #[arg(long, value_name = "TEXT")]
    pub(crate) sms_text: Option<String>,
    /// No text messages, e-mail only.
    #[arg(long)]
    pub(crate) no_sms: bool,
    /// Do not notify the requester of a late reference.
    #[arg(long)]
    pub(crate) no_past_due: bool,
    /// Notify the requester on completion.
    #[arg(long)]
    pub(crate) completed: bool,
    /// Close without the others once this many references are in.
    #[arg(long, value_name = "N")]
    pub(crate) auto_conclude: Option<u8>,
    /// Close only after this many days; 0 as soon as the numbers are reached.
    #[arg(long, value_name = "DAYS", default_value_t = 0, requires = "auto_conclude")]
    pub(crate) auto_conclude_days: u16,
    /// Close only with this many of a kind.
    #[arg(long, value_name = "KIND=N", value_delimiter = ',', value_parser = kind_and::<u8>, requires = "auto_conclude")]
    pub(crate) auto_conclude_with: Vec<(String, u8)>,
    /// Save even if Crosschq cannot be reached now; the audit log says so.
    #[arg(long)]
    pub(crate) unverified: bool,
}

/// Options of `edit`.
#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// The customer.
    pub(crate) customer: CustomerId,
    /// The template's tag.
    pub(crate) tag: String,
    /// Set a field; may be repeated. The value is TOML or a plain text.
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    pub(crate) set: Vec<String>,
    /// Remove a field, so that its default applies; may be repeated.
    #[arg(long = "unset", value_name = "FIELD")]
    pub(crate) unset: Vec<String>,
    /// Save even if Crosschq cannot be reached now; the audit log says so.
    #[arg(long)]
    pub(crate) unverified: bool,
}

/// Options of `import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The customer.
    pub(crate) customer: CustomerId,
    /// TOML files with one or many templates; `-` for standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Check everything and report what would change, without changing it.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Save even if Crosschq cannot be reached now; the audit log says so.
    #[arg(long)]
    pub(crate) unverified: bool,
}

/// Options of `sync`.
#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// The customer.
    pub(crate) customer: CustomerId,
    /// Report only, change nothing, which is what it always does.
    #[arg(long)]
    pub(crate) check: bool,
    /// Look at requisitions in this folder of iCIMS' list of job folders; may be repeated.
    #[arg(long = "folder", value_name = "ID", default_value = "D31001")]
    pub(crate) folders: Vec<String>,
    /// Look at the requisitions in all folders.
    #[arg(long, conflicts_with = "folders")]
    pub(crate) all: bool,
    /// Read at most this many requisitions, the newest first: each is a call of the customer's daily iCIMS quota.
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
}
