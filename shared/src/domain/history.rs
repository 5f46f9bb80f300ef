//! What happened to a check, in order: what support reads. Ids only.
//!
//! An entry that this release cannot read was written by a later one: it is kept as it is. So whatever a release has to say
//! beyond what the one before knows is an event of a new kind, never a new field of a known one, which would be lost.

use serde::de::IntoDeserializer as _;
use serde::de::value::Error as Unreadable;
use serde::{Deserialize, Serialize};

use super::{
    CancelReason, CorrelationId, EntryId, FailureClass, Opaque, Refusal, RequestId, State, StatusId, Timestamp,
};

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
    /// Somebody whom only a later release knows.
    #[serde(skip)]
    Unknown,
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
    /// What a later release wrote: the whole entry, as it stands.
    #[serde(skip)]
    Unknown(Opaque),
}

impl HistoryEvent {
    /// Whether it is a step that says nothing new when it is taken again to the same end.
    fn is_mere_try(&self) -> bool {
        matches!(self, Self::Claimed | Self::CreateBegun | Self::Repeated | Self::TakenOver | Self::LookupFoundNothing)
    }
}

/// One line of a check's history, written together with the change that it describes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct HistoryEntry {
    /// Never earlier than the entry before.
    pub at: Timestamp,
    /// Who made it happen.
    pub actor: Actor,
    pub event: HistoryEvent,
    /// The event that led to it.
    pub correlation_id: CorrelationId,
    /// How often, where the same steps were taken again and again to the same end: the steps are kept once.
    pub repeats: Option<Repeats>,
}

/// An entry as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Known {
        at: Timestamp,
        actor: Actor,
        #[serde(flatten)]
        event: HistoryEvent,
        correlation_id: CorrelationId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repeats: Option<Repeats>,
    },
    Unknown(Opaque),
}

impl From<Stored> for HistoryEntry {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Known { at, actor, event, correlation_id, repeats } => {
                Self { at, actor, event, correlation_id, repeats }
            }
            Stored::Unknown(entry) => {
                let actor = entry.text("actor").map(|word| Actor::deserialize(word.into_deserializer()));
                let correlation_id = entry.text("correlation_id").and_then(|id| CorrelationId::parse(id).ok());
                Self {
                    at: Timestamp::from_ms(entry.number("at").unwrap_or_default()),
                    actor: actor.and_then(|known: Result<_, Unreadable>| known.ok()).unwrap_or(Actor::Unknown),
                    event: HistoryEvent::Unknown(entry),
                    correlation_id: correlation_id.unwrap_or_else(CorrelationId::untraced),
                    repeats: None,
                }
            }
        }
    }
}

impl From<HistoryEntry> for Stored {
    fn from(entry: HistoryEntry) -> Self {
        let HistoryEntry { at, actor, event, correlation_id, repeats } = entry;
        match event {
            HistoryEvent::Unknown(entry) => Self::Unknown(entry),
            event => Self::Known { at, actor, event, correlation_id, repeats },
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_the_release_after_is_kept_as_it_is_between_ours() {
        let known = r#"{"at":5,"actor":"requester","event":"claimed","correlation_id":"c-1"}"#;
        let moved =
            r#"{"actor":"requester","at":6,"correlation_id":"c-1","event":"moved","from":"claimed","to":"paused"}"#;
        let other =
            r#"{"actor":"auditor","at":7,"by":{"rule":[1,true]},"correlation_id":"c-2","event":"paused","until":9}"#;
        let json = format!("[{known},{moved},{other},{{}}]");
        let mut history: History = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&history).unwrap(), json);
        assert_eq!((history[1].actor, history[1].at), (Actor::Requester, Timestamp::from_ms(6)));
        assert_eq!((history[2].actor, history[2].correlation_id.as_str()), (Actor::Unknown, "c-2"));
        let stamp = Stamp { by: Actor::Updater, cause: &CorrelationId::untraced(), now: Timestamp::from_ms(8) };
        history.append(HistoryEvent::Reopened, &stamp);
        assert!(serde_json::to_string(&history).unwrap().starts_with(json.trim_end_matches(']')));
    }
}
