//! Which requisitions there are, for operators who look whether every template that they name is known.

use super::Icims;
use super::wire::search::{self, Filter, PAGE};
use crate::domain::{Customer, RequisitionId};
use crate::ports::AtsError;

/// A page of requisitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundRequisitions {
    /// Their ids, ascending.
    pub ids: Vec<RequisitionId>,
    /// The last of them; to be given for the next page, if there may be one.
    pub next: Option<u64>,
}

impl Icims {
    /// The requisitions in one of `folders` (ids of the platform's list of job folders; none: in any) whose system id is
    /// above `after`. One call (docs/vendors/icims.md §3.7).
    ///
    /// Not promised: freshness. iCIMS answers searches from a cache that may be a quarter of an hour old.
    ///
    /// # Errors
    /// [`AtsError::Unauthorized`] also where the API user is not in the group *Integration User*.
    pub async fn requisitions(
        &self,
        customer: &Customer,
        folders: &[String],
        after: u64,
    ) -> Result<FoundRequisitions, AtsError> {
        let last = after.to_string();
        let all = [Filter { name: "job.id", operator: ">", value: &last }];
        let folders: Vec<_> = folders.iter().map(|value| Filter { name: "job.folder", operator: "=", value }).collect();
        let found = self.found(customer, "jobs", &search::body(&all, &folders), Some(after)).await?;
        // A page that leads nowhere would be asked for forever.
        let next = found.last().copied().filter(|last| found.len() >= PAGE && *last > after);
        let ids = found.iter().filter_map(|id| RequisitionId::parse(id.to_string()).ok()).collect();
        Ok(FoundRequisitions { ids, next })
    }
}
