//! Crosschq behind the port `ReferenceProvider`: requests that live on by themselves and call back, or do not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use connector_core::domain::{
    CancelReason, Contact, CorrelationId, Customer, CustomerId, Email, Link, Order, Progress, ReferenceRequest,
    RequestId, Stage, Timestamp,
};
use connector_core::ports::{
    CancelOutcome, Clock as _, CreateError, ProviderError, ReferenceProvider, RequestQuery, Survey,
};

use super::line::{CANCEL, Line, Reply};
use super::lock::lock;
use super::sim::{Journal, Rng, SimClock};

/// A request as Crosschq holds it.
#[derive(Debug, Clone)]
pub struct Held {
    pub customer: CustomerId,
    /// Its state as a reader sees it.
    pub state: ReferenceRequest,
    /// Our external id, whether echoed or not.
    pub sent_id: String,
    /// When it was created.
    pub created_at: Timestamp,
    survey: String,
    visible_at: Timestamp,
}

/// How a Crosschq behaves.
#[derive(Debug, Clone, Copy)]
pub struct CrosschqBehavior {
    /// It honors idempotency keys.
    pub idempotent: bool,
    /// It refuses a second open request for a candidate and survey with 409 (docs/vendors/crosschq.md §9.4).
    pub refuses_second_open: bool,
    /// It reports when a request was created.
    pub reports_age: bool,
    /// How long a created request may be invisible to look-ups and reads, in milliseconds.
    pub visible_within_ms: u64,
    /// How long requests live until their end, in minutes, least and most; absent where only [`FakeCrosschq::step`] moves
    /// them on.
    pub life_min: Option<(u64, u64)>,
}

impl Default for CrosschqBehavior {
    fn default() -> Self {
        Self {
            idempotent: true,
            refuses_second_open: true,
            reports_age: true,
            visible_within_ms: 4_000,
            life_min: None,
        }
    }
}

/// Reports that a request changed: to be called back about.
pub(super) type Changed = tokio::sync::mpsc::UnboundedSender<(CustomerId, RequestId)>;

#[derive(Debug, Default)]
struct Inner {
    requests: BTreeMap<String, Held>,
    /// Keys seen, with the request each made.
    keys: BTreeMap<String, RequestId>,
    creates: BTreeMap<String, u32>,
    /// How many of the next creates end in 503 and nothing else.
    swallows: u32,
    /// The report PDFs that differ from the usual one.
    pdfs: BTreeMap<String, Vec<u8>>,
    calls: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Clone)]
pub struct FakeCrosschq {
    inner: Arc<Mutex<Inner>>,
    line: Line,
    behavior: CrosschqBehavior,
    rng: Rng,
    clock: SimClock,
    journal: Journal,
    changed: Changed,
}

fn no_answer(why: &str) -> ProviderError {
    ProviderError::Unavailable { why: why.to_owned() }
}

impl FakeCrosschq {
    /// An empty Crosschq, and what it calls back about.
    pub fn new(
        line: Line,
        behavior: CrosschqBehavior,
        rng: Rng,
        clock: SimClock,
        journal: Journal,
    ) -> (Self, tokio::sync::mpsc::UnboundedReceiver<(CustomerId, RequestId)>) {
        let (changed, changes) = tokio::sync::mpsc::unbounded_channel();
        (Self { inner: Arc::default(), line, behavior, rng, clock, journal, changed }, changes)
    }

    pub fn line(&self) -> &Line {
        &self.line
    }

    /// Every request, by id.
    pub fn requests(&self) -> Vec<Held> {
        lock(&self.inner).requests.values().cloned().collect()
    }

    pub fn request(&self, request: &RequestId) -> Option<Held> {
        lock(&self.inner).requests.get(request.as_str()).cloned()
    }

    /// When a request last changed.
    pub fn last_change(&self) -> Option<Timestamp> {
        lock(&self.inner).requests.values().filter_map(|held| held.state.updated_at).max()
    }

    /// Creates that may have done something, by external id.
    pub fn creates(&self) -> BTreeMap<String, u32> {
        lock(&self.inner).creates.clone()
    }

