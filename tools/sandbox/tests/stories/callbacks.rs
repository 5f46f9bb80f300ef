use sandbox::control::types::Release;
use sandbox::{CallbackRecord, Step};
use serde_json::{Value, json};

use crate::support::{Received, Reply, TestEnv, order};

fn statuses(received: &[Received]) -> Vec<String> {
    received.iter().map(|r| r.json()["status"].as_str().unwrap().to_owned()).collect()
}

async fn done(env: &TestEnv, count: usize) -> Vec<CallbackRecord> {
    for _ in 0..500 {
        let callbacks = env.org().callbacks().await.unwrap();
        if callbacks.iter().filter(|c| c.done).count() >= count {
            return callbacks;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("callbacks are not done: {:?}", env.org().callbacks().await.unwrap());
}

async fn configure(env: &TestEnv, callback: Value) {
    env.org().configure(json!({"callback": callback})).await.unwrap();
}

#[tokio::test]
async fn every_change_is_sent_in_order_with_the_body_of_a_get() {
    let env = TestEnv::start().await;
    let id = env.create(order()).await;
    env.org().step(&id, &Step::CandidateOpens).await.unwrap();
    let state = env.org().step(&id, &Step::Cancel).await.unwrap().response;
    let received = env.receiver.wait_for(3).await;
    assert_eq!(statuses(&received), ["requested", "candidate_in_progress", "cancelled"]);
    assert_eq!((received[0].method.as_str(), received[0].path.as_str()), ("POST", "/callbacks"));
    assert_eq!(received[0].header("authorization"), "");
    assert_eq!(received[2].json(), state);
    let log = done(&env, 3).await;
    assert!(log.iter().all(|c| c.attempts.len() == 1 && c.attempts[0].status == Some(200)));
}

#[tokio::test]
async fn a_callback_can_be_a_put_and_authenticate_in_every_way() {
    let env = TestEnv::start().await;
    let mut expected = Vec::new();
    for (auth, header) in [
        (json!({"kind": "basic", "value": "user:pass"}), "Basic dXNlcjpwYXNz"),
        (json!({"kind": "basic", "value": "dXNlcjpwYXNz", "verbatim": true}), "Basic dXNlcjpwYXNz"),
        (json!({"kind": "token", "value": "t0"}), "t0"),
        (json!({"kind": "token", "value": "t1", "word": "Token"}), "Token t1"),
        (json!({"kind": "token", "value": "t2", "word": "Bearer"}), "Bearer t2"),
    ] {
        configure(&env, json!({"method": "PUT", "auth": auth})).await;
        let id = env.create(order()).await;
        env.org().step(&id, &Step::Cancel).await.unwrap();
        expected.extend([header, header]);
        let received = env.receiver.wait_for(expected.len()).await;
        assert_eq!(received.iter().map(|r| r.header("authorization")).collect::<Vec<_>>(), expected);
        assert_eq!(received.last().unwrap().method, "PUT");
    }
}

#[tokio::test]
async fn a_callback_can_be_signed_as_standard_webhooks_says() {
    let env = TestEnv::start().await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    configure(&env, json!({"auth": {"kind": "standard_webhooks", "secret": secret}, "duplicates": 1})).await;
    env.create(order()).await;
    let received = env.receiver.wait_for(2).await;
    let webhook = standardwebhooks::Webhook::new(secret).unwrap();
    for callback in &received {
        webhook.verify(&callback.body, &callback.headers).unwrap();
    }
    assert_eq!(received[0].header("webhook-id"), received[1].header("webhook-id"));
}

#[tokio::test]
async fn a_callback_is_repeated_by_the_schedule_until_it_is_accepted() {
    let env = TestEnv::start().await;
    configure(&env, json!({"retry_ms": [1, 60_000]})).await;
    env.receiver.will_answer([Reply::status(500), Reply::status(401)]);
    env.create(order()).await;
    env.receiver.wait_for(2).await;
    env.control.advance_clock(60_001).await.unwrap();
    env.receiver.wait_for(3).await;
    let log = done(&env, 1).await;
    let answers: Vec<_> = log[0].attempts.iter().map(|a| a.status.unwrap()).collect();
    assert_eq!(answers, [500, 401, 200]);
}

#[tokio::test]
async fn a_callback_is_abandoned_after_the_schedule() {
    let env = TestEnv::start().await;
    configure(&env, json!({"retry_ms": [1], "url": "http://127.0.0.1:1/"})).await;
    env.create(order()).await;
    let log = done(&env, 1).await;
    assert_eq!(log[0].attempts.len(), 2);
    assert_eq!(log[0].attempts[0].failure.as_deref(), Some("no connection"));
}

#[tokio::test]
async fn held_callbacks_go_in_the_order_of_their_release() {
    let env = TestEnv::start().await;
    configure(&env, json!({"hold": true})).await;
    let id = env.create(order()).await;
    env.org().step(&id, &Step::CandidateOpens).await.unwrap();
    env.org().step(&id, &Step::Cancel).await.unwrap();
    assert!(env.receiver.received().is_empty());
    let released = env.org().release(&Release { numbers: Some(vec![3, 1]), reverse: false }).await.unwrap();
    assert_eq!(released, [3, 1]);
    let received = env.receiver.wait_for(2).await;
    assert_eq!(statuses(&received), ["cancelled", "requested"]);
    env.org().release(&Release::default()).await.unwrap();
    let received = env.receiver.wait_for(3).await;
    assert_eq!(statuses(&received)[2], "candidate_in_progress");
    let (status, field, _) =
        crate::support::refusal(env.org().release(&Release { numbers: Some(vec![3]), reverse: false }).await);
    assert_eq!((status, field.as_str()), (400, "numbers"));
}

#[tokio::test]
async fn callbacks_can_be_reordered_in_batches() {
    let env = TestEnv::start().await;
    configure(&env, json!({"reorder": 3})).await;
    let id = env.create(order()).await;
    env.org().step(&id, &Step::CandidateOpens).await.unwrap();
    assert!(env.receiver.received().is_empty());
    env.org().step(&id, &Step::Cancel).await.unwrap();
    let received = env.receiver.wait_for(3).await;
    assert_eq!(statuses(&received), ["cancelled", "candidate_in_progress", "requested"]);
}

#[tokio::test]
async fn callbacks_can_be_lost_repeated_and_delayed() {
    let env = TestEnv::start().await;
    configure(&env, json!({"drop_next": 1, "duplicates": 1})).await;
    let id = env.create(order()).await;
    env.org().step(&id, &Step::CandidateOpens).await.unwrap();
    let received = env.receiver.wait_for(2).await;
    assert_eq!(statuses(&received), ["candidate_in_progress", "candidate_in_progress"]);
    assert!(done(&env, 4).await[0].dropped);

    configure(&env, json!({"delay_ms": 3_600_000, "duplicates": 0})).await;
    env.org().step(&id, &Step::Cancel).await.unwrap();
    assert_eq!(env.receiver.received().len(), 2);
    env.control.advance_clock(3_600_000).await.unwrap();
    assert_eq!(statuses(&env.receiver.wait_for(3).await)[2], "cancelled");
}

#[tokio::test]
async fn a_callback_can_overtake_the_answer_to_the_create_call() {
    let env = TestEnv::start().await;
    configure(&env, json!({"before_create_reply": true})).await;
    let id = env.create(order()).await;
    let received = env.receiver.received();
    assert_eq!((received.len(), &received[0].json()["id"]), (1, &json!(id)));
    assert_eq!(done(&env, 1).await.len(), 1);
}

#[tokio::test]
async fn a_creation_need_not_be_sent() {
    let env = TestEnv::start().await;
    configure(&env, json!({"on_create": false})).await;
    env.create(order()).await;
    assert!(env.org().callbacks().await.unwrap().is_empty());
}

#[tokio::test]
async fn bodies_can_have_unknown_fields_and_a_wrapper() {
    let env = TestEnv::start().await;
    configure(&env, json!({"unknown_fields": true, "wrap_data": true})).await;
    let id = env.create(order()).await;
    let body = env.receiver.wait_for(1).await[0].json();
    assert_eq!((&body["data"]["id"], &body["data"]["schema_version"]), (&json!(id), &json!(99)));
}

#[tokio::test]
async fn a_callback_can_be_sent_again_or_invented() {
    let env = TestEnv::start().await;
    configure(&env, json!({"auth": {"kind": "token", "value": "t"}})).await;
    env.create(order()).await;
    done(&env, 1).await;
    let again = env.org().send_again(1).await.unwrap();
    assert_eq!(again.attempts.len(), 2);
    let raw = env.org().send_raw(&json!({"id": "nobody", "status": "completed"})).await.unwrap();
    assert_eq!((raw.number, raw.attempts[0].status), (2, Some(200)));
    let received = env.receiver.received();
    assert_eq!(received.len(), 3);
    assert_eq!((&received[2].json()["id"], received[2].header("authorization")), (&json!("nobody"), "t"));
}
