//! What a status' label says. Labels are the platform's own words (docs/vendors/icims.md §8), so this proposes and
//! never decides.

use super::proposal::{Certainty, Setting};

/// What comes after a bin: `Screen: Crosschq` says `crosschq`.
fn leaf(label: &str) -> &str {
    label.rsplit(':').next().unwrap_or(label).trim()
}

/// Words of a status that tells how far a check got: writing it is our business, ordering from it would be a loop.
const OUTCOMES: [&str; 12] = [
    "complete", "progress", "sent", "received", "cancel", "fail", "expired", "declined", "pending", "await", "done",
    "review",
];

/// What a status of this label may be to us, and how sure that is.
pub(super) fn meaning(label: &str) -> Option<(Setting, Certainty, String)> {
    let all = label.to_lowercase();
    let leaf = leaf(&all);
    let message = |setting, certainty, why: &str| Some((setting, certainty, why.to_owned()));
    if all.contains("withdr") {
        return message(Setting::Withdrawn, Certainty::Sure, "its label says withdrawn");
    }
    if all.contains("reject") {
        // Who rejects an offer is the candidate.
        let by_whom = if all.contains("offer") { Certainty::Maybe } else { Certainty::Sure };
        return message(Setting::Rejected, by_whom, "its label says rejected");
    }
    if leaf.contains("crosschq") {
        if OUTCOMES.iter().any(|outcome| leaf.contains(outcome)) {
            return None;
        }
        return message(Setting::Trigger, Certainty::Sure, "its label names Crosschq");
    }
    for (part, setting, why) in [
        ("not selected", Setting::Rejected, "its label says not selected"),
        ("disposition", Setting::Rejected, "its label says disposition"),
        ("declined", Setting::Withdrawn, "its label says declined"),
        ("not interested", Setting::Withdrawn, "its label says not interested"),
        ("reference check", Setting::Trigger, "its label names reference checks"),
    ] {
        if all.contains(part) && !(setting == Setting::Trigger && OUTCOMES.iter().any(|word| leaf.contains(word))) {
            return message(setting, Certainty::Maybe, why);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_with_their_bins_and_doubt_is_said() {
        use Certainty::{Maybe, Sure};
        use Setting::{Rejected, Trigger, Withdrawn};
        for (label, expected) in [
            ("Screen: Crosschq", Some((Trigger, Sure))),
            ("Send to CROSSCHQ 360", Some((Trigger, Sure))),
            ("Screen: Crosschq Complete", None),
            ("Crosschq: In Progress", None),
            ("Crosschq: Interview", None),
            ("Screen: Reference Check", Some((Trigger, Maybe))),
            ("Reference Check Received", None),
            ("Rejected: Not a fit", Some((Rejected, Sure))),
            ("Offer: Rejected by candidate", Some((Rejected, Maybe))),
            ("Not Selected", Some((Rejected, Maybe))),
            ("Withdrawn: Withdrawn", Some((Withdrawn, Sure))),
            ("Candidate withdrew", Some((Withdrawn, Sure))),
            ("Offer Declined", Some((Withdrawn, Maybe))),
            ("New Submissions", None),
            ("Interview: Phone Screen", None),
        ] {
            let message = meaning(label).map(|(setting, certainty, _)| (setting, certainty));
            assert_eq!(message, expected, "{label}");
        }
    }
}
