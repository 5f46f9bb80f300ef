//! Checks as items. The attributes are those of [`Check`] (serde names) and what the table and its indexes need:
//!
//! | attribute | |
//! |---|---|
//! | `pk`, `sk` | `check#<customer>#<workflow>`, `attempt#00001` |
//! | `state` | the word for the check's phase: projected into index `customer` |
//! | `due_shard` | `due#0` … `due#3`, present with `due_at` only: index `due` |
//! | `request_key` | `<customer>#<request>`, once known; `<customer>#?<address>`, by a fingerprint, while the create's outcome is unknown: index `request` |
//! | `expires_at` | seconds; once the check may be forgotten: TTL |
//! | `write_id` | which write this is, so that one's own is known again after a lost reply |
//!
//! A later release may have written more. Attributes that this one does not know are left as they are by every write, so
//! what a release adds to a check is an attribute of its own, never a field of a known one. A word that this release does not
//! know (a phase, say) is another matter: the check is left to the later release.

use sha2::{Digest as _, Sha256};

use super::documents;
use super::item::{self, Item, n, s, text};
use super::unreadable::{Problem, Unreadable};
use crate::domain::{Check, CheckKey, CustomerId, RequestId, State, WorkflowId};
use crate::failure::{Cause, Failure};

/// How many partitions the index `due` is spread over.
pub(super) const DUE_SHARDS: u8 = 4;

/// DynamoDB takes 400 KiB; a check is tens of them at most, so one that comes near is our bug.
const MAX_BYTES: usize = 350 * 1024;

/// Five digits sort as text.
const MAX_ATTEMPT: u32 = 99_999;

/// What the store adds to a check's own attributes, besides the keys `pk` and `sk`.
const OURS: [&str; 5] = ["state", "due_shard", "request_key", "expires_at", "write_id"];

/// Every attribute that a write of this release sets or removes; it leaves all others alone.
pub(super) fn written() -> impl Iterator<Item = &'static str> {
    Check::ATTRIBUTES.into_iter().chain(OURS)
}

/// The partition of a workflow's attempts.
pub(super) fn pk(customer: &CustomerId, workflow: &WorkflowId) -> String {
    format!("check#{customer}#{workflow}")
}

/// The sort key of an attempt.
pub(super) fn sk(attempt: u32) -> String {
    format!("attempt#{attempt:05}")
}

/// The value in index `request`.
pub(super) fn request_key(customer: &CustomerId, request: &RequestId) -> String {
    format!("{customer}#{request}")
}

/// The value in index `request` of a check whose create outcome is unknown, by the fingerprint of its candidate's address.
/// No request id has a `?`.
pub(super) fn unknown_key(customer: &CustomerId, address: &str) -> String {
    format!("{customer}#?{address}")
}

/// One partition of the index `due`.
pub(super) fn shard(number: u8) -> String {
    format!("due#{number}")
}

/// Stable across releases, unlike the standard library's hashes.
fn shard_of(key: &CheckKey) -> String {
    let hash = Sha256::digest(pk(&key.customer, &key.workflow));
    shard(hash.first().map_or(0, |byte| byte % DUE_SHARDS))
}

/// The key that an item of the table or of its indexes names.
pub fn key_of(item: &Item) -> Option<CheckKey> {
    let (customer, workflow) = text(item, "pk")?.strip_prefix("check#")?.split_once('#')?;
    let attempt = text(item, "sk")?.strip_prefix("attempt#")?.parse().ok()?;
    Some(CheckKey { customer: customer.parse().ok()?, workflow: workflow.parse().ok()?, attempt })
}

/// A check's place in the table: `pk` and `sk`.
pub fn item_key(key: &CheckKey) -> Item {
    Item::from([("pk".to_owned(), s(pk(&key.customer, &key.workflow))), ("sk".to_owned(), s(sk(key.attempt)))])
}

/// Which write an item stems from.
pub(super) fn write_id(item: &Item) -> Option<&str> {
    text(item, "write_id")
}

/// A check as an item.
///
/// # Errors
/// [`Failure::Internal`] if it has grown beyond what the table takes.
pub(super) fn to_item(check: &Check, write_id: &str, retention_days: u16) -> Result<Item, Failure> {
    let key = &check.key;
    if key.attempt > MAX_ATTEMPT {
        return Err(Failure::bug(format!("check of workflow {}: attempt beyond {MAX_ATTEMPT}", key.workflow)));
    }
    let mut item: Item = serde_dynamo::to_item(check)
        .map_err(|_| Failure::bug(format!("check of workflow {} cannot be written as an item", key.workflow)))?;
    let mut add = |name: &str, value| item.insert(name.to_owned(), value);
    add("pk", s(pk(&key.customer, &key.workflow)));
    add("sk", s(sk(key.attempt)));
    add("write_id", s(write_id));
    add("state", s(check.state().as_str()));
    if check.timing.due_at.is_some() {
        add("due_shard", s(shard_of(key)));
    }
    if let Some(request) = check.request() {
        add("request_key", s(request_key(&key.customer, request)));
    } else if let Some(fingerprint) = check.fingerprint().filter(|_| check.state() == State::OutcomeUnknown) {
        add("request_key", s(unknown_key(&key.customer, &fingerprint.address)));
    }
    if let Some(at) = check.expires_at(retention_days) {
        add("expires_at", n(at.s()));
    }
    let bytes = item::size(&item);
    if bytes > MAX_BYTES {
        return Err(Failure::bug(format!("check of workflow {} has grown to {bytes} bytes", key.workflow)));
    }
    Ok(item)
}

