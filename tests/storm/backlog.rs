//! Twenty thousand checks are due at once, as after a long outage of a vendor. Runs of the schedule, each with the minute
//! that it has on AWS, enqueue all of them before the first would be enqueued again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use connector_core::domain::{
    Actor, Check, CheckKey, CorrelationId, Envelope, Lease, Message, NewCheck, RecognizedBy, ReferenceOrder, Source,
    Stamp, Timestamp,
};
use connector_core::failure::Failure;
use connector_core::flows::Reconciler;
use connector_core::ports::{Clock as _, Queue};
use testkit::fakes::{FakeStore, Journal, LIMITS, Rng, SimClock, StoreFaults, story};

/// Checks that are due when the first run begins.
const DUE: usize = 20_000;
/// What a call of store or queue takes on average.
const CALL: Duration = Duration::from_millis(5);
/// What the first run has: a few seconds more than its margin.
const LATE: Duration = Duration::from_secs(26);
/// What a run leaves of its time at least.
const MARGIN: Duration = Duration::from_secs(20);
const BEGAN: Timestamp = Timestamp::from_s(1_772_442_000);

/// Counts what is sent for each workflow, in the order in which it is sent; as slow as SQS, which takes ten at once.
#[derive(Default)]
struct Sent {
    workflows: Mutex<Vec<String>>,
}

#[async_trait]
impl Queue for Sent {
    async fn send(&self, message: Envelope<Message>) -> Result<(), Failure> {
        self.send_all(vec![message]).await
    }

    async fn send_all(&self, messages: Vec<Envelope<Message>>) -> Result<(), Failure> {
        for batch in messages.chunks(10) {
            tokio::time::sleep(CALL).await;
            self.workflows.lock().unwrap().extend(batch.iter().map(|message| {
                let Message::Update(update) = &message.message else { panic!("{message:?}") };
                serde_json::to_value(update).unwrap()["workflow"].as_str().unwrap().to_owned()
            }));
        }
        Ok(())
    }
}

/// A check that awaits its references. The larger its number, the longer it has been due when the first run begins.
fn due(number: usize) -> Check {
    let order = ReferenceOrder {
        workflow: number.to_string().parse().unwrap(),
        attempt: 1,
        person: Some("9".parse().unwrap()),
        requisition: None,
        acting_user: None,
        ordered_at: BEGAN,
        old_status: None,
        source: Source::Event,
    };
    let key = CheckKey { customer: "1234".parse().unwrap(), workflow: order.workflow.clone(), attempt: 1 };
    let new = NewCheck { key, order: &order, manual_orders: 0, repeat_unconfirmed: false };
    let stamp = Stamp { by: Actor::Requester, cause: &CorrelationId::untraced(), now: BEGAN };
    let mut check = Check::claim(new, Lease { until: BEGAN }, &stamp);
    check.requested(&format!("r-{number}").parse().unwrap(), RecognizedBy::Reply, &stamp);
    check.timing.due_at = Some(BEGAN.before(Duration::from_secs(number as u64)));
    check
}

async fn backlog() {
    let (rng, clock) = (Rng::new(1), SimClock::begin(BEGAN));
    let journal = Journal::new(clock, false);
    let store = FakeStore::new(StoreFaults::default(), rng, clock, journal).sharded(4);
    (1..=DUE).for_each(|number| store.seed(due(number)));
    let sent = Arc::new(Sent::default());
    let reconciler = Reconciler { checks: Arc::new(store), queue: sent.clone(), clock: Arc::new(clock) };
    let (mut runs, mut in_a_row, mut enqueued) = (0, 0, 0);
    loop {
        let begun = clock.now();
        // A run that begins late has less time: what it does not reach is the next one's.
        let time = if runs == 0 { LATE } else { LIMITS.reconciler };
        let done = reconciler.reconcile(&CorrelationId::untraced(), begun.after(time)).await.unwrap();
        runs += 1;
        enqueued += done.enqueued;
        let took = clock.now().since(begun);
        in_a_row += took.as_millis() / CALL.as_millis();
        assert!(took < time - MARGIN, "run {runs} took {took:?}");
        assert_eq!(done.failed, 0);
        if runs == 1 {
            assert!(done.out_of_time && done.enqueued > 2_000, "{done:?}");
            // Oldest first, in each shard by itself.
            let workflows: BTreeSet<String> = sent.workflows.lock().unwrap().iter().cloned().collect();
            let mut oldest = DUE - done.enqueued / 2..=DUE;
            assert!(oldest.all(|number| workflows.contains(&number.to_string())));
        }
        if !done.out_of_time {
            break;
        }
        clock.until(BEGAN.after(LIMITS.schedule * runs)).await;
    }
    let workflows = sent.workflows.lock().unwrap();
    let distinct: BTreeSet<&String> = workflows.iter().collect();
    testkit::counted(&format!("due={DUE} runs={runs} enqueued={enqueued} calls_in_a_row={in_a_row}"));
    assert_eq!((enqueued, workflows.len(), distinct.len()), (DUE, DUE, DUE), "each once");
    assert!(runs <= 3 && in_a_row <= DUE as u128 / 20, "{runs} runs, {in_a_row} calls in a row");
}

#[test]
fn twenty_thousand_due_checks_are_enqueued_once_each_within_a_few_runs() {
    story(backlog());
}
