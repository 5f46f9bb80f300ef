//! How a delivery of an order ends: each end is one write, laid over whatever was written meanwhile, and a message to
//! whoever goes on from there.

use crate::domain::{
    Actor, CancelReason, Check, CreateCount, FailureClass, Presence, RecognizedBy, Refusal, RequestId, Row, Source,
    Stamp,
};
use crate::failure::{Failure, MANUAL, Outcome, Vendor};
use crate::flows::support::{commit::commit, job::Job, notify};
use crate::ports::{Clock, Queue, WriteChecks};

/// Whether an earlier create may have led to a request, when another one is not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EarlierCreate {
    /// There was none, or a look-up has shown that it led to nothing.
    None,
    /// One left and nothing shows what became of it.
    Possible,
}

/// What a delivery of an order came to.
pub(super) enum Conclusion {
    /// Crosschq holds the request.
    Requested { request: RequestId, recognized: RecognizedBy },
    /// The order cannot be carried out.
    Refused { refusal: Refusal, earlier: EarlierCreate },
    /// The candidate is rejected before a request was confirmed.
    Cancelled { reason: CancelReason, earlier: EarlierCreate },
    /// iCIMS answers 404 for something that the order needs. That may pass: the schedule looks again, for hours, before the
    /// order is refused.
    Missing { what: String },
    /// A create left and no answer came.
    OutcomeUnknown { why: String },
    /// Both creates may have left, or the second may not leave any more: a callback may still name the request. When the
    /// wait is over, a person has to look.
    AwaitCallback,
    /// Another delivery carries the order out later.
    Released { failure: Failure, count: CreateCount, row: OrderedRow },
}

/// Whether the recruiter is to see that the order was taken, where no row says so yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrderedRow {
    /// It may take a while.
    Write,
    /// It is a matter of seconds.
    Skip,
}

impl Conclusion {
    /// Another delivery carries the order out; nothing has changed for Crosschq.
    pub(super) fn released(failure: Failure) -> Self {
        Self::Released { failure, count: CreateCount::Kept, row: OrderedRow::Write }
    }

    /// The request was found, by its id or by its likeness.
    pub(super) fn adopted(request: RequestId) -> Self {
        Self::Requested { request, recognized: RecognizedBy::Likeness }
    }

    /// Lays it over a check; one that another function has taken further is left alone.
    fn apply(&self, check: &mut Check, stamp: &Stamp<'_>) {
        match self {
            Self::Requested { request, recognized } => check.requested(request, *recognized, stamp),
            // This create was not carried out, but the one before may have been: only Crosschq can tell.
            Self::Refused { earlier: EarlierCreate::Possible, .. } | Self::AwaitCallback => check.await_callback(stamp),
            Self::Refused { refusal, earlier: EarlierCreate::None } => check.refuse(refusal.clone(), stamp),
            Self::Cancelled { reason, earlier } => {
                check.want_cancel(*reason, stamp);
                match earlier {
                    EarlierCreate::Possible => check.await_callback(stamp),
                    EarlierCreate::None if check.creating().is_some() => check.cancelled(stamp),
                    EarlierCreate::None => {}
                }
            }
            Self::Missing { .. } if check.creating().is_some() => {
                if check.sync.workflow.is_present() {
                    check.sync.workflow = Presence::Missing { since: stamp.now };
                }
                let again = stamp.now.after(Check::MISSING_AGAIN).before(Check::RETRY_DUE);
                check.release(FailureClass::Missing, again, CreateCount::Kept, stamp);
            }
            Self::Missing { .. } => {}
            Self::OutcomeUnknown { .. } => check.outcome_unknown(stamp),
            Self::Released { failure, count, .. } => {
                let retry_at = match failure {
                    Failure::Retry { after: Some(after), .. } => stamp.now.after(*after),
                    _ => stamp.now,
                };
                check.release(failure.class(), retry_at, *count, stamp);
            }
        }
    }

