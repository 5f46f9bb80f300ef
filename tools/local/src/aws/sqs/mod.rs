//! SQS standard queues over the AWS JSON protocol, on one SQLite file.
//!
//! What AWS promises of a standard queue holds: a message is delivered at least once, is hidden while it is in flight,
//! and moves to the dead-letter queue on the receive that would exceed `maxReceiveCount`. With `MessageGroupId` the
//! queue is fair: groups with fewer messages in flight go first. Messages, receive counts and visibility deadlines
//! survive the killing of the process. Not here: FIFO queues, permissions, encryption, tags, X-Ray headers, pages of
//! lists, and AWS's 60 s between two purges or before the name of a deleted queue is free again.

mod attributes;
mod batch;
mod dead_letters;
mod error;
mod fairness;
mod message;
mod move_tasks;
mod move_worker;
mod queue;
mod queues;
mod receipts;
mod receive;
mod schema;
mod send;
mod wakers;

use std::cell::RefCell;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::task::JoinSet;

use super::clock::Clock;
use super::storage::{Db, Store};
use super::wire::{AwsError, parse};
use batch::{batch, single};
use wakers::Wakers;

/// The queues, their storage, and the work that continues between calls. That work stops on drop.
pub(super) struct Sqs {
    core: Core,
    move_tasks: Mutex<JoinSet<()>>,
}

/// What both calls and background tasks need.
#[derive(Clone)]
struct Core {
    store: Store,
    clock: Clock,
    endpoint_url: Arc<str>,
    wakers: Wakers,
}

/// One call's transaction.
struct Call<'a> {
    db: Db<'a>,
    now_ms: i64,
    endpoint_url: &'a str,
    /// Queues in which a message may have become visible, or will sooner than was known.
    changed: RefCell<Vec<String>>,
}

impl Call<'_> {
    /// Wakes the queue's waiting receivers once the transaction is committed.
    fn announce(&self, queue: &str) {
        self.changed.borrow_mut().push(queue.to_owned());
    }
}

impl Core {
    /// Runs one call in a transaction of its own, then wakes the receivers of the changed queues.
    async fn transact<T, W>(&self, work: W) -> Result<T, AwsError>
    where
        T: Send + 'static,
        W: FnOnce(&Call<'_>) -> Result<T, AwsError> + Send + 'static,
    {
        let now_ms = self.clock.now_ms();
        let endpoint_url = Arc::clone(&self.endpoint_url);
        let (done, changed) = self
            .store
            .transact(move |db| {
                let call = Call { db, now_ms, endpoint_url: &endpoint_url, changed: RefCell::default() };
                let done = work(&call)?;
                Ok((done, call.changed.into_inner()))
            })
            .await?;
        for queue in &changed {
            self.wakers.wake(queue);
        }
        Ok(done)
    }

    async fn run<R, W>(&self, body: &[u8], work: W) -> Result<Value, AwsError>
    where
        R: DeserializeOwned + Send + 'static,
        W: FnOnce(&Call<'_>, R) -> Result<Value, AwsError> + Send + 'static,
    {
        let request: R = parse(body)?;
        self.transact(move |call| work(call, request)).await
    }
}

impl Sqs {
    /// Opens the queues, and continues the move tasks that were running when the process ended.
    ///
    /// # Errors
    /// An internal failure, where the file is no database or belongs to another process.
    pub(super) async fn open(path: Option<&Path>, clock: Clock, endpoint_url: String) -> Result<Sqs, AwsError> {
        let sqs = Sqs {
            core: Core {
                store: Store::open(path, schema::SCHEMA)?,
                clock,
                endpoint_url: endpoint_url.into(),
                wakers: Wakers::default(),
            },
            move_tasks: Mutex::default(),
        };
        for (handle,) in sqs.core.transact(move_worker::running).await? {
            sqs.start_moving(handle);
        }
        Ok(sqs)
    }

    /// Makes every waiting receiver look again.
    pub(super) fn wake_all(&self) {
        self.core.wakers.wake_all();
    }

    fn start_moving(&self, handle: String) {
        let mut tasks = self.move_tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(move_worker::work(self.core.clone(), handle));
    }

    /// Carries out `AmazonSQS.<operation>`.
    ///
    /// # Errors
    /// As AWS documents them for the operation.
    pub(super) async fn handle(&self, operation: &str, body: &[u8]) -> Result<Value, AwsError> {
        let core = &self.core;
        match operation {
            "CreateQueue" => core.run(body, queues::create).await,
            "GetQueueUrl" => core.run(body, queues::get_url).await,
            "ListQueues" => core.run(body, queues::list).await,
            "DeleteQueue" => core.run(body, queues::delete).await,
            "PurgeQueue" => core.run(body, queues::purge).await,
            "GetQueueAttributes" => core.run(body, queues::get_attributes).await,
            "SetQueueAttributes" => core.run(body, queues::set_attributes).await,
            "SendMessage" => core.run(body, single(send::send)).await,
            "SendMessageBatch" => core.run(body, send::send_batch).await,
            "ReceiveMessage" => receive::receive(core, parse(body)?).await,
            "DeleteMessage" => core.run(body, single(receipts::delete)).await,
            "DeleteMessageBatch" => core.run(body, batch(receipts::delete)).await,
            "ChangeMessageVisibility" => core.run(body, single(receipts::change_visibility)).await,
            "ChangeMessageVisibilityBatch" => core.run(body, batch(receipts::change_visibility)).await,
            "StartMessageMoveTask" => {
                let started = core.run(body, move_tasks::start).await?;
                if let Some(handle) = started["TaskHandle"].as_str() {
                    self.start_moving(handle.to_owned());
                }
                Ok(started)
            }
            "ListMessageMoveTasks" => core.run(body, move_tasks::list).await,
            "CancelMessageMoveTask" => core.run(body, move_tasks::cancel).await,
            _ => Err(AwsError::unknown_operation(&format!("AmazonSQS.{operation}"))),
        }
    }
}
