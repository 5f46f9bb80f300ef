//! Messages, to the queue of their kind and put off on the way back.

use std::time::Duration;

use aws_sdk_sqs::types::{Message as Received, MessageSystemAttributeName};
use connector_core::aws::Variable;
use connector_core::domain::{Cancellation, Envelope, IcimsUpdate, Message, Source, Timestamp};
use connector_core::failure::Failure;
use connector_core::ports::{Backoff, Queue};

use crate::engine::Engine;

fn order() -> Message {
    Message::Order(testkit::checks::order(&"5".parse().unwrap(), 1, Timestamp::from_ms(7)))
}

fn update(workflow: &str) -> Message {
    Message::Update(IcimsUpdate::Check { workflow: workflow.parse().unwrap(), attempt: 1, source: Source::Event })
}

fn cancellation() -> Message {
    Message::Cancellation(Cancellation { workflow: "5".parse().unwrap(), rejection: None, source: Source::Event })
}

fn envelope(message: Message) -> Envelope<Message> {
    Envelope::new("1234".parse().unwrap(), "c-1".parse().unwrap(), message)
}

async fn receive(engine: &Engine, queue: &str) -> Vec<Received> {
    let (_, sqs, _) = engine.aws.sdk();
    let url = format!("{}/000000000000/{}-{queue}", engine.endpoint, engine.name);
    let mut all = Vec::new();
    loop {
        let batch = sqs
            .receive_message()
            .queue_url(&url)
            .max_number_of_messages(10)
            .message_system_attribute_names(MessageSystemAttributeName::MessageGroupId)
            .send()
            .await
            .unwrap();
        match batch.messages {
            Some(messages) if !messages.is_empty() => all.extend(messages),
            _ => return all,
        }
    }
}

#[tokio::test]
async fn a_message_goes_to_the_queue_of_its_kind_with_its_customer_as_group() {
    let engine = Engine::start().await;
    let queue = engine.aws.queue(&[]).unwrap();
    for message in [order(), update("5"), cancellation()] {
        queue.send(envelope(message)).await.unwrap();
    }
    for name in ["reference-requests", "icims-updates", "cancellations"] {
        let received = receive(&engine, name).await;
        assert_eq!(received.len(), 1, "{name}");
        let group = received[0].attributes().and_then(|all| all.get(&MessageSystemAttributeName::MessageGroupId));
        assert_eq!(group.map(String::as_str), Some("1234"), "{name}");
        let envelope: Envelope<serde_json::Value> = serde_json::from_str(received[0].body().unwrap()).unwrap();
        assert_eq!(envelope.customer.as_str(), "1234");
    }
}

#[tokio::test]
async fn many_messages_take_one_call_for_ten() {
    let engine = Engine::start().await;
    let queue = engine.aws.queue(&[]).unwrap();
    let mut messages: Vec<_> = (0..12).map(|number| envelope(update(&number.to_string()))).collect();
    messages.push(envelope(cancellation()));
    engine.calls().await;
    queue.send_all(messages).await.unwrap();
    queue.send_all(vec![]).await.unwrap();
    assert_eq!(engine.calls().await, serde_json::json!({"AmazonSQS.SendMessageBatch": 3}));
    assert_eq!(receive(&engine, "icims-updates").await.len(), 12);
    assert_eq!(receive(&engine, "cancellations").await.len(), 1);
}

#[tokio::test]
async fn a_queue_that_is_throttled_for_long_is_tried_again_later() {
    let engine = Engine::start().await;
    let queue = engine.aws.queue(&[]).unwrap();
    engine.fault("AmazonSQS.SendMessage*", "throttle", 6).await;
    assert!(matches!(queue.send(envelope(order())).await, Err(Failure::Retry { .. })));
    assert!(matches!(queue.send_all(vec![envelope(order())]).await, Err(Failure::Retry { .. })));
}

#[tokio::test]
async fn a_record_that_is_put_off_comes_back_when_its_time_has_come() {
    let engine = Engine::start().await;
    let queue = engine.aws.queue(&[Variable::IcimsUpdatesQueueUrl]).unwrap();
    queue.send(envelope(update("5"))).await.unwrap();
    let handle = receive(&engine, "icims-updates").await[0].receipt_handle().unwrap().to_owned();
    let backoff = engine.aws.backoff().unwrap();
    backoff.put_off(&handle, Duration::MAX).await.unwrap();
    assert!(receive(&engine, "icims-updates").await.is_empty());
    backoff.put_off(&handle, Duration::ZERO).await.unwrap();
    assert_eq!(receive(&engine, "icims-updates").await.len(), 1);
}
