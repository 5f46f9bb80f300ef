//! The journey of three candidates. Each step is verified at the vendors, not by what the connector reports.

use std::time::Duration;

use sandbox::control::types::{RecruiterView, RequestView};
use sandbox::control::{Control, ControlError};
use sandbox::world::{Candidate, Demo};
use sandbox::{NewReference, State, Step};

use super::seed::{self, SeedError};
use super::timeline::Timeline;
use super::{Endpoints, Variant};

/// The default time for each step: enough for a cold start, a redelivery and a retry.
pub const STEP_TIMEOUT: Duration = Duration::from_secs(90);

/// How long to watch that nothing happens.
const QUIET: Duration = Duration::from_secs(2);

/// Why the journey ended early.
#[derive(Debug, thiserror::Error)]
pub enum JourneyError {
    /// The customer could not be seeded.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The sandbox refused a call or is not reachable.
    #[error(transparent)]
    Sandbox(#[from] ControlError),
    /// A step did not happen in time.
    #[error("timed out after {waited_s} s waiting for {expected}; found: {found}")]
    #[expect(missing_docs, reason = "the names say it")]
    StepTimedOut { expected: String, waited_s: u64, found: String },
    /// Something happened that must not.
    #[error("{0}")]
    Unexpected(String),
}

/// The result of a journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Requests at Crosschq.
    pub requests: usize,
    /// E-mails and text messages that Crosschq would have sent.
    pub messages: usize,
}

/// Acts as the recruiter, the candidates and the references, and verifies the effects.
#[derive(Debug)]
pub struct Player {
    pub(super) control: Control,
    pub(super) demo: Demo,
    variant: Variant,
    pub(super) timeline: Timeline,
    pub(super) step_timeout: Duration,
}

impl Player {
    /// Resets the sandbox and seeds the customer; see [`seed::seed_customer`].
    ///
    /// # Errors
    /// Every variant of [`SeedError`].
    pub async fn seeded(endpoints: &Endpoints, variant: Variant) -> Result<Self, JourneyError> {
        let demo = seed::seed_customer(endpoints, variant, true).await?;
        Ok(Self::new(endpoints, variant, demo))
    }

    /// A player for a customer that is seeded already.
    #[must_use]
    pub fn new(endpoints: &Endpoints, variant: Variant, demo: Demo) -> Self {
        let control = Control::new(&endpoints.icims);
        Self { control, demo, variant, timeline: Timeline::begin(), step_timeout: STEP_TIMEOUT }
    }

    /// Sets how long each step may take.
    #[must_use]
    pub fn with_step_timeout(self, step_timeout: Duration) -> Self {
        Self { step_timeout, ..self }
    }

