//! What any `CheckStore` has to do. Another store joins by a function that makes one and a call of [`conformance`].

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use connector_core::domain::{
    Actor, Check, CheckKey, CorrelationId, CustomerId, Fingerprint, RecognizedBy, ReferenceOrder, Refusal, Stamp,
    Timestamp,
};
use connector_core::failure::Failure;
use connector_core::ports::{CheckStore, DueCheck, DueChecks as _, ReadChecks as _, Write, WriteChecks as _};
use futures_util::future::join_all;
use testkit::checks::{claimed, order};

use crate::engine::Engine;

pub(crate) const RETENTION_DAYS: u16 = 30;
pub(crate) const NOW: Timestamp = Timestamp::from_s(1_767_225_600);

/// Runs every rule against stores that `store` makes. Each rule uses workflows of its own; those about `due` want a
/// store that holds nothing else.
async fn conformance<S, F>(store: impl Fn() -> F)
where
    S: CheckStore + 'static,
    F: Future<Output = S>,
{
    what_is_inserted_is_loaded_and_is_the_latest(&store().await).await;
    of_32_claims_of_one_attempt_one_wins_and_the_others_see_it(Arc::new(store().await)).await;
    a_save_counts_the_version_up_and_the_older_version_conflicts(&store().await).await;
    of_32_saves_of_one_version_one_wins(Arc::new(store().await)).await;
    a_save_of_a_check_that_is_gone_is_tried_again(&store().await).await;
    the_latest_attempt_is_the_newest_also_beyond_nine(&store().await).await;
    a_check_is_found_by_its_request_and_only_under_its_customer(&store().await).await;
    a_check_with_an_unknown_outcome_is_found_until_it_is_known(&store().await).await;
    due_checks_come_oldest_first_and_not_before_their_time(&store().await).await;
    a_page_of_due_checks_begins_after_the_last_one_of_the_page_before(&store().await).await;
    a_postponed_check_is_due_later_and_only_once(&store().await).await;
    postponing_does_not_make_a_workers_save_conflict(&store().await).await;
}

pub(crate) fn key(workflow: &str, attempt: u32) -> CheckKey {
    CheckKey { customer: customer(), workflow: workflow.parse().unwrap(), attempt }
}

fn customer() -> CustomerId {
    "1234".parse().unwrap()
}

pub(crate) fn correlation() -> CorrelationId {
    "c-1".parse().unwrap()
}

pub(crate) fn claim(key: CheckKey) -> Check {
    let order = ReferenceOrder { person: Some("9".parse().unwrap()), ..order(&key.workflow, key.attempt, NOW) };
    claimed(&key.customer, &order, NOW.after(Duration::from_secs(30)))
}

fn due_in(workflow: &str, seconds: u64) -> Check {
    let mut check = claim(key(workflow, 1));
    check.timing.due_at = Some(NOW.after(Duration::from_secs(seconds)));
    check
}

async fn insert(store: &impl CheckStore, check: &Check) {
    assert_eq!(store.insert(check, RETENTION_DAYS).await, Ok(Write::Stored));
}

async fn what_is_inserted_is_loaded_and_is_the_latest(store: &impl CheckStore) {
    let check = claim(key("1", 1));
    let workflow = &check.key.workflow;
    assert_eq!(store.load(&check.key).await, Ok(None));
    assert_eq!(store.latest(&customer(), workflow).await, Ok(None));
    insert(store, &check).await;
    assert_eq!(store.load(&check.key).await, Ok(Some(check.clone())));
    assert_eq!(store.latest(&customer(), workflow).await, Ok(Some(check.clone())));
}

/// The claims are alike to the last field, as those of one redelivered message may be.
async fn of_32_claims_of_one_attempt_one_wins_and_the_others_see_it<S: CheckStore + 'static>(store: Arc<S>) {
    let check = claim(key("2", 1));
    let claims = (0..32).map(|_| {
        let (store, check) = (Arc::clone(&store), check.clone());
        tokio::spawn(async move { store.insert(&check, RETENTION_DAYS).await.unwrap() })
    });
    let outcomes: Vec<Write> = join_all(claims).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Write::Stored).count(), 1);
    for outcome in outcomes {
        if let Write::Conflict(standing) = outcome {
            assert_eq!(*standing, check);
        }
    }
}

