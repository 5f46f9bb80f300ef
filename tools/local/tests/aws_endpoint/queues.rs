//! SQS: what a receiver sees of our own, beyond what every SQS does (`queue_conformance`).

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as System, QueueAttributeName};

use crate::support::in_memory;

pub(crate) async fn queue(sqs: &Client, name: &str) -> String {
    let made = sqs.create_queue().queue_name(name).send().await.unwrap();
    made.queue_url.unwrap()
}

/// A queue whose messages move to `<name>-dlq` once they were received `max` times.
pub(crate) async fn queue_with_dlq(sqs: &Client, name: &str, max: u32) -> (String, String) {
    let dlq_name = format!("{name}-dlq");
    let dlq = queue(sqs, &dlq_name).await;
    let policy = format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":{max}}}"#, arn(&dlq_name));
    let made =
        sqs.create_queue().queue_name(name).attributes(QueueAttributeName::RedrivePolicy, policy).send().await.unwrap();
    (made.queue_url.unwrap(), dlq)
}

pub(crate) fn arn(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:000000000000:{name}")
}

pub(crate) async fn send(sqs: &Client, queue: &str, body: &str) {
    let request = sqs.send_message().queue_url(queue).message_body(body);
    request.send().await.unwrap();
}

pub(crate) async fn receive(sqs: &Client, queue: &str) -> Vec<Message> {
    let request = sqs
        .receive_message()
        .queue_url(queue)
        .max_number_of_messages(10)
        .message_system_attribute_names(System::All)
        .message_attribute_names("All");
    request.send().await.unwrap().messages.unwrap_or_default()
}

pub(crate) async fn receive_one(sqs: &Client, queue: &str) -> Message {
    let mut messages = receive(sqs, queue).await;
    assert_eq!(messages.len(), 1);
    messages.remove(0)
}

fn system(message: &Message, name: System) -> Option<&str> {
    message.attributes()?.get(&name).map(String::as_str)
}

async fn count(sqs: &Client, queue: &str, name: QueueAttributeName) -> String {
    let request = sqs.get_queue_attributes().queue_url(queue).attribute_names(name.clone());
    request.send().await.unwrap().attributes.unwrap()[&name].clone()
}

async fn hide(sqs: &Client, queue: &str, message: &Message, seconds: i32) -> Option<String> {
    let request = sqs
        .change_message_visibility()
        .queue_url(queue)
        .receipt_handle(message.receipt_handle().unwrap())
        .visibility_timeout(seconds);
    let error = request.send().await.err()?;
    Some(error.code().unwrap().to_owned())
}

async fn delete(sqs: &Client, queue: &str, message: &Message) {
    let request = sqs.delete_message().queue_url(queue).receipt_handle(message.receipt_handle().unwrap());
    request.send().await.unwrap();
}

#[tokio::test]
async fn a_stale_receipt_deletes_nothing() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    send(&sqs, &queue, "one").await;

    let stale = receive_one(&sqs, &queue).await;
    aws.advance_s(31).await;
    let latest = receive_one(&sqs, &queue).await;
    delete(&sqs, &queue, &stale).await;
    assert_eq!(hide(&sqs, &queue, &stale, 0).await.as_deref(), Some("InvalidParameterValue"));
    assert_eq!(count(&sqs, &queue, QueueAttributeName::ApproximateNumberOfMessagesNotVisible).await, "1");

    delete(&sqs, &queue, &latest).await;
    assert_eq!(count(&sqs, &queue, QueueAttributeName::ApproximateNumberOfMessagesNotVisible).await, "0");
}

#[tokio::test]
async fn a_visibility_timeout_can_be_ended_and_prolonged_up_to_twelve_hours() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    send(&sqs, &queue, "one").await;

    let message = receive_one(&sqs, &queue).await;
    assert_eq!(hide(&sqs, &queue, &message, 0).await, None);
    assert_eq!(hide(&sqs, &queue, &message, 10).await.as_deref(), Some("AWS.SimpleQueueService.MessageNotInflight"));

    let message = receive_one(&sqs, &queue).await;
    assert_eq!(hide(&sqs, &queue, &message, 43_200).await, None);
    assert_eq!(hide(&sqs, &queue, &message, 43_201).await.as_deref(), Some("InvalidParameterValue"));
    aws.advance_s(60).await;
    assert_eq!(hide(&sqs, &queue, &message, 43_200).await.as_deref(), Some("InvalidParameterValue"));
    assert!(receive(&sqs, &queue).await.is_empty());
}

#[tokio::test]
async fn a_long_poll_ends_with_the_message_that_shows_itself_again() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    send(&sqs, &queue, "one").await;
    let message = receive_one(&sqs, &queue).await;

    let poll = sqs.receive_message().queue_url(&queue).wait_time_seconds(20).send();
    let releasing = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        hide(&sqs, &queue, &message, 0).await
    };
    let received =
        tokio::time::timeout(Duration::from_secs(5), async { tokio::join!(poll, releasing).0 }).await.unwrap();

    assert_eq!(received.unwrap().messages().len(), 1);
}

#[tokio::test]
async fn a_message_older_than_the_retention_period_is_gone() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    send(&sqs, &queue, "old").await;

    aws.advance_s(345_599).await;
    assert_eq!(count(&sqs, &queue, QueueAttributeName::ApproximateNumberOfMessages).await, "1");
    aws.advance_s(2).await;
    assert!(receive(&sqs, &queue).await.is_empty());
}

#[tokio::test]
async fn one_groups_backlog_does_not_hold_up_another_group() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    for group in ["noisy"; 30].into_iter().chain(["quiet"; 2]) {
        let request = sqs.send_message().queue_url(&queue).message_body("x").message_group_id(group);
        request.send().await.unwrap();
    }

    let groups: Vec<_> = receive(&sqs, &queue)
        .await
        .iter()
        .map(|message| system(message, System::MessageGroupId).unwrap().to_owned())
        .collect();

    assert_eq!(groups.len(), 10);
    assert_eq!(groups.iter().filter(|group| *group == "quiet").count(), 2);
}
