//! What a flow asks of the world, and what the world may answer: one variant for each call of a port.

use connector_core::domain::{
    Cancellation, CorrelationId, CustomerId, Envelope, IcimsUpdate, Message, ReferenceOrder, RequestId, Source,
    Timestamp,
};

use crate::snap::Snap;

/// A status of the recruiting workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Status {
    Trigger,
    /// The candidate is out.
    Rejected,
}

impl Status {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Trigger => "C1",
            Self::Rejected => "C2",
        }
    }
}

/// A queued message, by what distinguishes it from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Mail {
    Order {
        attempt: u32,
        ordered_at: Timestamp,
        source: Source,
    },
    /// With the moment at which an event reported a rejection.
    Cancellation {
        reported_at: Option<Timestamp>,
        source: Source,
    },
    UpdateCheck {
        attempt: u32,
        source: Source,
    },
    UpdateRequest {
        request: u8,
        received_at: Timestamp,
    },
}

impl Mail {
    pub(crate) fn of(envelope: &Envelope<Message>) -> Self {
        match &envelope.message {
            Message::Order(ReferenceOrder { attempt, ordered_at, source, .. }) => {
                Self::Order { attempt: *attempt, ordered_at: *ordered_at, source: *source }
            }
            Message::Cancellation(Cancellation { rejection, source, .. }) => Self::Cancellation {
                reported_at: rejection.as_ref().map(|rejection| rejection.received_at),
                source: *source,
            },
            Message::Update(IcimsUpdate::Check { attempt, source, .. }) => {
                Self::UpdateCheck { attempt: *attempt, source: *source }
            }
            Message::Update(IcimsUpdate::Request { request, received_at }) => {
                Self::UpdateRequest { request: number_of(request), received_at: *received_at }
            }
        }
    }

    /// Who wants it carried out.
    pub(crate) fn source(&self) -> Source {
        match self {
            Self::Order { source, .. } | Self::Cancellation { source, .. } | Self::UpdateCheck { source, .. } => {
                *source
            }
            Self::UpdateRequest { .. } => Source::Event,
        }
    }
}

/// A call that a flow waits for. The names are the ports' own.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) enum Call {
    Latest,
    Load { attempt: u32 },
    ByRequest { request: u8 },
    OutcomeUnknown,
    Insert(Snap),
    Save(Snap),
    Due,
    Postpone { attempt: u32, due_at: Timestamp, until: Timestamp },
    Workflow,
    AddRow { attempt: u32, digest: String },
    FindRow { attempt: u32 },
    ChangeRow { entry: u8, digest: String },
    Create { attempt: u32 },
    Read { request: u8 },
    Find { attempt: u32 },
    Cancel { request: u8 },
    Surveys,
    Send(Mail),
}

impl Call {
    /// Whether it leaves no trace: its answer may be lost, but not after it had an effect.
    pub(crate) fn is_read(&self) -> bool {
        matches!(
            self,
            Self::Latest
                | Self::Load { .. }
                | Self::ByRequest { .. }
                | Self::OutcomeUnknown
                | Self::Due
                | Self::Workflow
                | Self::FindRow { .. }
                | Self::Read { .. }
                | Self::Find { .. }
                | Self::Surveys
        )
    }

    /// Whether it may be carried out long after its caller gave up on it, and what then is there matters to others.
    pub(crate) fn may_arrive_late(&self) -> bool {
        matches!(self, Self::Create { .. } | Self::AddRow { .. })
    }
}

#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) enum Answer {
    Check(Option<Snap>),
    Attempts(Vec<u32>),
    Stored,
    Conflict(Snap),
    Due(Vec<(u32, Timestamp)>),
    Postponed(bool),
    Status(Status),
    Entry(Option<u8>),
    Ok,
    Request(Option<u8>),
    AlreadyExists,
    Refused,
    Unknown,
    Live(Option<Live>),
    Cancelled {
        completed: bool,
    },
    /// No answer, or a failure: it says nothing.
    Failed,
}

impl Answer {
    /// The version of the check that was given.
    pub(crate) fn version(&self) -> Option<u64> {
        match self {
            Self::Check(Some(snap)) | Self::Conflict(snap) => Some(snap.check.version),
            _ => None,
        }
    }
}

/// A request as Crosschq reports it.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) struct Live {
    pub(crate) number: u8,
    pub(crate) attempt: u32,
    pub(crate) stage: connector_core::domain::Stage,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// When the check that sent it was claimed.
    pub(crate) claimed_at: Timestamp,
}

/// The id of the n-th request.
pub(crate) fn request_id(number: u8) -> RequestId {
    RequestId::parse(format!("r{number}")).unwrap()
}

/// The n of a request's id.
pub(crate) fn number_of(request: &RequestId) -> u8 {
    request.as_str()[1..].parse().unwrap()
}

pub(crate) fn customer_id() -> CustomerId {
    CustomerId::parse("1234").unwrap()
}

pub(crate) fn correlation() -> CorrelationId {
    CorrelationId::untraced()
}
