//! iCIMS tokens, shared by all processes: one of them fetches, the others wait for it.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use secrecy::{ExposeSecret, SecretString};

use super::error::failure;
use super::item::{Item, number};
use crate::domain::{CustomerId, Timestamp};
use crate::failure::Failure;
use crate::ports::{SharedToken, TokenCache, TokenTurn};

/// A token with less life than this is fetched anew.
const LEAST_LIFE: Duration = Duration::from_secs(600);
/// How long the others wait for the one who fetches, before somebody else may.
const FETCH_LEASE: Duration = Duration::from_secs(10);
/// How soon those who wait ask again.
const ASK_AGAIN: Duration = Duration::from_millis(300);

/// [`TokenCache`] on the table `tokens`.
#[derive(Debug)]
pub struct DynamoTokens {
    client: Client,
    table: String,
}

impl DynamoTokens {
    /// Tokens in this table.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

fn pk(customer: &CustomerId) -> AttributeValue {
    AttributeValue::S(format!("icims#{customer}"))
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

fn moment(item: &Item, name: &str) -> Option<i64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

fn to_token(item: &Item) -> Option<SharedToken> {
    Some(SharedToken {
        token: SecretString::from(text(item, "token")?.to_owned()),
        expires_at: Timestamp::from_s(moment(item, "expires_at")?),
        secret_version: text(item, "secret_version")?.to_owned(),
    })
}

#[async_trait]
impl TokenCache for DynamoTokens {
    async fn turn(
        &self,
        customer: &CustomerId,
        secret_version: &str,
        refused: Option<&SharedToken>,
        now: Timestamp,
    ) -> Result<TokenTurn, Failure> {
        let read = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", pk(customer))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failure("GetItem tokens", &error))?;
        let known = read.item.as_ref().and_then(to_token).filter(|token| {
            token.secret_version == secret_version
                && token.expires_at > now.after(LEAST_LIFE)
                && refused.is_none_or(|refused| refused.token.expose_secret() != token.token.expose_secret())
        });
        if let Some(token) = known {
            return Ok(TokenTurn::Use(token));
        }
        let claimed = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", pk(customer))
            .update_expression("SET fetching_until = :until")
            .condition_expression("attribute_not_exists(fetching_until) OR fetching_until <= :now")
            .expression_attribute_values(":until", number(now.after(FETCH_LEASE).ms()))
            .expression_attribute_values(":now", number(now.ms()))
            .send()
            .await;
        match claimed {
            Ok(_) => Ok(TokenTurn::Fetch),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(TokenTurn::Wait(ASK_AGAIN))
            }
            Err(error) => Err(failure("UpdateItem tokens", &error)),
        }
    }

    async fn share(&self, customer: &CustomerId, token: &SharedToken) -> Result<(), Failure> {
        self.client
            .put_item()
            .table_name(&self.table)
            .item("pk", pk(customer))
            .item("token", AttributeValue::S(token.token.expose_secret().to_owned()))
            .item("secret_version", AttributeValue::S(token.secret_version.clone()))
            .item("expires_at", number(token.expires_at.s()))
            .send()
            .await
            .map(drop)
            .map_err(|error| failure("PutItem tokens", &error))
    }
}
