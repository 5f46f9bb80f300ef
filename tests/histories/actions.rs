//! What people do: recruiters move candidates, and repeat what did not work; administrators merge, purge,
//! rotate and switch off.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connector_core::domain::{Check, State, StatusId, Timestamp};
use connector_core::ports::Clock as _;
use http::StatusCode;
use serde_json::json;
use testkit::fakes::Simulation;

use crate::draw::{Callbacks, Candidacy, Changes, status};

/// What a recruiter was answered about a move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 200.
    Taken(Timestamp),
    /// 400 with a sentence.
    Refused(String),
    /// The recruiter moved on before it was taken.
    Dropped,
    /// iCIMS sent no event; the customer has missed pushes looked for.
    Lost,
}

/// One move of a candidate.
#[derive(Debug, Clone)]
pub(crate) struct Move {
    pub(crate) at: Timestamp,
    pub(crate) to: &'static str,
    pub(crate) answer: Option<Answer>,
    /// The customer was switched off at about that time, or when it was answered.
    pub(crate) off: bool,
}

/// The moves of every candidacy.
#[derive(Debug, Clone)]
pub(crate) struct Diary(Arc<Mutex<Vec<Vec<Move>>>>);

impl Diary {
    pub(crate) fn of(candidacies: usize) -> Self {
        Self(Arc::new(Mutex::new(vec![Vec::new(); candidacies])))
    }

    pub(crate) fn moves(&self, n: usize) -> Vec<Move> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[n].clone()
    }

    fn begin(&self, n: usize, moved: Move) -> usize {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all[n].push(moved);
        all[n].len() - 1
    }

    fn answer(&self, n: usize, index: usize, answer: Answer, off: bool) {
        let moved = &mut self.0.lock().unwrap_or_else(PoisonError::into_inner)[n][index];
        moved.answer = Some(answer);
        moved.off |= off;
    }
}

/// What a recruiter intends: after which wait, to which status.
pub(crate) fn intentions(simulation: &Simulation) -> Vec<(Duration, &'static str)> {
    let rng = &simulation.rng;
    let mut all = vec![(rng.ms(0, 7_200_000), "C1")];
    let soon = |least: u64| if rng.chance(500) { rng.ms(least, 90_000) } else { rng.ms(60_000, 10_800_000) };
    loop {
        let last = all[all.len() - 1].1;
        let next = match last {
            "C1" if rng.chance(350) => rng.pick(&["C2", "C2", "C3", "C4"]),
            "C1" if rng.chance(100) => "C1",
            "C2" | "C3" | "C4" if rng.chance(350) => rng.pick(&["C1", "C1", "C2"]),
            _ => return all,
        };
        // A hand takes some seconds to change its mind.
        all.push((soon(5_000), next));
    }
}

/// A recruiter works on one candidacy.
pub(crate) async fn recruit(simulation: Arc<Simulation>, who: Candidacy, n: usize, diary: Diary) {
    let mut pushes = Vec::new();
    for (wait, to) in intentions(&simulation) {
        tokio::time::sleep(wait).await;
        let from = simulation.icims.flow(&who.customer, &who.workflow).status;
        simulation.icims.advance(&who.customer, &who.workflow, &status(to));
        simulation.journal.note(format_args!("recruiter moves {} to {to}", who.workflow));
        let off = simulation.customers.off_lately(&who.customer);
        let index = diary.begin(n, Move { at: simulation.clock.now(), to, answer: None, off });
        let (simulation, who, diary) = (simulation.clone(), who.clone(), diary.clone());
        pushes.push(tokio::spawn(async move { push(&simulation, &who, n, index, (from, to), &diary).await }));
    }
    for push in pushes {
        push.await.unwrap();
    }
}

