//! The three workers, as their `main`s wire them, fed from the stage's queues.

use std::sync::Arc;
use std::time::Duration;

use connector_core::aws::{SystemClock, Variable};
use connector_core::crosschq::{Crosschq, KeyedFingerprints};
use connector_core::domain::{Cancellation, Envelope, IcimsUpdate, ReferenceOrder};
use connector_core::failure::{Failure, Outcome};
use connector_core::flows::{Canceller, Memory, Requester, Updater};
use connector_core::icims::Icims;
use connector_core::ports::{Ats, CheckStore, Clock as _, Customers, Queue, ReferenceProvider};
use local::aws_call::Service;
use serde_json::{Value, json};

use crate::support::Stage;

const LAMBDA_TIME: Duration = Duration::from_secs(30);

pub(crate) struct Workers {
    customers: Arc<dyn Customers>,
    requester: Requester,
    updater: Updater,
    canceller: Canceller,
}

impl Workers {
    pub(crate) fn of(stage: &Stage) -> Self {
        use Variable::{CancellationsQueueUrl, IcimsUpdatesQueueUrl, ReferenceRequestsQueueUrl};
        let aws = stage.admin();
        let checks: Arc<dyn CheckStore> = Arc::new(aws.store().unwrap());
        let secrets = Arc::new(aws.secrets());
        let tokens = Arc::new(aws.tokens().unwrap());
        let ats: Arc<dyn Ats> =
            Arc::new(Icims::new(aws.http().clone(), secrets.clone(), tokens, Arc::new(SystemClock)));
        let provider: Arc<dyn ReferenceProvider> = Arc::new(Crosschq::new(aws.http().clone(), secrets.clone()));
        let needed = [ReferenceRequestsQueueUrl, CancellationsQueueUrl, IcimsUpdatesQueueUrl];
        let queue: Arc<dyn Queue> = Arc::new(aws.queue(&needed).unwrap());
        let clock = Arc::new(SystemClock);
        Self {
            customers: Arc::new(aws.customers().unwrap()),
            requester: Requester {
                checks: checks.clone(),
                ats: ats.clone(),
                provider: provider.clone(),
                fingerprints: Arc::new(KeyedFingerprints::new(secrets.clone())),
                queue: queue.clone(),
                clock: clock.clone(),
                memory: Memory::default(),
            },
            updater: Updater {
                checks: checks.clone(),
                ats: ats.clone(),
                provider: provider.clone(),
                fingerprints: Arc::new(KeyedFingerprints::new(secrets)),
                clock: clock.clone(),
                memory: Memory::default(),
            },
            canceller: Canceller { checks, ats, provider, queue, clock },
        }
    }

    /// Delivers until nothing waits. A message that asks to be put off is let go: the test has to bring it about again.
    pub(crate) async fn settle(&self, stage: &Stage) {
        for _ in 0..20 {
            let mut delivered = 0;
            for queue in ["ReferenceRequests", "Cancellations", "IcimsUpdates"] {
                for message in stage.take_messages(queue).await {
                    delivered += 1;
                    if let Err(failure) = self.deliver(queue, message.clone()).await {
                        assert!(matches!(failure, Failure::Retry { .. }), "{queue}: {failure}: {message}");
                    }
                }
            }
            if delivered == 0 {
                return;
            }
        }
        panic!("the queues never become empty");
    }

    /// Delivers one message to the function behind its queue.
    pub(crate) async fn deliver(&self, queue: &str, message: Value) -> Result<Outcome, Failure> {
        let deadline = SystemClock.now().after(LAMBDA_TIME);
        let customer = message["customer"].as_str().unwrap().parse().unwrap();
        let customer = self.customers.get_required(&customer).await?;
        match queue {
            "ReferenceRequests" => {
                let order: Envelope<ReferenceOrder> = serde_json::from_value(message).unwrap();
                self.requester.request(&customer, &order.message, &order.correlation_id, deadline).await
            }
            "Cancellations" => {
                let rejection: Envelope<Cancellation> = serde_json::from_value(message).unwrap();
                self.canceller.cancel(&customer, &rejection.message, &rejection.correlation_id, deadline).await
            }
            "IcimsUpdates" => {
                let update: Envelope<IcimsUpdate> = serde_json::from_value(message).unwrap();
                self.updater.update(&customer, &update.message, &update.correlation_id, deadline).await
            }
            other => panic!("no queue {other}"),
        }
    }
}

/// Sends a body to a queue, as the customer's message.
pub(crate) async fn send(stage: &Stage, queue: &str, body: &str) -> String {
    let url = stage.queue_url(queue);
    let send = json!({"QueueUrl": url, "MessageBody": body, "MessageGroupId": stage.demo.customer});
    let answer = stage.calls.call(Service::Sqs, "SendMessage", &send).await.unwrap();
    answer["MessageId"].as_str().unwrap().to_owned()
}

/// Sends a body and receives it so often that it dies.
pub(crate) async fn die(stage: &Stage, queue: &str, body: &str) -> String {
    let id = send(stage, queue, body).await;
    let url = stage.queue_url(queue);
    for _ in 0..20 {
        let receive = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0, "WaitTimeSeconds": 0});
        let answer = stage.calls.call(Service::Sqs, "ReceiveMessage", &receive).await.unwrap();
        if answer["Messages"].as_array().is_none_or(Vec::is_empty) {
            return id;
        }
    }
    panic!("it does not die");
}

/// How many messages a queue holds.
pub(crate) async fn depth(stage: &Stage, queue: &str) -> u64 {
    let get = json!({"QueueUrl": stage.queue_url(queue), "AttributeNames": ["All"]});
    let answer = stage.calls.call(Service::Sqs, "GetQueueAttributes", &get).await.unwrap();
    let number = |name: &str| answer["Attributes"][name].as_str().unwrap().parse::<u64>().unwrap();
    number("ApproximateNumberOfMessages") + number("ApproximateNumberOfMessagesNotVisible")
}
