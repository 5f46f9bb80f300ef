//! What only our own SQS has to do: its clock, its limits, and errors that other engines report in other ways.

use std::time::Duration;

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName as System, QueueAttributeName};

use crate::dead_letters::until;
use crate::engine::{Engine, HIDDEN_S, Queue, system};

async fn code_of_hiding(queue: &Queue, message: &Message, seconds: i32) -> Option<String> {
    let error = queue.visibility_request(message, seconds).send().await.err()?;
    Some(error.code().unwrap().to_owned())
}

#[tokio::test]
async fn a_stale_receipt_deletes_nothing() {
    let engine = Engine::ours().await;
    let queue = engine.queue("work").await;
    queue.send("one").await;
    let stale = queue.receive_one().await;
    engine.pass_s(HIDDEN_S as u64 + 1).await;
    let latest = queue.receive_one().await;
    queue.delete(&stale).await;
    assert_eq!(code_of_hiding(&queue, &stale, 0).await.as_deref(), Some("InvalidParameterValue"));
    assert_eq!(queue.counts().await[1], "1");
    queue.delete(&latest).await;
    assert_eq!(queue.counts().await[1], "0");
}

#[tokio::test]
async fn a_visibility_timeout_can_be_ended_and_prolonged_up_to_twelve_hours() {
    let engine = Engine::ours().await;
    let queue = engine.queue("work").await;
    queue.send("one").await;
    let message = queue.receive_one().await;
    assert_eq!(code_of_hiding(&queue, &message, 0).await, None);
    let visible = code_of_hiding(&queue, &message, 10).await;
    assert_eq!(visible.as_deref(), Some("AWS.SimpleQueueService.MessageNotInflight"));

    let message = queue.receive_one().await;
    assert_eq!(code_of_hiding(&queue, &message, 43_200).await, None);
    assert_eq!(code_of_hiding(&queue, &message, 43_201).await.as_deref(), Some("InvalidParameterValue"));
    engine.pass_s(60).await;
    assert_eq!(code_of_hiding(&queue, &message, 43_200).await.as_deref(), Some("InvalidParameterValue"));
    assert!(queue.receive().await.is_empty());
}

#[tokio::test]
async fn a_long_poll_ends_with_the_message_that_becomes_visible_again() {
    let engine = Engine::ours().await;
    let queue = engine.queue("work").await;
    queue.send("one").await;
    let message = queue.receive_one().await;
    queue.hide(&message, 60).await;
    let poll = engine.sqs.receive_message().queue_url(&queue.url).wait_time_seconds(20).send();
    let releasing = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        queue.hide(&message, 0).await;
    };
    let both = async { tokio::join!(poll, releasing).0 };
    let received = tokio::time::timeout(Duration::from_secs(5), both).await.unwrap();
    assert_eq!(received.unwrap().messages().len(), 1);
}

#[tokio::test]
async fn a_message_older_than_the_retention_period_is_gone() {
    let engine = Engine::ours().await;
    let queue = engine.queue("work").await;
    queue.send("old").await;
    engine.pass_s(345_599).await;
    assert_eq!(queue.counts().await[0], "1");
    engine.pass_s(2).await;
    assert!(queue.receive().await.is_empty());
}

#[tokio::test]
async fn one_groups_backlog_does_not_hold_up_another_group() {
    let engine = Engine::ours().await;
    let queue = engine.queue("work").await;
    for group in ["noisy"; 30].into_iter().chain(["quiet"; 2]) {
        let request = engine.sqs.send_message().queue_url(&queue.url).message_body("x").message_group_id(group);
        request.send().await.unwrap();
    }
    let received = queue.receive().await;
    assert_eq!(received.len(), 10);
    let quiet = received.iter().filter(|message| system(message, System::MessageGroupId) == Some("quiet"));
    assert_eq!(quiet.count(), 2);
}

#[tokio::test]
async fn attributes_travel_with_the_message_and_the_digests_are_right() {
    let engine = Engine::ours().await;
    let queue = engine.queue("work").await;
    let text = MessageAttributeValue::builder().data_type("String").string_value("b");
    let bytes = MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([1, 2, 3]));
    let request = engine.sqs.send_message().queue_url(&queue.url).message_body("hello");
    let request =
        request.message_attributes("a", text.build().unwrap()).message_attributes("raw", bytes.build().unwrap());
    let sent = request.send().await.unwrap();
    // printf hello | md5sum
    let digest = "5d41402abc4b2a76b9719d911017c592";
    assert_eq!(sent.md5_of_message_body(), Some(digest));

    let request = engine.sqs.receive_message().queue_url(&queue.url).message_attribute_names("a");
    let received = request.send().await.unwrap();
    let message = &received.messages()[0];
    assert_eq!(message.md5_of_body(), Some(digest));
    let attributes = message.message_attributes().unwrap();
    assert_eq!((attributes.len(), attributes["a"].string_value()), (1, Some("b")));
    // Of "a" alone, since the other was not requested: printf '\0\0\0\1a\0\0\0\6String\1\0\0\0\1b' | md5sum
    assert_eq!(message.md5_of_message_attributes(), Some("bef8bf215374a0a228d67533b1a488be"));
    assert_ne!(sent.md5_of_message_attributes(), message.md5_of_message_attributes());
    assert!(message.attributes().is_none());
}

#[tokio::test]
async fn a_message_of_more_than_a_mebibyte_is_refused() {
    let engine = Engine::ours().await;
    let queue = engine.queue("work").await;
    let largest = "x".repeat(1_048_576);
    queue.send(&largest).await;
    let request = engine.sqs.send_message().queue_url(&queue.url).message_body(largest + "x");
    assert_eq!(request.send().await.unwrap_err().code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn a_queue_that_is_created_again_is_the_same_unless_its_attributes_differ() {
    let engine = Engine::ours().await;
    let create = |timeout: &str| {
        let request = engine.sqs.create_queue().queue_name("work");
        request.attributes(QueueAttributeName::VisibilityTimeout, timeout).send()
    };
    let first = create("60").await.unwrap();
    assert_eq!(create("60").await.unwrap().queue_url(), first.queue_url());
    assert!(create("61").await.unwrap_err().into_service_error().is_queue_name_exists());
    assert_eq!(create("43201").await.unwrap_err().code(), Some("InvalidAttributeValue"));
    let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:nowhere","maxReceiveCount":"5"}"#;
    let request = engine.sqs.create_queue().queue_name("other").attributes(QueueAttributeName::RedrivePolicy, policy);
    assert_eq!(request.send().await.unwrap_err().code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn only_a_dead_letter_queue_is_redriven_and_only_what_came_from_a_source() {
    let engine = Engine::ours().await;
    let (queue, dead_letters) = engine.queue_with_dead_letters(1).await;
    assert!(engine.sqs.start_message_move_task().source_arn(&queue.arn).send().await.is_err());
    dead_letters.send("by hand").await;
    engine.sqs.start_message_move_task().source_arn(&dead_letters.arn).send().await.unwrap();
    let task = until(&engine, &dead_letters, "FAILED").await;
    assert_eq!(task.failure_reason(), Some("CouldNotDetermineMessageSource"));
    assert_eq!(dead_letters.receive_one().await.body(), Some("by hand"));
}
