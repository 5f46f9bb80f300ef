//! `connector customer …`

use clap::{Args, Subcommand};
use connector::domain::{CustomerId, WorkflowId};

const DISCOVER: &str = "\
Examples:
  connector customer discover 1234 --dry-run                                look and propose
  connector customer discover 1234 --samples 100                            look at more, and ask before writing
  connector customer discover 1234 --sample-workflow 13437 --sample-workflow 13438

Makes at most 3 calls of iCIMS, 2 for each workflow and 1 for each of at most 10 requisitions, and tells how many.
Adds only what the platform's own words make sure, takes nothing away, and shows the change before it writes it.";

/// What can be done with customers.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Learn the platform's statuses, list fields and collections from samples; propose settings and write them.
    #[command(after_help = DISCOVER)]
    Discover(Discover),
    /// List the customers.
    #[command(after_help = "Example:\n  connector customer list --output json")]
    List,
}

/// Where to learn from.
#[derive(Debug, Args)]
pub struct Discover {
    /// The customer.
    pub customer: CustomerId,
    /// Learn from this recruiting workflow, and from no others; may be repeated.
    #[arg(long, value_name = "ID")]
    pub sample_workflow: Vec<WorkflowId>,
    /// How many recruiting workflows to look at.
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = samples, conflicts_with = "sample_workflow")]
    pub samples: usize,
    /// Look at workflows that changed in the last so many days.
    #[arg(long, value_name = "NUMBER", default_value_t = 90, conflicts_with = "sample_workflow")]
    pub days: u32,
    /// Write nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Each costs calls of the platform's daily quota.
fn samples(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=200) => Ok(number),
        _ => Err("must be a number from 1 to 200".to_owned()),
    }
}