    /// Plays the journeys of all three candidates.
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
        self.timeline.section(&format!("Workflow {}: the references come in", who.workflow));
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
            self.result_until(&who, "\"0 of 2 references\"", |result| result.starts_with("0 of 2")).await?;
        }
        if order.request.state != State::Completed {
            let answers = Step::ReferenceCompletes { email: referees[0].0.to_owned() };
            self.step(id, "the first reference answers", &answers).await?;
            self.result_until(&who, "\"1 of 2 references\"", |result| result.starts_with("1 of 2")).await?;
            self.step(id, "the second reference answers", &Step::CompleteAll).await?;
        }
        let status = &self.demo.complete_status;
        let view = self
            .screen_until(&who, "the report on the Screen tab and the status \"Complete\"", |view| {
                let row = view.results.last();
                let complete = row.and_then(|row| row.status.as_deref()) == Some("Complete");
                complete && row.is_some_and(|row| row.url.is_some()) && view.status.id == *status
            })
            .await?;
        self.verify_single(&who, &order, &view).await
    }

    /// The recruiter rejects while the request is open.
    async fn rejected(&self) -> Result<(), JourneyError> {
        let who = self.demo.rejected;
        self.timeline.section(&format!("Workflow {}: rejected midway", who.workflow));
        let order = self.order(&who).await?;
        let view = self.view(&who).await?;
        if !was_accepted(&view, &self.demo.rejected_status) {
            self.open(&who, &order.request).await?;
            self.advance(&who, &self.demo.rejected_status).await?;
        }
        let id = order.request.id.clone();
        self.wait_for("Crosschq's request to be cancelled", async || {
            let request = self.control.crosschq(&self.demo.org).request(&id).await?;
            let state = format!("{:?}", request.state);
            Ok(if request.state == State::Cancelled { Ok(()) } else { Err(state) })
        })
        .await?;
        self.timeline.step("Crosschq", "the request is cancelled");
        let view = self.result_until(&who, "the row \"Cancelled\"", |result| result == "Cancelled").await?;
        self.verify_single(&who, &order, &view).await
    }

    /// The order is refused with a message to the recruiter, and nothing is sent to Crosschq.
    async fn refused(&self) -> Result<(), JourneyError> {
        let who = self.demo.without_email;
        self.timeline.section(&format!("Workflow {}: no e-mail address", who.workflow));
        let before = self.control.crosschq(&self.demo.org).requests().await?.len();
        let pushed = self.push(&who, &self.demo.trigger_status).await?;
        let Some(message) = pushed.message.filter(|_| pushed.status == Some(400)) else {
            return Err(JourneyError::Unexpected(format!(
                "the order should be refused with 400 and a message, but iCIMS got {}",
                status_text(pushed.status)
            )));
        };
        self.timeline.screen(&format!("message: {message}"));
        tokio::time::sleep(QUIET).await;
        if !self.view(&who).await?.results.is_empty() {
            return Err(JourneyError::Unexpected("a refused order must leave no row on the Screen tab".to_owned()));
        }
        let after = self.control.crosschq(&self.demo.org).requests().await?.len();
        if after != before {
            return Err(JourneyError::Unexpected(format!(
                "Crosschq should still hold {before} requests, but holds {after}"
            )));
        }
        Ok(())
    }

    /// Moves the candidate to the Crosschq status and waits for the request and its row; continues with an order that an
    /// interrupted run has left behind.
    async fn order(&self, who: &Candidate) -> Result<Order, JourneyError> {
        let view = self.view(who).await?;
        let trigger = &self.demo.trigger_status;
        // An interrupted run may have stopped anywhere. Its request is continued instead of ordering again, which within
        // a minute would count as a repetition of the same event.
        let requests = self.requests_of(who).await?.len();
        let earlier = requests.saturating_sub(1);
        if requests > 0 || was_accepted(&view, trigger) {
            self.timeline.step("recruiter", "ordered in an earlier run");
        } else if view.status.id == *trigger {
            // Killed during the push: it may have been accepted or not, and a second one is harmless.
            self.push(who, trigger).await?;
        } else {
            self.advance(who, trigger).await?;
        }
        let request = self
            .wait_for("a reference request at Crosschq", async || {
                let mut requests = self.requests_of(who).await?;
                let count = requests.len();
                let latest = requests.pop().filter(|_| count > earlier);
                Ok(latest.ok_or_else(|| format!("{count} requests for this candidate")))
            })
            .await?;
        self.timeline.step("Crosschq", &format!("reference request {} is there", request.id));
        self.screen_until(who, "the row on the Screen tab", |view| view.results.len() > earlier).await?;
        Ok(Order { request, earlier })
    }

    /// The candidate opens the invitation, unless an interrupted run has done that.
    async fn open(&self, who: &Candidate, request: &RequestView) -> Result<(), JourneyError> {
        if request.state != State::Requested {
            return Ok(());
        }
        self.step(&request.id, "the candidate opens the invitation", &Step::CandidateOpens).await?;
        self.screen_until(who, "the row \"In Progress\"", |view| {
            view.results.last().and_then(|row| row.status.as_deref()) == Some("In Progress")
        })
        .await
        .map(|_| ())
    }

    async fn advance(&self, who: &Candidate, status: &str) -> Result<(), JourneyError> {
        let pushed = self.push(who, status).await?;
        match pushed.status {
            Some(200..=299) => Ok(()),
            status => Err(JourneyError::Unexpected(format!(
                "the event should be accepted, but iCIMS got {}: {}",
                status_text(status),
                pushed.message.unwrap_or_default()
            ))),
        }
    }

    async fn push(&self, who: &Candidate, status: &str) -> Result<Pushed, JourneyError> {
        let advanced = self.control.icims(&self.demo.customer).advance(who.workflow, status).await?;
        let view = self.view(who).await?;
        let Some(record) = advanced.pushes.last() else {
            return Err(JourneyError::Unexpected("iCIMS pushed no event".to_owned()));
        };
        let how = format!("{}{}", self.variant.push.name(), if self.variant.gzip { ", gzip" } else { "" });
        self.timeline.step("recruiter", &format!("moves the candidate to \"{}\"", view.status.label));
        self.timeline.step(
            "iCIMS",
            &format!("pushes the event ({how}): {} after {} ms", status_text(record.status), record.duration_ms),
        );
        Ok(Pushed { status: record.status, message: record.recruiter_sees.clone() })
    }

    async fn step(&self, request: &str, what: &str, step: &Step) -> Result<(), JourneyError> {
        self.timeline.step("Crosschq", what);
        match self.control.crosschq(&self.demo.org).step(request, step).await {
            // 409: an interrupted run has done this step.
            Ok(_) | Err(ControlError::Refused { status: 409, .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The order made one request and one row, even if messages were delivered twice.
    async fn verify_single(&self, who: &Candidate, order: &Order, view: &RecruiterView) -> Result<(), JourneyError> {
        let requests = self.requests_of(who).await?.len().saturating_sub(order.earlier);
        let rows = view.results.len().saturating_sub(order.earlier);
        if requests == 1 && rows == 1 {
            return Ok(());
        }
        Err(JourneyError::Unexpected(format!(
            "one order should make one request and one row, but made {requests} and {rows}"
        )))
    }

    async fn summary(&self) -> Result<Summary, JourneyError> {
        let crosschq = self.control.crosschq(&self.demo.org);
        let summary =
            Summary { requests: crosschq.requests().await?.len(), messages: crosschq.messages().await?.len() };
        self.timeline.section(&format!(
            "Crosschq holds {} reference requests and would have sent {} e-mails and text messages.",
            summary.requests, summary.messages
        ));
        Ok(summary)
    }
}

/// Whether the event of a move to this status was accepted.
fn was_accepted(view: &RecruiterView, status: &str) -> bool {
    view.pushes.iter().any(|push| push.new_status.as_deref() == Some(status) && push.accepted())
}

fn status_text(status: Option<u16>) -> String {
    status.map_or_else(|| "no response".to_owned(), |status| status.to_string())
}

/// The response to a push.
struct Pushed {
    status: Option<u16>,
    /// What the recruiter sees.
    message: Option<String>,
}

/// An order and the request it led to.
struct Order {
    request: RequestView,
    /// The candidate's requests, and rows, of earlier orders.
    earlier: usize,
}
