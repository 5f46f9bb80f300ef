//! What people do: recruiters move candidates, and repeat what iCIMS told them did not work; administrators merge, purge,
//! rotate and switch off.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connector_core::domain::{Check, State, StatusId, Timestamp};
use connector_core::ports::Clock as _;
use http::StatusCode;
use serde_json::json;
use testkit::fakes::Plant;

use crate::draw::{Callbacks, Candidacy, Changes, status};

/// What a recruiter was told about a move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 200.
    Taken(Timestamp),
    /// 400 with a sentence.
    Refused(String),
    /// The recruiter moved on before it was taken.
    Dropped,
    /// iCIMS told nobody of it; the customer has missed pushes looked for.
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
pub(crate) fn intentions(plant: &Plant) -> Vec<(Duration, &'static str)> {
    let dice = &plant.dice;
    let mut all = vec![(dice.ms(0, 7_200_000), "C1")];
    let soon = |least: u64| if dice.chance(500) { dice.ms(least, 90_000) } else { dice.ms(60_000, 10_800_000) };
    loop {
        let last = all[all.len() - 1].1;
        let next = match last {
            "C1" if dice.chance(350) => dice.pick(&["C2", "C2", "C3", "C4"]),
            "C1" if dice.chance(100) => "C1",
            "C2" | "C3" | "C4" if dice.chance(350) => dice.pick(&["C1", "C1", "C2"]),
            _ => return all,
        };
        // A hand takes some seconds to change its mind.
        all.push((soon(5_000), next));
    }
}

/// A recruiter works on one candidacy.
pub(crate) async fn recruit(plant: Arc<Plant>, who: Candidacy, n: usize, diary: Diary) {
    let mut pushes = Vec::new();
    for (wait, to) in intentions(&plant) {
        tokio::time::sleep(wait).await;
        let from = plant.icims.flow(&who.customer, &who.workflow).status;
        plant.icims.advance(&who.customer, &who.workflow, &status(to));
        plant.journal.note(format_args!("recruiter moves {} to {to}", who.workflow));
        let off = plant.customers.off_lately(&who.customer);
        let index = diary.begin(n, Move { at: plant.clock.now(), to, answer: None, off });
        let (plant, who, diary) = (plant.clone(), who.clone(), diary.clone());
        pushes.push(tokio::spawn(async move { push(&plant, &who, n, index, (from, to), &diary).await }));
    }
    for push in pushes {
        push.await.unwrap();
    }
}

/// iCIMS tells of a move, perhaps twice; the recruiter repeats it until it is taken or refused.
async fn push(
    plant: &Arc<Plant>,
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
    let searched = plant.customers.get(&who.customer).is_some_and(|c| c.settings.icims.find_missed_pushes.is_some());
    if searched && plant.dice.chance(250) {
        return diary.answer(n, index, Answer::Lost, false);
    }
    if plant.dice.chance(150) {
        let (plant, who, body) = (plant.clone(), who.clone(), body.clone());
        tokio::spawn(async move {
            tokio::time::sleep(plant.dice.ms(0, 40_000)).await;
            plant.push(&who.customer, &body).await;
        });
    }
    tokio::time::sleep(plant.dice.ms(50, 1_500)).await;
    loop {
        let (code, text) = plant.push(&who.customer, &body).await;
        let off = plant.customers.off_lately(&who.customer);
        match code {
            StatusCode::OK => return diary.answer(n, index, Answer::Taken(plant.clock.now()), off),
            StatusCode::BAD_REQUEST => return diary.answer(n, index, Answer::Refused(text), off),
            _ => {}
        }
        tokio::time::sleep(plant.dice.ms(120_000, 600_000)).await;
        if diary.moves(n).len() > index + 1 {
            return diary.answer(n, index, Answer::Dropped, false);
        }
    }
}

/// Crosschq calls back about what changed, or does not.
pub(crate) async fn call_back(plant: Arc<Plant>, mut changes: Changes, manners: Callbacks) {
    while let Some((customer, request)) = changes.recv().await {
        let dice = &plant.dice;
        if dice.chance(manners.lost) {
            continue;
        }
        for _ in 0..=u32::from(dice.chance(manners.twice)) {
            let delay = if dice.chance(manners.late) { dice.ms(60_000, 7_200_000) } else { dice.ms(20, 3_000) };
            let (plant, customer, request) = (plant.clone(), customer.clone(), request.clone());
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                for _ in 0..3 {
                    if plant.call_back(&customer, &request).await.is_success() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
            });
        }
    }
}

/// Administrators do what they do to one candidacy or its customer.
pub(crate) async fn administrate(plant: Arc<Plant>, who: Candidacy) {
    let dice = &plant.dice;
    let at = dice.ms(0, 4 * 3_600_000);
    let what = dice.between(0, 99);
    if what > 45 {
        return;
    }
    if what > 30 {
        wait_for_an_open_create(&plant, &who).await;
    } else {
        tokio::time::sleep(at).await;
    }
    plant.journal.note(format_args!("administrator does {what} to {}/{}", who.customer, who.workflow));
    match what {
        // What these strike is counted where they strike.
        0..4 => plant.icims.change(&who.customer, &who.workflow, |flow| flow.purged = true),
        4..9 | 31.. => {
            let survivor = connector_core::domain::PersonId::parse(format!("8{}", who.person)).unwrap();
            plant.icims.merge(&who.customer, &who.workflow, &survivor);
        }
        9..12 => plant.icims.revoke_tokens(&who.customer),
        12..15 => plant.icims.revoke_in_flight(&who.customer),
        15..21 => {
            met(&plant, &who, "secret rotated with a check open");
            plant.secrets.rotate(&who.customer);
        }
        21..25 => {
            met(&plant, &who, "customer switched off with a check open");
            set_enabled(&plant, &who, false);
            tokio::time::sleep(dice.ms(60_000, 3 * 3_600_000)).await;
            set_enabled(&plant, &who, true);
        }
        25..28 => {
            met(&plant, &who, "settings changed with a check open");
            change_settings(&plant, &who, |settings| {
                let search = &mut settings.crosschq.capabilities.search;
                *search = !*search;
            });
        }
        _ => change_settings(&plant, &who, |settings| settings.icims.attach_pdf_field = Some("field2".to_owned())),
    }
}

/// Waits until the check's create is without an answer: the candidate that is then merged is one that its request has to
/// be recognized by. Gives up after some hours.
async fn wait_for_an_open_create(plant: &Plant, who: &Candidacy) {
    let unknown = |check: &Check| {
        check.key.customer == who.customer
            && check.key.workflow == who.workflow
            && check.state() == State::OutcomeUnknown
    };
    for _ in 0..1_000 {
        if plant.store.any(unknown) {
            return plant.journal.met().note("candidate merged while the create was open");
        }
        tokio::time::sleep(Duration::from_secs(20)).await;
    }
}

fn set_enabled(plant: &Plant, who: &Candidacy, enabled: bool) {
    change_settings(plant, who, |settings| settings.enabled = enabled);
}

/// Counts what only matters while a check is open.
fn met(plant: &Plant, who: &Candidacy, what: &'static str) {
    if plant.store.all().iter().any(|check| check.key.customer == who.customer && !check.is_over()) {
        plant.journal.met().note(what);
    }
}

fn change_settings(plant: &Plant, who: &Candidacy, change: impl FnOnce(&mut connector_core::domain::Settings)) {
    if let Some(customer) = plant.customers.get(&who.customer) {
        let mut customer = (*customer).clone();
        change(&mut customer.settings);
        plant.customers.set(customer);
    }
}
