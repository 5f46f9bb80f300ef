//! iCIMS behind the port `Ats`: workflows, people, rows, the daily quota, tokens that can be revoked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use connector_core::domain::{
    Contact, Customer, CustomerId, Email, Entered, EntryId, Name, PersonId, RecruitingWorkflow, Requisition,
    RequisitionId, RowMarker, Standing, StatusId, Timestamp, View, WorkflowId,
};
use connector_core::failure::RefusedAt;
use connector_core::icims::MAX_CONCURRENT_CALLS;
use connector_core::ports::{Ats, AtsError, AtsLog, AtsQuota, AtsSearch, Clock as _, SEARCH_PAGE, Secrets as _};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::customers::FakeSecrets;
use super::line::{Line, Reply};
use super::lock::lock;
use super::sim::{Journal, SimClock};

/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// One row of ours on the Screen tab.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownRow {
    pub entry: EntryId,
    pub view: View,
}

/// One candidate on one requisition.
#[derive(Debug, Clone, Default)]
pub struct Flow {
    pub status: Option<StatusId>,
    /// The candidate, as the workflow links to them now.
    pub person: Option<PersonId>,
    pub requisition: Option<RequisitionId>,
    /// The rows of ours.
    pub rows: Vec<ShownRow>,
    /// How often a file was uploaded.
    pub files: u32,
    /// The file fields that hold one.
    pub filled: BTreeSet<String>,
    /// It was purged: 404.
    pub purged: bool,
    /// When its status last changed.
    pub updated_at: Option<Timestamp>,
    /// Whether its last status was written by us.
    pub moved_by_us: bool,
    /// The statuses it entered, oldest first.
    pub log: Vec<Entered>,
    /// Moves that reads do not show yet, oldest first.
    late: Vec<Late>,
}

/// A move that iCIMS already sent an event for, and that reads do not show yet.
#[derive(Debug, Clone)]
struct Late {
    /// From when on they do.
    visible_at: Timestamp,
    /// The status that they show until then.
    shows: Option<StatusId>,
    /// How many entries of the log they show until then.
    entries: usize,
}

impl Flow {
    /// Status and log as a read shows them.
    fn as_read(&self, now: Timestamp, journal: &Journal) -> (Option<StatusId>, &[Entered]) {
        match self.late.iter().find(|late| late.visible_at > now) {
            Some(late) => {
                if late.shows != self.status {
                    journal.met().note("read behind its event");
                }
                (late.shows.clone(), &self.log[..late.entries.min(self.log.len())])
            }
            None => (self.status.clone(), &self.log),
        }
    }
}

#[derive(Debug, Default)]
struct Inner {
    flows: BTreeMap<(CustomerId, WorkflowId), Flow>,
    /// People that are gone.
    gone: Vec<PersonId>,
    templates: BTreeMap<RequisitionId, Vec<String>>,
    /// People without an e-mail address.
    mute: Vec<PersonId>,
    /// Calls a day, where limited, and those used on which day.
    quota: BTreeMap<CustomerId, (u64, i64, u64)>,
    /// Tokens of this process: by customer, the secret's version.
    tokens: BTreeMap<CustomerId, String>,
    /// How often the tokens of a customer were revoked.
    revoked: BTreeMap<CustomerId, u64>,
    /// Whose next call will find its token revoked on the way.
    revoke_in_flight: BTreeSet<CustomerId>,
    /// How long after a move reads may still show the status before it, in milliseconds.
    lag_ms: u64,
    next_entry: u64,
    names_every_entry: bool,
    calls: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Clone)]
pub struct FakeIcims {
    inner: Arc<Mutex<Inner>>,
    line: Line,
    secrets: FakeSecrets,
    clock: SimClock,
    journal: Journal,
}

fn no_answer(why: &str) -> AtsError {
    AtsError::Unavailable { why: why.to_owned() }
}

impl FakeIcims {
    pub fn new(line: Line, secrets: FakeSecrets, clock: SimClock, journal: Journal) -> Self {
        Self { inner: Arc::default(), line, secrets, clock, journal }
    }

    pub fn line(&self) -> &Line {
        &self.line
    }

