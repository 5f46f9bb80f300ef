//! The promises, checked once everything is quiet.

use connector_core::domain::{Check, HistoryEvent, Refusal, State, View};
use testkit::fakes::{Flow, Held, Simulation};

use crate::actions::{Answer, Diary, Move};
use crate::draw::{Candidacy, Cast};

/// Whether a check calls for a person, in so many words.
fn reported(check: &Check) -> bool {
    check.is_cancel_unconfirmed() || check.refusal() == Some(&Refusal::OutcomeUnknown)
}

pub(crate) fn check(simulation: &Simulation, cast: &Cast, diary: &Diary) {
    let (checks, requests) = (simulation.store.all(), simulation.crosschq.requests());
    for request in &requests {
        one_request(simulation, &checks, request, &requests);
    }
    for check in &checks {
        one_check(simulation, check);
    }
    for (external_id, creates) in simulation.crosschq.creates() {
        if creates > 2 {
            simulation.journal.violation(format!("{external_id}: {creates} creates"));
        }
    }
    for (n, who) in cast.candidacies.iter().enumerate() {
        let of_workflow: Vec<&Check> = checks
            .iter()
            .filter(|check| check.key.customer == who.customer && check.key.workflow == who.workflow)
            .collect();
        let flow = simulation.icims.flow(&who.customer, &who.workflow);
        one_candidacy(simulation, who, &of_workflow, &flow, &diary.moves(n), &requests);
    }
}

fn one_request(simulation: &Simulation, checks: &[Check], request: &Held, all: &[Held]) {
    let id = &request.state.id;
    let holders = checks.iter().filter(|check| check.request() == Some(id)).count();
    if holders > 1 {
        simulation.journal.violation(format!("{id} is held by {holders} checks"));
    }
    let ours = checks.iter().find(|check| check.external_id() == request.sent_id);
    if holders == 0 && !ours.is_some_and(reported) {
        simulation
            .journal
            .violation(format!("{}: nobody knows {id}, which is {:?}", request.sent_id, request.state.stage));
    }
    let first = all.iter().find(|other| other.sent_id == request.sent_id);
    if first.is_some_and(|first| first.state.id != *id) {
        simulation.journal.violation(format!("{}: a second request, {id}", request.sent_id));
    }
}

fn one_check(simulation: &Simulation, check: &Check) {
    let about = check.external_id();
    match check.state() {
        State::Claimed | State::OutcomeUnknown => {
            simulation.journal.violation(format!("{about}: still {:?}", check.state()));
        }
        _ => {}
    }
    let held = check.request().and_then(|request| simulation.crosschq.request(request));
    if let Some(held) = &held
        && State::from(held.state.stage) != check.state()
        && !check.is_cancel_unconfirmed()
        // What had ended before it was cancelled may be reported as cancelled.
        && !(check.state() == State::Cancelled && check.cancel_reason().is_some() && !held.state.stage.is_open())
    {
        simulation.journal.violation(format!("{about}: {:?} here, {:?} at Crosschq", check.state(), held.state.stage));
    }
    if check.cancel_reason().is_some() && !check.is_over() {
        simulation.journal.violation(format!("{about}: to be cancelled and still {:?}", check.state()));
    }
    // A workflow or request that is gone is looked for again for some days.
    if check.is_over()
        && check.timing.due_at.is_some()
        && !check.sync.workflow.is_gone()
        && !check.answers().presence.is_gone()
    {
        simulation.journal.violation(format!("{about}: over and still looked for"));
    }
}

