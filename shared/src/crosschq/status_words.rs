//! Crosschq's status words, which it publishes nowhere: our table, the customer's own words above it, and what to do
//! with a word that neither knows (docs/vendors/crosschq.md §9.5).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use crate::domain::Stage;

/// What a status word means, of a request or of one reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It stands there.
    At(Stage),
    /// Somebody is late: a flag beside the stage, which the word does not tell.
    PastDue,
}

/// The defaults. The first word of each meaning is also its canonical one, the value of a customer's own entries.
const WORDS: [(Meaning, &[&str]); 10] = [
    (
        Meaning::At(Stage::Requested),
        &[
            "requested",
            "request_sent",
            "sent",
            "initiated",
            "created",
            "pending",
            "new",
            "pending_candidate",
            "awaiting_candidate",
        ],
    ),
    (
        Meaning::At(Stage::CandidateInProgress),
        &["candidate_in_progress", "candidate_started", "opened", "self_survey_completed"],
    ),
    (
        Meaning::At(Stage::AwaitingReferences),
        &["awaiting_references", "references_submitted", "references_requested", "pending_references"],
    ),
    (Meaning::At(Stage::InProgress), &["in_progress", "partially_completed", "partial", "started"]),
    (Meaning::PastDue, &["past_due", "overdue"]),
    (Meaning::At(Stage::Completed), &["completed", "complete", "concluded", "done", "finished", "auto_concluded"]),
    (Meaning::At(Stage::Cancelled), &["cancelled", "canceled", "archived", "withdrawn"]),
    (Meaning::At(Stage::Declined), &["declined", "candidate_declined", "opted_out", "refused"]),
    (Meaning::At(Stage::Expired), &["expired", "timed_out"]),
    (Meaning::At(Stage::Failed), &["failed", "error", "bounced", "undeliverable"]),
];

/// What a word means to a customer; nothing if nobody knows, which is logged once per word and process.
pub(super) fn meaning(raw: &str, own_words: &BTreeMap<String, String>) -> Option<Meaning> {
    let word = normalized(raw);
    let own = own_words.iter().find(|(key, _)| normalized(key) == word).map(|(_, canonical)| normalized(canonical));
    let known = match &own {
        Some(canonical) => WORDS.iter().find(|(_, words)| words.first() == Some(&canonical.as_str())),
        None => WORDS.iter().find(|(_, words)| words.contains(&word.as_str())),
    };
    if known.is_none() && is_news(&word) {
        let word = loggable(&word);
        match own {
            Some(_) => tracing::warn!(status.word = word, "crosschq.status_words maps this word to no known status"),
            None => tracing::warn!(status.word = word, "Crosschq uses a status word that we do not know"),
        }
    }
    known.map(|(meaning, _)| *meaning)
}

/// Trimmed, lower case, runs of space, `-` and `_` as one `_`.
fn normalized(raw: &str) -> String {
    let mut word = String::with_capacity(raw.len());
    for c in raw.trim().chars().flat_map(char::to_lowercase) {
        if !(c.is_whitespace() || c == '-' || c == '_') {
            word.push(c);
        } else if !word.ends_with('_') {
            word.push('_');
        }
    }
    word
}

/// A word of theirs as it may stand in a log line: short, and of harmless characters.
fn loggable(word: &str) -> String {
    word.chars().take(40).map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '?' }).collect()
}

fn is_news(word: &str) -> bool {
    // Bounded, so that a Crosschq that invents words without end neither fills the log nor our memory.
    const MOST: usize = 100;
    static LOGGED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    logged.len() < MOST && logged.insert(loggable(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(raw: &str) -> Option<Meaning> {
        meaning(raw, &BTreeMap::new())
    }

    #[test]
    fn the_table_knows_every_word_of_the_fact_sheet() {
        let facts: [(Meaning, &str); 10] = [
            (
                Meaning::At(Stage::Requested),
                "requested request_sent sent initiated created pending new pending_candidate awaiting_candidate",
            ),
            (
                Meaning::At(Stage::CandidateInProgress),
                "candidate_in_progress candidate_started opened self_survey_completed",
            ),
            (
                Meaning::At(Stage::AwaitingReferences),
                "awaiting_references references_submitted references_requested pending_references",
            ),
            (Meaning::At(Stage::InProgress), "in_progress partially_completed partial started"),
            (Meaning::PastDue, "past_due overdue"),
            (Meaning::At(Stage::Completed), "completed complete concluded done finished auto_concluded"),
            (Meaning::At(Stage::Cancelled), "cancelled canceled archived withdrawn"),
            (Meaning::At(Stage::Declined), "declined candidate_declined opted_out refused"),
            (Meaning::At(Stage::Expired), "expired timed_out"),
            (Meaning::At(Stage::Failed), "failed error bounced undeliverable"),
        ];
        let mut count = 0;
        for (means, words) in facts {
            for word in words.split(' ') {
                assert_eq!(plain(word), Some(means), "{word}");
                count += 1;
            }
        }
        assert_eq!(count, WORDS.iter().map(|(_, words)| words.len()).sum::<usize>());
    }

    #[test]
    fn spelling_does_not_matter() {
        for raw in ["In Progress", " in-progress ", "IN__PROGRESS", "in - progress"] {
            assert_eq!(plain(raw), Some(Meaning::At(Stage::InProgress)), "{raw:?}");
        }
    }

    #[test]
    fn a_customers_own_word_wins_over_the_table() {
        let own = BTreeMap::from([
            ("Waiting on refs".to_owned(), "awaiting_references".to_owned()),
            ("archived".to_owned(), "expired".to_owned()),
            ("late".to_owned(), "past_due".to_owned()),
            ("sent".to_owned(), "no_such_status".to_owned()),
        ]);
        assert_eq!(meaning("waiting-on refs", &own), Some(Meaning::At(Stage::AwaitingReferences)));
        assert_eq!(meaning("Archived", &own), Some(Meaning::At(Stage::Expired)));
        assert_eq!(meaning("LATE", &own), Some(Meaning::PastDue));
        assert_eq!(meaning("completed", &own), Some(Meaning::At(Stage::Completed)));
        assert_eq!(meaning("sent", &own), None);
    }

    #[test]
    fn an_unknown_word_is_news_once_and_is_cut_for_the_log() {
        assert_eq!(plain("quantum entangled"), None);
        assert!(!is_news("quantum_entangled"));
        assert!(is_news("quite another"));
        assert!(!is_news("quite another"));
        assert_eq!(loggable("a\nb é"), "a?b??");
        assert_eq!(loggable(&"x".repeat(500)).len(), 40);
    }
}