    pub fn add(&self, customer: &CustomerId, workflow: &WorkflowId, person: &PersonId, requisition: &RequisitionId) {
        let flow = Flow { person: Some(person.clone()), requisition: Some(requisition.clone()), ..Flow::default() };
        lock(&self.inner).flows.insert((customer.clone(), workflow.clone()), flow);
    }

    /// Which templates a requisition names.
    pub fn name_templates(&self, requisition: &RequisitionId, values: &[&str]) {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        lock(&self.inner).templates.insert(requisition.clone(), values);
    }

    /// Takes a person's e-mail address away.
    pub fn silence(&self, person: &PersonId) {
        lock(&self.inner).mute.push(person.clone());
    }

    /// Changes a workflow by hand.
    pub fn change(&self, customer: &CustomerId, workflow: &WorkflowId, change: impl FnOnce(&mut Flow)) {
        if let Some(flow) = lock(&self.inner).flows.get_mut(&(customer.clone(), workflow.clone())) {
            change(flow);
        }
    }

    /// A recruiter moves a candidate.
    pub fn advance(&self, customer: &CustomerId, workflow: &WorkflowId, status: &StatusId) {
        let now = self.clock.now();
        let lag_ms = lock(&self.inner).lag_ms;
        let visible_at = now.after(self.line.drawn_within(lag_ms));
        self.change(customer, workflow, |flow| {
            flow.late.retain(|late| late.visible_at > now);
            if visible_at > now {
                flow.late.push(Late { visible_at, shows: flow.status.clone(), entries: flow.log.len() });
            }
            flow.status = Some(status.clone());
            flow.updated_at = Some(now);
            flow.moved_by_us = false;
            flow.log.push(Entered { status: flow.status.clone(), at: minute(now), by: None });
        });
    }

    /// Merges a candidate into another: the workflow links to the survivor, the old id answers 404.
    pub fn merge(&self, customer: &CustomerId, workflow: &WorkflowId, into: &PersonId) {
        let mut old = None;
        self.change(customer, workflow, |flow| old = flow.person.replace(into.clone()));
        lock(&self.inner).gone.extend(old);
    }

    /// From now on a read may show a workflow as it was before a move, for up to this long after it.
    pub fn lag(&self, most: Duration) {
        lock(&self.inner).lag_ms = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    }

    /// From now on every creation of a row names its entry; otherwise every fifth does not.
    pub fn name_every_entry(&self) {
        lock(&self.inner).names_every_entry = true;
    }

    /// Limits a customer's calls a day.
    pub fn limit(&self, customer: &CustomerId, a_day: u64) {
        lock(&self.inner).quota.insert(customer.clone(), (a_day, 0, 0));
    }

    /// Revokes the tokens of a customer.
    pub fn revoke_tokens(&self, customer: &CustomerId) {
        let mut inner = lock(&self.inner);
        inner.tokens.remove(customer);
        *inner.revoked.entry(customer.clone()).or_default() += 1;
    }

    /// Revokes the tokens of a customer while its next call is on its way.
    pub fn revoke_in_flight(&self, customer: &CustomerId) {
        lock(&self.inner).revoke_in_flight.insert(customer.clone());
    }

    /// A workflow as it stands.
    pub fn flow(&self, customer: &CustomerId, workflow: &WorkflowId) -> Flow {
        lock(&self.inner).flows.get(&(customer.clone(), workflow.clone())).cloned().unwrap_or_default()
    }

