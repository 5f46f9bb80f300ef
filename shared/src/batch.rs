//! A batch of queue records: each parsed, handled and acknowledged on its own. The only place that acks.
//!
//! | failure | record |
//! |---|---|
//! | none, `Permanent` | acknowledged |
//! | `Retry`, `Unconfirmed`, `CredentialsRefused`, `Internal` | deferred with jitter (or as long as the failure says), then delivered again; acknowledged if the schedule sent it: the schedule tries again |
//! | `Poison`, `Unauthenticated`, `UnknownPath` | delivered again unchanged, until the queue moves it to its dead-letter queue |
//!
//! Each record has a time limit of its own: what is left of the invocation, less the time to defer it and to answer. One
//! that is not done by then is dropped where it stands and counts as a `Retry`, so that the others are acknowledged in time.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::{FutureExt, future::join_all};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tracing::Instrument as _;
use tracing::field::{Empty, display};

use crate::domain::{Envelope, READABLE_SCHEMAS, SCHEMA, Source, Sourced, Timestamp};
use crate::failure::{Failure, Outcome};
use crate::ports::{Backoff, Clock};

/// First step of the backoff; each further one is three times as long.
const BASE: Duration = Duration::from_secs(2);
/// Its longest step: a queue with 10 receives then bridges 36 minutes at the very least, an hour as a rule.
const CAP: Duration = Duration::from_secs(1_200);
/// Receives after which a shorter wait is not granted any more: ten short waits would bury the record.
const SHORT_WAIT_MAX_RECEIVES: u32 = 3;
/// What is kept of an invocation's time to defer a record and to answer.
const TIME_TO_ANSWER: Duration = Duration::from_millis(1_500);
/// First step for what a person has to fix.
const INTERNAL_BASE: Duration = Duration::from_secs(30);

/// What a batch is run with.
#[derive(Clone, Copy)]
pub struct Invocation<'a> {
    /// When the process is stopped.
    pub deadline: Timestamp,
    pub clock: &'a dyn Clock,
    pub backoff: &'a dyn Backoff,
}

