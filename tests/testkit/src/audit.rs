//! Whether a check's history answers what happened and why: every write is held against the one that it was written
//! over, and every mark that it changed against the entries that it added.

use connector_core::domain::{Check, History, HistoryEntry, HistoryEvent, Row, State};

/// What a write changed without saying so, or said otherwise. `before` is the version that it was written over.
pub fn breaches(before: Option<&Check>, after: &Check) -> Vec<String> {
    let known: &[HistoryEntry] = before.map_or(&[], |before| before.history());
    let Some(added) = added(known, after.history()) else { return vec!["the history was rewritten".to_owned()] };
    let mut breaches = Vec::new();
    let mut hold = |holds: bool, what: &str| {
        if !holds {
            breaches.push(what.to_owned());
        }
    };
    hold(after.history().windows(2).all(|pair| pair[0].at <= pair[1].at), "the history is out of order");
    hold(after.version == before.map_or(1, |before| before.version + 1), "a version was left out");
    hold(after.is_over() || after.timing.due_at.is_some(), "an open check that nobody will look at again");
    let recorded = recorded_state(after.history());
    if before.is_none_or(|before| before.state() != after.state()) {
        hold(added.iter().any(sets_state), "a change of state without its entry");
    }
    // Far back in a full history the entry may have been thinned out.
    if after.history().len() < History::MAX {
        hold(
            recorded.is_none_or(|recorded| recorded == after.state()),
            &format!("the history says {recorded:?} of {:?}", after.state()),
        );
    }
    match before {
        None => hold(matches!(added, [first] if first.event == HistoryEvent::Claimed), "a check that begins otherwise"),
        Some(before) => marks(before, after, added, &mut hold),
    }
    breaches
}

/// Each mark that changed has its entry.
fn marks(before: &Check, after: &Check, added: &[HistoryEntry], hold: &mut impl FnMut(bool, &str)) {
    let has = |found: &dyn Fn(&HistoryEvent) -> bool| added.iter().any(|entry| found(&entry.event));
    if before.request() != after.request() {
        let named = has(&|what| match what {
            HistoryEvent::Requested { request } | HistoryEvent::Adopted { request } => after.request() == Some(request),
            _ => false,
        });
        hold(before.request().is_none() && named, "a request without its entry");
    }
    if before.refusal() != after.refusal() {
        let said = has(&|what| match what {
            HistoryEvent::Refused { refusal } => after.refusal() == Some(refusal),
            // A request became known after all.
            HistoryEvent::Requested { .. } | HistoryEvent::Adopted { .. } => after.refusal().is_none(),
            _ => false,
        });
        hold(said, "a refusal without its entry");
    }
    if before.cancel_reason() != after.cancel_reason() {
        hold(has(&|what| matches!(what, HistoryEvent::CancelWanted { .. })), "a wish to cancel without its entry");
    }
    if before.rejection() != after.rejection() {
        let said = has(&|what| match what {
            HistoryEvent::RejectionReported => after.rejection().is_some(),
            HistoryEvent::RejectionDismissed | HistoryEvent::CancelWanted { .. } => after.rejection().is_none(),
            _ => false,
        });
        hold(said, "a rejection reported or dismissed without its entry");
    }
    if before.answers().cancel_refused_at.is_none() && after.answers().cancel_refused_at.is_some() {
        let said = has(&|what| matches!(what, HistoryEvent::CancelRefused { .. } | HistoryEvent::CancelTooLate));
        hold(said, "a refused cancel without its entry");
    }
    if before.duplicates() != after.duplicates() {
        hold(has(&|what| matches!(what, HistoryEvent::DuplicateRequest { .. })), "a duplicate without its entry");
    }
    if !before.is_cancel_unconfirmed() && after.is_cancel_unconfirmed() {
        hold(has(&|what| *what == HistoryEvent::CancelUnconfirmed), "an unconfirmed cancellation without its entry");
    }
    if before.creates.begun != after.creates.begun {
        let said = has(&|what| match what {
            HistoryEvent::CreateBegun | HistoryEvent::Repeated => after.creates.begun > before.creates.begun,
            HistoryEvent::Released { .. } => after.creates.begun < before.creates.begun,
            // Crosschq answered that it refuses the order.
            HistoryEvent::Refused { .. } => after.creates.begun < before.creates.begun,
            _ => false,
        });
        hold(said, "a create counted without its entry");
    }
    if after.lease().is_some() && before.lease() != after.lease() {
        hold(has(&|what| matches!(what, HistoryEvent::Claimed | HistoryEvent::TakenOver)), "a lease without its entry");
    }
    if after.sync.digest.is_some() && before.sync.digest != after.sync.digest {
        hold(has(&|what| matches!(what, HistoryEvent::RowWritten { .. })), "a row was shown without its entry");
    }
    if let Row::Entry(row) = &after.sync.row
        && before.sync.row != after.sync.row
    {
        let said = has(&|what| matches!(what, HistoryEvent::RowWritten { entry } if entry.as_ref() == Some(row)));
        hold(said, "a row was found without its entry");
    }
    if before.sync.status.done() != after.sync.status.done() {
        let said = has(&|what| {
            matches!(
                what,
                HistoryEvent::StatusMoved { .. } | HistoryEvent::StatusKept | HistoryEvent::StatusRestored { .. }
            )
        });
        hold(said, "the workflow was moved without its entry");
    }
    if after.sync.report.as_ref().is_some_and(|settled| settled.digest.is_some())
        && before.sync.report.as_ref().and_then(|settled| settled.digest.as_ref())
            != after.sync.report.as_ref().and_then(|settled| settled.digest.as_ref())
    {
        hold(
            has(&|what| matches!(what, HistoryEvent::ReportAttached | HistoryEvent::ReportNotAttached { .. })),
            "an attachment without its entry",
        );
    }
    if !before.sync.workflow.is_gone() && after.sync.workflow.is_gone() {
        hold(has(&|what| *what == HistoryEvent::WorkflowNotFound), "gone from the ATS without its entry");
    }
}