async fn a_save_counts_the_version_up_and_the_older_version_conflicts(store: &impl CheckStore) {
    let mut first = claim(key("3", 1));
    insert(store, &first).await;
    let mut late = first.clone();
    first.lookup_found_nothing(&Stamp { by: Actor::Requester, cause: &correlation(), now: NOW });
    assert_eq!(store.save(&mut first, RETENTION_DAYS).await, Ok(Write::Stored));
    assert_eq!(first.version, 2);
    assert_eq!(store.load(&first.key).await, Ok(Some(first.clone())));

    late.cancelled(&Stamp { by: Actor::Canceller, cause: &correlation(), now: NOW });
    let before = late.clone();
    assert_eq!(store.save(&mut late, RETENTION_DAYS).await, Ok(Write::Conflict(Box::new(first.clone()))));
    assert_eq!(late, before, "what was not stored is not counted up");
    assert_eq!(store.load(&first.key).await, Ok(Some(first)));
}

async fn of_32_saves_of_one_version_one_wins<S: CheckStore + 'static>(store: Arc<S>) {
    let check = claim(key("4", 1));
    insert(&*store, &check).await;
    let saves = (0..32).map(|_| {
        let (store, mut check) = (Arc::clone(&store), check.clone());
        tokio::spawn(async move { store.save(&mut check, RETENTION_DAYS).await.unwrap() })
    });
    let outcomes = join_all(saves).await;
    let stored = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Write::Stored))).count();
    assert_eq!(stored, 1);
    assert_eq!(store.load(&check.key).await.unwrap().unwrap().version, 2);
}

async fn a_save_of_a_check_that_is_gone_is_tried_again(store: &impl CheckStore) {
    let mut gone = claim(key("5", 1));
    let outcome = store.save(&mut gone, RETENTION_DAYS).await;
    assert!(matches!(outcome, Err(Failure::Retry { .. })), "{outcome:?}");
    assert_eq!((gone.version, store.load(&gone.key).await), (1, Ok(None)));
}

