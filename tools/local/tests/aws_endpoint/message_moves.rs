//! SQS: the way back from a dead-letter queue.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::ListMessageMoveTasksResultEntry;

use crate::queues::{arn, queue_with_dlq, receive, send};
use crate::support::in_memory;

async fn latest(sqs: &Client, source: &str) -> ListMessageMoveTasksResultEntry {
    let request = sqs.list_message_move_tasks().source_arn(arn(source));
    request.send().await.unwrap().results()[0].clone()
}

async fn until(sqs: &Client, source: &str, status: &str) -> ListMessageMoveTasksResultEntry {
    for _ in 0..100 {
        let task = latest(sqs, source).await;
        if task.status() == Some(status) {
            return task;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the move task never was {status}");
}

#[tokio::test]
async fn a_message_sent_to_the_dead_letter_queue_by_hand_has_no_source_to_return_to() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let (_, dlq) = queue_with_dlq(&sqs, "work", 1).await;
    send(&sqs, &dlq, "x").await;

    let request = sqs.start_message_move_task().source_arn(arn("work-dlq"));
    request.send().await.unwrap();

    let task = until(&sqs, "work-dlq", "FAILED").await;
    assert_eq!(task.failure_reason(), Some("CouldNotDetermineMessageSource"));
    assert_eq!(receive(&sqs, &dlq).await.len(), 1);
}

#[tokio::test]
async fn only_a_dead_letter_queue_can_be_redriven() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    queue_with_dlq(&sqs, "work", 1).await;
    let request = sqs.start_message_move_task().source_arn(arn("work"));
    assert!(request.send().await.is_err());
}
