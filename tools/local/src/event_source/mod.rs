//! Lambda's SQS event source: long polls, batches, partial batch responses, a maximum concurrency. A failed message is not
//! deleted: it is redelivered after its visibility timeout, and the queue's redrive policy moves it to the dead-letter
//! queue.

pub mod outcome;
pub mod record;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::aws_call::{AwsCalls, AwsError, Service};
use crate::lambda::Function;

/// SQS's maximum number of messages in one call.
const SQS_BATCH: u64 = 10;

/// Long poll; SQS's own maximum is 20 s.
const WAIT_S: u64 = 10;

/// The delay after a failed call.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Lambda's minimum for `MaximumConcurrency`, used if the template has no limit.
const DEFAULT_CONCURRENCY: u64 = 2;

/// Configures an event source.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SourceSpec {
    pub queue_url: String,
    pub queue_arn: String,
    /// `awsRegion` of the records.
    pub region: String,
    /// Replaces the queue's visibility timeout.
    pub visibility_timeout_s: Option<u64>,
    pub batch_size: u64,
    pub max_concurrency: Option<u64>,
    /// `batchItemFailures` of the response is honored; otherwise every success deletes the whole batch.
    pub reports_batch_item_failures: bool,
}

/// A running poller. A drop stops it at once, [`EventSource::stop`] lets running invocations finish.
#[derive(Debug)]
pub struct EventSource {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Drop for EventSource {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl EventSource {
    /// Starts polling.
    #[must_use]
    pub fn start(spec: SourceSpec, calls: AwsCalls, function: Function) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(poll(Arc::new(Poller { spec, calls, function }), stopped));
        Self { stop, task }
    }

    /// Stops receiving and waits until the running invocations are done and their messages deleted.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // An error is a panic of the poller: nothing is left to wait for.
        let _ = (&mut self.task).await;
    }
}

struct Poller {
    spec: SourceSpec,
    calls: AwsCalls,
    function: Function,
}

async fn poll(poller: Arc<Poller>, mut stopped: watch::Receiver<bool>) {
    let limit = poller.spec.max_concurrency.unwrap_or(DEFAULT_CONCURRENCY).max(1);
    let slots = Arc::new(Semaphore::new(usize::try_from(limit).unwrap_or(usize::MAX >> 4)));
    let mut running = JoinSet::new();
    while !*stopped.borrow() {
        // Otherwise finished invocations would accumulate.
        while running.try_join_next().is_some() {}
        let batch = tokio::select! {
            batch = next_batch(&poller, &slots) => batch,
            _ = stopped.changed() => break,
        };
        match batch {
            Ok((messages, slot)) if !messages.is_empty() => {
                let poller = Arc::clone(&poller);
                running.spawn(async move {
                    poller.deliver(&messages).await;
                    drop(slot);
                });
            }
            Ok(_) => {}
            Err(problem) => {
                crate::console::print(&format!("{}: {problem}", poller.function.name()));
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    }
    while running.join_next().await.is_some() {}
}

/// Waits for a free slot before it receives, so that no message is invisible while it waits for one.
async fn next_batch(
    poller: &Poller,
    slots: &Arc<Semaphore>,
) -> Result<(Vec<Value>, Option<OwnedSemaphorePermit>), AwsError> {
    let slot = Arc::clone(slots).acquire_owned().await.ok();
    Ok((poller.receive().await?, slot))
}

impl Poller {
    async fn receive(&self) -> Result<Vec<Value>, AwsError> {
        let mut request = json!({
            "QueueUrl": self.spec.queue_url,
            "MaxNumberOfMessages": self.spec.batch_size.min(SQS_BATCH),
            "WaitTimeSeconds": WAIT_S,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        if let Some(visibility_timeout_s) = self.spec.visibility_timeout_s {
            request["VisibilityTimeout"] = json!(visibility_timeout_s);
        }
        let response = self.calls.call(Service::Sqs, "ReceiveMessage", &request).await?;
        Ok(response.get("Messages").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    async fn deliver(&self, messages: &[Value]) {
        let event = record::event(messages, &self.spec.queue_arn, &self.spec.region);
        let result = self.function.invoke(Bytes::from(event.to_string())).await;
        let done = match &result {
            Ok(payload) => outcome::to_delete(payload, messages, self.spec.reports_batch_item_failures),
            Err(problem) => {
                crate::console::print(&format!("{}: {problem}", self.function.name()));
                return;
            }
        };
        if !done.is_empty() {
            self.delete(&done).await;
        }
    }

    /// Gives up after three tries: a message that is not deleted is redelivered, and the functions are idempotent.
    async fn delete(&self, receipts: &[&str]) {
        let entries: Vec<Value> = receipts
            .iter()
            .enumerate()
            .map(|(index, receipt)| json!({"Id": index.to_string(), "ReceiptHandle": receipt}))
            .collect();
        let request = json!({"QueueUrl": self.spec.queue_url, "Entries": entries});
        for _ in 0..3 {
            match self.calls.call(Service::Sqs, "DeleteMessageBatch", &request).await {
                Ok(response) => {
                    let failed = response.get("Failed").and_then(Value::as_array).map_or(0, Vec::len);
                    if failed > 0 {
                        crate::console::print(&format!("{}: {failed} messages not deleted", self.function.name()));
                    }
                    return;
                }
                Err(problem) => {
                    crate::console::print(&format!("{}: {problem}", self.function.name()));
                    tokio::time::sleep(RETRY_DELAY).await;
                }
            }
        }
    }
}
