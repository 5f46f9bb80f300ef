//! Whether a check's history answers what happened and why: every write is held against the one that it was written
//! over, and every mark that it changed against the entries that it added.

use connector_core::domain::{Check, Entry, Row, State, What};

/// What a write changed without saying so, or said otherwise. `before` is the version that it was written over.
pub fn breaches(before: Option<&Check>, after: &Check) -> Vec<String> {
    let known: &[Entry] = before.map_or(&[], |before| &before.history);
    let Some(added) = added(known, &after.history) else { return vec!["the history was rewritten".to_owned()] };
    let mut breaches = Vec::new();
    let mut hold = |holds: bool, what: &str| {
        if !holds {
            breaches.push(what.to_owned());
        }
    };
    hold(after.history.windows(2).all(|pair| pair[0].at <= pair[1].at), "the history is out of order");
    hold(after.version == before.map_or(1, |before| before.version + 1), "a version was left out");
    hold(after.is_over() || after.due_at.is_some(), "an open check that nobody will look at again");
    let told = told_state(&after.history);
    if before.is_none_or(|before| before.state != after.state) {
        hold(added.iter().any(tells_a_state), "a change of state without its entry");
    }
    // Far back in a full history the entry may have been thinned out.
    if after.history.len() < Check::HISTORY_MAX {
        hold(told.is_none_or(|told| told == after.state), &format!("the history tells {told:?} of {:?}", after.state));
    }
    match before {
        None => hold(matches!(added, [first] if first.what == What::Claimed), "a check that begins otherwise"),
        Some(before) => marks(before, after, added, &mut hold),
    }
    breaches
}

/// Each mark that changed has its entry.
fn marks(before: &Check, after: &Check, added: &[Entry], hold: &mut impl FnMut(bool, &str)) {
    let has = |found: &dyn Fn(&What) -> bool| added.iter().any(|entry| found(&entry.what));
    if before.request != after.request {
        let named = has(&|what| match what {
            What::Requested { request } | What::Adopted { request } => after.request.as_ref() == Some(request),
            _ => false,
        });
        hold(before.request.is_none() && named, "a request without its entry");
    }
    if before.refusal != after.refusal {
        let said = has(&|what| matches!(what, What::Refused { refusal } if after.refusal.as_ref() == Some(refusal)));
        hold(said, "a refusal without its entry");
    }
    if before.cancel != after.cancel {
        hold(has(&|what| matches!(what, What::CancelWanted { .. })), "a wish to cancel without its entry");
    }
    if before.rejection != after.rejection {
        let said = has(&|what| match what {
            What::RejectionReported => after.rejection.is_some(),
            What::RejectionDismissed | What::CancelWanted { .. } => after.rejection.is_none(),
            _ => false,
        });
        hold(said, "a rejection reported or dismissed without its entry");
    }
    if before.cancel_refused_at.is_none() && after.cancel_refused_at.is_some() {
        let said = has(&|what| matches!(what, What::CancelRefused { .. } | What::CancelTooLate));
        hold(said, "a refused cancel without its entry");
    }
    if before.duplicates != after.duplicates {
        hold(has(&|what| matches!(what, What::SecondRequest { .. })), "a duplicate without its entry");
    }
    if !before.cancel_unconfirmed && after.cancel_unconfirmed {
        hold(has(&|what| *what == What::CancelUnconfirmed), "an unconfirmed cancellation without its entry");
    }
    if before.create.begun != after.create.begun {
        let said = has(&|what| match what {
            What::CreateBegun | What::Repeated => after.create.begun > before.create.begun,
            What::Released { .. } => after.create.begun < before.create.begun,
            // Crosschq answered that it refuses the order.
            What::Refused { .. } => after.create.begun < before.create.begun,
            _ => false,
        });
        hold(said, "a create counted without its entry");
    }
    if after.lease.is_some() && before.lease != after.lease {
        hold(has(&|what| matches!(what, What::Claimed | What::TakenOver)), "a lease without its entry");
    }
    if after.shown.is_some() && before.shown != after.shown {
        hold(has(&|what| matches!(what, What::Shown { .. })), "a row was shown without its entry");
    }
    if let Row::Entry(row) = &after.row
        && before.row != after.row
    {
        let said = has(&|what| matches!(what, What::Shown { entry } if entry.as_ref() == Some(row)));
        hold(said, "a row was found without its entry");
    }
    if before.moved_to != after.moved_to {
        let said =
            has(&|what| matches!(what, What::StatusMoved { .. } | What::StatusKept | What::StatusPutBack { .. }));
        hold(said, "the workflow was moved without its entry");
    }
    if after.attachment.as_ref().is_some_and(|settled| settled.digest.is_some())
        && before.attachment.as_ref().and_then(|settled| settled.digest.as_ref())
            != after.attachment.as_ref().and_then(|settled| settled.digest.as_ref())
    {
        hold(has(&|what| matches!(what, What::Attached | What::NotAttached { .. })), "an attachment without its entry");
    }
    if !before.workflow_gone && after.workflow_gone {
        hold(has(&|what| *what == What::GoneFromAts), "gone from the ATS without its entry");
    }
}