async fn the_latest_attempt_is_the_newest_also_beyond_nine(store: &impl CheckStore) {
    for attempt in [1, 2, 9, 10, 100] {
        insert(store, &claim(key("6", attempt))).await;
        let latest = store.latest(&customer(), &"6".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(latest.key.attempt, attempt);
    }
    insert(store, &claim(key("60", 101))).await;
    assert_eq!(store.latest(&customer(), &"6".parse().unwrap()).await.unwrap().unwrap().key.attempt, 100);
}

async fn a_check_is_found_by_its_request_and_only_under_its_customer(store: &impl CheckStore) {
    let mut check = claim(key("7", 1));
    let request = "6b1f-7".parse().unwrap();
    insert(store, &check).await;
    assert_eq!(store.by_request(&customer(), &request).await, Ok(None));
    check.requested(&request, RecognizedBy::Reply, &Stamp { by: Actor::Requester, cause: &correlation(), now: NOW });
    assert_eq!(store.save(&mut check, RETENTION_DAYS).await, Ok(Write::Stored));
    assert_eq!(store.by_request(&customer(), &request).await, Ok(Some(check.key)));
    assert_eq!(store.by_request(&"999".parse().unwrap(), &request).await, Ok(None));
}

async fn a_check_with_an_unknown_outcome_is_found_until_it_is_known(store: &impl CheckStore) {
    let mut check = claim(key("unknown", 1));
    insert(store, &check).await;
    assert!(!store.outcome_unknown(&customer(), "a").await.unwrap().contains(&check.key));
    let fingerprint = Fingerprint { address: "a".to_owned(), position: "p".to_owned() };
    check.begin_create(fingerprint, &Stamp { by: Actor::Requester, cause: &correlation(), now: NOW });
    check.outcome_unknown(&Stamp { by: Actor::Requester, cause: &correlation(), now: NOW });
    assert_eq!(store.save(&mut check, RETENTION_DAYS).await.unwrap(), Write::Stored);
    assert!(store.outcome_unknown(&customer(), "a").await.unwrap().contains(&check.key));
    assert_eq!(store.outcome_unknown(&customer(), "b").await.unwrap(), [], "another candidate's");
    assert_eq!(store.outcome_unknown(&"999".parse().unwrap(), "a").await.unwrap(), []);
    let request: connector_core::domain::RequestId = "6b1f-unknown".parse().unwrap();
    check.requested(&request, RecognizedBy::Reply, &Stamp { by: Actor::Updater, cause: &correlation(), now: NOW });
    assert_eq!(store.save(&mut check, RETENTION_DAYS).await.unwrap(), Write::Stored);
    assert!(!store.outcome_unknown(&customer(), "a").await.unwrap().contains(&check.key));
}

async fn due_checks_come_oldest_first_and_not_before_their_time(store: &impl CheckStore) {
    for (workflow, seconds) in [("80", 50), ("81", 10), ("82", 40), ("83", 20), ("84", 30), ("85", 900)] {
        insert(store, &due_in(workflow, seconds)).await;
    }
    let mut never = claim(key("86", 1));
    never.timing.due_at = None;
    insert(store, &never).await;

    let at = NOW.after(Duration::from_secs(60));
    let found = due(store, at).await;
    let workflows: Vec<&str> = found.iter().map(|due| due.key.workflow.as_str()).collect();
    assert_eq!(workflows, ["81", "83", "84", "82", "80"]);
    assert!(due(store, NOW).await.is_empty());
}

/// A run reads on after the last check of a page, whatever became of that check meanwhile.
async fn a_page_of_due_checks_begins_after_the_last_one_of_the_page_before(store: &impl CheckStore) {
    for seconds in 0..40u64 {
        // Each second twice: a page may end between two that are equally old.
        insert(store, &due_in(&format!("2{seconds}"), seconds / 2)).await;
    }
    let at = NOW.after(Duration::from_secs(60));
    let mut found = Vec::new();
    for shard in 0..store.shards() {
        let mut last = None;
        loop {
            let page = store.due(shard, at, last.as_ref(), 3).await.unwrap();
            assert!(page.len() <= 3 && page.is_sorted_by_key(|due| due.due_at));
            for due in &page {
                assert_eq!(store.postpone(due, at.after(Duration::from_secs(600))).await, Ok(true));
            }
            found.extend(page.iter().map(|due| due.key.workflow.as_str().to_owned()));
            last = page.last().cloned();
            if page.len() < 3 {
                break;
            }
        }
    }
    let distinct: std::collections::BTreeSet<_> = found.iter().collect();
    assert_eq!((found.len(), distinct.len()), (40, 40));
}

/// What is due in all shards, oldest first.
pub(crate) async fn due(store: &impl CheckStore, at: Timestamp) -> Vec<DueCheck> {
    let mut found = Vec::new();
    for shard in 0..store.shards() {
        let page = store.due(shard, at, None, 100).await.unwrap();
        assert!(page.is_sorted_by_key(|due| due.due_at));
        found.extend(page);
    }
    found.sort_by_key(|due| due.due_at);
    found
}

async fn a_postponed_check_is_due_later_and_only_once(store: &impl CheckStore) {
    insert(store, &due_in("90", 10)).await;
    let at = NOW.after(Duration::from_secs(60));
    let seen = due(store, at).await.remove(0);
    let (later, latest) = (at.after(Duration::from_secs(600)), at.after(Duration::from_secs(900)));
    assert_eq!(store.postpone(&seen, later).await, Ok(true));
    assert!(due(store, at).await.is_empty());
    assert_eq!(due(store, later).await.remove(0).due_at, later);
    assert_eq!(store.postpone(&seen, latest).await, Ok(false), "it has moved since it was read");

    let gone = DueCheck { key: key("91", 1), due_at: NOW };
    assert_eq!(store.postpone(&gone, later).await, Ok(false));
    assert_eq!(store.load(&gone.key).await, Ok(None), "postponing makes no check");
}

async fn postponing_does_not_make_a_workers_save_conflict(store: &impl CheckStore) {
    insert(store, &due_in("100", 10)).await;
    let mut worked_on = store.load(&key("100", 1)).await.unwrap().unwrap();
    let seen = due(store, NOW.after(Duration::from_secs(60))).await.remove(0);
    assert_eq!(store.postpone(&seen, NOW.after(Duration::from_secs(600))).await, Ok(true));
    assert_eq!(store.save(&mut worked_on, RETENTION_DAYS).await, Ok(Write::Stored));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dynamodb_conforms() {
    let engines = tokio::sync::Mutex::new(Vec::new());
    conformance(|| async {
        let engine = Engine::start().await;
        let store = engine.aws.store().unwrap();
        engines.lock().await.push(engine);
        store
    })
    .await;
}

#[tokio::test]
async fn a_write_whose_reply_was_lost_counts_as_stored() {
    let engine = Engine::start().await;
    let store = engine.aws.store().unwrap();
    let mut check = claim(key("1", 1));
    engine.fault("DynamoDB_20120810.PutItem", "reset_after", 1).await;
    insert(&store, &check).await;
    engine.fault("DynamoDB_20120810.UpdateItem", "reset_after", 1).await;
    assert_eq!(store.save(&mut check, RETENTION_DAYS).await, Ok(Write::Stored));
    assert_eq!((check.version, store.load(&check.key).await), (2, Ok(Some(check.clone()))));

    check.timing.due_at = Some(NOW);
    assert_eq!(store.save(&mut check, RETENTION_DAYS).await, Ok(Write::Stored));
    let seen = due(&store, NOW).await.remove(0);
    engine.fault("DynamoDB_20120810.UpdateItem", "reset_after", 1).await;
    assert_eq!(store.postpone(&seen, NOW.after(Duration::from_secs(60))).await, Ok(true));
}

#[tokio::test]
async fn a_busy_or_broken_engine_is_tried_again_by_the_sdk_and_then_by_the_queue() {
    let engine = Engine::start().await;
    let store = engine.aws.store().unwrap();
    for kind in ["throttle", "error500", "reset_before"] {
        engine.fault("DynamoDB_20120810.GetItem", kind, 2).await;
        assert_eq!(store.load(&key("1", 1)).await, Ok(None), "{kind}: two failures are bridged");
        engine.fault("DynamoDB_20120810.GetItem", kind, 3).await;
        let outcome = store.load(&key("1", 1)).await;
        assert!(matches!(outcome, Err(Failure::Retry { .. })), "{kind}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_table_that_is_not_there_is_our_failure_and_names_the_call() {
    let engine = Engine::start().await;
    let (dynamodb, ..) = engine.aws.sdk();
    let store = connector_core::aws::DynamoStore::new(dynamodb.clone(), "no-such-table");
    let Err(Failure::Internal { why, .. }) = store.insert(&claim(key("1", 1)), RETENTION_DAYS).await else {
        panic!("not internal");
    };
    assert!(why.contains("PutItem") && why.contains("ResourceNotFoundException"), "{why}");
}

#[tokio::test]
async fn only_a_check_that_is_over_carries_an_end_of_its_record() {
    let engine = Engine::start().await;
    let store = engine.aws.store().unwrap();
    let mut check = claim(key("1", 1));
    insert(&store, &check).await;
    assert_eq!(expires_at(&engine).await, None);
    check.refuse(Refusal::NoEmail, &Stamp { by: Actor::Requester, cause: &correlation(), now: NOW });
    check.timing.due_at = None;
    assert_eq!(store.save(&mut check, RETENTION_DAYS).await, Ok(Write::Stored));
    assert_eq!(expires_at(&engine).await, Some(AttributeValue::N((NOW.s() + 30 * 86_400).to_string())));
}

#[tokio::test]
async fn a_customers_checks_are_listed_by_when_they_were_ordered_with_how_they_stand() {
    let engine = Engine::start().await;
    let store = engine.aws.store().unwrap();
    let mut others = claim(key("1", 1));
    others.key.customer = "999".parse().unwrap();
    insert(&store, &others).await;
    for (workflow, after_s) in [("2", 20), ("3", 10)] {
        let mut check = claim(key(workflow, 1));
        check.timing.created_at = NOW.after(Duration::from_secs(after_s));
        insert(&store, &check).await;
    }
    let (dynamodb, ..) = engine.aws.sdk();
    let listed = dynamodb
        .query()
        .table_name(format!("{}-checks", engine.name))
        .index_name("customer")
        .key_condition_expression("customer = :customer")
        .expression_attribute_values(":customer", AttributeValue::S("1234".to_owned()))
        .send()
        .await
        .unwrap();
    let keys: Vec<_> = listed.items().iter().map(|item| item["pk"].as_s().unwrap().as_str()).collect();
    assert_eq!(keys, ["check#1234#3", "check#1234#2"]);
    let first = &listed.items()[0];
    assert_eq!(first["state"], AttributeValue::S("claimed".to_owned()));
    assert!(first.contains_key("person") && !first.contains_key("history"), "{first:?}");
}

async fn expires_at(engine: &Engine) -> Option<AttributeValue> {
    let (dynamodb, ..) = engine.aws.sdk();
    let items = dynamodb.scan().table_name(format!("{}-checks", engine.name)).send().await.unwrap().items.unwrap();
    assert_eq!(items.len(), 1);
    items[0].get("expires_at").cloned()
}

#[tokio::test]
async fn every_operation_is_one_call() {
    let engine = Engine::start().await;
    let store = engine.aws.store().unwrap();
    engine.calls().await;
    let mut check = claim(key("1", 1));
    insert(&store, &check).await;
    assert!(matches!(store.insert(&check, RETENTION_DAYS).await, Ok(Write::Conflict(_))));
    assert_eq!(store.save(&mut check, RETENTION_DAYS).await, Ok(Write::Stored));
    store.latest(&customer(), &check.key.workflow).await.unwrap();
    let calls = engine.calls().await;
    let expected = serde_json::json!({
        "DynamoDB_20120810.PutItem": 2, "DynamoDB_20120810.UpdateItem": 1, "DynamoDB_20120810.Query": 1
    });
    assert_eq!(calls, expected);
}
