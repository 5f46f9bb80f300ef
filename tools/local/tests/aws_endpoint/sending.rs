//! SQS: making queues and sending to them.

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{MessageAttributeValue, QueueAttributeName};

use crate::queues::{arn, queue, send};
use crate::support::in_memory;

#[tokio::test]
async fn attributes_travel_with_the_message_and_the_digests_are_right() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    let text = MessageAttributeValue::builder().data_type("String").string_value("b");
    let bytes = MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([1, 2, 3]));
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

    let request = sqs.receive_message().queue_url(&queue).message_attribute_names("a");
    let received = request.send().await.unwrap();
    let message = &received.messages()[0];

    assert_eq!(message.md5_of_body(), Some(digest));
    let attributes = message.message_attributes().unwrap();
    assert_eq!(attributes.len(), 1);
    assert_eq!(attributes["a"].string_value(), Some("b"));
    // Of "a" alone, for the other was not asked for.
    assert_eq!(message.md5_of_message_attributes(), Some("bef8bf215374a0a228d67533b1a488be"));
    assert_ne!(sent.md5_of_message_attributes(), message.md5_of_message_attributes());
    assert!(message.attributes().is_none());
}

#[tokio::test]
async fn a_message_of_more_than_a_mebibyte_is_refused() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    let largest = "x".repeat(1_048_576);
    send(&sqs, &queue, &largest).await;

    let request = sqs.send_message().queue_url(&queue).message_body(largest + "x");
    let error = request.send().await.unwrap_err();

    assert_eq!(error.code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn a_queue_made_again_is_the_same_unless_its_attributes_differ() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let make = |timeout: &'static str| {
        let request = sqs.create_queue().queue_name("work");
        request.attributes(QueueAttributeName::VisibilityTimeout, timeout).send()
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
    let policy = format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":"5"}}"#, arn("nowhere"));
    let request = sqs.create_queue().queue_name("work").attributes(QueueAttributeName::RedrivePolicy, policy);
    assert_eq!(request.send().await.unwrap_err().code(), Some("InvalidParameterValue"));
}
