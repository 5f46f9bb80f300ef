//! The journey of three candidates, each step awaited at the vendors' own ends: nothing is believed because our side
//! says so.

use std::time::{Duration, Instant};

use sandbox::control::types::{RecruiterView, RequestView};
use sandbox::control::{Control, ControlError};
use sandbox::world::{Candidate, Demo};
use sandbox::{NewReference, State, Step};
use serde_json::Value;

use super::seed::{self, SeedError};
use super::timeline::Timeline;
use super::{Place, Variant};

/// How long each awaited change may take: a cold start, a queue's redelivery and a retry fit in.
const PATIENCE: Duration = Duration::from_secs(90);

/// How often the sandbox is looked at while something is awaited.
const LOOK_EVERY: Duration = Duration::from_millis(100);

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

/// Sets the stage and plays all three candidates.
///
/// # Errors
/// The first step that did not happen.
pub async fn play(place: &Place, variant: Variant, afresh: bool) -> Result<Summary, JourneyError> {
    let demo = seed::set_stage(place, variant, afresh).await?;
    let player = Player {
        control: Control::new(&place.icims),
        demo,
        variant,
        timeline: Timeline::begin(),
    };
    player.completed().await?;
    player.rejected().await?;
    player.refused().await?;
    player.summary().await
}

struct Player {
    control: Control,
    demo: Demo,
    variant: Variant,
    timeline: Timeline,
}

impl Player {
    /// References answer, and the workflow says *Complete* with the report.
    async fn completed(&self) -> Result<(), JourneyError> {
        let who = self.demo.complete;
        self.timeline.chapter(&format!(
            "Workflow {}: the references come in",
            who.workflow
        ));
        let request = self.order(&who).await?;
        if request.state == State::Requested {
            self.step(
                &request.id,
                "the candidate opens the invitation",
                &Step::CandidateOpens,
            )
            .await?;
        }
        self.row(&who, "row \"In Progress\"", |row| row == "In Progress")
            .await?;

        let names = [("Morgan", "managers"), ("Quinn", "peers")];
        let named = request.told["references"]
            .as_array()
            .is_some_and(|references| !references.is_empty());
        if !named {
            let references = names.map(|(name, relationship)| NewReference {
                first_name: name.to_owned(),
                last_name: "Referee".to_owned(),
                email: email(name),
                mobile_phone: None,
                relationship: relationship.to_owned(),
            });
            let step = Step::AddReferences {
                references: references.to_vec(),
            };
            self.step(&request.id, "the candidate names two references", &step)
                .await?;
        }
        self.result(&who, "\"0 of 2 references\"", |result| {
            result.starts_with("0 of 2")
        })
        .await?;
        let answers = Step::ReferenceCompletes {
            email: email(names[0].0),
        };
        self.step(&request.id, "the first reference answers", &answers)
            .await?;
        self.result(&who, "\"1 of 2 references\"", |result| {
            result.starts_with("1 of 2")
        })
        .await?;
        self.step(
            &request.id,
            "the second reference answers",
            &Step::CompleteAll,
        )
        .await?;
        let status = &self.demo.complete_status;
        let view = self
            .seen(
                &who,
                "the report on the Screen tab and the status \"Complete\"",
                |view| {
                    let row = view.results.last();
                    let complete = row.and_then(|row| row.status.as_deref()) == Some("Complete");
                    complete
                        && row.is_some_and(|row| row.url.is_some())
                        && view.status.id == *status
                },
            )
            .await?;
        self.one_row(&view)?;
        self.one_request(&who).await
    }

    /// The recruiter rejects while the request is open.
    async fn rejected(&self) -> Result<(), JourneyError> {
        let who = self.demo.rejected;
        self.timeline
            .chapter(&format!("Workflow {}: rejected midway", who.workflow));
        let request = self.order(&who).await?;
        if request.state == State::Requested {
            self.step(
                &request.id,
                "the candidate opens the invitation",
                &Step::CandidateOpens,
            )
            .await?;
        }
        self.row(&who, "row \"In Progress\"", |row| row == "In Progress")
            .await?;
        self.advance(&who, &self.demo.rejected_status).await?;
        let id = request.id.clone();
        self.await_for("Crosschq's request to be cancelled", async || {
            let request = self.control.crosschq(&self.demo.org).request(&id).await?;
            let state = format!("{:?}", request.state);
            Ok(if request.state == State::Cancelled {
                Ok(())
            } else {
                Err(state)
            })
        })
        .await?;
        self.timeline.step("Crosschq", "the request is cancelled");
        let view = self
            .result(&who, "row \"Cancelled\"", |result| result == "Cancelled")
            .await?;
        self.one_row(&view)?;
        self.one_request(&who).await
    }

