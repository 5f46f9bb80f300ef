//! Queues, and what feeds from them.

use std::collections::BTreeSet;
use std::time::Duration;

use testkit::fakes::{LIMITS, MAX_RECEIVES, QUEUES, VISIBILITY};

use crate::{resource, template};

#[test]
fn every_queue_source_reports_single_failures_and_keeps_within_lambdas_limits() {
    let template = template();
    assert_eq!(template.sqs_sources.len(), 3);
    for source in &template.sqs_sources {
        let name = &source.function;
        assert!(source.enabled, "{name}");
        assert!(source.reports_batch_item_failures, "{name}: without it one failed record fails its batch");
        // More than ten need a batching window; our workers prefer starting at once.
        assert!((1..=10).contains(&source.batch_size), "{name}");
        assert!(source.max_concurrency.is_some_and(|limit| (2..=1000).contains(&limit)), "{name}");
    }
}

#[test]
fn the_simulated_platform_enforces_the_limits_of_the_template() {
    let template = template();
    for source in &template.sqs_sources {
        let queue = template.queues.iter().find(|queue| queue.arn == source.queue_arn).unwrap();
        let (name, concurrency) = *QUEUES.iter().find(|(name, _)| *name == queue.name).unwrap();
        assert_eq!(source.max_concurrency.map(|most| most as usize), Some(concurrency), "{name}");
        assert_eq!(source.batch_size, LIMITS.batch, "{name}");
        assert_eq!(Duration::from_secs(queue.visibility_timeout_s), VISIBILITY, "{name}");
        assert_eq!(
            queue.redrive.as_ref().map(|redrive| redrive.max_receive_count),
            Some(u64::from(MAX_RECEIVES)),
            "{name}"
        );
        let worker = template.function(&source.function).unwrap();
        assert_eq!(Duration::from_secs(worker.timeout_s), LIMITS.worker, "{name}");
    }
    for (function, limit) in
        [("icims-webhook", LIMITS.webhook), ("crosschq-callback", LIMITS.webhook), ("reconciler", LIMITS.reconciler)]
    {
        let timeout = template.functions.iter().find(|known| known.name == function).unwrap().timeout_s;
        assert_eq!(Duration::from_secs(timeout), limit, "{function}");
    }
    let every = LIMITS.schedule.as_secs() / 60;
    assert!(template.raw().to_string().contains(&format!("rate({every} minutes)")));
}

#[test]
fn a_message_stays_invisible_for_six_timeouts_of_its_worker() {
    let template = template();
    for source in &template.sqs_sources {
        let queue = template.queues.iter().find(|queue| queue.arn == source.queue_arn).unwrap();
        let worker = template.function(&source.function).unwrap();
        assert!(queue.visibility_timeout_s >= 6 * worker.timeout_s, "{}", queue.name);
    }
}

#[test]
fn every_work_queue_gives_up_into_a_dead_letter_queue_of_its_own_that_keeps_longer() {
    let template = template();
    assert_eq!(template.queues.len(), 6);
    let mut dead_letters = BTreeSet::new();
    for source in &template.sqs_sources {
        let queue = template.queues.iter().find(|queue| queue.arn == source.queue_arn).unwrap();
        let redrive = queue.redrive.as_ref().unwrap_or_else(|| panic!("{}: no dead-letter queue", queue.name));
        assert!(redrive.max_receive_count >= 5, "{}", queue.name);
        let dead = template.queues.iter().find(|queue| queue.arn == redrive.dead_letter_arn).unwrap();
        assert_eq!(dead.name, format!("{}-dlq", queue.name));
        // A message's age goes on counting in the dead-letter queue.
        assert!(dead.retention_s > queue.retention_s, "{}", queue.name);
        assert!(dead.redrive.is_none(), "{}", dead.name);
        let allow = &resource(&template, &dead.logical_id)["RedriveAllowPolicy"];
        assert_eq!(allow["redrivePermission"], "byQueue");
        let from = allow["sourceQueueArns"].to_string();
        assert!(from.contains(&format!("${{NamePrefix}}{}\"", queue.name)), "{}: {from}", dead.name);
        dead_letters.insert(dead.logical_id.clone());
    }
    assert_eq!(dead_letters.len(), 3);
    assert!(template.queues.iter().all(|queue| queue.encrypted));
}
