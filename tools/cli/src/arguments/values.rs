//! Values that several commands take.

use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use connector_core::domain::State;

/// A span such as `90s`, `30m`, `2h` or `1d12h`.
///
/// # Errors
/// What a span looks like.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let wrong = || "a span is a number with s, m, h or d, e.g. 90s, 30m, 2h, 1d12h".to_owned();
    let (mut total, mut number) = (0_u64, String::new());
    for c in text.trim().chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let unit_s = match c.to_ascii_lowercase() {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        let count: u64 = number.parse().map_err(|_| wrong())?;
        total = count.checked_mul(unit_s).and_then(|span| total.checked_add(span)).ok_or_else(wrong)?;
        number.clear();
    }
    if !number.is_empty() || text.trim().is_empty() {
        return Err(wrong());
    }
    Ok(Duration::from_secs(total))
}

/// Words with their explanations, as an option's possible values.
pub(super) fn words(words: &[(&'static str, &'static str)]) -> PossibleValuesParser {
    words.iter().map(|(word, help)| PossibleValue::new(*word).help(*help)).collect::<Vec<_>>().into()
}

/// A check's state.
pub(super) fn state() -> impl TypedValueParser<Value = State> {
    let help = |state| match state {
        State::Claimed => "Ordered; not confirmed by Crosschq",
        State::OutcomeUnknown => "Sent to Crosschq, and no response came",
        State::Requested => "The candidate is invited",
        State::CandidateInProgress => "The candidate is working on it",
        State::AwaitingReferences => "The referees are invited",
        State::InProgress => "References are coming in",
        State::Completed => "Done",
        State::Cancelled => "Stopped",
        State::Declined => "The candidate declined",
        State::Expired => "Nobody acted in time",
        State::Failed => "It could not be carried out",
    };
    words(&State::ALL.map(|state| (state.as_str(), help(state)))).try_map(|word| {
        State::ALL.into_iter().find(|state| state.as_str() == word).ok_or_else(|| format!("{word} is no state"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_in_their_units_and_nothing_else_is_guessed() {
        for (text, s) in [("90s", 90), ("30m", 1_800), ("2h", 7_200), ("1d12h", 129_600), (" 2H ", 7_200)] {
            assert_eq!(span(text), Ok(Duration::from_secs(s)), "{text}");
        }
        for wrong in ["", "2", "h", "2 h", "2w", "-2h", "99999999999999999999d"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
