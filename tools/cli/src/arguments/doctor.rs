//! `connector doctor`

use clap::Args;
use connector_core::domain::CustomerId;

/// Shown below the options.
pub const EXAMPLES: &str = "\
Examples:
  connector doctor
  connector doctor --customer 1234                 also asks that customer's iCIMS and Crosschq
  connector doctor --verify --output json          also asks the vendors of every customer
Exit code 1 if there is an error; warnings and notes alone exit 0.";

/// Options of `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Also ask the vendors of this customer; may be repeated.
    #[arg(long = "customer", value_name = "ID")]
    pub customers: Vec<CustomerId>,
    /// Also ask the vendors of every customer that is switched on.
    #[arg(long)]
    pub verify: bool,
}
