//! What travels through the queues: ids only, in one envelope. "Look again at this", never "this happened".

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{
    CorrelationId, CustomerId, PersonId, Rejection, RequestId, RequisitionId, StatusId, Timestamp, WorkflowId,
};

/// The envelope's version, for functions of two releases that work on the same queues for a while:
///
/// - A change that the release before can read without harm (a new optional field that it may pass over) leaves it alone.
/// - Any other (a new kind of message, a new word, a field that must be heeded) counts it up by one, and a release does so
///   once at most. That release still reads the version before, so the message types keep reading what they read.
/// - A message of a later version goes back to the queue until a function of the later release takes it. One that is older
///   than the version before is poison: it has outlived the queue.
pub const SCHEMA: u8 = 1;

/// The versions that this release reads.
pub const READABLE_SCHEMAS: RangeInclusive<u8> = SCHEMA - 1..=SCHEMA;

/// Around every message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope<M> {
    pub schema: u8,
    /// Whose it is; also the queue's message group.
    pub customer: CustomerId,
    /// From the event that caused it.
    pub correlation_id: CorrelationId,
    /// What to look at.
    #[serde(flatten)]
    pub message: M,
}

impl<M> Envelope<M> {
    /// Wraps a message in an envelope of the present version.
    pub fn new(customer: CustomerId, correlation_id: CorrelationId, message: M) -> Self {
        Self { schema: SCHEMA, customer, correlation_id, message }
    }
}

/// On `reference-requests`: a recruiter ordered references.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceOrder {
    pub workflow: WorkflowId,
    /// Which attempt it is, decided once when the order was taken: a redelivery carries the same number.
    pub attempt: u32,
    /// The candidate, if the event names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The requisition, if the event names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requisition: Option<RequisitionId>,
    /// The ATS user who moved the status, if the event names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting_user: Option<PersonId>,
    /// The status that the workflow was moved from, if the event says so: a read that shows it lags behind the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_status: Option<StatusId>,
    pub ordered_at: Timestamp,
    /// Who wants it carried out.
    #[serde(default, skip_serializing_if = "Source::is_event")]
    pub source: Source,
}

/// Where a message comes from, which decides who tries again when it fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// An event of a vendor, or a step of ours that follows from one: the queue delivers it again.
    #[default]
    Event,
    /// A person with the operators' command line: the queue delivers it again.
    Operator,
    /// The schedule: it fails without a trace in the queue, and the schedule looks again.
    Schedule,
}

/// A message that knows where it comes from.
pub trait Sourced {
    /// Who wants it carried out.
    fn source(&self) -> Source;

    /// What it is about, for logs.
    fn subject(&self) -> MessageSubject<'_>;
}

/// What a message is about, as far as it says.
#[derive(Debug, Clone, Copy, Default)]
pub struct MessageSubject<'a> {
    pub workflow: Option<&'a WorkflowId>,
    pub attempt: Option<u32>,
    pub request: Option<&'a RequestId>,
}

impl Sourced for ReferenceOrder {
    fn source(&self) -> Source {
        self.source
    }

    fn subject(&self) -> MessageSubject<'_> {
        MessageSubject { workflow: Some(&self.workflow), attempt: Some(self.attempt), request: None }
    }
}

impl Sourced for Cancellation {
    fn source(&self) -> Source {
        self.source
    }

    fn subject(&self) -> MessageSubject<'_> {
        MessageSubject { workflow: Some(&self.workflow), ..MessageSubject::default() }
    }
}

impl Sourced for IcimsUpdate {
    fn source(&self) -> Source {
        match self {
            Self::Check { source, .. } => *source,
            Self::Request { .. } => Source::Event,
        }
    }

    fn subject(&self) -> MessageSubject<'_> {
        match self {
            Self::Check { workflow, attempt, .. } => {
                MessageSubject { workflow: Some(workflow), attempt: Some(*attempt), request: None }
            }
            Self::Request { request, .. } => MessageSubject { request: Some(request), ..MessageSubject::default() },
        }
    }
}

impl Source {
    fn is_event(&self) -> bool {
        *self == Self::Event
    }
}

/// On `cancellations`: see whether an open request has to be cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    pub workflow: WorkflowId,
    /// The rejection that an event reported. Absent where the check itself says why it is to be cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Rejection>,
    /// Who wants it carried out.
    #[serde(default, skip_serializing_if = "Source::is_event")]
    pub source: Source,
}

/// On `icims-updates`: a check may have changed; see what the workflow should show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum IcimsUpdate {
    /// A check we know by its key.
    Check {
        workflow: WorkflowId,
        attempt: u32,
        /// Who wants it. What only the schedule wants may wait while the ATS' quota is nearly spent.
        #[serde(default, skip_serializing_if = "Source::is_event")]
        source: Source,
    },
    /// A check we know by Crosschq's id only, from a callback.
    Request {
        /// Crosschq's id.
        request: RequestId,
        /// When the callback came: an id nobody knows is waited for only so long.
        received_at: Timestamp,
    },
}

/// Any of the messages, for the queue port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// To `reference-requests`.
    Order(ReferenceOrder),
    /// To `cancellations`.
    Cancellation(Cancellation),
    /// To `icims-updates`.
    Update(IcimsUpdate),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_reads_back_as_it_was_written_with_ids_as_text() {
        let order = Envelope::new(
            CustomerId::parse("1234").unwrap(),
            CorrelationId::parse("c-1").unwrap(),
            ReferenceOrder {
                person: Some(PersonId::parse("9").unwrap()),
                ..crate::testing::order(1, Timestamp::from_s(1_767_225_600))
            },
        );
        let json = serde_json::to_string(&order).unwrap();
        assert_eq!(
            json,
            r#"{"schema":1,"customer":"1234","correlation_id":"c-1","workflow":"5678","attempt":1,"person":"9","ordered_at":1767225600000}"#
        );
        assert_eq!(serde_json::from_str::<Envelope<ReferenceOrder>>(&json).unwrap(), order);
    }

    #[test]
    fn an_update_names_a_check_or_a_request() {
        let by_check = r#"{"schema":1,"customer":"1","correlation_id":"c","workflow":"5","attempt":2}"#;
        let by_request = r#"{"schema":1,"customer":"1","correlation_id":"c","request":"6b1f","received_at":1}"#;
        assert!(matches!(
            serde_json::from_str::<Envelope<IcimsUpdate>>(by_check).unwrap().message,
            IcimsUpdate::Check { attempt: 2, source: Source::Event, .. }
        ));
        assert!(matches!(
            serde_json::from_str::<Envelope<IcimsUpdate>>(by_request).unwrap().message,
            IcimsUpdate::Request { .. }
        ));
        assert!(
            serde_json::from_str::<Envelope<IcimsUpdate>>(r#"{"schema":1,"customer":"1","correlation_id":"c"}"#)
                .is_err()
        );
    }

    #[test]
    fn only_an_update_of_the_schedule_says_that_it_may_wait() {
        let workflow = WorkflowId::parse("5").unwrap();
        let by_event = IcimsUpdate::Check { workflow: workflow.clone(), attempt: 1, source: Source::Event };
        assert_eq!(serde_json::to_string(&by_event).unwrap(), r#"{"workflow":"5","attempt":1}"#);
        let by_schedule = IcimsUpdate::Check { workflow, attempt: 1, source: Source::Schedule };
        let json = serde_json::to_string(&by_schedule).unwrap();
        assert_eq!(serde_json::from_str::<IcimsUpdate>(&json).unwrap(), by_schedule);
    }
}
