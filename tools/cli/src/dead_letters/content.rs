//! What a message says, whichever release wrote it.

use connector_core::domain::{
    Cancellation, CorrelationId, CustomerId, Envelope, IcimsUpdate, PersonId, READABLE_SCHEMAS, ReferenceOrder,
    RequestId, SCHEMA, WorkflowId,
};
use serde::de::DeserializeOwned;

use crate::session::QueueName;

/// What a message is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A workflow; its latest attempt where none is named.
    Workflow {
        workflow: WorkflowId,
        attempt: Option<u32>,
        /// The candidate, if the message tells.
        person: Option<PersonId>,
    },
    /// A reference request, from a callback.
    Request(RequestId),
}

/// A message as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// One that the functions of this release understand.
    Parsed {
        customer: CustomerId,
        /// From the event that caused it.
        correlation_id: CorrelationId,
        /// What it is about.
        subject: Subject,
    },
    /// One that no function of this release can read.
    Unreadable {
        /// Why, without its content.
        why: String,
        /// Whose, if that much can be read.
        customer: Option<CustomerId>,
        /// From which event, if that much can be read.
        correlation_id: Option<CorrelationId>,
    },
}

impl Content {
    /// Reads a body as the function behind this queue would.
    pub(crate) fn of(queue: QueueName, body: &str) -> Self {
        match queue {
            QueueName::ReferenceRequests => parsed(body, |order: ReferenceOrder| Subject::Workflow {
                workflow: order.workflow,
                attempt: Some(order.attempt),
                person: order.person,
            }),
            QueueName::IcimsUpdates => parsed(body, |update: IcimsUpdate| match update {
                IcimsUpdate::Check { workflow, attempt, .. } => {
                    Subject::Workflow { workflow, attempt: Some(attempt), person: None }
                }
                IcimsUpdate::Request { request, .. } => Subject::Request(request),
            }),
            QueueName::Cancellations => parsed(body, |cancellation: Cancellation| Subject::Workflow {
                workflow: cancellation.workflow,
                attempt: None,
                person: None,
            }),
        }
    }

    /// Whose it is, if known.
    pub(crate) fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::Parsed { customer, .. } => Some(customer),
            Self::Unreadable { customer, .. } => customer.as_ref(),
        }
    }

    /// From which event, if known.
    pub(crate) fn correlation_id(&self) -> Option<&CorrelationId> {
        match self {
            Self::Parsed { correlation_id, .. } => Some(correlation_id),
            Self::Unreadable { correlation_id, .. } => correlation_id.as_ref(),
        }
    }

    /// What it is about, if known.
    pub(crate) fn subject(&self) -> Option<&Subject> {
        match self {
            Self::Parsed { subject, .. } => Some(subject),
            Self::Unreadable { .. } => None,
        }
    }
}

fn parsed<M: DeserializeOwned>(body: &str, subject: impl FnOnce(M) -> Subject) -> Content {
    let why = match serde_json::from_str::<Envelope<M>>(body) {
        Ok(envelope) if READABLE_SCHEMAS.contains(&envelope.schema) => {
            return Content::Parsed {
                customer: envelope.customer,
                correlation_id: envelope.correlation_id,
                subject: subject(envelope.message),
            };
        }
        Ok(envelope) => format!("its schema is {}, and this release reads {SCHEMA}", envelope.schema),
        // serde's own words may quote the body.
        Err(error) => match error.classify() {
            serde_json::error::Category::Data => "it is JSON, and not a message of ours".to_owned(),
            _ => "it is no JSON".to_owned(),
        },
    };
    let outer: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let text = |name: &str| outer.get(name).and_then(serde_json::Value::as_str);
    Content::Unreadable {
        why,
        customer: text("customer").and_then(|id| id.parse().ok()),
        correlation_id: text("correlation_id").and_then(|id| id.parse().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_queues_messages_are_read_as_its_function_reads_them() {
        let order = r#"{"schema":1,"customer":"1","correlation_id":"c","workflow":"5","attempt":2,"person":"9","ordered_at":1}"#;
        let subject = |queue, body| Content::of(queue, body).subject().cloned();
        assert_eq!(
            subject(QueueName::ReferenceRequests, order),
            Some(Subject::Workflow {
                workflow: "5".parse().unwrap(),
                attempt: Some(2),
                person: Some("9".parse().unwrap())
            })
        );
        let callback = r#"{"schema":1,"customer":"1","correlation_id":"c","request":"6b1f","received_at":1}"#;
        assert_eq!(subject(QueueName::IcimsUpdates, callback), Some(Subject::Request("6b1f".parse().unwrap())));
        assert_eq!(subject(QueueName::ReferenceRequests, callback), None, "in the wrong queue");
    }

    #[test]
    fn what_cannot_be_read_is_reported_without_its_content() {
        for (body, why) in [
            ("hunter2", "it is no JSON"),
            (r#"{"customer":"hunter2"}"#, "it is JSON, and not a message of ours"),
            (
                r#"{"schema":9,"customer":"1","correlation_id":"c","workflow":"5"}"#,
                "its schema is 9, and this release reads 1",
            ),
        ] {
            match Content::of(QueueName::Cancellations, body) {
                Content::Unreadable { why: shown, .. } => assert_eq!(shown, why),
                read @ Content::Parsed { .. } => panic!("{read:?}"),
            }
        }
    }
}
