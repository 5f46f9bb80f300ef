//! The dead-letter queue: the way there and the way back.

use std::time::{Duration, Instant};

use aws_sdk_sqs::types::{ListMessageMoveTasksResultEntry, MessageSystemAttributeName as System};

use crate::engine::{Engine, HIDDEN_S, Queue, system};

/// Receives a message and lets it come back, so many times.
async fn fail(queue: &Queue, times: u32) {
    for _ in 0..times {
        queue.hide(&queue.receive_one().await, 0).await;
    }
    assert!(queue.receive().await.is_empty(), "it has moved on");
}

/// Whether the engine has message move tasks at all.
async fn has_move_tasks(engine: &Engine, source: &Queue) -> bool {
    let listed = engine.sqs.list_message_move_tasks().source_arn(&source.arn).send().await;
    !listed.as_ref().is_err_and(|error| engine.has_no_such_call(error, "ListMessageMoveTasks"))
}

pub(crate) async fn until(engine: &Engine, source: &Queue, status: &str) -> ListMessageMoveTasksResultEntry {
    let started = Instant::now();
    loop {
        let listed = engine.sqs.list_message_move_tasks().source_arn(&source.arn).send().await.unwrap();
        let task = listed.results().first().cloned();
        if let Some(task) = task.filter(|task| task.status() == Some(status)) {
            return task;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "the move task never was {status}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_message_received_too_often_moves_to_the_dead_letter_queue_with_its_body() {
    let engine = Engine::start().await;
    let (queue, dead_letters) = engine.queue_with_dead_letters(2).await;
    let request = engine.sqs.send_message().queue_url(&queue.url).message_body("poison").message_group_id("1234");
    let sent = request.send().await.unwrap();

    queue.hide(&queue.receive_one().await, 0).await;
    queue.receive_one().await;
    assert!(dead_letters.receive().await.is_empty(), "the second receive still has its chance");
    engine.pass_s(HIDDEN_S as u64 + 1).await;
    assert!(queue.receive().await.is_empty(), "the third is one too many");

    let dead = dead_letters.receive_one().await;
    assert_eq!((dead.body(), dead.message_id()), (Some("poison"), sent.message_id()));
    assert_eq!(queue.counts().await, ["0", "0", "0"]);
    assert_eq!(system(&dead, System::MessageGroupId), Some("1234"));
    assert_eq!(system(&dead, System::DeadLetterQueueSourceArn), Some(&*queue.arn));
}

#[tokio::test]
async fn dead_letters_do_not_hold_up_the_messages_behind_them() {
    let engine = Engine::start().await;
    let (queue, dead_letters) = engine.queue_with_dead_letters(1).await;
    for _ in 0..10 {
        queue.send("poison").await;
    }
    let mut seen = 0;
    while seen < 10 {
        let received = queue.receive_hidden(Some(0)).await;
        // Each receive of a poisonous message is its last.
        seen += received.len();
        if received.is_empty() {
            break;
        }
    }
    queue.send("good").await;
    let mut good = None;
    for _ in 0..3 {
        good = good.or(queue.receive().await.into_iter().find(|message| message.body() == Some("good")));
    }
    assert!(good.is_some());
    assert_eq!(dead_letters.counts().await[0], "10");
}

#[tokio::test]
async fn a_redriven_message_returns_to_its_source() {
    let engine = Engine::start().await;
    let (queue, dead_letters) = engine.queue_with_dead_letters(1).await;
    if !has_move_tasks(&engine, &dead_letters).await {
        return;
    }
    let sent = engine.sqs.send_message().queue_url(&queue.url).message_body("again").send().await.unwrap();
    fail(&queue, 1).await;
    assert_eq!(dead_letters.counts().await[0], "1");

    engine.sqs.start_message_move_task().source_arn(&dead_letters.arn).send().await.unwrap();
    let task = until(&engine, &dead_letters, "COMPLETED").await;
    assert_eq!(task.approximate_number_of_messages_moved(), 1);
    let message = queue.receive_one().await;
    assert_eq!((message.body(), system(&message, System::ApproximateReceiveCount)), (Some("again"), Some("1")));
    assert!(!engine.is_ours() || message.message_id() != sent.message_id(), "it counts as new");
    assert_eq!(dead_letters.counts().await, ["0", "0", "0"]);
}

#[tokio::test]
async fn dead_letters_are_moved_to_another_queue_at_the_requested_rate() {
    let engine = Engine::start().await;
    let (queue, dead_letters) = engine.queue_with_dead_letters(1).await;
    let elsewhere = engine.queue("elsewhere").await;
    if !has_move_tasks(&engine, &dead_letters).await {
        return;
    }
    for body in ["a", "b"] {
        queue.send(body).await;
        fail(&queue, 1).await;
    }
    let request = engine.sqs.start_message_move_task().source_arn(&dead_letters.arn).destination_arn(&elsewhere.arn);
    request.max_number_of_messages_per_second(1).send().await.unwrap();
    let task = until(&engine, &dead_letters, "COMPLETED").await;
    assert_eq!(task.approximate_number_of_messages_moved(), 2);
    assert_eq!(task.max_number_of_messages_per_second(), Some(1));
    assert_eq!((elsewhere.counts().await[0].as_str(), queue.counts().await[0].as_str()), ("2", "0"));
}

#[tokio::test]
async fn a_running_move_can_be_cancelled_and_is_the_only_one_of_its_queue() {
    let engine = Engine::start().await;
    let (_, dead_letters) = engine.queue_with_dead_letters(1).await;
    if !has_move_tasks(&engine, &dead_letters).await {
        return;
    }
    let elsewhere = engine.queue("elsewhere").await;
    for body in ["a", "b", "c"] {
        dead_letters.send(body).await;
    }
    let start = || {
        let request = engine.sqs.start_message_move_task().source_arn(&dead_letters.arn);
        request.destination_arn(&elsewhere.arn).max_number_of_messages_per_second(1).send()
    };
    let running = start().await.unwrap().task_handle.unwrap();
    assert!(start().await.unwrap_err().into_service_error().is_unsupported_operation());
    engine.sqs.cancel_message_move_task().task_handle(running).send().await.unwrap();
    until(&engine, &dead_letters, "CANCELLED").await;
    assert_ne!(dead_letters.counts().await[0], "0");
}
