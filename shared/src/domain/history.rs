//! What happened to a check, in order: what support reads. Ids only.

use serde::{Deserialize, Serialize};

use super::{CancelReason, CorrelationId, EntryId, FailureClass, Refusal, RequestId, State, StatusId, Timestamp};

/// Who made a change happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The requester, on an order.
    Requester,
    /// The updater, after reading Crosschq.
    Updater,
    /// The canceller, on a rejection.
    Canceller,
    /// A person with the operators' command line.
    Operator,
}

/// Who changes a check, because of which event, and when.
#[derive(Debug, Clone, Copy)]
pub struct Stamp<'a> {
    pub by: Actor,
    pub cause: &'a CorrelationId,
    pub now: Timestamp,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum HistoryEvent {
    /// The order was claimed, or taken over before anything had left for Crosschq.
    Claimed,
    /// The create leaves: from here on Crosschq may hold a request.
    CreateBegun,
    /// The claim was released for another delivery.
    Released { why: FailureClass },
    /// An order whose worker vanished was taken over.
    TakenOver,
    /// A create left and no answer came.
    OutcomeUnknown,
    /// A look-up showed that Crosschq does not hold our request.
    LookupFoundNothing,
    /// The second and last create began.
    Repeated,
    /// Crosschq holds the request.
    Requested { request: RequestId },
    /// A request whose create reply was lost was recognized, by a look-up or by its callback.
    Adopted { request: RequestId },
    /// Crosschq holds a request for this order that the check does not follow: a second one, or one that appeared after
    /// the check had ended. A person has to cancel it, unless the candidate is rejected: then it is cancelled too.
    DuplicateRequest { request: RequestId },
    /// The order was refused.
    Refused { refusal: Refusal },
    /// A rejection was reported, and the ATS has not confirmed it yet.
    RejectionReported,
    /// The ATS does not confirm the rejection that was reported.
    RejectionDismissed,
    /// The check is to be cancelled.
    CancelWanted { reason: CancelReason },
    /// It is cancelled.
    Cancelled,
    /// It should be cancelled, and Crosschq offers no way to do so.
    CancelUnconfirmed,
    /// Crosschq answered that it is completed: the report stays.
    CancelTooLate,
    /// Crosschq refused to cancel it: a person has to. `fields` are the names that Crosschq gave.
    CancelRefused { fields: Vec<String> },
    /// Crosschq reported another stage.
    Moved { from: State, to: State },
    /// Crosschq re-opened a cancelled request.
    Reopened,
    /// Crosschq has not found the request for hours.
    RequestNotFound,
    /// The row on the Screen tab was written, as this entry if iCIMS said so.
    RowWritten { entry: Option<EntryId> },
    /// iCIMS refused to write the row. `why` holds no values.
    RowRefused { why: String },
    /// The workflow was moved to a configured status.
    StatusMoved { status: StatusId },
    /// The workflow was not moved: the recruiter had moved it elsewhere, or iCIMS refused.
    StatusKept,
    /// A recruiter had rejected the candidate while we moved the workflow, and it was moved back.
    StatusRestored { status: StatusId },
    /// The report PDF was attached.
    ReportAttached,
    /// The report PDF could not be attached. `why` holds no values.
    ReportNotAttached { why: String },
    /// The ATS has not found the workflow for hours.
    WorkflowNotFound,
}

impl HistoryEvent {
    /// Whether it is a step that says nothing new when it is taken again to the same end.
    fn is_mere_try(&self) -> bool {
        matches!(self, Self::Claimed | Self::CreateBegun | Self::Repeated | Self::TakenOver | Self::LookupFoundNothing)
    }
}

/// One line of a check's history, written together with the change that it describes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Never earlier than the entry before.
    pub at: Timestamp,
    /// Who made it happen.
    pub actor: Actor,
    #[serde(flatten)]
    pub event: HistoryEvent,
    /// The event that led to it.
    pub correlation_id: CorrelationId,
    /// How often, where the same steps were taken again and again to the same end: the steps are kept once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<Repeats>,
}

impl HistoryEntry {
    fn is_same(&self, other: &Self) -> bool {
        self.actor == other.actor && self.event == other.event
    }
}

/// That something happened several times in a row; the entry is of the last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeats {
    /// How often, the first and the last time included.
    pub times: u32,
    /// When it happened first.
    pub since: Timestamp,
}

/// A check's entries, oldest first. Only ever appended to; what repeats is counted, and beyond [`History::MAX`] entries
/// the middle is thinned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct History(Vec<HistoryEntry>);

impl std::ops::Deref for History {
    type Target = [HistoryEntry];

    fn deref(&self) -> &[HistoryEntry] {
        &self.0
    }
}

impl History {
    /// Entries kept in full.
    pub const MAX: usize = 200;

    /// Appends what happened.
    pub(super) fn append(&mut self, event: HistoryEvent, stamp: &Stamp<'_>) {
        let Stamp { by: actor, cause, now } = *stamp;
        // What was decided before somebody else wrote is written after it.
        let at = self.0.last().map_or(now, |last| now.max(last.at));
        let entry = HistoryEntry { at, actor, event, correlation_id: cause.clone(), repeats: None };
        if self.fold(&entry) {
            return;
        }
        if self.0.len() >= Self::MAX {
            // The beginning says how it started, the end how it stands; the middle can go.
            self.0.remove(Self::MAX / 2);
        }
        self.0.push(entry);
    }

    /// An outage releases a claim every few minutes: the steps that led there the last time too are kept once, and the
    /// last entry counts. Returns whether the entry was counted that way.
    fn fold(&mut self, entry: &HistoryEntry) -> bool {
        if !matches!(entry.event, HistoryEvent::Released { .. }) {
            return false;
        }
        let Some(last) = self.0.iter().rposition(|known| known.is_same(entry)) else { return false };
        let (before, steps) = (&self.0[..last], &self.0[last + 1..]);
        let Some(from) = before.len().checked_sub(steps.len()) else { return false };
        let again = before[from..].iter().zip(steps).all(|(earlier, step)| earlier.is_same(step));
        if steps.is_empty() || !again || !steps.iter().all(|step| step.event.is_mere_try()) {
            return false;
        }
        let known = &self.0[last];
        let repeats = known.repeats.unwrap_or(Repeats { times: 1, since: known.at });
        self.0.truncate(last);
        let repeats = Some(Repeats { times: repeats.times + 1, ..repeats });
        self.0.push(HistoryEntry { repeats, ..entry.clone() });
        true
    }
}
