//! The ids that lead to the person.

use std::collections::BTreeSet;

use connector_core::domain::{Check, RequestId, WorkflowId};

#[derive(Debug, Default)]
pub(super) struct Traces {
    pub(super) workflows: BTreeSet<WorkflowId>,
    pub(super) requests: BTreeSet<RequestId>,
}

impl Traces {
    pub(super) fn add(&mut self, check: &Check) {
        self.workflows.insert(check.key.workflow.clone());
        self.requests.extend(check.request().cloned());
    }
}
