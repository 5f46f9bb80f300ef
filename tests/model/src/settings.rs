//! The one customer of the model.

use connector_core::domain::{Customer, PersonId, RequisitionId, WorkflowId};

use crate::call::customer_id;

/// The one recruiting workflow.
pub(crate) fn workflow_id() -> WorkflowId {
    WorkflowId::parse("5678").unwrap()
}

pub(crate) fn person() -> PersonId {
    PersonId::parse("9").unwrap()
}

pub(crate) fn requisition() -> RequisitionId {
    RequisitionId::parse("7").unwrap()
}

/// The customer, with or without Crosschq's search and its knowing our external id.
pub(crate) fn customer(search: bool, echoes: bool) -> Customer {
    let settings = serde_json::json!({
        "enabled": true,
        "crosschq": {"extensions": echoes, "capabilities": {"search": search}},
        "icims": {
            "region": "us",
            "push": {"accept": ["basic"]},
            "statuses": {"trigger": ["C1"], "rejected": ["C2"]},
            "requester": [{"fixed": "staff@b.example"}],
        },
    });
    let template = serde_json::json!({"name": "T", "tag": "t", "survey": "s", "references": {"managers": 1}});
    Customer {
        id: customer_id(),
        settings: serde_json::from_value(settings).unwrap(),
        templates: vec![serde_json::from_value(template).unwrap()],
    }
}
