//! The tokens table: iCIMS' tokens shared across processes, one item a customer, and whose turn it is to fetch the next
//! one. iCIMS throttles clients that ask for too many (docs/vendors/icims.md §1.2).
//!
//! Item: `pk` = `icims#<customer>`; `token`, `fingerprint`, `expires_at` (seconds, its end, also the table's TTL) and
//! `secret_version` while there is a token; `fetching_until` (ms) while somebody fetches the next one; `rev`, which
//! changes with every write and is what writes are conditional on.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

use super::errors::failure;
use super::item::{Item, moment, n, s, text};
use crate::domain::{CustomerId, Timestamp};
use crate::failure::Failure;
use crate::ports::{SharedToken, TokenCache, TokenTurn};

/// A token with less life left is treated as gone: no call may start with one that ends before the call does.
const LEAST_LIFE: Duration = Duration::from_secs(10 * 60);
/// How long a fetch may take before the turn passes on: its winner may have died.
const FETCH_LEASE: Duration = Duration::from_secs(10);
/// How long those who wait for the winner pause at most before they ask again.
const WAIT: Duration = Duration::from_millis(500);
/// How long an item without a token is kept.
const EMPTY_LIFETIME: Duration = Duration::from_secs(24 * 3_600);
/// Writers met in a row before we leave it to them.
const ROUNDS: usize = 3;

/// [`TokenCache`] on DynamoDB.
#[derive(Debug, Clone)]
pub struct DynamoTokens {
    client: Client,
    table: String,
}

impl DynamoTokens {
    /// Keeps them in the table of this name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    async fn read(&self, pk: &str) -> Result<Option<Item>, Failure> {
        let get = self.client.get_item().table_name(&self.table).key("pk", s(pk)).consistent_read(true);
        Ok(get.send().await.map_err(|error| failure("DynamoDB GetItem tokens", &error))?.item)
    }

    /// Takes the turn over what was read; else what stands there now.
    async fn claim(&self, pk: &str, read: Option<Item>, now: Timestamp) -> Result<Claim, Failure> {
        let rev = fresh_rev();
        let seen = read.as_ref().and_then(|item| text(item, "rev")).map(str::to_owned);
        let mut item = read.unwrap_or_default();
        item.entry("expires_at".to_owned()).or_insert_with(|| n(now.after(EMPTY_LIFETIME).s()));
        item.insert("pk".to_owned(), s(pk));
        item.insert("rev".to_owned(), s(&rev));
        item.insert("fetching_until".to_owned(), n(now.after(FETCH_LEASE).ms()));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let put = match seen {
            Some(seen) => put.condition_expression("rev = :seen").expression_attribute_values(":seen", s(seen)),
            None => put.condition_expression("attribute_not_exists(rev)"),
        };
        let Err(error) = put.return_values_on_condition_check_failure(AllOld).send().await else {
            return Ok(Claim::Won);
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                let standing = refused.item().cloned();
                // Our own write, repeated by the SDK after a lost reply.
                let ours = standing.as_ref().and_then(|item| text(item, "rev")) == Some(&rev);
                Ok(if ours { Claim::Won } else { Claim::Lost(standing) })
            }
            _ => Err(failure("DynamoDB PutItem tokens", &error)),
        }
    }
}

enum Claim {
    Won,
    Lost(Option<Item>),
}

/// The key of a customer's item in the tokens table.
pub fn token_key(customer: &CustomerId) -> String {
    format!("icims#{customer}")
}

fn fresh_rev() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// Tells tokens apart without comparing or showing them.
fn fingerprint(token: &SecretString) -> String {
    hex::encode(Sha256::digest(token.expose_secret()).iter().take(16).copied().collect::<Vec<_>>())
}

/// The token in an item, if it may be used.
fn usable(item: &Item, secret_version: &str, refused: Option<&SharedToken>, now: Timestamp) -> Option<SharedToken> {
    let token = SecretString::from(text(item, "token")?.to_owned());
    let expires_at = moment(item, "expires_at").map(|seconds| Timestamp::from_s(seconds.ms()))?;
    let refused = refused.is_some_and(|refused| text(item, "fingerprint") == Some(&fingerprint(&refused.token)));
    let stored_version = text(item, "secret_version")?;
    let lives = expires_at >= now.after(LEAST_LIFE);
    (lives && !refused && stored_version == secret_version).then(|| SharedToken {
        token,
        expires_at,
        secret_version: stored_version.to_owned(),
    })
}

