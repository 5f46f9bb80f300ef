//! Batches: ten at most, and what fails in one fails alone.

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, SendMessageBatchRequestEntry,
};

use crate::engine::{Engine, handle};

fn entry(id: &str, delay_s: i32) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder().id(id).message_body(id).delay_seconds(delay_s).build().unwrap()
}

#[tokio::test]
async fn ten_messages_go_in_one_call_and_eleven_do_not() {
    let engine = Engine::start().await;
    let queue = engine.queue("work").await;
    let entries = |count: usize| (0..count).map(|n| entry(&n.to_string(), 0)).collect();
    let send = |count: usize| engine.sqs.send_message_batch().queue_url(&queue.url).set_entries(Some(entries(count)));
    let sent = send(10).send().await.unwrap();
    assert_eq!((sent.successful().len(), sent.failed().len()), (10, 0));
    assert_eq!(queue.counts().await[0], "10");
    let refused = send(11).send().await.unwrap_err().into_service_error();
    assert!(refused.is_too_many_entries_in_batch_request(), "{refused:?}");
    assert_eq!(queue.counts().await[0], "10", "none of the eleven");
}

#[tokio::test]
async fn a_batch_that_repeats_an_id_is_refused_whole() {
    let engine = Engine::start().await;
    let queue = engine.queue("work").await;
    let request =
        engine.sqs.send_message_batch().queue_url(&queue.url).entries(entry("same", 0)).entries(entry("same", 0));
    let error = request.send().await.unwrap_err().into_service_error();
    assert!(error.is_batch_entry_ids_not_distinct(), "{error:?}");
    assert_eq!(queue.counts().await[0], "0");
}

#[tokio::test]
async fn one_bad_message_of_a_batch_fails_alone() {
    let engine = Engine::start().await;
    if engine.differs("MiniStack 1.5 takes a delay of 901 s in a batch") {
        return;
    }
    let queue = engine.queue("work").await;
    let request =
        engine.sqs.send_message_batch().queue_url(&queue.url).entries(entry("good", 0)).entries(entry("bad", 901));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.successful().iter().map(|it| it.id()).collect::<Vec<_>>(), ["good"]);
    let [failed] = answer.failed() else { panic!("not one failed: {answer:?}") };
    assert_eq!((failed.id(), failed.code(), failed.sender_fault()), ("bad", "InvalidParameterValue", true));
    assert_eq!(queue.receive_one().await.body(), Some("good"));
}

#[tokio::test]
async fn one_bad_receipt_of_a_deletion_fails_alone() {
    let engine = Engine::start().await;
    let queue = engine.queue("work").await;
    queue.send("one").await;
    let message = queue.receive_one().await;
    let entry = |id: &str, receipt: &str| {
        DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(receipt).build().unwrap()
    };
    let request = engine.sqs.delete_message_batch().queue_url(&queue.url);
    let request = request.entries(entry("bad", "no receipt")).entries(entry("good", handle(&message)));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.successful().iter().map(|it| it.id()).collect::<Vec<_>>(), ["good"]);
    let [failed] = answer.failed() else { panic!("not one failed: {answer:?}") };
    assert_eq!((failed.id(), failed.code()), ("bad", "ReceiptHandleIsInvalid"));
    assert_eq!(queue.counts().await, ["0", "0", "0"]);
}

#[tokio::test]
async fn one_bad_receipt_of_a_batch_that_is_put_off_fails_alone() {
    let engine = Engine::start().await;
    let queue = engine.queue("work").await;
    queue.send("one").await;
    let message = queue.receive_one().await;
    let entry = |id: &str, receipt: &str| {
        let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(id).receipt_handle(receipt);
        entry.visibility_timeout(0).build().unwrap()
    };
    let request = engine.sqs.change_message_visibility_batch().queue_url(&queue.url);
    let request = request.entries(entry("bad", "no receipt")).entries(entry("good", handle(&message)));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.successful().iter().map(|it| it.id()).collect::<Vec<_>>(), ["good"]);
    assert_eq!(
        answer.failed().iter().map(|it| (it.id(), it.code())).collect::<Vec<_>>(),
        [("bad", "ReceiptHandleIsInvalid")]
    );
    assert_eq!(queue.receive_one().await.message_id(), message.message_id(), "given back at once");
}

#[tokio::test]
async fn a_missing_queue_is_the_error_of_aws() {
    let engine = Engine::start().await;
    let error = engine.sqs.get_queue_url().queue_name("there-is-none").send().await.unwrap_err().into_service_error();
    assert!(error.is_queue_does_not_exist());
    assert_eq!(error.code(), Some("AWS.SimpleQueueService.NonExistentQueue"));
    let queue = engine.queue("work").await;
    let nowhere = queue.url.replace("-work", "-nowhere");
    let error = engine.sqs.send_message().queue_url(nowhere).message_body("x").send().await.unwrap_err();
    assert!(error.into_service_error().is_queue_does_not_exist());
}
