//! Values that several commands take.

use std::time::Duration;

use clap::ValueEnum;
use connector_core::domain::State;

/// A span such as `90s`, `30m`, `2h` or `1d12h`.
///
/// # Errors
/// What a span looks like.
pub fn span(text: &str) -> Result<Duration, String> {
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

/// A check's state, as `--state` takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum StateWord {
    /// Ordered; not confirmed by Crosschq.
    Claimed,
    /// A create left and no answer came.
    OutcomeUnknown,
    /// The candidate is invited.
    Requested,
    /// The candidate works on it.
    CandidateInProgress,
    /// Referees are asked.
    AwaitingReferences,
    /// References come in.
    InProgress,
    /// Done.
    Completed,
    /// Stopped.
    Cancelled,
    /// The candidate declined.
    Declined,
    /// Nobody acted in time.
    Expired,
    /// It could not be carried out.
    Failed,
}

impl From<StateWord> for State {
    fn from(word: StateWord) -> Self {
        match word {
            StateWord::Claimed => Self::Claimed,
            StateWord::OutcomeUnknown => Self::OutcomeUnknown,
            StateWord::Requested => Self::Requested,
            StateWord::CandidateInProgress => Self::CandidateInProgress,
            StateWord::AwaitingReferences => Self::AwaitingReferences,
            StateWord::InProgress => Self::InProgress,
            StateWord::Completed => Self::Completed,
            StateWord::Cancelled => Self::Cancelled,
            StateWord::Declined => Self::Declined,
            StateWord::Expired => Self::Expired,
            StateWord::Failed => Self::Failed,
        }
    }
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