/// What an item says without a write: a token to use, or somebody to wait for.
fn standing(item: &Item, secret_version: &str, refused: Option<&SharedToken>, now: Timestamp) -> Option<TokenTurn> {
    if let Some(token) = usable(item, secret_version, refused, now) {
        return Some(TokenTurn::Use(token));
    }
    let until = moment(item, "fetching_until").filter(|&until| until > now)?;
    Some(TokenTurn::Wait(until.since(now).min(WAIT)))
}

#[async_trait::async_trait]
impl TokenCache for DynamoTokens {
    async fn turn(
        &self,
        customer: &CustomerId,
        secret_version: &str,
        refused: Option<&SharedToken>,
        now: Timestamp,
    ) -> Result<TokenTurn, Failure> {
        let pk = token_key(customer);
        let mut item = self.read(&pk).await?;
        for _ in 0..ROUNDS {
            if let Some(turn) = item.as_ref().and_then(|item| standing(item, secret_version, refused, now)) {
                return Ok(turn);
            }
            match self.claim(&pk, item, now).await? {
                Claim::Won => return Ok(TokenTurn::Fetch),
                Claim::Lost(now_there) => item = now_there,
            }
        }
        Ok(TokenTurn::Wait(WAIT))
    }

    async fn share(&self, customer: &CustomerId, token: &SharedToken) -> Result<(), Failure> {
        // Unconditional: two winners after an expired lease both hold a good token.
        self.client
            .put_item()
            .table_name(&self.table)
            .item("pk", s(token_key(customer)))
            .item("rev", s(fresh_rev()))
            .item("token", s(token.token.expose_secret()))
            .item("fingerprint", s(fingerprint(&token.token)))
            .item("secret_version", s(&token.secret_version))
            .item("expires_at", n(token.expires_at.s()))
            .send()
            .await
            .map_err(|error| failure("DynamoDB PutItem tokens", &error))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_s(1_767_225_600);

    fn token(text: &str) -> SharedToken {
        SharedToken { token: text.into(), expires_at: NOW.after(LEAST_LIFE), secret_version: "v1".to_owned() }
    }

    fn item(text: &str) -> Item {
        Item::from([
            ("token".to_owned(), s(text)),
            ("fingerprint".to_owned(), s(fingerprint(&text.into()))),
            ("secret_version".to_owned(), s("v1")),
            ("expires_at".to_owned(), n(NOW.after(LEAST_LIFE).s())),
        ])
    }

    #[test]
    fn a_token_is_used_while_it_has_ten_minutes_left_and_fits_the_secret() {
        let item = item("t1");
        assert!(usable(&item, "v1", None, NOW).is_some());
        assert!(usable(&item, "v1", None, NOW.after(Duration::from_secs(1))).is_none(), "too old");
        assert!(usable(&item, "v2", None, NOW).is_none(), "of another secret");
        assert!(usable(&item, "v1", Some(&token("t1")), NOW).is_none(), "refused");
        assert!(usable(&item, "v1", Some(&token("t0")), NOW).is_some(), "another one was refused");
    }

    #[test]
    fn others_wait_while_somebody_fetches_and_not_after_the_lease() {
        let mut item = item("t1");
        item.insert("fetching_until".to_owned(), n(NOW.after(Duration::from_millis(200)).ms()));
        let turn = standing(&item, "v2", None, NOW);
        assert!(matches!(turn, Some(TokenTurn::Wait(span)) if span == Duration::from_millis(200)), "{turn:?}");
        assert!(standing(&item, "v2", None, NOW.after(Duration::from_millis(200))).is_none());
        assert!(matches!(standing(&item, "v1", None, NOW), Some(TokenTurn::Use(_))), "a good token needs no wait");
    }
}