    /// The order cannot work: the recruiter is told at once, and Crosschq hears nothing.
    async fn refused(&self) -> Result<(), JourneyError> {
        let who = self.demo.without_email;
        self.timeline
            .chapter(&format!("Workflow {}: no e-mail address", who.workflow));
        let pushed = self.push(&who, &self.demo.trigger_status).await?;
        let Some(told) = pushed.told.filter(|_| pushed.status == Some(400)) else {
            return Err(JourneyError::Wrong(format!(
                "the order should be refused with 400 and a message, but was answered {:?}",
                pushed.status
            )));
        };
        self.timeline.seen(&format!("message: {told}"));
        tokio::time::sleep(QUIET).await;
        let view = self
            .control
            .icims(&self.demo.customer)
            .view(who.workflow)
            .await?;
        if !view.results.is_empty() {
            return Err(JourneyError::Wrong(
                "a refused order must leave no row on the Screen tab".to_owned(),
            ));
        }
        let asked = self
            .control
            .crosschq(&self.demo.org)
            .requests()
            .await?
            .len();
        if asked != 2 {
            return Err(JourneyError::Wrong(format!(
                "Crosschq should hold two requests, but holds {asked}"
            )));
        }
        Ok(())
    }

    /// Moves the candidate to the Crosschq status and waits for the request and its row; goes on with an order that an
    /// interrupted run has left open.
    async fn order(&self, who: &Candidate) -> Result<RequestView, JourneyError> {
        let view = self
            .control
            .icims(&self.demo.customer)
            .view(who.workflow)
            .await?;
        if view.status.id == self.demo.trigger_status {
            self.timeline
                .step("iCIMS", "already ordered by an earlier run");
        } else {
            self.advance(who, &self.demo.trigger_status).await?;
        }
        let email = self.candidate_email(who).await?;
        let request = self
            .await_for("a reference request at Crosschq", async || {
                let requests = self.control.crosschq(&self.demo.org).requests().await?;
                let count = requests.len();
                let found = requests.into_iter().find(|request| {
                    request.candidate_email == email && !request.state.is_terminal()
                });
                Ok(found.ok_or(format!("{count} requests, none of them this candidate's")))
            })
            .await?;
        self.timeline.step(
            "Crosschq",
            &format!("reference request {} is there", request.id),
        );
        self.seen(who, "the row on the Screen tab", |view| {
            !view.results.is_empty()
        })
        .await?;
        Ok(request)
    }

    async fn advance(&self, who: &Candidate, status: &str) -> Result<(), JourneyError> {
        let pushed = self.push(who, status).await?;
        match pushed.status {
            Some(200..=299) => Ok(()),
            status => Err(JourneyError::Wrong(format!(
                "the event should be accepted, but was answered {status:?}: {}",
                pushed.told.unwrap_or_default()
            ))),
        }
    }

    async fn push(&self, who: &Candidate, status: &str) -> Result<Pushed, JourneyError> {
        let advanced = self
            .control
            .icims(&self.demo.customer)
            .advance(who.workflow, status)
            .await?;
        let view = self
            .control
            .icims(&self.demo.customer)
            .view(who.workflow)
            .await?;
        let Some(record) = advanced.pushes.last() else {
            return Err(JourneyError::Wrong("iCIMS pushed no event".to_owned()));
        };
        let how = format!(
            "{}{}",
            self.variant.push.word(),
            if self.variant.gzip { ", gzip" } else { "" }
        );
        let answer = record
            .status
            .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        self.timeline.step(
            "recruiter",
            &format!("moves the candidate to \"{}\"", view.status.label),
        );
        self.timeline.step(
            "iCIMS",
            &format!(
                "pushes the event ({how}): {answer} after {} ms",
                record.duration_ms
            ),
        );
        Ok(Pushed {
            status: record.status,
            told: record.recruiter_sees.clone(),
        })
    }

