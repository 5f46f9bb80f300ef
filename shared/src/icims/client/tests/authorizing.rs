use std::time::Duration;

use secrecy::ExposeSecret as _;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, ResponseTemplate};

use super::super::*;
use crate::failure::RefusedAt;
use crate::icims::testing::{NOW, WORKFLOW_PATH, World, basic, oauth, ok, shared, workflow};
use crate::ports::TokenTurn;

const TOKEN: &str = "/oauth/token";
const BODY: &str = r#"{"status":{"id":"C1"}}"#;

async fn oauth_world() -> World {
    World::with(vec![("v1", oauth("one"))]).await
}

async fn accepts(world: &World, authorization: &str) {
    Mock::given(method("GET"))
        .and(path(WORKFLOW_PATH))
        .and(header("authorization", authorization))
        .respond_with(ok(BODY))
        .with_priority(1)
        .mount(&world.server)
        .await;
    world.answers("GET", WORKFLOW_PATH, ResponseTemplate::new(401).insert_header("x-error", "9:no")).await;
}

async fn read(world: &World) -> Result<RecruitingWorkflow, AtsError> {
    world.icims.workflow(&world.customer, &workflow()).await
}

#[tokio::test]
async fn a_token_is_fetched_once_shared_and_used_for_every_call() {
    let world = oauth_world().await;
    world.issues("one", "t1").await;
    accepts(&world, "Bearer t1").await;
    for _ in 0..3 {
        read(&world).await.unwrap();
    }
    let asked = world.requests(TOKEN).await;
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(
        std::str::from_utf8(&asked[0].body).unwrap(),
        "grant_type=client_credentials&client_id=client&client_secret=one&audience=https%3A%2F%2Fapi.icims.com%2Fv1%2F"
    );
    let shared = world.tokens.shared.lock().unwrap();
    assert_eq!(shared.len(), 1);
    assert_eq!(shared[0].secret_version, "v1");
    assert_eq!(shared[0].expires_at, NOW.after(Duration::from_secs(86_400)));
}

#[tokio::test]
async fn concurrent_calls_fetch_one_token() {
    let world = oauth_world().await;
    world.issues("one", "t1").await;
    accepts(&world, "Bearer t1").await;
    let (a, b, c) = tokio::join!(read(&world), read(&world), read(&world));
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(world.requests(TOKEN).await.len(), 1);
}

