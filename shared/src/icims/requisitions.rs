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
    /// Whether there may be more after the last one.
    pub more: bool,
}

impl Icims {
    /// The requisitions in one of `folders` (ids of the platform's list of job folders; none: in any), from the one after
    /// `after` on. One call (facts icims §3.7).
    ///
    /// Not promised: freshness. iCIMS answers searches from a cache that may be a quarter of an hour old.
    ///
    /// # Errors
    /// [`AtsError::Unauthorized`] also where the API user is not in the group *Integration User*.
    pub async fn requisitions(
        &self,
        customer: &Customer,
        folders: &[String],
        after: Option<&RequisitionId>,
    ) -> Result<FoundRequisitions, AtsError> {
        let last = after.map_or("0", RequisitionId::as_str);
        let all = [Filter { name: "job.id", operator: ">", value: last }];
        let folders: Vec<_> = folders.iter().map(|value| Filter { name: "job.folder", operator: "=", value }).collect();
        let above = after.and_then(|after| after.as_str().parse().ok());
        let found = self.found(customer, "jobs", &search::body(&all, &folders), above).await?;
        let ids: Vec<RequisitionId> = found.iter().filter_map(|id| RequisitionId::parse(id.to_string()).ok()).collect();
        let more = ids.len() >= PAGE;
        Ok(FoundRequisitions { ids, more })
    }
}