/// An item as a check. Attributes that we do not know are left alone: another release may have written them.
///
/// # Errors
/// [`Failure::Retry`] if only a later release can read it; [`Failure::Internal`] if none can. Both name the field.
pub fn to_check(mut item: Item) -> Result<Check, Failure> {
    let key = text(&item, "pk").unwrap_or("without pk").to_owned();
    item.retain(|name, _| Check::ATTRIBUTES.contains(&name.as_str()));
    item::read(&item).map_err(|unreadable| match documents::explain::<Check>(item) {
        Some(Unreadable { field, problem: Problem::UnknownWord(_) }) => {
            let place = if field.is_empty() { String::new() } else { format!(" in {field}") };
            Failure::retry(format!("item {key}: a word{place} that only a later release knows"))
        }
        _ => Failure::internal(Cause::Record, format!("item {key}: {unreadable}")),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::time::Duration;

    use aws_sdk_dynamodb::primitives::Blob;
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;
    use crate::domain::{
        Actor, Attachment, CancelReason, CorrelationId, CreateCount, CreateLedger, EntryId, FailureClass, History,
        Lease, RecognizedBy, ReferenceOrder, Refusal, Stamp, StatusId, StatusOutcome, Timestamp, View,
    };
    use crate::testing;

    const NOW: Timestamp = Timestamp::from_s(1_767_225_600);

    fn correlation() -> CorrelationId {
        CorrelationId::parse("c-1").unwrap()
    }

    fn claimed() -> Check {
        let order = ReferenceOrder {
            person: Some("9".parse().unwrap()),
            requisition: Some("77".parse().unwrap()),
            ..testing::order(1, NOW)
        };
        testing::claimed(&order, NOW.after(Duration::from_secs(30)), &stamp(&correlation()))
    }

    fn stamp(cause: &CorrelationId) -> Stamp<'_> {
        Stamp { by: Actor::Updater, cause, now: NOW }
    }

    /// A check with something in every part and many kinds of history.
    fn full() -> Check {
        let cause = correlation();
        let stamp = stamp(&cause);
        let status = |id: &str| StatusId::parse(id).unwrap();
        let mut check = claimed();
        check.subject.template = Some("sales-ae".parse::<String>().unwrap().try_into().unwrap());
        check.release(FailureClass::Retry, NOW, CreateCount::Kept, &stamp);
        check.lookup_found_nothing(&stamp);
        check.outcome_unknown(&stamp);
        check.requested(&"6b1f".parse().unwrap(), RecognizedBy::Likeness, &stamp);
        check.record_duplicate(&"6b20".parse().unwrap(), &stamp);
        check.want_cancel(CancelReason::Withdrawn, &stamp);
        check.cancel_refused(&["status".to_owned()], &stamp);
        check.row_written(View::of(&check, None).digest(), Some(EntryId::parse("12").unwrap()), &stamp);
        check.status_resolved(status("C1"), StatusOutcome::Moved, &stamp);
        check.begin_status_move(status("C2"), NOW);
        check.report_attached(Attachment { updated_at: Some(NOW), digest: Some("d".to_owned()) }, true, &stamp);
        check.workflow_missing(&stamp);
        check.sync.lease = Some(Lease { until: NOW });
        check.creates = CreateLedger { begun: 2, last_at: Some(NOW) };
        check
    }

    #[test]
    fn a_check_reads_back_as_it_was_written() {
        let mut refused = claimed();
        refused.refuse(Refusal::NoTemplate { field: "assessmenttype".to_owned() }, &stamp(&correlation()));
        for check in [claimed(), full(), refused] {
            assert_eq!(to_check(to_item(&check, "w", 30).unwrap()).unwrap(), check);
        }
    }

    #[test]
    fn an_item_has_the_keys_of_the_table_and_of_the_indexes() {
        let item = to_item(&full(), "w", 30).unwrap();
        assert_eq!(text(&item, "pk"), Some("check#1234#5678"));
        assert_eq!(text(&item, "sk"), Some("attempt#00001"));
        assert_eq!(text(&item, "request_key"), Some("1234#6b1f"));
        assert!(text(&item, "due_shard").unwrap().starts_with("due#"));
        assert_eq!(item["due_at"], n(NOW.after(Check::CANCEL_AGAIN).ms()));
        assert_eq!(key_of(&item), Some(full().key));
    }

    #[test]
    fn a_check_that_is_not_due_is_in_no_shard() {
        let mut check = claimed();
        check.timing.due_at = None;
        let item = to_item(&check, "w", 30).unwrap();
        assert!(!item.contains_key("due_shard") && !item.contains_key("due_at"));
    }

    #[test]
    fn only_a_check_that_is_over_expires() {
        let mut check = claimed();
        assert!(!to_item(&check, "w", 30).unwrap().contains_key("expires_at"));
        check.refuse(Refusal::NoEmail, &stamp(&correlation()));
        assert!(!to_item(&check, "w", 30).unwrap().contains_key("expires_at"), "still due");
        check.timing.due_at = None;
        assert_eq!(to_item(&check, "w", 30).unwrap()["expires_at"], n(NOW.s() + 30 * 86_400));
    }

    #[test]
    fn attributes_that_we_do_not_know_do_not_hurt() {
        let mut item = to_item(&claimed(), "w", 30).unwrap();
        for (name, value) in [
            ("x_null", AttributeValue::Null(true)),
            ("x_blob", AttributeValue::B(Blob::new(vec![1]))),
            ("x_blobs", AttributeValue::Bs(vec![Blob::new(vec![1])])),
            ("x_texts", AttributeValue::Ss(vec!["a".to_owned()])),
            ("x_numbers", AttributeValue::Ns(vec!["1.5".to_owned()])),
            ("x_number", n("12345678901234567890123456789012345678")),
            ("x_map", AttributeValue::M(HashMap::from([("a".to_owned(), AttributeValue::L(vec![]))]))),
        ] {
            item.insert(name.to_owned(), value);
        }
        assert_eq!(to_check(item).unwrap(), claimed());
    }

    #[test]
    fn no_attribute_is_written_that_is_not_listed() {
        let listed: Vec<_> = written().chain(["pk", "sk"]).collect();
        for name in to_item(&full(), "w", 30).unwrap().keys() {
            assert!(listed.contains(&name.as_str()), "{name}");
        }
    }

    #[test]
    fn a_check_of_the_release_after_in_a_stage_that_we_do_not_know_is_left_to_it() {
        let word = |json: serde_json::Value| serde_dynamo::to_attribute_value(json).unwrap();
        let request = serde_json::json!({"id": "6b1f"});
        for (name, value) in [
            ("phase", serde_json::json!({"paused": {"request": request}})),
            ("phase", serde_json::json!({"open": {"request": request, "stage": "in_review"}})),
            ("phase", serde_json::json!({"ended": {"end": {"refused": {"code": "no_consent"}}}})),
            ("cancel", serde_json::json!({"wanted": "duplicate"})),
            ("sync", serde_json::json!({"row": "archived"})),
        ] {
            let mut item = to_item(&full(), "w", 30).unwrap();
            item.insert(name.to_owned(), word(value.clone()));
            let failure = to_check(item).unwrap_err();
            let Failure::Retry { why, .. } = &failure else { panic!("{value}: {failure}") };
            assert!(why.contains("check#1234#5678") && why.contains("later release"), "{why}");
        }
    }

    #[test]
    fn an_item_that_is_no_check_is_named_with_its_field() {
        let mut item = to_item(&claimed(), "w", 30).unwrap();
        item.insert("version".to_owned(), s("hunter2"));
        let failure = to_check(item).unwrap_err().to_string();
        assert!(failure.contains("check#1234#5678") && failure.contains("version"), "{failure}");
        assert!(!failure.contains("hunter2"), "{failure}");
    }

    #[test]
    fn a_check_that_outgrew_the_table_is_our_failure() {
        let mut check = claimed();
        check.refuse(Refusal::Invalid { fields: vec!["x".repeat(400_000)] }, &stamp(&correlation()));
        assert!(matches!(to_item(&check, "w", 30), Err(Failure::Internal { .. })));
    }

    #[test]
    fn the_longest_history_fits() {
        let mut check = full();
        for _ in 0..2 * History::MAX {
            check.row_refused("x".repeat(300), &stamp(&correlation()));
        }
        assert!(to_item(&check, "w", 30).is_ok());
    }

    #[test]
    fn all_shards_are_used_and_a_workflow_keeps_its_own() {
        let mut key = claimed().key;
        let mut seen = std::collections::BTreeSet::new();
        for workflow in 0..100 {
            key.workflow = workflow.to_string().parse().unwrap();
            seen.insert(shard_of(&key));
        }
        assert_eq!(seen.len(), usize::from(DUE_SHARDS));
        assert_eq!(shard_of(&claimed().key), shard_of(&CheckKey { attempt: 2, ..claimed().key }));
    }
}