fn one_candidacy(
    simulation: &Simulation,
    who: &Candidacy,
    checks: &[&Check],
    flow: &Flow,
    moves: &[Move],
    requests: &[Held],
) {
    let about = &who.workflow;
    let latest = checks.last();
    if let Some(check) =
        latest.filter(|check| !flow.purged && !check.sync.workflow.is_gone() && !check.is_cancel_unconfirmed())
    {
        let live = check.request().and_then(|request| simulation.crosschq.request(request)).map(|held| held.state);
        let view = View::of(check, live.as_ref());
        if !flow.rows.iter().any(|row| row.view == view) {
            let shown: Vec<_> = flow.rows.iter().map(|row| (row.view.result.clone(), row.view.date)).collect();
            simulation.journal.violation(format!("{about}: iCIMS shows {shown:?} while {view:?}"));
        }
        let files = u32::from(live.is_some_and(|live| live.full_pdf.is_some()));
        if check.state() == State::Completed && check.sync.report.is_some() && flow.files < files {
            simulation.journal.violation(format!("{about}: the report is not attached"));
        }
    }
    if flow.rows.len() > checks.len() {
        simulation.journal.violation(format!("{about}: {} rows for {} checks", flow.rows.len(), checks.len()));
    }
    if latest.is_some_and(|check| check.sync.workflow.is_gone()) && !flow.purged {
        simulation.journal.violation(format!("{about}: taken for gone"));
    }
    let orders = moves.iter().filter(|moved| moved.to == "C1").count();
    let mine = requests.iter().filter(|held| checks.iter().any(|c| c.external_id() == held.sent_id)).count();
    if mine > orders {
        simulation.journal.violation(format!("{about}: {mine} requests for {orders} orders"));
    }
    for moved in moves {
        if let Some(Answer::Refused(text)) = &moved.answer
            && !text.contains("userMessage")
        {
            simulation.journal.violation(format!("{about}: refused without a sentence: {text}"));
        }
    }
    let rejected_once = moves.iter().any(|moved| matches!(moved.to, "C2" | "C3"));
    if let Some(check) = checks.iter().find(|check| check.cancel_reason().is_some() && !rejected_once && !flow.purged) {
        simulation
            .journal
            .violation(format!("{about}: never rejected, and its check is cancelled: {:?}", check.cancel_reason()));
    }
    let Some(last) = moves.last() else { return };
    let taken = matches!(last.answer, Some(Answer::Taken(_)));
    let rejected = matches!(last.to, "C2" | "C3");
    if rejected && taken && !flow.purged {
        for held in requests.iter().filter(|held| held.state.stage.is_open()) {
            let check = checks.iter().find(|check| check.external_id() == held.sent_id);
            if check.is_some_and(|check| !reported(check)) {
                simulation.journal.violation(format!("{about}: rejected, and {} is open", held.state.id));
            }
        }
    }
    // A rejection's own event has the canceller restore it; a move to a status that means nothing to us, made between our
    // look and our move, has no event that we follow.
    let restored = rejected && last.answer != Some(Answer::Lost);
    if restored && !flow.purged && flow.status.as_ref().is_none_or(|status| status.as_str() != last.to) {
        simulation
            .journal
            .violation(format!("{about}: put to {} by a recruiter, and stands in {:?}", last.to, flow.status));
    }
    if last.answer == Some(Answer::Lost) && !last.off && !flow.purged {
        missed(simulation, who, latest.copied(), last, orders);
    }
    if last.to == "C1" && taken && !last.off && !flow.purged {
        match latest {
            None => simulation.journal.violation(format!("{about}: an accepted order without a check")),
            Some(check) => {
                let before = check
                    .history()
                    .iter()
                    .any(|entry| matches!(entry.event, HistoryEvent::CancelWanted { .. }) && entry.at < last.at);
                if before {
                    simulation.journal.violation(format!("{about}: the last order was taken and ended in nothing"));
                }
            }
        }
    }
}

/// The last move of a candidacy whose push was lost: found by a look, if it was made while they were looked for.
fn missed(simulation: &Simulation, who: &Candidacy, latest: Option<&Check>, last: &Move, orders: usize) {
    let minute = last.at.ms() - last.at.ms().rem_euclid(60_000);
    let looked_for = simulation.watermarks.of(&who.customer).is_some_and(|mark| mark.on_since.ms() <= minute);
    if !looked_for {
        return;
    }
    simulation.journal.met().note("push lost for good");
    let about = &who.workflow;
    let followed = match (last.to, latest) {
        ("C1", None) => false,
        // A push that came twice made two attempts of one order: the log then shows no entry too many.
        ("C1", Some(check)) if usize::try_from(check.key.attempt).unwrap() >= orders => true,
        // Within the minute of its end, or while it was open, iCIMS' dates do not distinguish one order from two.
        ("C1", Some(check)) => {
            check.timing.created_at >= last.at || check.timing.state_since.ms() >= minute || !check.is_over()
        }
        ("C2" | "C3", Some(check)) => check.is_over() || reported(check),
        _ => true,
    };
    if !followed {
        simulation.journal.violation(format!(
            "{about}: moved to {} untold, and never found: {:?}",
            last.to,
            latest.map(|c| c.state())
        ));
    }
}