    pub fn calls(&self) -> BTreeMap<&'static str, u64> {
        lock(&self.inner).calls.clone()
    }

    /// Answers so many of the next creates with 503 and does nothing about them; everything else goes on.
    pub fn swallow_creates(&self, many: u32) {
        lock(&self.inner).swallows = many;
    }

    /// Whether this create ends in nothing.
    fn swallows(&self, external_id: &str) -> bool {
        let mut inner = lock(&self.inner);
        let Some(left) = inner.swallows.checked_sub(1) else { return false };
        inner.swallows = left;
        *inner.creates.entry(external_id.to_owned()).or_default() += 1;
        self.journal.note(format_args!("crosschq swallows a create of {external_id}"));
        true
    }

    /// Puts a request there.
    pub fn seed(&self, customer: &Customer, order: &Order, stage: Stage) -> RequestId {
        let mut inner = lock(&self.inner);
        self.insert(&mut inner, customer, order, stage, Duration::ZERO)
    }

    /// Issues the report of a completed request again, and calls back about it.
    pub fn issue_again(&self, request: &RequestId, pdf: &[u8]) {
        let now = self.clock.now();
        let mut inner = lock(&self.inner);
        let Some(held) = inner.requests.get_mut(request.as_str()) else { return };
        held.state.updated_at = Some(now);
        let (customer, link) = (held.customer.clone(), held.state.full_pdf.clone());
        inner.pdfs.extend(link.map(|link| (link.expose().to_owned(), pdf.to_vec())));
        drop(inner);
        // Nobody listens any more once the history is over.
        let _ = self.changed.send((customer, request.clone()));
    }

    /// Moves a request to another stage, and calls back about it.
    pub fn step(&self, request: &RequestId, stage: Stage) {
        let now = self.clock.now();
        let mut inner = lock(&self.inner);
        let Some(held) = inner.requests.get_mut(request.as_str()) else { return };
        if !held.state.stage.is_open() {
            return;
        }
        self.journal.note(format_args!("crosschq {request} is {stage:?}"));
        held.state.stage = stage;
        held.state.updated_at = Some(now);
        held.state.progress.asked = 2;
        held.state.progress.answered = match stage {
            Stage::InProgress => 1,
            Stage::Completed => 2,
            _ => 0,
        };
        if stage == Stage::Completed {
            held.state.report = Link::parse(&format!("https://crosschq.com/report/{request}"));
            held.state.full_pdf = Link::parse(&format!("https://crosschq.com/pdf/{request}"));
            held.state.score = Some(4.5);
        }
        // Nobody listens any more once the history is over.
        let _ = self.changed.send((held.customer.clone(), request.clone()));
    }

    fn insert(
        &self,
        inner: &mut Inner,
        customer: &Customer,
        order: &Order,
        stage: Stage,
        hidden_for: Duration,
    ) -> RequestId {
        let now = self.clock.now();
        let id = RequestId::parse(format!("r{}", inner.requests.len() + 1)).unwrap();
        let state = ReferenceRequest {
            id: id.clone(),
            external_id: Some(order.external_id.clone()).filter(|_| customer.settings.crosschq.extensions),
            stage,
            past_due: false,
            concluded_early: false,
            progress: Progress::default(),
            report: None,
            full_pdf: None,
            score: None,
            fraud_risk: None,
            created_at: Some(now).filter(|_| self.behavior.reports_age),
            updated_at: Some(now),
            candidate: Contact { email: Some(order.candidate.email.clone()), ..Contact::default() },
            position: Some(order.position.clone()),
        };
        let held = Held {
            customer: customer.id.clone(),
            state,
            sent_id: order.external_id.clone(),
            created_at: now,
            survey: order.survey.to_string(),
            visible_at: now.after(hidden_for),
        };
        self.journal.note(format_args!("crosschq created {id} for {}", order.external_id));
        inner.requests.insert(id.to_string(), held);
        inner.keys.insert(order.external_id.clone(), id.clone());
        let _ = self.changed.send((customer.id.clone(), id.clone()));
        id
    }

    /// Candidate and referees do what they do, or nothing.
    fn live(&self, request: RequestId) {
        let this = self.clone();
        let Some((least, most)) = self.behavior.life_min else { return };
        let at = |share: u64| Duration::from_secs(60 * this.rng.between(least, most) * share / 4);
        let end = this.rng.pick(&[
            Some(Stage::Completed),
            Some(Stage::Completed),
            Some(Stage::Completed),
            Some(Stage::Declined),
            Some(Stage::Expired),
            Some(Stage::Failed),
            Some(Stage::Cancelled),
            None,
        ]);
        let mut steps = vec![(at(1), Stage::CandidateInProgress), (at(2), Stage::AwaitingReferences)];
        steps.push((at(3), Stage::InProgress));
        steps.extend(end.map(|end| (at(4), end)));
        steps.sort_by_key(|(at, stage)| (stage_rank(*stage), *at));
        tokio::spawn(async move {
            let born = this.clock.now();
            for (at, stage) in steps {
                if this.rng.chance(150) {
                    continue;
                }
                this.clock.until(born.after(at)).await;
                this.step(&request, stage);
            }
        });
    }

    async fn call<T: Send + 'static>(
        &self,
        what: &'static str,
        customer: &Customer,
        work: impl FnOnce(&mut Inner) -> Result<T, ProviderError> + Send + 'static,
    ) -> Result<T, ProviderError> {
        *lock(&self.inner).calls.entry(what).or_default() += 1;
        let inner = self.inner.clone();
        let reply = self.line.call(what, &customer.id, move || work(&mut lock(&inner))).await;
        let answer = answered(reply).and_then(|answer| answer);
        let outcome = answer.as_ref().map_or_else(ToString::to_string, |_| "ok".to_owned());
        self.journal.note(format_args!("crosschq {what} {} -> {outcome}", customer.id));
        answer
    }
}

