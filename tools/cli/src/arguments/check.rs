//! `connector check …`

use std::time::Duration;

use clap::{Args, Subcommand};
use connector_core::domain::{CustomerId, State};

use super::values::{span, state};
use crate::checks::{CheckName, WorkflowName};

/// What can be done with reference checks. One is named CUSTOMER/WORKFLOW or CUSTOMER/WORKFLOW/ATTEMPT.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// List checks, the newest first.
    #[command(after_help = "Examples:\n  connector check list --customer 1234 --open --older-than 2h\n  \
        connector check list --needs-person\n  connector check list --state failed --state cancelled --younger-than 7d")]
    List(List),
    /// Show what happened to a candidate and why, and compare what iCIMS shows with what it should show.
    #[command(
        after_help = "Examples:\n  connector check show 1234/5678\n  connector check show 1234/5678/1 --offline\n  \
        connector check show 1234/5678 --output json"
    )]
    Show(Show),
    /// Order references for a workflow manually, by the same rules as an event from iCIMS.
    #[command(
        after_help = "Example:\n  connector check request 1234/5678\n\nThe candidate has to be in the Crosschq status. \
        Nothing is ever ordered twice: while a check is open, and\nwithin a minute of an order, this is refused."
    )]
    Request {
        /// The recruiting workflow.
        #[arg(value_name = "CUSTOMER/WORKFLOW")]
        workflow: WorkflowName,
    },
    /// Have Crosschq send the candidate's invitation again, or remind whoever has not answered.
    #[command(
        after_help = "Examples:\n  connector check resend 1234/5678\n  connector check resend 1234/5678 --remind\n\n\
        Needs `crosschq.capabilities.resend` or `.remind` in the customer's settings."
    )]
    Resend {
        /// The check; its latest attempt unless one is named.
        #[arg(value_name = "CUSTOMER/WORKFLOW[/ATTEMPT]")]
        check: CheckName,
        /// Remind candidate and referees instead of inviting again.
        #[arg(long)]
        remind: bool,
    },
    /// Cancel a check and its reference request, whatever the candidate's status.
    #[command(after_help = "Example:\n  connector check cancel 1234/5678")]
    Cancel {
        /// The check; its latest attempt unless one is named.
        #[arg(value_name = "CUSTOMER/WORKFLOW[/ATTEMPT]")]
        check: CheckName,
    },
    /// Reconcile one check, or all open checks of a customer, now instead of at the next schedule.
    #[command(after_help = "Examples:\n  connector check reconcile 1234/5678\n  \
        connector check reconcile 1234/5678 --rewrite     write the row again that somebody edited or deleted in iCIMS\n  \
        connector check reconcile --customer 1234")]
    Reconcile(Reconcile),
    /// Follow one check, or a customer's, as it happens: a line for each new entry of the history.
    #[command(after_help = "Examples:\n  connector check watch 1234/5678\n  \
        connector check watch 1234/5678 --until requested --for 2m     in a script: wait for it\n  \
        connector check watch --customer 1234 --output json | jq .text\n\nEnds when the check has ended and iCIMS shows it; a \
        customer's never ends by itself.")]
    Watch(Watch),
}

/// Which checks to list.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only this customer's; all customers' otherwise.
    #[arg(long, value_name = "ID")]
    pub(crate) customer: Option<CustomerId>,
    /// Only in this state; may be given several times.
    #[arg(long, value_parser = state(), value_name = "STATE")]
    pub(crate) state: Vec<State>,
    /// Only those that have not ended.
    #[arg(long, conflicts_with = "state")]
    pub(crate) open: bool,
    /// Only those that need manual action; reads each check.
    #[arg(long)]
    pub(crate) needs_person: bool,
    /// Only those ordered longer ago than this.
    #[arg(long, value_parser = span, value_name = "SPAN")]
    pub(crate) older_than: Option<Duration>,
    /// Only those ordered within this span.
    #[arg(long, value_parser = span, value_name = "SPAN")]
    pub(crate) younger_than: Option<Duration>,
    /// At most this many; 0 for all.
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub(crate) limit: usize,
}

/// Which check to show, and how.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The check; its latest attempt unless one is named.
    #[arg(value_name = "CUSTOMER/WORKFLOW[/ATTEMPT]")]
    pub(crate) check: CheckName,
    /// Call neither iCIMS nor Crosschq.
    #[arg(long)]
    pub(crate) offline: bool,
}

/// What to look at.
#[derive(Debug, Args)]
pub(crate) struct Reconcile {
    /// The check; its latest attempt unless one is named.
    #[arg(value_name = "CUSTOMER/WORKFLOW[/ATTEMPT]", required_unless_present = "customer")]
    pub(crate) check: Option<CheckName>,
    /// All open checks of this customer instead.
    #[arg(long, value_name = "ID", conflicts_with = "check")]
    pub(crate) customer: Option<CustomerId>,
    /// Have the row in iCIMS written again, even if it was written before.
    #[arg(long)]
    pub(crate) rewrite: bool,
}

/// What to follow.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// The check; its latest attempt unless one is named.
    #[arg(value_name = "CUSTOMER/WORKFLOW[/ATTEMPT]", required_unless_present = "customer")]
    pub(crate) check: Option<CheckName>,
    /// All checks of this customer instead.
    #[arg(long, value_name = "ID", conflicts_with = "check")]
    pub(crate) customer: Option<CustomerId>,
    /// Stop after this span.
    #[arg(long = "for", value_parser = span, value_name = "SPAN")]
    pub(crate) at_most: Option<Duration>,
    /// Wait until the check is in this state, and for the check itself if there is none yet; exit code 1 if it ends
    /// otherwise or the span is over.
    #[arg(long, value_parser = state(), value_name = "STATE", conflicts_with = "customer")]
    pub(crate) until: Option<State>,
}