    async fn step(&self, request: &str, what: &str, step: &Step) -> Result<(), JourneyError> {
        self.timeline.step("Crosschq", what);
        match self
            .control
            .crosschq(&self.demo.org)
            .step(request, step)
            .await
        {
            // 409: an interrupted run has played it already.
            Ok(_) | Err(ControlError::Refused { status: 409, .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn row(
        &self,
        who: &Candidate,
        what: &str,
        fits: impl Fn(&str) -> bool,
    ) -> Result<RecruiterView, JourneyError> {
        self.seen(who, what, |view| {
            view.results
                .last()
                .and_then(|row| row.status.as_deref())
                .is_some_and(&fits)
        })
        .await
    }

    async fn result(
        &self,
        who: &Candidate,
        what: &str,
        fits: impl Fn(&str) -> bool,
    ) -> Result<RecruiterView, JourneyError> {
        self.seen(who, what, |view| {
            view.results
                .last()
                .and_then(|row| row.result.as_deref())
                .is_some_and(&fits)
        })
        .await
    }

    /// Waits until the recruiter's screen fits, and prints it.
    async fn seen(
        &self,
        who: &Candidate,
        what: &str,
        fits: impl Fn(&RecruiterView) -> bool,
    ) -> Result<RecruiterView, JourneyError> {
        let view = self
            .await_for(what, async || {
                let view = self
                    .control
                    .icims(&self.demo.customer)
                    .view(who.workflow)
                    .await?;
                Ok(if fits(&view) {
                    Ok(view)
                } else {
                    Err(screen(&view))
                })
            })
            .await?;
        self.timeline.seen(&screen(&view));
        Ok(view)
    }

    /// Looks again and again; the inner `Err` says what is there instead.
    async fn await_for<T>(
        &self,
        awaited: &str,
        look: impl AsyncFn() -> Result<Result<T, String>, ControlError>,
    ) -> Result<T, JourneyError> {
        let start = Instant::now();
        loop {
            match look().await? {
                Ok(found) => return Ok(found),
                Err(instead) if start.elapsed() > PATIENCE => {
                    return Err(JourneyError::NeverCame {
                        awaited: awaited.to_owned(),
                        waited_s: start.elapsed().as_secs(),
                        instead,
                    });
                }
                Err(_) => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    }

    fn one_row(&self, view: &RecruiterView) -> Result<(), JourneyError> {
        match view.results.len() {
            1 => Ok(()),
            rows => Err(JourneyError::Wrong(format!(
                "one row is wanted on the Screen tab, there are {rows}"
            ))),
        }
    }

    async fn one_request(&self, who: &Candidate) -> Result<(), JourneyError> {
        let email = self.candidate_email(who).await?;
        let requests = self.control.crosschq(&self.demo.org).requests().await?;
        match requests
            .iter()
            .filter(|request| request.candidate_email == email)
            .count()
        {
            1 => Ok(()),
            count => Err(JourneyError::Wrong(format!(
                "one request is wanted at Crosschq, there are {count}"
            ))),
        }
    }

    /// Only compared, never shown.
    async fn candidate_email(&self, who: &Candidate) -> Result<String, JourneyError> {
        let path = format!(
            "icims/customers/{}/profiles/people/{}",
            self.demo.customer, who.person
        );
        let person = self.control.call(reqwest::Method::GET, &path, None).await?;
        let email = person
            .get("email")
            .or_else(|| person.pointer("/fields/email"))
            .and_then(Value::as_str);
        email
            .map(str::to_owned)
            .ok_or_else(|| JourneyError::Wrong("the sandbox's candidate has no e-mail".to_owned()))
    }

    async fn summary(&self) -> Result<Summary, JourneyError> {
        let crosschq = self.control.crosschq(&self.demo.org);
        let summary = Summary {
            requests: crosschq.requests().await?.len(),
            messages: crosschq.messages().await?.len(),
        };
        self.timeline.chapter(&format!(
            "Crosschq holds {} reference requests and would have sent {} e-mails and text messages.",
            summary.requests, summary.messages
        ));
        Ok(summary)
    }
}

/// How a push was answered.
struct Pushed {
    status: Option<u16>,
    told: Option<String>,
}

fn email(name: &str) -> String {
    format!("{}@referees.example", name.to_lowercase())
}

/// The workflow as the recruiter sees it, without the candidate.
fn screen(view: &RecruiterView) -> String {
    let rows: Vec<String> = view
        .results
        .iter()
        .map(|row| {
            let text = |part: &Option<String>| part.clone().unwrap_or_default();
            let link = row
                .url
                .as_ref()
                .map(|url| format!(" -> {}", short(url)))
                .unwrap_or_default();
            format!(
                "{}: {} | {}{link}",
                text(&row.name),
                text(&row.status),
                text(&row.result)
            )
        })
        .collect();
    let rows = if rows.is_empty() {
        "no row".to_owned()
    } else {
        rows.join(" ; ")
    };
    format!("[{}]  {rows}", view.status.label)
}

/// A link without its query: a report's link carries its own key there.
fn short(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}