/// The entries that a write added; `None` where it changed what was recorded before. A history only grows at its end, but
/// for two things: beyond its limit its middle is thinned, and the same steps to the same end are kept once and counted.
fn added<'a>(before: &[HistoryEntry], after: &'a [HistoryEntry]) -> Option<&'a [HistoryEntry]> {
    if after.starts_with(before) {
        return Some(&after[before.len()..]);
    }
    counted(before, after).or_else(|| thinned(before, after))
}

fn counted<'a>(before: &[HistoryEntry], after: &'a [HistoryEntry]) -> Option<&'a [HistoryEntry]> {
    let (last, recorded) = after.split_last()?;
    let (known, dropped) = before.strip_prefix(recorded)?.split_first()?;
    let repeats = last.repeats?;
    let times = known.repeats.map_or(1, |known| known.times) + 1;
    let since = known.repeats.map_or(known.at, |known| known.since);
    let same =
        known.event == last.event && known.actor == last.actor && repeats.times == times && repeats.since == since;
    let tries = dropped.iter().all(|entry| {
        matches!(
            entry.event,
            HistoryEvent::Claimed
                | HistoryEvent::CreateBegun
                | HistoryEvent::Repeated
                | HistoryEvent::TakenOver
                | HistoryEvent::LookupFoundNothing
        ) && recorded.iter().any(|earlier| earlier.event == entry.event)
    });
    (same && tries).then_some(std::slice::from_ref(last))
}

fn thinned<'a>(before: &[HistoryEntry], after: &'a [HistoryEntry]) -> Option<&'a [HistoryEntry]> {
    if after.len() != History::MAX {
        return None;
    }
    let (head, middle) = (&after[..History::MAX / 2], History::MAX / 2);
    (1..middle).find_map(|added| {
        let kept = after.len() - added;
        let gone = (before.len() + added).checked_sub(History::MAX)?;
        let same = before.starts_with(head) && before.get(middle + gone..)? == &after[middle..kept];
        same.then_some(&after[kept..])
    })
}

fn sets_state(entry: &HistoryEntry) -> bool {
    use HistoryEvent::{
        Adopted, CancelUnconfirmed, Cancelled, Claimed, Moved, OutcomeUnknown, Refused, Reopened, RequestNotFound,
        Requested,
    };
    matches!(
        entry.event,
        Claimed
            | OutcomeUnknown
            | Requested { .. }
            | Adopted { .. }
            | Refused { .. }
            | Cancelled
            | CancelUnconfirmed
            | Moved { .. }
            | Reopened
            | RequestNotFound
    )
}

/// The state that a history ends in; `None` where its last step sets none.
fn recorded_state(history: &[HistoryEntry]) -> Option<State> {
    let mut cancelling = false;
    let mut state = None;
    for (number, entry) in history.iter().enumerate() {
        match &entry.event {
            HistoryEvent::Claimed if number == 0 => state = Some(State::Claimed),
            HistoryEvent::OutcomeUnknown => state = Some(State::OutcomeUnknown),
            HistoryEvent::Requested { .. } | HistoryEvent::Adopted { .. } => state = Some(State::Requested),
            HistoryEvent::Refused { .. } => state = Some(State::Failed),
            HistoryEvent::CancelWanted { .. } => cancelling = true,
            HistoryEvent::Cancelled | HistoryEvent::CancelUnconfirmed => state = Some(State::Cancelled),
            HistoryEvent::Moved { to, .. } => state = Some(*to),
            // Any of those in which Crosschq holds it open.
            HistoryEvent::Reopened => state = None,
            HistoryEvent::RequestNotFound => state = Some(if cancelling { State::Cancelled } else { State::Failed }),
            _ => {}
        }
    }
    state
}

#[cfg(test)]
mod tests;