    fn log(&self, check: &Check) {
        match self {
            Self::Requested { request, .. } if check.request() != Some(request) => {
                notify::duplicate_request(check, request);
            }
            Self::Refused { refusal, earlier } => {
                let why = refusal.debug_message();
                match earlier {
                    EarlierCreate::None => {
                        tracing::warn!(why, "order refused");
                    }
                    EarlierCreate::Possible => {
                        tracing::warn!(why, "order refused after a create whose outcome is unknown");
                    }
                }
            }
            Self::Missing { what } => {
                tracing::warn!(what, "not found in iCIMS, or hidden from the API user: the schedule looks again");
            }
            _ => {}
        }
        if self.awaits_callback() && check.is_over() {
            tracing::error!(
                action = MANUAL,
                "it is unknown whether Crosschq holds this check's request: manual action required"
            );
        }
    }

    fn awaits_callback(&self) -> bool {
        matches!(
            self,
            Self::AwaitCallback
                | Self::Refused { earlier: EarlierCreate::Possible, .. }
                | Self::Cancelled { earlier: EarlierCreate::Possible, .. }
        )
    }

    /// Who goes on from there.
    fn follower(&self, check: &Check) -> Follower {
        match self {
            Self::Requested { .. } if check.cancel_reason().is_some() => Follower::Canceller,
            Self::Cancelled { .. } if check.is_open() => Follower::Canceller,
            Self::Missing { .. } | Self::OutcomeUnknown { .. } => Follower::Nobody,
            Self::Released { failure, row, .. } => {
                let can_write = !matches!(failure, Failure::CredentialsRefused { vendor: Vendor::Icims, .. });
                let unwritten = check.sync.digest.is_none() && check.sync.row == Row::Absent && !check.is_over();
                if *row == OrderedRow::Write && unwritten && can_write { Follower::Updater } else { Follower::Nobody }
            }
            _ => Follower::Updater,
        }
    }

    fn result(self) -> Result<Outcome, Failure> {
        match self {
            _ if self.awaits_callback() => Ok(Outcome::AwaitingCallback),
            Self::Requested { .. } => Ok(Outcome::Requested),
            Self::Refused { .. } => Ok(Outcome::Refused),
            Self::Missing { .. } => Ok(Outcome::LeftToSchedule),
            Self::OutcomeUnknown { why } => Err(Failure::Unconfirmed { after: Check::SETTLE, why }),
            Self::Released { failure, .. } => Err(failure),
            Self::Cancelled { .. } | Self::AwaitCallback => Ok(Outcome::CancelledBeforeCreate),
        }
    }
}

enum Follower {
    Canceller,
    Updater,
    Nobody,
}

/// Where conclusions are written, and whom they are sent to.
pub(super) struct Ends<'a> {
    pub(super) checks: &'a dyn WriteChecks,
    pub(super) queue: &'a dyn Queue,
    pub(super) clock: &'a dyn Clock,
}

impl Ends<'_> {
    /// One write, one message.
    pub(super) async fn conclude(
        &self,
        job: &Job<'_>,
        check: &mut Check,
        conclusion: Conclusion,
    ) -> Result<Outcome, Failure> {
        let stamp = job.stamp(Actor::Requester, self.clock.now());
        let committed = commit(self.checks, job.customer, check, |check| conclusion.apply(check, &stamp)).await;
        if let (Err(failure), Conclusion::Requested { .. }) = (&committed, &conclusion) {
            // The request exists; only its record is missing. The next delivery has to look it up.
            let why = format!("created, not recorded: {failure}");
            return Err(Failure::Unconfirmed { after: Check::SETTLE, why });
        }
        committed?;
        conclusion.log(check);
        match conclusion.follower(check) {
            Follower::Canceller => notify::canceller(self.queue, check, Source::Event, job.cause).await?,
            Follower::Updater => notify::updater(self.queue, check, Source::Event, job.cause).await?,
            Follower::Nobody => {}
        }
        conclusion.result()
    }
}
