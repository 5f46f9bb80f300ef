//! Messages: hidden while in flight, back after that, gone once deleted.

use std::time::{Duration, Instant};

use aws_sdk_sqs::types::MessageSystemAttributeName as System;

use crate::engine::{Engine, HIDDEN_S, system};

#[tokio::test]
async fn a_received_message_is_hidden_until_its_visibility_timeout_and_counts_its_receives() {
    let engine = Engine::start().await;
    let queue = engine.queue("work").await;
    queue.send("one").await;
    let first = queue.receive_one().await;
    assert_eq!((first.body(), system(&first, System::ApproximateReceiveCount)), (Some("one"), Some("1")));
    assert!(queue.receive().await.is_empty(), "it is hidden");

    engine.pass_s(HIDDEN_S as u64 + 1).await;
    let second = queue.receive_one().await;
    assert_eq!(second.message_id(), first.message_id());
    assert_eq!(system(&second, System::ApproximateReceiveCount), Some("2"));
    assert_ne!(second.receipt_handle(), first.receipt_handle());
    assert_eq!(system(&second, System::SentTimestamp), system(&first, System::SentTimestamp));
}

#[tokio::test]
async fn a_deleted_message_does_not_come_back() {
    let engine = Engine::start().await;
    let queue = engine.queue("work").await;
    queue.send("one").await;
    queue.delete(&queue.receive_one().await).await;
    engine.pass_s(HIDDEN_S as u64 + 1).await;
    assert!(queue.receive().await.is_empty());
}

#[tokio::test]
async fn a_receivers_own_visibility_timeout_replaces_the_queues() {
    let engine = Engine::start().await;
    let queue = engine.queue("work").await;
    queue.send("one").await;
    assert_eq!(queue.receive_hidden(Some(0)).await.len(), 1, "a look that hides nothing");
    assert_eq!(queue.receive_hidden(Some(60)).await.len(), 1);
    engine.pass_s(HIDDEN_S as u64 + 1).await;
    assert!(queue.receive().await.is_empty(), "hidden for a minute");
}

#[tokio::test]
async fn a_message_that_is_given_back_can_be_received_at_once() {
    let engine = Engine::start().await;
    let queue = engine.queue("work").await;
    queue.send("one").await;
    queue.hide(&queue.receive_one().await, 0).await;
    assert_eq!(system(&queue.receive_one().await, System::ApproximateReceiveCount), Some("2"));
}

#[tokio::test]
async fn a_message_that_is_put_off_stays_hidden_for_longer() {
    let engine = Engine::start().await;
    let queue = engine.queue("work").await;
    queue.send("one").await;
    let message = queue.receive_one().await;
    queue.hide(&message, HIDDEN_S * 2 + 1).await;
    engine.pass_s(HIDDEN_S as u64 + 1).await;
    assert!(queue.receive().await.is_empty());
    engine.pass_s(HIDDEN_S as u64 + 1).await;
    assert_eq!(queue.receive_one().await.message_id(), message.message_id());
}

#[tokio::test]
async fn a_delayed_message_is_not_received_before_its_time() {
    let engine = Engine::start().await;
    let queue = engine.queue("work").await;
    let request = engine.sqs.send_message().queue_url(&queue.url).message_body("later").delay_seconds(2);
    request.send().await.unwrap();
    assert!(queue.receive().await.is_empty());
    assert_eq!(queue.counts().await, ["0", "0", "1"]);
    engine.pass_s(3).await;
    assert_eq!(queue.receive_one().await.body(), Some("later"));
}

#[tokio::test]
async fn a_queue_counts_what_waits_and_what_is_in_flight() {
    let engine = Engine::start().await;
    let queue = engine.queue("work").await;
    for body in ["a", "b", "c"] {
        queue.send(body).await;
    }
    assert_eq!(queue.counts().await, ["3", "0", "0"]);
    let received = queue.receive().await;
    let [waiting, in_flight, _] = queue.counts().await;
    assert_eq!((waiting, in_flight), ((3 - received.len()).to_string(), received.len().to_string()));
    for message in &received {
        queue.delete(message).await;
    }
    assert_eq!(queue.counts().await[1], "0");
}

#[tokio::test]
async fn a_long_poll_ends_with_the_message_that_arrives() {
    let engine = Engine::start().await;
    let queue = engine.queue("work").await;
    let started = Instant::now();
    let poll = engine.sqs.receive_message().queue_url(&queue.url).wait_time_seconds(20).send();
    let sending = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        queue.send("late").await;
    };
    let (received, ()) = tokio::join!(poll, sending);
    assert_eq!(received.unwrap().messages()[0].body(), Some("late"));
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receivers_at_the_same_time_share_the_messages_without_taking_one_twice() {
    let engine = Engine::start().await;
    let queue = engine.queue("work").await;
    for n in 0..40 {
        queue.send(&n.to_string()).await;
    }
    let mut receivers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let queue = queue.clone();
        receivers.spawn(async move { queue.receive_hidden(Some(60)).await });
    }
    let mut bodies: Vec<String> =
        receivers.join_all().await.concat().iter().map(|message| message.body().unwrap().to_owned()).collect();
    // A receive may give fewer than there are: what is left is received by somebody later.
    loop {
        let more = queue.receive_hidden(Some(60)).await;
        if more.is_empty() {
            break;
        }
        bodies.extend(more.iter().map(|message| message.body().unwrap().to_owned()));
    }
    let received = bodies.len();
    bodies.sort_unstable();
    bodies.dedup();
    assert_eq!((received, bodies.len()), (40, 40));
}