    pub fn calls(&self) -> BTreeMap<&'static str, u64> {
        lock(&self.inner).calls.clone()
    }

    /// Spends one call of the quota.
    fn spend(&self, customer: &CustomerId) -> Result<(), AtsError> {
        let now = self.clock.now();
        let today = now.ms().div_euclid(DAY_MS);
        let mut inner = lock(&self.inner);
        let Some((limit, day, used)) = inner.quota.get_mut(customer) else { return Ok(()) };
        if *day != today {
            (*day, *used) = (today, 0);
        }
        if *used >= *limit {
            let ms = u64::try_from((today + 1) * DAY_MS - now.ms()).unwrap_or(0);
            self.journal.met().note("quota spent until midnight");
            return Err(AtsError::RateLimited { after: Some(Duration::from_millis(ms)) });
        }
        *used += 1;
        Ok(())
    }

    /// Sees to a token of a version of the secret that iCIMS takes.
    async fn sign_in(&self, customer: &CustomerId) -> Result<(), AtsError> {
        let refused = AtsError::Unauthorized { at: RefusedAt::TokenEndpoint };
        let held = lock(&self.inner).tokens.get(customer).cloned();
        if held.is_some_and(|version| self.secrets.taken_by_icims(customer, &version)) {
            return Ok(());
        }
        // A token of its own, or the refused one again: one more round trip, with the secret read anew if it is refused.
        tokio::time::sleep(Duration::from_millis(120)).await;
        for fresh in [false, true] {
            let secrets = if fresh { self.secrets.refresh(customer).await? } else { self.secrets.of(customer).await? };
            let Some(secrets) = secrets else { return Err(refused) };
            let version = secrets.current.version.clone();
            if self.secrets.taken_by_icims(customer, &version) {
                lock(&self.inner).tokens.insert(customer.clone(), version);
                return Ok(());
            }
        }
        Err(refused)
    }

    /// One round trip with the token that is held, or a new one; 401 where it is revoked before it arrives.
    async fn try_once<T: Send + 'static>(
        &self,
        what: &'static str,
        customer: &Customer,
        work: impl FnOnce(&mut Inner) -> Result<T, AtsError> + Send + 'static,
    ) -> Result<Reply<Result<T, AtsError>>, AtsError> {
        self.sign_in(&customer.id).await?;
        self.spend(&customer.id)?;
        let (inner, id) = (self.inner.clone(), customer.id.clone());
        let signed_in = lock(&inner).revoked.get(&id).copied();
        let leaves_in_vain = lock(&inner).revoke_in_flight.remove(&id);
        if leaves_in_vain {
            self.revoke_tokens(&id);
        }
        let arrival = move || {
            let mut inner = lock(&inner);
            if inner.revoked.get(&id).copied() != signed_in {
                return Err(AtsError::Unauthorized { at: RefusedAt::Api });
            }
            work(&mut inner)
        };
        Ok(self.line.call(what, &customer.id, arrival).await)
    }

    async fn call<T: Send + 'static>(
        &self,
        what: &'static str,
        customer: &Customer,
        work: impl FnOnce(&mut Inner) -> Result<T, AtsError> + Clone + Send + 'static,
    ) -> Result<T, AtsError> {
        *lock(&self.inner).calls.entry(what).or_default() += 1;
        let _turn = turn(&customer.id).await;
        let mut reply = self.try_once(what, customer, work.clone()).await?;
        if matches!(reply, Reply::Answer(Err(AtsError::Unauthorized { .. }))) {
            // Once more with a fresh token, as the adapter does on a 401.
            self.journal.met().note("token revoked in flight");
            reply = self.try_once(what, customer, work).await?;
        }
        if matches!(reply, Reply::NoConnection | Reply::Unavailable)
            && let Some((_, _, used)) = lock(&self.inner).quota.get_mut(&customer.id)
        {
            // What did not get through was not counted.
            *used = used.saturating_sub(1);
        }
        let answer = match reply {
            Reply::Answer(answer) => answer,
            Reply::NoConnection | Reply::Unavailable => Err(no_answer("503")),
            Reply::Lost => Err(no_answer("timeout")),
            Reply::RateLimited(after) => Err(AtsError::RateLimited { after }),
            Reply::Unauthorized => Err(AtsError::Unauthorized { at: RefusedAt::Api }),
            Reply::NotFound => Err(AtsError::NotFound),
            Reply::Refused | Reply::SaysCompleted => Err(AtsError::Refused { why: "status".to_owned() }),
        };
        let outcome = answer.as_ref().map_or_else(ToString::to_string, |_| "ok".to_owned());
        self.journal.note(format_args!("icims {what} {} -> {outcome}", customer.id));
        answer
    }

    async fn on_flow<T: Send + 'static>(
        &self,
        what: &'static str,
        customer: &Customer,
        workflow: &WorkflowId,
        work: impl FnOnce(&mut Flow, &mut u64) -> Result<T, AtsError> + Clone + Send + 'static,
    ) -> Result<T, AtsError> {
        let (key, journal) = ((customer.id.clone(), workflow.clone()), self.journal.clone());
        self.call(what, customer, move |inner| {
            let Inner { flows, next_entry, .. } = inner;
            let flow = flows.get_mut(&key).ok_or(AtsError::NotFound)?;
            if flow.purged {
                journal.met().note("workflow purged");
                return Err(AtsError::NotFound);
            }
            work(flow, next_entry)
        })
        .await
    }
}