/// The entries that a write added; `None` where it changed what was told before. A history only grows at its end, but
/// for two things: beyond its limit its middle is thinned, and the same steps to the same end are kept once and counted.
fn added<'a>(before: &[Entry], after: &'a [Entry]) -> Option<&'a [Entry]> {
    if after.starts_with(before) {
        return Some(&after[before.len()..]);
    }
    counted(before, after).or_else(|| thinned(before, after))
}

fn counted<'a>(before: &[Entry], after: &'a [Entry]) -> Option<&'a [Entry]> {
    let (last, told) = after.split_last()?;
    let (known, dropped) = before.strip_prefix(told)?.split_first()?;
    let repeats = last.repeats?;
    let times = known.repeats.map_or(1, |known| known.times) + 1;
    let since = known.repeats.map_or(known.at, |known| known.since);
    let same = known.what == last.what && known.by == last.by && repeats.times == times && repeats.since == since;
    let tries = dropped.iter().all(|entry| {
        matches!(
            entry.what,
            What::Claimed | What::CreateBegun | What::Repeated | What::TakenOver | What::LookedUp { .. }
        ) && told.iter().any(|earlier| earlier.what == entry.what)
    });
    (same && tries).then_some(std::slice::from_ref(last))
}

fn thinned<'a>(before: &[Entry], after: &'a [Entry]) -> Option<&'a [Entry]> {
    if after.len() != Check::HISTORY_MAX {
        return None;
    }
    let (head, middle) = (&after[..Check::HISTORY_MAX / 2], Check::HISTORY_MAX / 2);
    (1..middle).find_map(|added| {
        let kept = after.len() - added;
        let gone = (before.len() + added).checked_sub(Check::HISTORY_MAX)?;
        let same = before.starts_with(head) && before.get(middle + gone..)? == &after[middle..kept];
        same.then_some(&after[kept..])
    })
}

fn tells_a_state(entry: &Entry) -> bool {
    use What::{
        Adopted, CancelUnconfirmed, Cancelled, Claimed, GoneFromCrosschq, Moved, OutcomeUnknown, Refused, Reopened,
        Requested,
    };
    matches!(
        entry.what,
        Claimed
            | OutcomeUnknown
            | Requested { .. }
            | Adopted { .. }
            | Refused { .. }
            | Cancelled
            | CancelUnconfirmed
            | Moved { .. }
            | Reopened
            | GoneFromCrosschq
    )
}

/// The state that a history tells; `None` where its last step does not tell one.
fn told_state(history: &[Entry]) -> Option<State> {
    let mut cancelling = false;
    let mut state = None;
    for (number, entry) in history.iter().enumerate() {
        match &entry.what {
            What::Claimed if number == 0 => state = Some(State::Claimed),
            What::OutcomeUnknown => state = Some(State::OutcomeUnknown),
            What::Requested { .. } | What::Adopted { .. } => state = Some(State::Requested),
            What::Refused { .. } => state = Some(State::Failed),
            What::CancelWanted { .. } => cancelling = true,
            What::Cancelled | What::CancelUnconfirmed => state = Some(State::Cancelled),
            What::Moved { to, .. } => state = Some(*to),
            // Any of those in which Crosschq holds it open.
            What::Reopened => state = None,
            What::GoneFromCrosschq => state = Some(if cancelling { State::Cancelled } else { State::Failed }),
            _ => {}
        }
    }
    state
}

#[cfg(test)]
mod tests;
