//! The create (docs/vendors/crosschq.md §9.2): what was seen in a real customer's code always, our own keys only where
//! the customer's Crosschq is known to take them.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Unreadable, message, object, request_id};
use crate::domain::{Order, Relationship, RequestId};

#[derive(Serialize)]
struct Person<'a> {
    first_name: &'a str,
    last_name: &'a str,
    email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile_phone: Option<&'a str>,
}

/// The body of a create.
#[derive(Serialize)]
struct Create<'a> {
    candidate: Person<'a>,
    jobrole: &'a str,
    job_position: &'a str,
    requestor: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hiring_manager: Option<Person<'a>>,
    config_params: BTreeMap<&'a str, u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    candidate_message: Option<String>,
    use_sms: bool,
    send_past_due_notification: bool,
    send_completed_notification: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    extensions: Option<Extensions<'a>>,
}

/// The keys that are our own guess.
#[derive(Serialize)]
struct Extensions<'a> {
    external_id: &'a str,
    template_tag: &'a str,
    any_relationship_count: u8,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reference_notes: Vec<Note<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_conclude: Option<AutoConclude<'a>>,
}

#[derive(Serialize)]
struct Note<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    relationship: Option<&'a Relationship>,
    note: &'a str,
}

#[derive(Serialize)]
struct AutoConclude<'a> {
    min_total: u8,
    by_relationship: &'a BTreeMap<Relationship, u8>,
    after_days: u16,
}

/// The counts (docs/vendors/crosschq.md §1.5). What a template names is sent as it names it. A real customer's code
/// always sent all five known keys, zeros included, so they stand for what a template does not name, lest Crosschq
/// takes a default. A template that names a key of its account's own knows what the account has: it alone says what is
/// sent.
fn counts(order: &Order, extensions: bool) -> BTreeMap<&str, u8> {
    let mut counts: BTreeMap<&str, u8> = BTreeMap::new();
    if order.references.keys().all(Relationship::is_known) {
        counts.extend(Relationship::KNOWN.iter().map(|known| (known.as_str(), 0)));
    }
    counts.extend(order.references.iter().map(|(of, count)| (of.as_str(), *count)));
    if !extensions && order.any_references > 0 {
        let peers = counts.entry(Relationship::PEERS.as_str()).or_default();
        *peers = peers.saturating_add(order.any_references);
    }
    counts
}

/// The body of a create. See [`message`] for what is told to the candidate instead of sent in a key.
pub(in super::super) fn body(order: &Order, extensions: bool) -> Result<Vec<u8>, serde_json::Error> {
    let candidate = &order.candidate;
    serde_json::to_vec(&Create {
        candidate: Person {
            first_name: candidate.first_name.expose(),
            last_name: candidate.last_name.expose(),
            email: candidate.email.expose(),
            mobile_phone: candidate.mobile.as_ref().map(|phone| phone.expose()),
        },
        jobrole: order.survey.as_str(),
        job_position: &order.position,
        requestor: order.requester.expose(),
        hiring_manager: order.hiring_manager.as_ref().map(|manager| Person {
            first_name: manager.first_name.expose(),
            last_name: manager.last_name.expose(),
            email: manager.email.expose(),
            mobile_phone: None,
        }),
        config_params: counts(order, extensions),
        candidate_message: message::compose(order, extensions),
        // The key is always there, as in the code that was seen: what Crosschq does without it is not known.
        use_sms: order.notifications.sms && candidate.mobile.is_some(),
        send_past_due_notification: order.notifications.past_due,
        send_completed_notification: order.notifications.completed,
        extensions: extensions.then(|| Extensions::of(order)),
    })
}

impl<'a> Extensions<'a> {
    fn of(order: &'a Order) -> Self {
        let note = |note: &'a crate::domain::ReferenceNote| Note {
            relationship: note.relationship.as_ref(),
            note: &note.note,
        };
        Self {
            external_id: &order.external_id,
            template_tag: &order.template_tag,
            any_relationship_count: order.any_references,
            reference_notes: order.notes.iter().map(note).collect(),
            auto_conclude: order.auto_conclude.as_ref().map(|rule| AutoConclude {
                min_total: rule.min_total,
                by_relationship: &rule.by_relationship,
                after_days: rule.after_days,
            }),
        }
    }
}

/// The idempotency key of our external id: a UUID (version 8, from its SHA-256), the same in every try and process.
pub(in super::super) fn idempotency_key(external_id: &str) -> String {
    let hash = Sha256::new().chain_update(b"crosschq.create\0").chain_update(external_id).finalize();
    let mut id = [0_u8; 16];
    id.copy_from_slice(&hash[..16]);
    id[6] = id[6] & 0x0f | 0x80;
    id[8] = id[8] & 0x3f | 0x80;
    let hex = hex::encode(id);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// The id in the reply to a create.
pub(in super::super) fn reply(body: &[u8]) -> Result<RequestId, Unreadable> {
    request_id(&object(body)?)
}
