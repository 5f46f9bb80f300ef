//! Which check, and the id under which Crosschq knows it.

use serde::{Deserialize, Serialize};

use crate::domain::{CustomerId, Timestamp, WorkflowId};

/// Which check: the n-th attempt for one workflow of one customer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CheckKey {
    /// The customer's iCIMS platform.
    pub customer: CustomerId,
    pub workflow: WorkflowId,
    /// 1 for the first order, one more each time a recruiter orders again after an end.
    pub attempt: u32,
}

impl CheckKey {
    /// Our own id for the request at Crosschq of the check that was claimed then.
    pub fn external_id(&self, claimed_at: Timestamp) -> String {
        let Self { customer, workflow, attempt } = self;
        format!("icims:{customer}:{workflow}:{attempt}:{:x}", claimed_at.ms())
    }

    /// The check of a customer that an external id names. Whether it is the very check that sent the id, and not an
    /// earlier one of the same number, [`super::Check::external_id`] decides.
    pub fn of_external_id(customer: &CustomerId, external_id: &str) -> Option<Self> {
        let ours = external_id.strip_prefix("icims:")?.strip_prefix(customer.as_str())?.strip_prefix(':')?;
        let (ours, _claimed_at) = ours.rsplit_once(':')?;
        let (workflow, attempt) = ours.rsplit_once(':')?;
        let workflow = WorkflowId::parse(workflow).ok()?;
        Some(Self { customer: customer.clone(), workflow, attempt: attempt.parse().ok()? })
    }
}
