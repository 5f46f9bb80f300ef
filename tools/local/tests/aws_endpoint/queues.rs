//! SQS: what a sender and a receiver may rely on.

use std::time::{Duration, Instant};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    Message, MessageAttributeValue, MessageSystemAttributeName as System, QueueAttributeName,
    SendMessageBatchRequestEntry,
};

use crate::support::{Aws, in_memory};

pub(crate) async fn queue(sqs: &Client, name: &str) -> String {
    let made = sqs.create_queue().queue_name(name).send().await.unwrap();
    made.queue_url.unwrap()
}

/// A queue whose messages move to `<name>-dlq` once they were received `max` times.
pub(crate) async fn queue_with_dlq(sqs: &Client, name: &str, max: u32) -> (String, String) {
    let dlq_name = format!("{name}-dlq");
    let dlq = queue(sqs, &dlq_name).await;
    let policy = format!(
        r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":{max}}}"#,
        arn(&dlq_name)
    );
    let made = sqs
        .create_queue()
        .queue_name(name)
        .attributes(QueueAttributeName::RedrivePolicy, policy)
        .send()
        .await
        .unwrap();
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
    let request = sqs
        .get_queue_attributes()
        .queue_url(queue)
        .attribute_names(name.clone());
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
    let request = sqs
        .delete_message()
        .queue_url(queue)
        .receipt_handle(message.receipt_handle().unwrap());
    request.send().await.unwrap();
}

#[tokio::test]
async fn a_received_message_is_hidden_until_its_visibility_timeout() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    send(&sqs, &queue, "one").await;

    let first = receive_one(&sqs, &queue).await;
    assert_eq!(system(&first, System::ApproximateReceiveCount), Some("1"));
    aws.advance_s(29).await;
    assert!(receive(&sqs, &queue).await.is_empty());
    aws.advance_s(1).await;
    let second = receive_one(&sqs, &queue).await;

    assert_eq!(second.message_id(), first.message_id());
    assert_eq!(system(&second, System::ApproximateReceiveCount), Some("2"));
    assert_eq!(
        system(&second, System::ApproximateFirstReceiveTimestamp),
        system(&first, System::ApproximateFirstReceiveTimestamp),
    );
}

#[tokio::test]
async fn a_deleted_message_does_not_come_back() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    send(&sqs, &queue, "one").await;

    delete(&sqs, &queue, &receive_one(&sqs, &queue).await).await;
    aws.advance_s(31).await;

    assert!(receive(&sqs, &queue).await.is_empty());
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
    assert_eq!(
        hide(&sqs, &queue, &stale, 0).await.as_deref(),
        Some("InvalidParameterValue")
    );
    assert_eq!(
        count(
            &sqs,
            &queue,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible
        )
        .await,
        "1"
    );

    delete(&sqs, &queue, &latest).await;
    assert_eq!(
        count(
            &sqs,
            &queue,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible
        )
        .await,
        "0"
    );
}

#[tokio::test]
async fn a_visibility_timeout_can_be_ended_and_prolonged_up_to_twelve_hours() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    send(&sqs, &queue, "one").await;

    let message = receive_one(&sqs, &queue).await;
    assert_eq!(hide(&sqs, &queue, &message, 0).await, None);
    assert_eq!(
        hide(&sqs, &queue, &message, 10).await.as_deref(),
        Some("AWS.SimpleQueueService.MessageNotInflight")
    );

    let message = receive_one(&sqs, &queue).await;
    assert_eq!(hide(&sqs, &queue, &message, 43_200).await, None);
    assert_eq!(
        hide(&sqs, &queue, &message, 43_201).await.as_deref(),
        Some("InvalidParameterValue")
    );
    aws.advance_s(60).await;
    assert_eq!(
        hide(&sqs, &queue, &message, 43_200).await.as_deref(),
        Some("InvalidParameterValue")
    );
    assert!(receive(&sqs, &queue).await.is_empty());
}

