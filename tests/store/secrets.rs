//! A customer's secrets, while they rotate.

use connector_core::domain::CustomerId;
use connector_core::failure::Failure;
use connector_core::ports::Secrets;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::engine::Engine;

fn customer() -> CustomerId {
    "1234".parse().unwrap()
}

fn secret(token: &str) -> Value {
    json!({"icims": {"basic": {"user": "u", "password": "p"}}, "crosschq": {"token": token},
           "callback": {"path_secret": "c"}})
}

async fn put(engine: &Engine, text: &str) {
    let (.., secrets) = engine.aws.sdk();
    let name = format!("{}/customers/1234", engine.name);
    let created = secrets.create_secret().name(&name).secret_string(text).send().await;
    if created.is_err() {
        secrets.put_secret_value().secret_id(&name).secret_string(text).send().await.unwrap();
    }
}

#[tokio::test]
async fn a_customer_without_a_secret_has_none() {
    let engine = Engine::start().await;
    assert!(engine.aws.secrets().of(&customer()).await.unwrap().is_none());
}

#[tokio::test]
async fn both_versions_are_live_while_rotating_the_current_one_first() {
    let engine = Engine::start().await;
    put(&engine, &secret("one").to_string()).await;
    let only = engine.aws.secrets().of(&customer()).await.unwrap().unwrap();
    assert!(only.previous.is_none());
    put(&engine, &secret("two").to_string()).await;
    let both = engine.aws.secrets().of(&customer()).await.unwrap().unwrap();
    let tokens: Vec<_> = both.live().map(|set| set.crosschq_token.expose_secret().to_owned()).collect();
    assert_eq!(tokens, ["two", "one"]);
    assert_eq!(both.previous.as_ref().unwrap().version, only.current.version);
    assert_ne!(both.current.version, only.current.version);
}

#[tokio::test]
async fn warmed_secrets_are_not_read_again_and_refusals_do_not_become_calls() {
    let engine = Engine::start().await;
    put(&engine, &secret("one").to_string()).await;
    let secrets = engine.aws.secrets();
    engine.calls().await;
    secrets.warm(&[customer()]).await;
    for _ in 0..3 {
        assert!(secrets.of(&customer()).await.unwrap().is_some());
        assert!(secrets.refresh(&customer()).await.unwrap().is_some());
    }
    assert_eq!(engine.calls().await, json!({"secretsmanager.GetSecretValue": 2}));
}

#[tokio::test]
async fn a_placeholder_that_was_replaced_does_not_stop_the_version_in_force() {
    let engine = Engine::start().await;
    put(&engine, "{}").await;
    put(&engine, &secret("two").to_string()).await;
    let found = engine.aws.secrets().of(&customer()).await.unwrap().unwrap();
    assert!(found.previous.is_none());
}

#[tokio::test]
async fn a_secret_that_does_not_read_is_our_failure_and_shows_no_value() {
    let engine = Engine::start().await;
    put(&engine, &json!({"icims": {"basic": {"user": "hunter2"}}}).to_string()).await;
    let Err(Failure::Internal { why, .. }) = engine.aws.secrets().of(&customer()).await else { panic!("not internal") };
    assert!(why.contains("icims.basic") && !why.contains("hunter2"), "{why}");
}
