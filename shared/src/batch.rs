//! A batch of queue records: each parsed, handled and acknowledged on its own. The only place that acks.
//!
//! | failure | record |
//! |---|---|
//! | none, `Permanent` | acknowledged |
//! | `Retry`, `Unconfirmed`, `Internal` | put off with jitter (or as long as the failure asks), then delivered again |
//! | `Poison`, `Unauthenticated` | delivered again unchanged, until the queue moves it to its dead-letter queue |

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::{FutureExt, future::join_all};
use serde::de::DeserializeOwned;

use crate::domain::{Envelope, SCHEMA};
use crate::failure::{Failure, Outcome};
use crate::ports::Backoff;

/// First step of the backoff; each further one is three times as long.
const BASE: Duration = Duration::from_secs(2);
/// Its longest step: a queue with 10 receives then bridges 36 minutes at the very least, an hour as a rule.
const CAP: Duration = Duration::from_secs(1_200);
/// Receives after which a wish for a shorter wait is not heard any more: ten short waits would bury the record.
const PATIENCE: u32 = 3;
/// First step for what a person has to mend.
const INTERNAL_BASE: Duration = Duration::from_secs(30);

/// Handles the records of a batch concurrently and answers which of them failed.
///
/// A record that cannot be parsed, or whose handling panics, fails alone.
///
/// # Errors
/// If a failed record has no message id: then only the whole batch can fail.
pub async fn run<M, Fut>(
    event: SqsEvent,
    backoff: &dyn Backoff,
    handle: impl Fn(Envelope<M>) -> Fut,
) -> Result<SqsBatchResponse, Failure>
where
    M: DeserializeOwned,
    Fut: Future<Output = Result<Outcome, Failure>>,
{
    let results = join_all(event.records.iter().map(|record| one(record, backoff, &handle))).await;
    let mut response = SqsBatchResponse::default();
    for (record, acknowledged) in event.records.iter().zip(results) {
        if acknowledged {
            continue;
        }
        match record.message_id.as_deref().filter(|id| !id.is_empty()) {
            Some(id) => {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = id.to_owned();
                response.batch_item_failures.push(failure);
            }
            // An empty identifier would fail the whole batch without saying why.
            None => return Err(Failure::poison("a record without message id")),
        }
    }
    Ok(response)
}

/// Handles one record; tells whether it is acknowledged.
async fn one<M, Fut>(record: &SqsMessage, backoff: &dyn Backoff, handle: &impl Fn(Envelope<M>) -> Fut) -> bool
where
    M: DeserializeOwned,
    Fut: Future<Output = Result<Outcome, Failure>>,
{
    let started = Instant::now();
    let receives = record.attributes.get("ApproximateReceiveCount").and_then(|n| n.parse::<u32>().ok()).unwrap_or(1);
    let (ids, result) = match parse::<M>(record) {
        Ok(envelope) => {
            let ids = (envelope.customer.to_string(), envelope.correlation_id.to_string());
            let handled = AssertUnwindSafe(async { handle(envelope).await }).catch_unwind().await;
            (ids, handled.unwrap_or_else(|_| Err(Failure::internal("the handling of a record panicked"))))
        }
        Err(failure) => (Default::default(), Err(failure)),
    };
    let (customer, correlation_id) = ids;
    let duration_ms = started.elapsed().as_millis() as u64;
    match &result {
        Ok(outcome) => {
            let (outcome, what) = match outcome {
                Outcome::Done(what) => ("done", what),
                Outcome::Ignored(what) => ("ignored", what),
            };
            tracing::info!(
                customer.id = customer,
                correlation.id = correlation_id,
                receives,
                duration_ms,
                outcome,
                what,
                "check.attempted"
            );
            return true;
        }
        Err(failure @ (Failure::Retry { .. } | Failure::Unconfirmed { .. } | Failure::Permanent(_))) => {
            tracing::warn!(customer.id = customer, correlation.id = correlation_id, receives, duration_ms,
                outcome = failure.class(), why = %failure, "check.attempted");
        }
        Err(failure) => {
            tracing::error!(customer.id = customer, correlation.id = correlation_id, receives, duration_ms,
                outcome = failure.class(), why = %failure, "check.attempted");
        }
    }
    let span = match &result {
        Err(Failure::Permanent(_)) | Ok(_) => return true,
        Err(Failure::Poison { .. } | Failure::Unauthenticated { .. }) => return false,
        Err(Failure::Retry { after: Some(after), .. } | Failure::Unconfirmed { after, .. }) => {
            let asked = *after + jitter(*after / 10);
            if receives > PATIENCE { asked.max(backoff_step(BASE, receives)) } else { asked }
        }
        Err(Failure::Retry { after: None, .. }) => backoff_step(BASE, receives),
        Err(Failure::Internal { .. }) => backoff_step(INTERNAL_BASE, receives),
    };
    if let Some(receipt) = &record.receipt_handle
        && let Err(failure) = backoff.put_off(receipt, span).await
    {
        // The record then comes back after the queue's own visibility timeout.
        tracing::warn!(correlation.id = correlation_id, why = %failure, "the record could not be put off");
    }
    false
}