/// The gates of one process, by customer.
pub(super) type Gates = Arc<Mutex<BTreeMap<CustomerId, Arc<Semaphore>>>>;

tokio::task_local! {
    /// The gates of the process that a task belongs to.
    pub(super) static GATES: Gates;
}

/// Waits for a turn at a customer's platform, as the adapter does in each process.
async fn turn(customer: &CustomerId) -> Option<OwnedSemaphorePermit> {
    let gates = GATES.try_with(Clone::clone).ok()?;
    let gate =
        lock(&gates).entry(customer.clone()).or_insert_with(|| Arc::new(Semaphore::new(MAX_CONCURRENT_CALLS))).clone();
    gate.acquire_owned().await.ok()
}

/// The address of a person.
pub(super) fn address(person: &PersonId) -> String {
    format!("p{person}@example.com")
}

impl AtsQuota for FakeIcims {
    fn pause_for_background(&self, customer: &Customer) -> Option<Duration> {
        let now = self.clock.now();
        let today = now.ms().div_euclid(DAY_MS);
        let (limit, day, used) = lock(&self.inner).quota.get(&customer.id).copied()?;
        let left = if day == today { limit.saturating_sub(used) } else { limit };
        let until_midnight = Timestamp::from_ms((today + 1) * DAY_MS).since(now);
        (left <= customer.settings.icims.reserve(Some(limit))).then_some(until_midnight)
    }
}

#[async_trait]
impl AtsSearch for FakeIcims {
    async fn changed(
        &self,
        customer: &Customer,
        statuses: &[StatusId],
        since: Timestamp,
        after: Option<&WorkflowId>,
    ) -> Result<Vec<WorkflowId>, AtsError> {
        let (id, statuses) = (customer.id.clone(), statuses.to_vec());
        let number = |id: &WorkflowId| id.as_str().parse::<u64>().unwrap_or(0);
        let after = after.map(number);
        self.call("search", customer, move |inner| {
            let found = inner.flows.iter().filter(|((owner, workflow), flow)| {
                *owner == id
                    && !flow.purged
                    && flow.status.as_ref().is_some_and(|status| statuses.contains(status))
                    && flow.updated_at.is_some_and(|at| minute(at) >= minute(since))
                    && after.is_none_or(|after| number(workflow) > after)
            });
            let mut found: Vec<WorkflowId> = found.map(|((_, workflow), _)| workflow.clone()).collect();
            found.sort_by_key(number);
            found.truncate(SEARCH_PAGE);
            Ok(found)
        })
        .await
    }
}

#[async_trait]
impl AtsLog for FakeIcims {
    async fn standing(&self, customer: &Customer, workflow: &WorkflowId) -> Result<Standing, AtsError> {
        let (clock, journal) = (self.clock, self.journal.clone());
        self.on_flow("standing", customer, workflow, move |flow, _| {
            let (status, log) = flow.as_read(clock.now(), &journal);
            Ok(Standing {
                workflow: RecruitingWorkflow {
                    status,
                    person: flow.person.clone(),
                    requisition: flow.requisition.clone(),
                },
                log: log.iter().rev().cloned().collect(),
            })
        })
        .await
    }

    async fn status_log(&self, customer: &Customer, workflow: &WorkflowId) -> Result<Vec<Entered>, AtsError> {
        let (clock, journal) = (self.clock, self.journal.clone());
        self.on_flow("status log", customer, workflow, move |flow, _| {
            let (_, log) = flow.as_read(clock.now(), &journal);
            Ok(log.iter().rev().cloned().collect())
        })
        .await
    }
}

