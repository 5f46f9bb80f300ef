//! What any `TokenCache` has to do, played on DynamoDB.

use std::sync::Arc;
use std::time::Duration;

use connector_core::domain::{CustomerId, Timestamp};
use connector_core::ports::{SharedToken, TokenCache, TokenTurn};
use futures_util::future::join_all;
use secrecy::ExposeSecret;

use crate::engine::Engine;

const NOW: Timestamp = Timestamp::from_s(1_767_225_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

fn customer() -> CustomerId {
    "1234".parse().unwrap()
}

fn token(text: &str, secret_version: &str) -> SharedToken {
    SharedToken { token: text.into(), expires_at: NOW.after(DAY), secret_version: secret_version.to_owned() }
}

async fn turn(tokens: &impl TokenCache, version: &str, refused: Option<&SharedToken>, now: Timestamp) -> TokenTurn {
    tokens.turn(&customer(), version, refused, now).await.unwrap()
}

fn used(turn: &TokenTurn) -> Option<&str> {
    match turn {
        TokenTurn::Use(token) => Some(token.token.expose_secret()),
        TokenTurn::Fetch | TokenTurn::Wait(_) => None,
    }
}

/// How many of 32 at once are to fetch.
async fn fetchers(tokens: &Arc<impl TokenCache + 'static>, refused: Option<SharedToken>) -> usize {
    let turns = (0..32).map(|_| {
        let (tokens, refused) = (Arc::clone(tokens), refused.clone());
        tokio::spawn(async move { turn(&*tokens, "v1", refused.as_ref(), NOW).await })
    });
    let turns = join_all(turns).await;
    turns.into_iter().filter(|turn| matches!(turn, Ok(TokenTurn::Fetch))).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_32_fetches_and_all_use_what_it_shares() {
    let engine = Engine::start().await;
    let tokens = Arc::new(engine.aws.tokens().unwrap());
    assert_eq!(fetchers(&tokens, None).await, 1);
    assert!(matches!(turn(&*tokens, "v1", None, NOW).await, TokenTurn::Wait(_)));
    tokens.share(&customer(), &token("t1", "v1")).await.unwrap();
    assert_eq!(used(&turn(&*tokens, "v1", None, NOW).await), Some("t1"));
    assert_eq!(fetchers(&tokens, None).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_token_is_replaced_exactly_once() {
    let engine = Engine::start().await;
    let tokens = Arc::new(engine.aws.tokens().unwrap());
    let refused = token("t1", "v1");
    tokens.share(&customer(), &refused).await.unwrap();
    assert_eq!(fetchers(&tokens, Some(refused.clone())).await, 1);
    tokens.share(&customer(), &token("t2", "v1")).await.unwrap();
    assert_eq!(used(&turn(&*tokens, "v1", Some(&refused), NOW).await), Some("t2"));
    assert_eq!(fetchers(&tokens, Some(refused)).await, 0);
}

#[tokio::test]
async fn while_a_refused_token_is_replaced_those_whom_it_serves_go_on_with_it() {
    let engine = Engine::start().await;
    let tokens = engine.aws.tokens().unwrap();
    let refused = token("t1", "v1");
    tokens.share(&customer(), &refused).await.unwrap();
    assert!(matches!(turn(&tokens, "v1", Some(&refused), NOW).await, TokenTurn::Fetch));
    assert_eq!(used(&turn(&tokens, "v1", None, NOW).await), Some("t1"));
}

#[tokio::test]
async fn the_turn_passes_on_when_its_winner_died() {
    let engine = Engine::start().await;
    let tokens = engine.aws.tokens().unwrap();
    assert!(matches!(turn(&tokens, "v1", None, NOW).await, TokenTurn::Fetch));
    let soon = NOW.after(Duration::from_secs(9));
    assert!(matches!(turn(&tokens, "v1", None, soon).await, TokenTurn::Wait(_)));
    let later = NOW.after(Duration::from_secs(10));
    assert!(matches!(turn(&tokens, "v1", None, later).await, TokenTurn::Fetch));
}

#[tokio::test]
async fn a_token_near_its_end_or_of_another_secret_is_fetched_anew() {
    let engine = Engine::start().await;
    let tokens = engine.aws.tokens().unwrap();
    tokens.share(&customer(), &token("t1", "v1")).await.unwrap();
    assert_eq!(used(&turn(&tokens, "v1", None, NOW).await), Some("t1"));
    let other = engine.another_process().tokens().unwrap();
    assert!(matches!(turn(&other, "v2", None, NOW).await, TokenTurn::Fetch));

    tokens.share(&customer(), &token("t2", "v1")).await.unwrap();
    let near_its_end = NOW.after(DAY - Duration::from_secs(9 * 60));
    assert!(matches!(turn(&tokens, "v1", None, near_its_end).await, TokenTurn::Fetch));
}

#[tokio::test]
async fn a_turn_whose_reply_was_lost_is_still_ours() {
    let engine = Engine::start().await;
    engine.fault("DynamoDB_20120810.PutItem", "reset_after", 1).await;
    let tokens = engine.aws.tokens().unwrap();
    assert!(matches!(turn(&tokens, "v1", None, NOW).await, TokenTurn::Fetch));
}

#[tokio::test]
async fn using_a_shared_token_is_one_read() {
    let engine = Engine::start().await;
    let tokens = engine.aws.tokens().unwrap();
    tokens.share(&customer(), &token("t1", "v1")).await.unwrap();
    engine.calls().await;
    turn(&tokens, "v1", None, NOW).await;
    assert_eq!(engine.calls().await, serde_json::json!({"DynamoDB_20120810.GetItem": 1}));
}