#[tokio::test]
async fn a_token_that_another_process_shared_is_used_after_waiting_for_it() {
    let world = oauth_world().await;
    world.tokens.script.lock().unwrap().extend([
        TokenTurn::Wait(Duration::from_millis(1)),
        TokenTurn::Wait(Duration::from_millis(1)),
        TokenTurn::Use(shared("theirs", "v1")),
    ]);
    accepts(&world, "Bearer theirs").await;
    read(&world).await.unwrap();
    assert!(world.requests(TOKEN).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn waiting_for_another_process_is_bounded() {
    let world = oauth_world().await;
    let turn = TokenTurn::Wait(Duration::from_secs(30));
    world.tokens.script.lock().unwrap().extend(std::iter::repeat_n(turn, 100));
    let error = read(&world).await.unwrap_err();
    assert!(matches!(&error, AtsError::Unavailable { why } if why.contains("token")), "{error}");
}

#[tokio::test]
async fn a_token_near_its_end_is_replaced() {
    let world = oauth_world().await;
    world.issues("one", "t1").await;
    accepts(&world, "Bearer t1").await;
    read(&world).await.unwrap();
    *world.clock.0.lock().unwrap() = NOW.after(Duration::from_secs(86_400 - 30));
    read(&world).await.unwrap();
    assert_eq!(world.requests(TOKEN).await.len(), 2);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_the_cache_is_told() {
    let world = oauth_world().await;
    world.tokens.script.lock().unwrap().push_back(TokenTurn::Use(shared("stale", "v1")));
    world.issues("one", "t2").await;
    accepts(&world, "Bearer t2").await;
    read(&world).await.unwrap();
    assert_eq!(world.requests(WORKFLOW_PATH).await.len(), 2);
    let asked = world.tokens.asked.lock().unwrap();
    assert_eq!(*asked, [("v1".to_owned(), None), ("v1".to_owned(), Some("stale".to_owned()))]);
    assert_eq!(world.secrets.refreshes(), 0);
}

#[tokio::test]
async fn a_write_is_sent_again_after_a_refused_token() {
    let world = oauth_world().await;
    world.tokens.script.lock().unwrap().push_back(TokenTurn::Use(shared("stale", "v1")));
    world.issues("one", "t2").await;
    Mock::given(header("authorization", "Bearer t2"))
        .respond_with(ResponseTemplate::new(204))
        .with_priority(1)
        .mount(&world.server)
        .await;
    world.answers("PATCH", WORKFLOW_PATH, ResponseTemplate::new(401)).await;
    let moved = world.icims.move_status(&world.customer, &workflow(), &StatusId::parse("C2").unwrap()).await;
    assert_eq!(moved, Ok(()));
}

#[tokio::test]
async fn a_fresh_token_that_is_refused_too_asks_for_newer_secrets_once_and_gives_up() {
    let world = oauth_world().await;
    world.issues("one", "t1").await;
    world.answers("GET", WORKFLOW_PATH, ResponseTemplate::new(401)).await;
    assert_eq!(read(&world).await, Err(AtsError::Unauthorized { at: RefusedAt::Api }));
    assert_eq!(world.requests(WORKFLOW_PATH).await.len(), 2);
    assert_eq!(world.secrets.refreshes(), 1);
}

#[tokio::test]
async fn a_rotated_client_secret_is_picked_up_when_the_token_endpoint_refuses_the_old_one() {
    let world = World::with(vec![("v1", oauth("one")), ("v2", oauth("two"))]).await;
    world.issues("two", "t2").await;
    // What was mounted first wins, so this is for the old secret.
    world.answers("POST", TOKEN, ResponseTemplate::new(401).set_body_string(r#"{"error":"access_denied"}"#)).await;
    accepts(&world, "Bearer t2").await;
    read(&world).await.unwrap();
    assert_eq!(world.tokens.shared.lock().unwrap()[0].token.expose_secret(), "t2");
    assert_eq!(world.secrets.refreshes(), 1);
}

#[tokio::test]
async fn a_client_that_stays_refused_is_unauthorized_after_one_look_for_newer_secrets() {
    let refusals = [(400, RefusedAt::TokenEndpoint), (401, RefusedAt::TokenEndpoint), (403, RefusedAt::TokenScope)];
    for (status, at) in refusals {
        let world = World::with(vec![("v1", oauth("one")), ("v2", oauth("two")), ("v3", oauth("three"))]).await;
        world.answers("POST", TOKEN, ResponseTemplate::new(status)).await;
        assert_eq!(read(&world).await, Err(AtsError::Unauthorized { at }));
        assert_eq!(world.requests(TOKEN).await.len(), 2);
        assert_eq!(world.secrets.refreshes(), 1);
    }
}

#[tokio::test]
async fn a_token_endpoint_in_trouble_is_not_a_refusal() {
    for (status, retryable) in [(429, true), (500, true), (503, true), (404, false), (302, false)] {
        let world = oauth_world().await;
        world.answers("POST", TOKEN, ResponseTemplate::new(status)).await;
        let error = read(&world).await.unwrap_err();
        let as_told = match error {
            AtsError::RateLimited { .. } | AtsError::Unavailable { .. } => retryable,
            AtsError::Misconfigured { .. } => !retryable,
            _ => false,
        };
        assert!(as_told, "{status}");
        assert_eq!(world.secrets.refreshes(), 0);
    }
}

#[tokio::test]
async fn a_token_answer_that_cannot_be_read_is_no_token() {
    for body in ["", "[]", r#"{"access_token":""}"#, r#"{"token":"x"}"#] {
        let world = oauth_world().await;
        world.answers("POST", TOKEN, ok(body)).await;
        let error = read(&world).await.unwrap_err();
        assert_eq!(error, AtsError::Unavailable { why: "token endpoint: unreadable answer".to_owned() });
    }
}

#[tokio::test]
async fn basic_goes_out_as_it_stands_and_a_newer_password_is_tried_once() {
    let world = World::with(vec![("v1", basic("old")), ("v2", basic("new"))]).await;
    accepts(&world, "Basic dXNlcjpuZXc=").await;
    read(&world).await.unwrap();
    let sent = world.requests(WORKFLOW_PATH).await;
    assert_eq!(sent[0].headers["authorization"], "Basic dXNlcjpvbGQ=");
    assert_eq!(sent.len(), 2);
    assert!(world.tokens.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_credential_of_the_other_kind_is_a_setting_to_mend() {
    let mut world = World::simple().await;
    world.customer.settings.icims.auth = crate::domain::IcimsAuth::OAuth;
    assert!(matches!(read(&world).await, Err(AtsError::Misconfigured { why }) if why.contains("icims.auth")));
}
