//! The journey of three candidates, each step awaited at the vendors' own ends: nothing is believed because our side
//! says so.

use std::time::Duration;

use sandbox::control::types::{RecruiterView, RequestView};
use sandbox::control::{Control, ControlError};
use sandbox::world::{Candidate, Demo};
use sandbox::{NewReference, State, Step};

use super::seed::{self, SeedError};
use super::timeline::Timeline;
use super::{Place, Variant};

/// How long each awaited change may take: a cold start, a queue's redelivery and a retry fit in.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// How long nothing may happen where nothing should.
const QUIET: Duration = Duration::from_secs(2);

/// Why the journey ended early.
#[derive(Debug, thiserror::Error)]
pub enum JourneyError {
    /// The stage could not be set.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The sandbox refused or is away.
    #[error(transparent)]
    Sandbox(#[from] ControlError),
    /// A change did not come.
    #[error("waited {waited_s} s in vain for {awaited}; what there is: {instead}")]
    NeverCame {
        /// What should have happened.
        awaited: String,
        /// How long it was awaited.
        waited_s: u64,
        /// What is there instead.
        instead: String,
    },
    /// Something happened that must not.
    #[error("{0}")]
    Wrong(String),
}

/// What the journey left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Requests that Crosschq holds.
    pub requests: usize,
    /// E-mails and text messages that it would have sent.
    pub messages: usize,
}

/// Plays the recruiter, the candidates and the references, and watches what comes of it.
#[derive(Debug)]
pub struct Player {
    pub(super) control: Control,
    pub(super) demo: Demo,
    variant: Variant,
    pub(super) timeline: Timeline,
    pub(super) patience: Duration,
}

impl Player {
    /// Sets the stage afresh; see [`seed::set_stage`].
    ///
    /// # Errors
    /// The stage could not be set.
    pub async fn set_up(place: &Place, variant: Variant) -> Result<Self, JourneyError> {
        let demo = seed::set_stage(place, variant, true).await?;
        Ok(Self::on(place, variant, demo))
    }

    /// Plays on a stage that is set.
    #[must_use]
    pub fn on(place: &Place, variant: Variant, demo: Demo) -> Self {
        let control = Control::new(&place.icims);
        Self { control, demo, variant, timeline: Timeline::begin(), patience: PATIENCE }
    }

    /// Waits this long for each change.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Plays all three candidates and counts what is left behind.
    ///
    /// # Errors
    /// The first step that did not happen.
    pub async fn play(self) -> Result<Summary, JourneyError> {
        self.completed().await?;
        self.rejected().await?;
        self.refused().await?;
        self.summary().await
    }

    /// References answer, and the workflow says *Complete* with the report.
    async fn completed(&self) -> Result<(), JourneyError> {
        let who = self.demo.complete;
        self.timeline.chapter(&format!("Workflow {}: the references come in", who.workflow));
        let order = self.order(&who).await?;
        let id = &order.request.id;
        self.open(&who, &order.request).await?;
        let referees = [("morgan@referees.example", "managers"), ("quinn@referees.example", "peers")];
        let named = order.request.response["references"].as_array().is_some_and(|named| !named.is_empty());
        if !named {
            let references = referees.map(|(email, relationship)| NewReference {
                first_name: "A".to_owned(),
                last_name: "Referee".to_owned(),
                email: email.to_owned(),
                mobile_phone: None,
                relationship: relationship.to_owned(),
            });
            let step = Step::AddReferences { references: references.to_vec() };
            self.step(id, "the candidate names two references", &step).await?;
            self.result(&who, "\"0 of 2 references\"", |result| result.starts_with("0 of 2")).await?;
        }
        if order.request.state != State::Completed {
            let answers = Step::ReferenceCompletes { email: referees[0].0.to_owned() };
            self.step(id, "the first reference answers", &answers).await?;
            self.result(&who, "\"1 of 2 references\"", |result| result.starts_with("1 of 2")).await?;
            self.step(id, "the second reference answers", &Step::CompleteAll).await?;
        }
        let status = &self.demo.complete_status;
        let view = self
            .seen(&who, "the report on the Screen tab and the status \"Complete\"", |view| {
                let row = view.results.last();
                let complete = row.and_then(|row| row.status.as_deref()) == Some("Complete");
                complete && row.is_some_and(|row| row.url.is_some()) && view.status.id == *status
            })
            .await?;
        self.once(&who, &order, &view).await
    }