/// iCIMS sends the event of a move, perhaps twice; the recruiter repeats it until it is taken or refused.
async fn push(
    simulation: &Arc<Simulation>,
    who: &Candidacy,
    n: usize,
    index: usize,
    (from, to): (Option<StatusId>, &'static str),
    diary: &Diary,
) {
    let body = json!({
        "systemId": who.workflow.as_str(), "eventType": "WorkFlowStatusChangeEvent", "customerId": who.customer.as_str(),
        "personId": who.person.as_str(), "jobId": who.requisition.as_str(), "userId": "9059",
        "oldStatus": from.as_ref().map(StatusId::as_str), "newStatus": to,
    });
    let searched =
        simulation.customers.get(&who.customer).is_some_and(|c| c.settings.icims.find_missed_pushes.is_some());
    if searched && simulation.rng.chance(250) {
        return diary.answer(n, index, Answer::Lost, false);
    }
    if simulation.rng.chance(150) {
        let (simulation, who, body) = (simulation.clone(), who.clone(), body.clone());
        tokio::spawn(async move {
            tokio::time::sleep(simulation.rng.ms(0, 40_000)).await;
            simulation.push(&who.customer, &body).await;
        });
    }
    tokio::time::sleep(simulation.rng.ms(50, 1_500)).await;
    loop {
        let (code, text) = simulation.push(&who.customer, &body).await;
        let off = simulation.customers.off_lately(&who.customer);
        match code {
            StatusCode::OK => return diary.answer(n, index, Answer::Taken(simulation.clock.now()), off),
            StatusCode::BAD_REQUEST => return diary.answer(n, index, Answer::Refused(text), off),
            _ => {}
        }
        tokio::time::sleep(simulation.rng.ms(120_000, 600_000)).await;
        if diary.moves(n).len() > index + 1 {
            return diary.answer(n, index, Answer::Dropped, false);
        }
    }
}

/// Crosschq calls back about what changed, or does not.
pub(crate) async fn call_back(simulation: Arc<Simulation>, mut changes: Changes, behavior: Callbacks) {
    while let Some((customer, request)) = changes.recv().await {
        let rng = &simulation.rng;
        if rng.chance(behavior.lost) {
            continue;
        }
        for _ in 0..=u32::from(rng.chance(behavior.twice)) {
            let delay = if rng.chance(behavior.late) { rng.ms(60_000, 7_200_000) } else { rng.ms(20, 3_000) };
            let (simulation, customer, request) = (simulation.clone(), customer.clone(), request.clone());
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                for _ in 0..3 {
                    if simulation.call_back(&customer, &request).await.is_success() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
            });
        }
    }
}

/// Administrators do what they do to one candidacy or its customer.
pub(crate) async fn administrate(simulation: Arc<Simulation>, who: Candidacy) {
    let rng = &simulation.rng;
    let at = rng.ms(0, 4 * 3_600_000);
    let what = rng.between(0, 99);
    if what > 45 {
        return;
    }
    if what > 30 {
        wait_for_an_open_create(&simulation, &who).await;
    } else {
        tokio::time::sleep(at).await;
    }
    simulation.journal.note(format_args!("administrator does {what} to {}/{}", who.customer, who.workflow));
    match what {
        // What these affect is counted where it happens.
        0..4 => simulation.icims.change(&who.customer, &who.workflow, |flow| flow.purged = true),
        4..9 | 31.. => {
            let survivor = connector_core::domain::PersonId::parse(format!("8{}", who.person)).unwrap();
            simulation.icims.merge(&who.customer, &who.workflow, &survivor);
        }
        9..12 => simulation.icims.revoke_tokens(&who.customer),
        12..15 => simulation.icims.revoke_in_flight(&who.customer),
        15..21 => {
            met(&simulation, &who, "secret rotated with a check open");
            simulation.secrets.rotate(&who.customer);
        }
        21..25 => {
            met(&simulation, &who, "customer switched off with a check open");
            set_enabled(&simulation, &who, false);
            tokio::time::sleep(rng.ms(60_000, 3 * 3_600_000)).await;
            set_enabled(&simulation, &who, true);
        }
        25..28 => {
            met(&simulation, &who, "settings changed with a check open");
            change_settings(&simulation, &who, |settings| {
                let search = &mut settings.crosschq.capabilities.search;
                *search = !*search;
            });
        }
        _ => change_settings(&simulation, &who, |settings| settings.icims.attach_pdf_field = Some("field2".to_owned())),
    }
}

/// Waits until the check's create is without an answer: the candidate that is then merged is one that its request has to
/// be recognized by. Gives up after some hours.
async fn wait_for_an_open_create(simulation: &Simulation, who: &Candidacy) {
    let unknown = |check: &Check| {
        check.key.customer == who.customer
            && check.key.workflow == who.workflow
            && check.state() == State::OutcomeUnknown
    };
    for _ in 0..1_000 {
        if simulation.store.any(unknown) {
            return simulation.journal.met().note("candidate merged while the create was open");
        }
        tokio::time::sleep(Duration::from_secs(20)).await;
    }
}

fn set_enabled(simulation: &Simulation, who: &Candidacy, enabled: bool) {
    change_settings(simulation, who, |settings| settings.enabled = enabled);
}

/// Counts what only matters while a check is open.
fn met(simulation: &Simulation, who: &Candidacy, what: &'static str) {
    if simulation.store.all().iter().any(|check| check.key.customer == who.customer && !check.is_over()) {
        simulation.journal.met().note(what);
    }
}

fn change_settings(
    simulation: &Simulation,
    who: &Candidacy,
    change: impl FnOnce(&mut connector_core::domain::Settings),
) {
    if let Some(customer) = simulation.customers.get(&who.customer) {
        let mut customer = (*customer).clone();
        change(&mut customer.settings);
        simulation.customers.set(customer);
    }
}
