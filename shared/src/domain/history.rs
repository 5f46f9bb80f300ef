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
    /// The schedule.
    Reconciler,
    /// A person with the operators' command line.
    Operator,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// The order was claimed, or taken over before anything had left for Crosschq.
    Claimed,
    /// The create leaves: from here on Crosschq may hold a request.
    CreateBegun,
    /// The claim was given back before anything left.
    Released {
        /// Why, as a failure's class.
        why: FailureClass,
    },
    /// An order whose worker vanished was taken over.
    TakenOver,
    /// A create left and no answer came.
    OutcomeUnknown,
    /// Crosschq was asked whether it holds our request.
    LookedUp {
        /// Whether it does.
        found: bool,
    },
    /// The second and last create began.
    Repeated,
    /// Crosschq holds the request.
    Requested {
        /// Its id.
        request: RequestId,
    },
    /// A request whose create reply was lost was recognised by its callback.
    Adopted {
        /// Its id.
        request: RequestId,
    },
    /// Crosschq holds a request for this order that the check does not follow: a second one, or one that appeared after
    /// the check had ended. A person has to cancel it, unless the candidate is rejected: then it is cancelled too.
    SecondRequest {
        /// Its id.
        request: RequestId,
    },
    /// The order was refused.
    Refused {
        /// Why.
        refusal: Refusal,
    },
    /// A rejection was reported, and the ATS has not confirmed it yet.
    RejectionReported,
    /// The ATS does not confirm the rejection that was reported.
    RejectionDismissed,
    /// The check is to be cancelled.
    CancelWanted {
        /// Why.
        reason: CancelReason,
    },
    /// It is cancelled.
    Cancelled,
    /// It should be cancelled, and Crosschq offers no way to do so.
    CancelUnconfirmed,
    /// Crosschq answered that it is completed: the report stays.
    CancelTooLate,
    /// Crosschq refused to cancel it: a person has to.
    CancelRefused {
        /// The fields that Crosschq named; names only.
        fields: Vec<String>,
    },
    /// Crosschq told another stage.
    Moved {
        /// From.
        from: State,
        /// To.
        to: State,
    },
    /// Crosschq re-opened a cancelled request.
    Reopened,
    /// Crosschq does not know the request any more.
    GoneFromCrosschq,
    /// The row on the Screen tab was written.
    Shown {
        /// Its entry, if iCIMS told it.
        entry: Option<EntryId>,
    },
    /// iCIMS refused to show the row.
    NotShown {
        /// Why, without values.
        why: String,
    },
    /// The workflow was moved to a configured status.
    StatusMoved {
        /// To which.
        status: StatusId,
    },
    /// The workflow was not moved: the recruiter had moved it elsewhere, or iCIMS refused.
    StatusKept,
    /// A recruiter had rejected the candidate while we moved the workflow, and it was moved back.
    StatusPutBack {
        /// To which.
        status: StatusId,
    },
    /// The report PDF was attached.
    Attached,
    /// The report PDF could not be attached.
    NotAttached {
        /// Why, without values.
        why: String,
    },
    /// The workflow is gone from the ATS.
    GoneFromAts,
}

/// One line of a check's history, written together with the change it tells of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// What.
    #[serde(flatten)]
    pub what: What,
    /// The event that led to it.
    pub correlation_id: CorrelationId,
    /// Where the same steps were taken again and again to the same end: how often. The steps are kept once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<Repeats>,
}

/// That something happened several times in a row; the entry tells of the last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeats {
    /// How often, the first and the last time included.
    pub times: u32,
    /// When it happened first.
    pub since: Timestamp,
}
