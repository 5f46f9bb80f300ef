//! `connector erase`

use std::time::Duration;

use clap::Args;
use connector_core::domain::{CustomerId, PersonId};

use super::values::span;

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  connector erase --customer 1234 --person 9876 --dry-run
  connector erase --customer 1234 --person 9876 --cancel-open

Removes the checks of all the person's workflows and the messages that name them. What is kept elsewhere, and for how
long, is in the report. Repeating it is harmless, and shows whether anything is left.";

/// Whom to erase.
#[derive(Debug, Args)]
pub(crate) struct Erase {
    /// The customer.
    #[arg(long, value_name = "ID")]
    pub(crate) customer: CustomerId,
    /// The candidate: the person's id in iCIMS.
    #[arg(long, value_name = "ID")]
    pub(crate) person: PersonId,
    /// Only show what would be removed.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Cancel the person's open checks first and wait until they have ended.
    #[arg(long)]
    pub(crate) cancel_open: bool,
    /// How long to wait for cancelled checks to end.
    #[arg(long, value_parser = span, default_value = "2m", value_name = "SPAN")]
    pub(crate) patience: Duration,
}
