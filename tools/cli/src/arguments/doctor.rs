//! `connector doctor`

use clap::Args;
use connector_core::domain::CustomerId;

/// Shown below the options.
pub(crate) const EXAMPLES: &str = "\
Examples:
  connector doctor                                 drift detection takes a few minutes
  connector doctor --customer 1234                 also calls that customer's iCIMS and Crosschq
  connector doctor --verify --output json          also calls the vendors of every customer
Calling a customer's vendors ends with a compressed event to the connector, which orders nothing.
Needs permission for CloudFormation's drift detection and to read the stack's resources; what is denied is a finding.
Exit code 1 if there is an error; warnings and notes alone exit 0.";

/// Options of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Also check this customer with its vendors; may be repeated.
    #[arg(long = "customer", value_name = "ID")]
    pub(crate) customers: Vec<CustomerId>,
    /// Also check every enabled customer with its vendors.
    #[arg(long)]
    pub(crate) verify: bool,
}