    /// The recruiter rejects while the request is open.
    async fn rejected(&self) -> Result<(), JourneyError> {
        let who = self.demo.rejected;
        self.timeline.chapter(&format!("Workflow {}: rejected midway", who.workflow));
        let order = self.order(&who).await?;
        let view = self.view(&who).await?;
        if !was_told(&view, &self.demo.rejected_status) {
            self.open(&who, &order.request).await?;
            self.advance(&who, &self.demo.rejected_status).await?;
        }
        let id = order.request.id.clone();
        self.await_for("Crosschq's request to be cancelled", async || {
            let request = self.control.crosschq(&self.demo.org).request(&id).await?;
            let state = format!("{:?}", request.state);
            Ok(if request.state == State::Cancelled { Ok(()) } else { Err(state) })
        })
        .await?;
        self.timeline.step("Crosschq", "the request is cancelled");
        let view = self.result(&who, "the row \"Cancelled\"", |result| result == "Cancelled").await?;
        self.once(&who, &order, &view).await
    }

    /// The order cannot work: the recruiter is told at once, and Crosschq hears nothing.
    async fn refused(&self) -> Result<(), JourneyError> {
        let who = self.demo.without_email;
        self.timeline.chapter(&format!("Workflow {}: no e-mail address", who.workflow));
        let before = self.control.crosschq(&self.demo.org).requests().await?.len();
        let pushed = self.push(&who, &self.demo.trigger_status).await?;
        let Some(told) = pushed.told.filter(|_| pushed.status == Some(400)) else {
            return Err(JourneyError::Wrong(format!(
                "the order should be refused with 400 and a message, but it got {}",
                answer(pushed.status)
            )));
        };
        self.timeline.seen(&format!("message: {told}"));
        tokio::time::sleep(QUIET).await;
        if !self.view(&who).await?.results.is_empty() {
            return Err(JourneyError::Wrong("a refused order must leave no row on the Screen tab".to_owned()));
        }
        let asked = self.control.crosschq(&self.demo.org).requests().await?.len();
        if asked != before {
            return Err(JourneyError::Wrong(format!(
                "Crosschq should still hold {before} requests, but holds {asked}"
            )));
        }
        Ok(())
    }

    /// Moves the candidate to the Crosschq status and waits for the request and its row; goes on with an order that an
    /// interrupted run has left behind.
    async fn order(&self, who: &Candidate) -> Result<Order, JourneyError> {
        let view = self.view(who).await?;
        let trigger = &self.demo.trigger_status;
        // An earlier run may have come anywhere: the request on its way, open, or ended. What it left is followed to its
        // end instead of ordering once more, which within a minute would be taken for the same event again.
        let held = self.requests_of(who).await?.len();
        let earlier = held.saturating_sub(1);
        if held > 0 || was_told(&view, trigger) {
            self.timeline.step("recruiter", "ordered in an earlier run");
        } else if view.status.id == *trigger {
            // Killed in the middle of the push: nobody knows whether it was taken, and a second one does no harm.
            self.push(who, trigger).await?;
        } else {
            self.advance(who, trigger).await?;
        }
        let request = self
            .await_for("a reference request at Crosschq", async || {
                let mut held = self.requests_of(who).await?;
                let count = held.len();
                let latest = held.pop().filter(|_| count > earlier);
                Ok(latest.ok_or_else(|| format!("{count} requests for this candidate")))
            })
            .await?;
        self.timeline.step("Crosschq", &format!("reference request {} is there", request.id));
        self.seen(who, "the row on the Screen tab", |view| view.results.len() > earlier).await?;
        Ok(Order { request, earlier })
    }