/// What the adapter makes of a reply to anything but a create.
fn answered<T>(reply: Reply<T>) -> Result<T, ProviderError> {
    match reply {
        Reply::Answer(answer) => Ok(answer),
        Reply::NoConnection | Reply::Unavailable => Err(no_answer("503")),
        Reply::Lost => Err(no_answer("timeout")),
        Reply::RateLimited(after) => Err(ProviderError::RateLimited { after }),
        Reply::Unauthorized => Err(ProviderError::Unauthorized),
        Reply::NotFound => Err(ProviderError::NotFound),
        Reply::Refused | Reply::SaysCompleted => Err(ProviderError::Refused { fields: vec!["status".to_owned()] }),
    }
}

fn stage_rank(stage: Stage) -> u8 {
    match stage {
        Stage::Requested => 0,
        Stage::CandidateInProgress => 1,
        Stage::AwaitingReferences => 2,
        Stage::InProgress => 3,
        _ => 4,
    }
}

#[async_trait]
impl ReferenceProvider for FakeCrosschq {
    async fn create(&self, customer: &Customer, order: &Order, _: &CorrelationId) -> Result<RequestId, CreateError> {
        *lock(&self.inner).calls.entry("create").or_default() += 1;
        let (this, customer_, order_) = (self.clone(), customer.clone(), order.clone());
        if self.swallows(&order.external_id) {
            return Err(CreateError::Unknown { why: "503".to_owned() });
        }
        let hidden_for = self.rng.ms(0, self.behavior.visible_within_ms);
        let reply = self
            .line
            .call("create", &customer.id, move || {
                let id = {
                    let mut inner = lock(&this.inner);
                    if this.behavior.idempotent
                        && let Some(id) = inner.keys.get(&order_.external_id)
                    {
                        return Ok(id.clone());
                    }
                    let doubled = inner.requests.values().any(|held| {
                        this.behavior.refuses_second_open
                            && held.customer == customer_.id
                            && held.state.stage.is_open()
                            && held.survey == order_.survey.as_str()
                            && held.state.candidate.email.as_ref() == Some(&order_.candidate.email)
                    });
                    if doubled {
                        return Err(CreateError::AlreadyExists);
                    }
                    this.insert(&mut inner, &customer_, &order_, Stage::Requested, hidden_for)
                };
                this.live(id.clone());
                Ok(id)
            })
            .await;
        if matches!(reply, Reply::Answer(_) | Reply::Unavailable | Reply::Lost) {
            *lock(&self.inner).creates.entry(order.external_id.clone()).or_default() += 1;
        }
        let answer = match reply {
            Reply::Answer(answer) => answer,
            Reply::NoConnection => Err(CreateError::NotCreated(no_answer("no connection"))),
            Reply::RateLimited(after) => Err(CreateError::NotCreated(ProviderError::RateLimited { after })),
            Reply::Unauthorized => Err(CreateError::NotCreated(ProviderError::Unauthorized)),
            Reply::Unavailable => Err(CreateError::Unknown { why: "503".to_owned() }),
            // No kind of trouble answers a create like this.
            Reply::NotFound | Reply::Refused | Reply::SaysCompleted => {
                Err(CreateError::Unknown { why: "?".to_owned() })
            }
            Reply::Lost => Err(CreateError::Unknown { why: "timeout".to_owned() }),
        };
        let outcome = answer.as_ref().map_or_else(ToString::to_string, |_| "ok".to_owned());
        self.journal.note(format_args!("crosschq create {} -> {outcome}", order.external_id));
        answer
    }

