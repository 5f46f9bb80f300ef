//! What the candidate is told, where Crosschq has no key of its own for it.
//!
//! `candidate_message` is the only free text that a create is known to take (docs/vendors/crosschq.md §1.5), so
//! everything of a template that is meant for the candidate and has no known key is said there:
//! - the template's message, then its own e-mail text;
//! - unless the customer's Crosschq takes our extensions: the note for each kind of reference, and for references of
//!   "any" kind a sentence. Those are counted on `peers`, because Crosschq asks for as many as the counts say, refuses
//!   a sum that is too small, and has no known key for "any" (§4); the sentence tells the candidate that they are free.
//!
//! A template's own text for SMS has no known key either and nobody to be told to: it is not sent.

use crate::domain::{Order, Relationship};

/// The message; nothing if there is nothing to say. `extensions`: notes and "any" travel in keys of their own.
pub(super) fn compose(order: &Order, extensions: bool) -> Option<String> {
    let own = [&order.candidate_message, &order.notifications.email_text].into_iter().flatten().cloned();
    let mut parts: Vec<String> = own.collect();
    if !extensions {
        parts.extend(any_sentence(order));
        parts.extend(
            order.notes.iter().map(|note| format!("{}: {}", label(note.relationship.as_ref()), note.note.trim())),
        );
    }
    parts.retain(|part| !part.trim().is_empty());
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

fn any_sentence(order: &Order) -> Option<String> {
    let which = match order.any_references {
        0 => return None,
        1 => "For one of the co-worker references".to_owned(),
        count => format!("For {count} of the co-worker references"),
    };
    Some(format!("{which}, you may name anyone who knows your work, whatever your working relationship."))
}

fn label(relationship: Option<&Relationship>) -> String {
    relationship.map_or_else(|| "Any reference".to_owned(), Relationship::label)
}