    /// The candidate opens the invitation, where that has not happened.
    async fn open(&self, who: &Candidate, request: &RequestView) -> Result<(), JourneyError> {
        if request.state != State::Requested {
            return Ok(());
        }
        self.step(&request.id, "the candidate opens the invitation", &Step::CandidateOpens).await?;
        self.seen(who, "the row \"In Progress\"", |view| {
            view.results.last().and_then(|row| row.status.as_deref()) == Some("In Progress")
        })
        .await
        .map(|_| ())
    }

    async fn advance(&self, who: &Candidate, status: &str) -> Result<(), JourneyError> {
        let pushed = self.push(who, status).await?;
        match pushed.status {
            Some(200..=299) => Ok(()),
            status => Err(JourneyError::Wrong(format!(
                "the event should be accepted, but it got {}: {}",
                answer(status),
                pushed.told.unwrap_or_default()
            ))),
        }
    }

    async fn push(&self, who: &Candidate, status: &str) -> Result<Pushed, JourneyError> {
        let advanced = self.control.icims(&self.demo.customer).advance(who.workflow, status).await?;
        let view = self.view(who).await?;
        let Some(record) = advanced.pushes.last() else {
            return Err(JourneyError::Wrong("iCIMS pushed no event".to_owned()));
        };
        let how = format!("{}{}", self.variant.push.word(), if self.variant.gzip { ", gzip" } else { "" });
        self.timeline.step("recruiter", &format!("moves the candidate to \"{}\"", view.status.label));
        self.timeline.step(
            "iCIMS",
            &format!("pushes the event ({how}): {} after {} ms", answer(record.status), record.duration_ms),
        );
        Ok(Pushed { status: record.status, told: record.recruiter_sees.clone() })
    }

    async fn step(&self, request: &str, what: &str, step: &Step) -> Result<(), JourneyError> {
        self.timeline.step("Crosschq", what);
        match self.control.crosschq(&self.demo.org).step(request, step).await {
            // 409: an interrupted run has played it already.
            Ok(_) | Err(ControlError::Refused { status: 409, .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// One request and one row for the order, whatever was delivered twice on the way.
    async fn once(&self, who: &Candidate, order: &Order, view: &RecruiterView) -> Result<(), JourneyError> {
        let requests = self.requests_of(who).await?.len().saturating_sub(order.earlier);
        let rows = view.results.len().saturating_sub(order.earlier);
        if requests == 1 && rows == 1 {
            return Ok(());
        }
        Err(JourneyError::Wrong(format!("one order should make one request and one row, not {requests} and {rows}")))
    }

    async fn summary(&self) -> Result<Summary, JourneyError> {
        let crosschq = self.control.crosschq(&self.demo.org);
        let summary =
            Summary { requests: crosschq.requests().await?.len(), messages: crosschq.messages().await?.len() };
        self.timeline.chapter(&format!(
            "Crosschq holds {} reference requests and would have sent {} e-mails and text messages.",
            summary.requests, summary.messages
        ));
        Ok(summary)
    }
}

/// Whether the event of a move to this status was taken.
fn was_told(view: &RecruiterView, status: &str) -> bool {
    view.pushes.iter().any(|push| push.new_status.as_deref() == Some(status) && push.accepted())
}

/// How a push was answered, in words.
fn answer(status: Option<u16>) -> String {
    status.map_or_else(|| "no answer".to_owned(), |status| status.to_string())
}

/// How a push was answered.
struct Pushed {
    status: Option<u16>,
    told: Option<String>,
}

/// An order and the request it led to.
struct Order {
    request: RequestView,
    /// Requests, and rows, that the candidate had from orders before.
    earlier: usize,
}