/// A moment as precise as in iCIMS.
fn minute(at: Timestamp) -> Timestamp {
    Timestamp::from_ms(at.ms() - at.ms().rem_euclid(60_000))
}

#[async_trait]
impl Ats for FakeIcims {
    async fn workflow(&self, customer: &Customer, workflow: &WorkflowId) -> Result<RecruitingWorkflow, AtsError> {
        let (clock, journal) = (self.clock, self.journal.clone());
        self.on_flow("workflow", customer, workflow, move |flow, _| {
            Ok(RecruitingWorkflow {
                status: flow.as_read(clock.now(), &journal).0,
                person: flow.person.clone(),
                requisition: flow.requisition.clone(),
            })
        })
        .await
    }

    async fn person(&self, customer: &Customer, person: &PersonId) -> Result<Contact, AtsError> {
        let (person, journal) = (person.clone(), self.journal.clone());
        self.call("person", customer, move |inner| {
            if inner.gone.contains(&person) {
                journal.met().note("candidate merged");
                return Err(AtsError::NotFound);
            }
            let email = Some(address(&person)).filter(|_| !inner.mute.contains(&person));
            Ok(Contact {
                first_name: Name::parse("P"),
                last_name: Name::parse(person.as_str()),
                email: email.and_then(|email| Email::parse(&email)),
                mobile: None,
            })
        })
        .await
    }

    async fn requisition(&self, customer: &Customer, requisition: &RequisitionId) -> Result<Requisition, AtsError> {
        let requisition = requisition.clone();
        self.call("requisition", customer, move |inner| {
            Ok(Requisition {
                title: Some(format!("Position {requisition}")),
                template_values: inner.templates.get(&requisition).cloned().unwrap_or_default(),
                recruiter: PersonId::parse("900").ok(),
                hiring_manager: PersonId::parse("901").ok(),
            })
        })
        .await
    }

    async fn add_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        view: &View,
    ) -> Result<Option<EntryId>, AtsError> {
        let view = view.clone();
        let names_every_entry = lock(&self.inner).names_every_entry;
        self.on_flow("add row", customer, workflow, move |flow, next_entry| {
            *next_entry += 1;
            let entry = EntryId::parse(next_entry.to_string()).map_err(|_| no_answer("no entry"))?;
            flow.rows.push(ShownRow { entry: entry.clone(), view });
            Ok((names_every_entry || *next_entry % 5 != 0).then_some(entry))
        })
        .await
    }

    async fn find_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        marker: &RowMarker,
    ) -> Result<Option<EntryId>, AtsError> {
        let marker = marker.clone();
        self.on_flow("find row", customer, workflow, move |flow, _| {
            Ok(flow.rows.iter().rfind(|row| row.view.marker == marker).map(|row| row.entry.clone()))
        })
        .await
    }

    async fn change_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        entry: &EntryId,
        view: &View,
    ) -> Result<(), AtsError> {
        let (entry, view) = (entry.clone(), view.clone());
        self.on_flow("change row", customer, workflow, move |flow, _| {
            let row = flow.rows.iter_mut().find(|row| row.entry == entry).ok_or(AtsError::NotFound)?;
            row.view = view;
            Ok(())
        })
        .await
    }

    async fn move_status(&self, customer: &Customer, workflow: &WorkflowId, status: &StatusId) -> Result<(), AtsError> {
        let (status, clock) = (status.clone(), self.clock);
        self.on_flow("move status", customer, workflow, move |flow, _| {
            // What was late is behind what was written now.
            flow.late.clear();
            flow.status = Some(status);
            flow.updated_at = Some(clock.now());
            flow.moved_by_us = true;
            flow.log.push(Entered { status: flow.status.clone(), at: minute(clock.now()), by: None });
            Ok(())
        })
        .await
    }

    async fn attach_pdf(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        field: &str,
        _: &str,
        _: Vec<u8>,
    ) -> Result<(), AtsError> {
        let field = field.to_owned();
        self.on_flow("attach pdf", customer, workflow, |flow, _| {
            flow.filled.insert(field);
            flow.files += 1;
            Ok(())
        })
        .await
    }
}