/// Handles the records of a batch concurrently and answers which of them failed. `handle` is given each record's message
/// and the moment at which the record's time is up.
///
/// A record that cannot be parsed, whose handling panics or takes too long, fails alone.
///
/// # Errors
/// If a failed record has no message id: then only the whole batch can fail.
pub async fn run<M, Fut>(
    event: SqsEvent,
    invocation: Invocation<'_>,
    handle: impl Fn(Envelope<M>, Timestamp) -> Fut,
) -> Result<SqsBatchResponse, Failure>
where
    M: DeserializeOwned + Sourced,
    Fut: Future<Output = Result<Outcome, Failure>>,
{
    let results = join_all(event.records.iter().map(|record| one(record, invocation, &handle))).await;
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

/// Handles one record, with a span that names what it is about; returns whether it is acknowledged.
async fn one<M, Fut>(
    record: &SqsMessage,
    invocation: Invocation<'_>,
    handle: &impl Fn(Envelope<M>, Timestamp) -> Fut,
) -> bool
where
    M: DeserializeOwned + Sourced,
    Fut: Future<Output = Result<Outcome, Failure>>,
{
    let receives = record.attributes.get("ApproximateReceiveCount").and_then(|n| n.parse::<u32>().ok()).unwrap_or(1);
    // Of the highest level, so that no filter cuts it off from the lines in it.
    let span = tracing::error_span!(
        "record",
        receives,
        customer.id = Empty,
        workflow.id = Empty,
        check.attempt = Empty,
        reference_request.id = Empty,
        correlation.id = Empty
    );
    let parsed = parse::<M>(record);
    if let Ok(envelope) = &parsed {
        span.record("customer.id", display(&envelope.customer));
        span.record("correlation.id", display(&envelope.correlation_id));
        let subject = envelope.message.subject();
        subject.workflow.map(|workflow| span.record("workflow.id", display(workflow)));
        subject.attempt.map(|attempt| span.record("check.attempt", attempt));
        subject.request.map(|request| span.record("reference_request.id", display(request)));
    }
    attempt(record, parsed, receives, invocation, handle).instrument(span).await
}

async fn attempt<M, Fut>(
    record: &SqsMessage,
    parsed: Result<Envelope<M>, Failure>,
    receives: u32,
    invocation: Invocation<'_>,
    handle: &impl Fn(Envelope<M>, Timestamp) -> Fut,
) -> bool
where
    M: Sourced,
    Fut: Future<Output = Result<Outcome, Failure>>,
{
    let started = Instant::now();
    let limit = invocation.deadline.before(TIME_TO_ANSWER);
    let source = parsed.as_ref().map_or(Source::Event, |envelope| envelope.message.source());
    let result = match parsed {
        Ok(envelope) => {
            let handled = AssertUnwindSafe(async { handle(envelope, limit).await }).catch_unwind();
            let time_left = limit.since(invocation.clock.now());
            match tokio::time::timeout(time_left, handled).await {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => Err(Failure::bug("the handling of a record panicked")),
                Err(_) => Err(Failure::retry("the record's time is up")),
            }
        }
        Err(failure) => Err(failure),
    };
    let duration_ms = started.elapsed().as_millis() as u64;
    match &result {
        Ok(outcome) => {
            tracing::info!(duration_ms, outcome = outcome.class(), what = %outcome, "check.attempted");
            return true;
        }
        Err(failure @ (Failure::Retry { .. } | Failure::Unconfirmed { .. } | Failure::Permanent(_))) => {
            tracing::warn!(duration_ms, outcome = failure.class().as_str(), why = %failure, "check.attempted");
        }
        Err(failure) => {
            tracing::error!(duration_ms, outcome = failure.class().as_str(), why = %failure, "check.attempted");
        }
    }
    let span = match &result {
        Err(Failure::Permanent(_)) | Ok(_) => return true,
        Err(Failure::Poison { .. } | Failure::DamagedBody | Failure::Unauthenticated { .. } | Failure::UnknownPath) => {
            return false;
        }
        // The schedule put the check off before it sent this, and sends it again.
        Err(_) if source == Source::Schedule => return true,
        Err(Failure::Retry { after: Some(after), .. } | Failure::Unconfirmed { after, .. }) => {
            let requested = *after + jitter(*after / 10);
            if receives > SHORT_WAIT_MAX_RECEIVES { requested.max(backoff_step(BASE, receives)) } else { requested }
        }
        Err(Failure::Retry { after: None, .. }) => backoff_step(BASE, receives),
        Err(Failure::CredentialsRefused { .. } | Failure::Internal { .. }) => backoff_step(INTERNAL_BASE, receives),
    };
    if let Some(receipt) = &record.receipt_handle
        && let Err(failure) = invocation.backoff.put_off(receipt, span).await
    {
        // The record then comes back after the queue's own visibility timeout.
        tracing::warn!(why = %failure, "the record could not be deferred");
    }
    false
}

/// What every release can read of an envelope.
#[derive(Deserialize)]
struct Outside {
    schema: u8,
}

fn parse<M: DeserializeOwned>(record: &SqsMessage) -> Result<Envelope<M>, Failure> {
    let body = record.body.as_deref().ok_or_else(|| Failure::poison("a record without body"))?;
    let unreadable = |error: serde_json::Error| {
        Failure::poison(format!("not our envelope: {:?} at column {}", error.classify(), error.column()))
    };
    // Before the rest: what a later release sends need not look like anything that we know.
    let Outside { schema } = serde_json::from_str(body).map_err(unreadable)?;
    if schema > SCHEMA {
        return Err(Failure::retry(format!("schema {schema} is for a later release: this one reads {SCHEMA}")));
    }
    if !READABLE_SCHEMAS.contains(&schema) {
        return Err(Failure::poison(format!("schema {schema} is too old: this release reads {SCHEMA}")));
    }
    serde_json::from_str(body).map_err(unreadable)
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
    use crate::domain::{Cancellation, ReferenceOrder, Refusal};
    use crate::telemetry::testing::Captured;

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

    const NOW: Timestamp = Timestamp::from_s(1_767_225_600);

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            NOW
        }
    }

    fn invocation(put_off: &PutOff) -> Invocation<'_> {
        Invocation { deadline: NOW.after(Duration::from_secs(30)), clock: &Still, backoff: put_off }
    }

    fn cancellation(workflow: &str) -> String {
        format!(r#"{{"schema":1,"customer":"1","correlation_id":"c","workflow":"{workflow}"}}"#)
    }

    async fn failed(bodies: &[&str], put_off: &PutOff) -> Vec<String> {
        let response = run(event(bodies), invocation(put_off), async |envelope: Envelope<Cancellation>, _| {
            match envelope.message.workflow.as_str() {
                "panic" => panic!("on purpose"),
                "later" => Err(Failure::retry_after(Duration::from_secs(40), "asked to")),
                "slow" => {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                    Ok(Outcome::Unchanged)
                }
                "never" => Err(Failure::Permanent(Refusal::NoEmail)),
                _ => Ok(Outcome::Unchanged),
            }
        })
        .await
        .unwrap();
        response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
    }

    #[tokio::test]
    async fn every_line_of_a_record_can_be_found_by_customer_workflow_attempt_and_correlation_id() {
        let captured = Captured::default();
        let _guard = captured.subscribe("warn");
        let order =
            r#"{"schema":1,"customer":"1234","correlation_id":"c-1","workflow":"5678","attempt":2,"ordered_at":0}"#;
        let put_off = PutOff::default();
        run(event(&[order]), invocation(&put_off), async |_: Envelope<ReferenceOrder>, _| {
            tracing::warn!("a line of a flow");
            Err(Failure::retry("busy"))
        })
        .await
        .unwrap();
        let lines = captured.lines();
        let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
        assert_eq!(messages, ["a line of a flow", "check.attempted"]);
        for line in lines {
            assert_eq!((&line["customer.id"], &line["workflow.id"]), (&"1234".into(), &"5678".into()), "{line}");
            assert_eq!((&line["check.attempt"], &line["correlation.id"]), (&2.into(), &"c-1".into()), "{line}");
            assert_eq!(line["receives"], 1, "{line}");
        }
    }

    #[tokio::test]
    async fn one_poison_record_fails_alone() {
        let put_off = PutOff::default();
        let good = cancellation("5");
        assert_eq!(failed(&[&good, "{", &good], &put_off).await, ["m1"]);
        assert!(put_off.0.lock().unwrap().is_empty(), "poison goes its way to the dead-letter queue");
    }

    #[tokio::test]
    async fn a_message_of_the_release_after_goes_back_to_the_queue_until_that_release_takes_it() {
        let put_off = PutOff::default();
        let next = format!(r#"{{"schema":{},"tenant":"1","workflows":["5"]}}"#, SCHEMA + 1);
        assert_eq!(failed(&[&cancellation("5"), &next], &put_off).await, ["m1"]);
        assert_eq!(put_off.0.lock().unwrap()[0].0, "r1", "it comes again");
    }

    #[tokio::test]
    async fn a_message_of_the_release_before_is_read() {
        let before = cancellation("5").replace("\"schema\":1", &format!("\"schema\":{}", SCHEMA - 1));
        assert!(failed(&[&before], &PutOff::default()).await.is_empty());
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

    #[tokio::test(start_paused = true)]
    async fn a_record_whose_time_is_up_fails_alone_and_in_time_to_answer() {
        let (put_off, began) = (PutOff::default(), tokio::time::Instant::now());
        assert_eq!(failed(&[&cancellation("5"), &cancellation("slow"), &cancellation("6")], &put_off).await, ["m1"]);
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
        assert_eq!(put_off.0.lock().unwrap()[0].0, "r1", "it comes again");
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_schedule_sent_leaves_no_trace_in_the_queue_however_it_fails() {
        let put_off = PutOff::default();
        for workflow in ["later", "panic", "slow"] {
            let by_schedule = cancellation(workflow).replace("\"workflow\"", "\"source\":\"schedule\",\"workflow\"");
            assert!(failed(&[&by_schedule], &put_off).await.is_empty(), "{workflow}");
        }
        assert!(put_off.0.lock().unwrap().is_empty());
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
            run(event, invocation(&put_off), async |_: Envelope<Cancellation>, _| {
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
