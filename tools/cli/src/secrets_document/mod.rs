//! A customer's secret in Secrets Manager: its versions, and how one of them becomes current.
//!
//! The document itself is [`SecretSet`]. Outsiders may prove themselves with what stands in `AWSCURRENT` or `AWSPREVIOUS`; we ourselves use `AWSCURRENT` only.

pub(crate) mod document;
mod explained;
mod write;

use connector_core::aws::secret_set;
use connector_core::domain::{CustomerId, Timestamp};
use connector_core::ports::SecretSet;
use secrecy::SecretString;
use serde::Serialize;

pub(crate) use document::{GivenSecrets, given_secrets};
pub(crate) use write::{accept, create, promote, put_pending, remove, replace, take_stage_off};

use crate::failure::CliError;
use crate::session::Session;
use explained::Trouble;

/// A staging label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// In force.
    Current,
    /// What was in force before; still accepted from outside.
    Previous,
    /// Written, not in force yet.
    Pending,
}

impl Stage {
    /// As AWS writes it.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Current => "AWSCURRENT",
            Self::Previous => "AWSPREVIOUS",
            Self::Pending => "AWSPENDING",
        }
    }

    fn of(label: &str) -> Option<Self> {
        [Self::Current, Self::Previous, Self::Pending].into_iter().find(|stage| stage.label() == label)
    }
}

/// One version of a secret, without what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) stages: Vec<Stage>,
    /// When it was written.
    pub(crate) created_at: Option<Timestamp>,
}

/// The versions that carry a label, the current one first; `None` if the customer has no secret, or one that waits to be
/// deleted.
pub(crate) async fn versions(session: &Session, customer: &CustomerId) -> Result<Option<Vec<Version>>, CliError> {
    let name = session.stack().await?.secret_name(customer);
    // The list is there for a deleted secret, too; only this tells.
    let described = session.secrets().describe_secret().secret_id(&name).send().await;
    match described.map_err(|error| Trouble::of("SecretsManager DescribeSecret", &error)) {
        Ok(secret) if secret.deleted_date.is_some() => return Ok(None),
        Ok(_) => {}
        Err(Trouble::NoSecret) => return Ok(None),
        Err(trouble) => return Err(trouble.into_error(customer)),
    }
    let pages = session.secrets().list_secret_version_ids().secret_id(&name).into_paginator().send();
    let pages: Result<Vec<_>, _> = pages.collect().await;
    let pages = match pages.map_err(|error| Trouble::of("SecretsManager ListSecretVersionIds", &error)) {
        Ok(pages) => pages,
        Err(Trouble::NoSecret) => return Ok(None),
        Err(trouble) => return Err(trouble.into_error(customer)),
    };
    let mut versions: Vec<Version> = pages
        .into_iter()
        .flat_map(|page| page.versions.unwrap_or_default())
        .filter_map(|version| {
            let mut stages: Vec<_> = version.version_stages().iter().filter_map(|label| Stage::of(label)).collect();
            stages.sort();
            let created_at = version.created_date().and_then(|at| at.to_millis().ok()).map(Timestamp::from_ms);
            Some(Version { id: version.version_id?, stages, created_at })
        })
        .filter(|version| !version.stages.is_empty())
        .collect();
    versions.sort_by(|one, other| one.stages.cmp(&other.stages));
    Ok(Some(versions))
}

/// What a stage holds; `None` if the customer has no secret, or one that waits to be deleted, or nothing carries that label.
///
/// # Errors
/// What AWS says, or a document that does not read: the key is named, never a value.
pub(crate) async fn load(
    session: &Session,
    customer: &CustomerId,
    stage: Stage,
) -> Result<Option<SecretSet>, CliError> {
    let name = session.stack().await?.secret_name(customer);
    let answer = session.secrets().get_secret_value().secret_id(&name).version_stage(stage.label()).send().await;
    let answer = match answer.map_err(|error| Trouble::of("SecretsManager GetSecretValue", &error)) {
        Ok(answer) => answer,
        Err(Trouble::NoSecret | Trouble::Deleted) => return Ok(None),
        Err(trouble) => return Err(trouble.into_error(customer)),
    };
    let json = SecretString::from(answer.secret_string.unwrap_or_default());
    let set = secret_set(answer.version_id.unwrap_or_default(), json).map_err(|why| {
        CliError::input(format!("the secret of customer {customer} ({}) cannot be used: {why}", stage.label()))
            .fix(format!("correct that key of the secret {name}"))
    })?;
    Ok(Some(set))
}

/// What is in force.
///
/// # Errors
/// As [`load`], and if the customer has no secret.
pub(crate) async fn current(session: &Session, customer: &CustomerId) -> Result<SecretSet, CliError> {
    load(session, customer, Stage::Current).await?.ok_or_else(|| Trouble::NoSecret.into_error(customer))
}