#[tokio::test]
async fn a_message_received_too_often_moves_to_the_dead_letter_queue() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let (queue, dlq) = queue_with_dlq(&sqs, "work", 2).await;
    send(&sqs, &queue, "poison").await;

    let first = receive_one(&sqs, &queue).await;
    aws.advance_s(31).await;
    receive_one(&sqs, &queue).await;
    assert!(receive(&sqs, &dlq).await.is_empty());
    aws.advance_s(31).await;
    assert!(receive(&sqs, &queue).await.is_empty());

    let dead = receive_one(&sqs, &dlq).await;
    assert_eq!(dead.message_id(), first.message_id());
    assert_eq!(dead.body(), Some("poison"));
    assert_eq!(
        system(&dead, System::DeadLetterQueueSourceArn),
        Some(&*arn("work"))
    );
    assert_eq!(
        system(&dead, System::SentTimestamp),
        system(&first, System::SentTimestamp)
    );
}

#[tokio::test]
async fn dead_letters_do_not_hold_up_the_messages_behind_them() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let (queue, _) = queue_with_dlq(&sqs, "work", 1).await;
    for _ in 0..10 {
        send(&sqs, &queue, "poison").await;
    }
    assert_eq!(receive(&sqs, &queue).await.len(), 10);
    send(&sqs, &queue, "good").await;
    aws.advance_s(31).await;

    assert_eq!(receive_one(&sqs, &queue).await.body(), Some("good"));
}

#[tokio::test]
async fn a_long_poll_ends_with_the_message_that_arrives() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    let started = Instant::now();

    let poll = sqs
        .receive_message()
        .queue_url(&queue)
        .wait_time_seconds(20)
        .send();
    let sending = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        send(&sqs, &queue, "late").await;
    };
    let (received, ()) = tokio::join!(poll, sending);

    assert_eq!(received.unwrap().messages()[0].body(), Some("late"));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_long_poll_ends_with_the_message_that_shows_itself_again() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    send(&sqs, &queue, "one").await;
    let message = receive_one(&sqs, &queue).await;

    let poll = sqs
        .receive_message()
        .queue_url(&queue)
        .wait_time_seconds(20)
        .send();
    let releasing = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        hide(&sqs, &queue, &message, 0).await
    };
    let received = tokio::time::timeout(Duration::from_secs(5), async {
        tokio::join!(poll, releasing).0
    })
    .await
    .unwrap();

    assert_eq!(received.unwrap().messages().len(), 1);
}

#[tokio::test]
async fn a_delayed_message_is_not_received_before_its_time() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    let request = sqs
        .send_message()
        .queue_url(&queue)
        .message_body("later")
        .delay_seconds(60);
    request.send().await.unwrap();

    assert!(receive(&sqs, &queue).await.is_empty());
    assert_eq!(
        count(
            &sqs,
            &queue,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed
        )
        .await,
        "1"
    );
    aws.advance_s(60).await;
    assert_eq!(receive_one(&sqs, &queue).await.body(), Some("later"));
}

#[tokio::test]
async fn a_message_older_than_the_retention_period_is_gone() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    send(&sqs, &queue, "old").await;

    aws.advance_s(345_599).await;
    assert_eq!(
        count(
            &sqs,
            &queue,
            QueueAttributeName::ApproximateNumberOfMessages
        )
        .await,
        "1"
    );
    aws.advance_s(2).await;
    assert!(receive(&sqs, &queue).await.is_empty());
}

#[tokio::test]
async fn one_groups_backlog_does_not_hold_up_another_group() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    for group in ["noisy"; 30].into_iter().chain(["quiet"; 2]) {
        let request = sqs
            .send_message()
            .queue_url(&queue)
            .message_body("x")
            .message_group_id(group);
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

#[tokio::test]
async fn attributes_travel_with_the_message_and_the_digests_are_right() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    let text = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("b");
    let bytes = MessageAttributeValue::builder()
        .data_type("Binary")
        .binary_value(Blob::new([1, 2, 3]));
    let request = sqs
        .send_message()
        .queue_url(&queue)
        .message_body("hello")
        .message_attributes("a", text.build().unwrap())
        .message_attributes("raw", bytes.build().unwrap());
    let sent = request.send().await.unwrap();
    // printf hello | md5sum
    let digest = "5d41402abc4b2a76b9719d911017c592";
    assert_eq!(sent.md5_of_message_body(), Some(digest));

    let request = sqs
        .receive_message()
        .queue_url(&queue)
        .message_attribute_names("a");
    let received = request.send().await.unwrap();
    let message = &received.messages()[0];

    assert_eq!(message.md5_of_body(), Some(digest));
    let attributes = message.message_attributes().unwrap();
    assert_eq!(attributes.len(), 1);
    assert_eq!(attributes["a"].string_value(), Some("b"));
    // Of "a" alone, for the other was not asked for.
    assert_eq!(
        message.md5_of_message_attributes(),
        Some("bef8bf215374a0a228d67533b1a488be")
    );
    assert_ne!(
        sent.md5_of_message_attributes(),
        message.md5_of_message_attributes()
    );
    assert!(message.attributes().is_none());
}