fn parse<M: DeserializeOwned>(record: &SqsMessage) -> Result<Envelope<M>, Failure> {
    let body = record.body.as_deref().ok_or_else(|| Failure::poison("a record without body"))?;
    let envelope: Envelope<M> = serde_json::from_str(body).map_err(|error| {
        Failure::poison(format!("not our envelope: {:?} at column {}", error.classify(), error.column()))
    })?;
    if envelope.schema != SCHEMA {
        return Err(Failure::poison(format!("schema {} is not {SCHEMA}", envelope.schema)));
    }
    Ok(envelope)
}

/// An exponentially growing step, of which half is left to chance: with all of it, ten receives would hardly outlast a
/// quarter of an hour.
fn backoff_step(base: Duration, receives: u32) -> Duration {
    let step = base.saturating_mul(3_u32.checked_pow(receives.saturating_sub(1)).unwrap_or(u32::MAX)).min(CAP);
    step / 2 + jitter(step / 2)
}

fn jitter(span: Duration) -> Duration {
    Duration::from_millis(fastrand::u64(0..=u64::try_from(span.as_millis()).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;
    use crate::domain::{Cancellation, Refusal};

    #[derive(Default)]
    struct PutOff(Mutex<Vec<(String, Duration)>>);

    #[async_trait]
    impl Backoff for PutOff {
        async fn put_off(&self, receipt_handle: &str, span: Duration) -> Result<(), Failure> {
            self.0.lock().unwrap().push((receipt_handle.to_owned(), span));
            Ok(())
        }
    }

    fn event(bodies: &[&str]) -> SqsEvent {
        let records = bodies.iter().enumerate().map(|(n, body)| {
            let mut record = SqsMessage::default();
            record.message_id = Some(format!("m{n}"));
            record.receipt_handle = Some(format!("r{n}"));
            record.body = Some((*body).to_owned());
            record
        });
        let mut event = SqsEvent::default();
        event.records = records.collect();
        event
    }

    fn cancellation(workflow: &str) -> String {
        format!(r#"{{"schema":1,"customer":"1","correlation_id":"c","workflow":"{workflow}"}}"#)
    }

    async fn failed(bodies: &[&str], put_off: &PutOff) -> Vec<String> {
        let response = run(event(bodies), put_off, async |envelope: Envelope<Cancellation>| {
            match envelope.message.workflow.as_str() {
                "panic" => panic!("on purpose"),
                "later" => Err(Failure::retry_after(Duration::from_secs(40), "asked to")),
                "never" => Err(Failure::Permanent(Refusal::NoEmail)),
                _ => Ok(Outcome::Done("")),
            }
        })
        .await
        .unwrap();
        response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
    }

    #[tokio::test]
    async fn one_poison_record_fails_alone() {
        let put_off = PutOff::default();
        let good = cancellation("5");
        let other_schema = good.replace("\"schema\":1", "\"schema\":2");
        assert_eq!(failed(&[&good, "{", &other_schema, &good], &put_off).await, ["m1", "m2"]);
        assert!(put_off.0.lock().unwrap().is_empty(), "poison goes its way to the dead-letter queue");
    }

    #[tokio::test]
    async fn a_panic_is_that_records_failure_and_no_others() {
        let put_off = PutOff::default();
        assert_eq!(failed(&[&cancellation("panic"), &cancellation("5")], &put_off).await, ["m0"]);
    }

    #[tokio::test]
    async fn a_customers_own_mistake_is_acknowledged() {
        let put_off = PutOff::default();
        assert!(failed(&[&cancellation("never")], &put_off).await.is_empty());
    }

    #[tokio::test]
    async fn a_record_is_put_off_for_as_long_as_the_other_side_asks() {
        let put_off = PutOff::default();
        assert_eq!(failed(&[&cancellation("later")], &put_off).await, ["m0"]);
        let put_off = put_off.0.lock().unwrap();
        assert_eq!(put_off[0].0, "r0");
        assert!((40..=44).contains(&put_off[0].1.as_secs()), "{put_off:?}");
    }

    #[test]
    fn ten_receives_outlast_a_bad_half_hour_whatever_the_chance() {
        let bridged: Duration = (1..10).map(|receives| backoff_step(BASE, receives)).sum();
        assert!(bridged > Duration::from_secs(1_800), "{bridged:?}");
    }

    #[tokio::test]
    async fn a_vendor_that_keeps_asking_for_short_waits_does_not_bury_a_record() {
        let mut bridged = Duration::ZERO;
        for receives in 1..10 {
            let put_off = PutOff::default();
            let mut event = event(&[&cancellation("5")]);
            event.records[0].attributes.insert("ApproximateReceiveCount".to_owned(), receives.to_string());
            run(event, &put_off, async |_: Envelope<Cancellation>| {
                Err(Failure::retry_after(Duration::from_secs(7), "Crosschq rate limit"))
            })
            .await
            .unwrap();
            bridged += put_off.0.lock().unwrap()[0].1;
        }
        assert!(bridged > Duration::from_secs(1_800), "{bridged:?}");
    }

    #[test]
    fn the_backoff_grows_and_stays_under_its_cap() {
        for receives in 0..40 {
            assert!(backoff_step(BASE, receives) <= CAP);
        }
    }
}
