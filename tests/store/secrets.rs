//! A customer's secrets, while they rotate.

use connector_core::domain::CustomerId;
use connector_core::failure::Failure;
use connector_core::flows::authenticate;
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
    let both = engine.aws.secrets().with_previous(&customer()).await.unwrap().unwrap();
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
    assert_eq!(engine.calls().await, json!({"secretsmanager.GetSecretValue": 1}));
}

#[tokio::test]
async fn the_version_before_or_that_there_is_none_is_read_once_however_often_it_is_needed() {
    for versions in [1, 2] {
        let engine = Engine::start().await;
        for version in 0..versions {
            put(&engine, &secret(&version.to_string()).to_string()).await;
        }
        let secrets = engine.aws.secrets();
        engine.calls().await;
        for _ in 0..3 {
            let both = secrets.with_previous(&customer()).await.unwrap().unwrap();
            assert_eq!(both.previous.is_some(), versions == 2);
            assert_eq!(secrets.of(&customer()).await.unwrap().unwrap().previous.is_some(), versions == 2);
            secrets.refresh(&customer()).await.unwrap();
        }
        assert_eq!(engine.calls().await, json!({"secretsmanager.GetSecretValue": 2}));
    }
}

/// What is rotated, sent by somebody who has not learned of it yet.
fn opens(token: &'static str) -> impl Fn(&connector_core::ports::CustomerSecrets) -> Result<(), Failure> {
    move |secrets| match secrets.live().any(|set| set.crosschq_token.expose_secret() == token) {
        true => Ok(()),
        false => Err(Failure::Unauthenticated { why: "token" }),
    }
}

#[tokio::test]
async fn while_rotating_both_versions_open_the_door_of_a_process_that_is_new_and_of_one_that_is_not() {
    let engine = Engine::start().await;
    put(&engine, &secret("one").to_string()).await;
    let warm = engine.aws.secrets();
    let knock = async |secrets: &dyn Secrets, token| {
        authenticate(secrets, &customer(), Failure::UnknownPath, opens(token)).await.is_ok()
    };
    assert!(knock(&warm, "one").await);
    put(&engine, &secret("two").to_string()).await;
    assert!(knock(&warm, "one").await && !knock(&warm, "none").await);
    let cold = engine.aws.secrets();
    assert!(knock(&cold, "one").await && knock(&cold, "two").await && !knock(&cold, "none").await);
    engine.calls().await;
    for _ in 0..5 {
        assert!(!knock(&cold, "none").await);
    }
    assert_eq!(engine.calls().await, json!({}), "a stranger forces no reads");
}

/// The moment at which a rotated key signs its first token is the one at which a process may just have started.
#[tokio::test]
async fn a_process_that_has_just_read_takes_what_was_rotated_since() {
    let engine = Engine::start().await;
    put(&engine, &secret("one").to_string()).await;
    let started = engine.aws.secrets();
    let authenticated =
        async |token| authenticate(&started, &customer(), Failure::UnknownPath, opens(token)).await.is_ok();
    assert!(authenticated("one").await);
    put(&engine, &secret("two").to_string()).await;
    assert!(authenticated("two").await, "however short ago it read");
    assert!(authenticated("one").await, "the version before is live too");
}

#[tokio::test]
async fn a_placeholder_that_was_replaced_does_not_stop_the_version_in_force() {
    let engine = Engine::start().await;
    put(&engine, "{}").await;
    put(&engine, &secret("two").to_string()).await;
    let found = engine.aws.secrets().with_previous(&customer()).await.unwrap().unwrap();
    assert!(found.previous.is_none());
}

#[tokio::test]
async fn a_secret_that_does_not_read_is_our_failure_and_shows_no_value() {
    let engine = Engine::start().await;
    put(&engine, &json!({"icims": {"basic": {"user": "hunter2"}}}).to_string()).await;
    let Err(Failure::Internal { why, .. }) = engine.aws.secrets().of(&customer()).await else { panic!("not internal") };
    assert!(why.contains("icims.basic") && !why.contains("hunter2"), "{why}");
}