#[tokio::test]
async fn one_bad_entry_of_a_batch_fails_alone() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    let entry = |id: &str, delay_s: i32| {
        SendMessageBatchRequestEntry::builder()
            .id(id)
            .message_body("x")
            .delay_seconds(delay_s)
            .build()
            .unwrap()
    };

    let request = sqs
        .send_message_batch()
        .queue_url(&queue)
        .entries(entry("good", 0))
        .entries(entry("bad", 901));
    let answer = request.send().await.unwrap();

    assert_eq!(answer.successful().len(), 1);
    assert_eq!(answer.successful()[0].id(), "good");
    assert_eq!(answer.failed().len(), 1);
    assert_eq!(answer.failed()[0].id(), "bad");
    assert_eq!(answer.failed()[0].code(), "InvalidParameterValue");
    assert!(answer.failed()[0].sender_fault());
    assert_eq!(receive(&sqs, &queue).await.len(), 1);
}

#[tokio::test]
async fn a_batch_that_repeats_an_id_is_refused_whole() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    let entry = SendMessageBatchRequestEntry::builder()
        .id("same")
        .message_body("x")
        .build()
        .unwrap();

    let request = sqs
        .send_message_batch()
        .queue_url(&queue)
        .entries(entry.clone())
        .entries(entry);
    let error = request.send().await.unwrap_err().into_service_error();

    assert!(error.is_batch_entry_ids_not_distinct());
    assert!(receive(&sqs, &queue).await.is_empty());
}

#[tokio::test]
async fn a_message_of_more_than_a_mebibyte_is_refused() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    let largest = "x".repeat(1_048_576);
    send(&sqs, &queue, &largest).await;

    let request = sqs
        .send_message()
        .queue_url(&queue)
        .message_body(largest + "x");
    let error = request.send().await.unwrap_err();

    assert_eq!(error.code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn a_missing_queue_is_told_as_aws_tells_it() {
    let aws = in_memory().await;
    let sqs = aws.sqs();

    let error = sqs.get_queue_url().queue_name("none").send().await;
    let error = error.unwrap_err().into_service_error();

    assert!(error.is_queue_does_not_exist());
    assert_eq!(
        error.code(),
        Some("AWS.SimpleQueueService.NonExistentQueue")
    );
}

#[tokio::test]
async fn a_queue_made_again_is_the_same_unless_its_attributes_differ() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let make = |timeout: &'static str| {
        let request = sqs.create_queue().queue_name("work");
        request
            .attributes(QueueAttributeName::VisibilityTimeout, timeout)
            .send()
    };
    let first = make("60").await.unwrap();
    assert_eq!(make("60").await.unwrap().queue_url(), first.queue_url());

    let error = make("61").await.unwrap_err().into_service_error();
    assert!(error.is_queue_name_exists());
    let error = make("43201").await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidAttributeValue"));
}

#[tokio::test]
async fn a_redrive_policy_needs_its_dead_letter_queue() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let policy = format!(
        r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":"5"}}"#,
        arn("nowhere")
    );
    let request = sqs
        .create_queue()
        .queue_name("work")
        .attributes(QueueAttributeName::RedrivePolicy, policy);
    assert_eq!(
        request.send().await.unwrap_err().code(),
        Some("InvalidParameterValue")
    );
}

#[tokio::test]
async fn thirty_two_receivers_share_the_messages_without_taking_one_twice() {
    let aws: Aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    for n in 0..64 {
        send(&sqs, &queue, &n.to_string()).await;
    }
    let mut receivers = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let (sqs, queue) = (sqs.clone(), queue.clone());
        receivers.spawn(async move { receive(&sqs, &queue).await });
    }
    let received = receivers.join_all().await.concat();
    let mut bodies: Vec<_> = received
        .iter()
        .map(|message| message.body().unwrap())
        .collect();
    bodies.sort_unstable();
    bodies.dedup();

    assert_eq!(received.len(), 64);
    assert_eq!(bodies.len(), 64);
}