    async fn read(&self, customer: &Customer, request: &RequestId) -> Result<ReferenceRequest, ProviderError> {
        let (request, clock) = (request.to_string(), self.clock);
        self.call("read", customer, move |inner| {
            let held = inner.requests.get(&request).filter(|held| held.visible_at <= clock.now());
            held.map(|held| held.state.clone()).ok_or(ProviderError::NotFound)
        })
        .await
    }

    async fn find(
        &self,
        customer: &Customer,
        query: &RequestQuery<'_>,
    ) -> Result<Vec<ReferenceRequest>, ProviderError> {
        let settings = &customer.settings.crosschq;
        if !settings.capabilities.search {
            return Err(ProviderError::Unsupported);
        }
        let extensions = settings.extensions;
        let email: Option<Email> = query.email.cloned();
        let (id, owner, clock) = (query.external_id.to_owned(), customer.id.clone(), self.clock);
        self.call("find", customer, move |inner| {
            let now = clock.now();
            let listed = || inner.requests.values().filter(|h| h.customer == owner && h.visible_at <= now);
            if let Some(echoed) = listed().find(|held| held.state.external_id.as_ref() == Some(&id)) {
                return Ok(vec![echoed.state.clone()]);
            }
            // As the adapter: without anything to know it by, a look-up proves nothing.
            if email.is_none() && !extensions {
                return Err(ProviderError::Unsupported);
            }
            let alike = listed().map(|held| &held.state).filter(|state| state.candidate.email == email);
            Ok(alike.cloned().collect())
        })
        .await
    }

    async fn cancel(
        &self,
        customer: &Customer,
        request: &RequestId,
        _: CancelReason,
    ) -> Result<CancelOutcome, ProviderError> {
        if !customer.settings.crosschq.capabilities.cancel {
            return Err(ProviderError::Unsupported);
        }
        *lock(&self.inner).calls.entry(CANCEL).or_default() += 1;
        let (this, id) = (self.clone(), request.clone());
        let work = move || {
            let mut inner = lock(&this.inner);
            let Some(held) = inner.requests.get_mut(id.as_str()) else { return CancelOutcome::Gone };
            if held.state.stage == Stage::Completed {
                return CancelOutcome::AlreadyCompleted;
            }
            if held.state.stage.is_open() {
                held.state.stage = Stage::Cancelled;
                held.state.updated_at = Some(this.clock.now());
                let _ = this.changed.send((held.customer.clone(), id));
            }
            CancelOutcome::Cancelled
        };
        let answer = match self.line.call(CANCEL, &customer.id, work).await {
            Reply::NotFound => Ok(CancelOutcome::Gone),
            Reply::SaysCompleted => Ok(CancelOutcome::AlreadyCompleted),
            reply => answered(reply),
        };
        let outcome = answer.as_ref().map_or_else(ToString::to_string, |outcome| format!("{outcome:?}"));
        self.journal.note(format_args!("crosschq cancel {} {request} -> {outcome}", customer.id));
        answer
    }

    async fn surveys(&self, customer: &Customer) -> Result<Vec<Survey>, ProviderError> {
        self.call("surveys", customer, |_| Ok(Vec::new())).await
    }

    async fn fetch_pdf(&self, customer: &Customer, link: &Link) -> Result<Vec<u8>, ProviderError> {
        let link = link.expose().to_owned();
        self.call("pdf", customer, move |inner| Ok(inner.pdfs.get(&link).map_or(&b"%PDF-"[..], Vec::as_slice).to_vec()))
            .await
    }
}
