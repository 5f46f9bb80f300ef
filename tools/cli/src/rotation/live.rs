//! What of a customer's secret is accepted at present.

use std::time::Duration;

use connector_core::aws::SECRETS_LIFETIME;
use connector_core::domain::{AuthMode, CustomerId, Settings, Timestamp};
use connector_core::icims::inbound::TOKEN_LIFETIME_S;
use connector_core::ports::SecretSet;

use super::Credential;
use super::credential::words;
use crate::failure::{CliError, Kind};
use crate::secrets_document::{self, Stage};
use crate::session::Session;

/// The version in force and the one before, which is still accepted from outside.
#[derive(Debug)]
pub(crate) struct Live {
    /// In force.
    pub(crate) current: SecretSet,
    /// The one before, if there is one that the functions can read.
    pub(crate) previous: Option<SecretSet>,
    /// The id of the version that carries `AWSPREVIOUS`, whether or not it can be read.
    pub(crate) previous_id: Option<String>,
    created_at: Option<Timestamp>,
    previous_created_at: Option<Timestamp>,
}

impl Live {
    /// Reads both.
    ///
    /// # Errors
    /// If the customer has no secret, or its current version does not read; else what AWS says.
    pub(crate) async fn read(session: &Session, customer: &CustomerId) -> Result<Self, CliError> {
        let current = secrets_document::current(session, customer).await?;
        let previous = match secrets_document::load(session, customer, Stage::Previous).await {
            Ok(previous) => previous,
            // A first version is often a placeholder: the functions leave it out too, so nothing of it is accepted.
            Err(error) if error.kind == Kind::Input => None,
            Err(error) => return Err(error),
        };
        let versions = secrets_document::versions(session, customer).await?.unwrap_or_default();
        let carries = |stage: Stage| versions.iter().find(|version| version.stages.contains(&stage));
        let previous_id = carries(Stage::Previous).map(|version| version.id.clone());
        let moved = carries(Stage::Current).is_none_or(|version| version.id != current.version)
            || previous.as_ref().is_some_and(|set| Some(&set.version) != previous_id.as_ref());
        if moved {
            return Err(CliError::conflict(format!(
                "somebody else is changing the secret of customer {customer} right now"
            ))
            .fix("try again; nothing was changed"));
        }
        Ok(Self {
            created_at: carries(Stage::Current).and_then(|version| version.created_at),
            previous_created_at: carries(Stage::Previous).and_then(|version| version.created_at),
            current,
            previous,
            previous_id,
        })
    }

    /// What is in rotation: accepted in two values.
    pub(crate) fn rotating(&self) -> Vec<Credential> {
        let Some(previous) = &self.previous else { return Vec::new() };
        Credential::ALL.into_iter().filter(|part| part.differs(&self.current, previous)).collect()
    }

    /// Since when: when the newer of the two versions was written.
    pub(crate) fn since(&self) -> Option<Timestamp> {
        self.created_at.max(self.previous_created_at)
    }

    /// Whether the older value was put back in force.
    pub(crate) fn is_rolled_back(&self) -> bool {
        self.previous_created_at.is_some() && self.previous_created_at > self.created_at
    }

    /// Until when iCIMS may hold a token of ours that dies if the rotation is confirmed; `None` if it holds none.
    ///
    /// A token lasts a day, and a function may issue one under the old values until it reads the secret again.
    pub(crate) fn tokens_until(&self, settings: &Settings) -> Option<Timestamp> {
        let issues_tokens = settings.icims.push.accept.contains(&AuthMode::OAuth);
        let ends_some = self.rotating().into_iter().any(Credential::ends_tokens);
        let span = Duration::from_secs(u64::from(TOKEN_LIFETIME_S)) + SECRETS_LIFETIME;
        (issues_tokens && ends_some).then(|| self.since().map(|since| since.after(span))).flatten()
    }

    /// Refuses a further rotation while one is not confirmed.
    ///
    /// # Errors
    /// [`Kind::Conflict`], naming what is in rotation.
    pub(crate) fn check_is_free(&self, customer: &CustomerId) -> Result<(), CliError> {
        let rotating = self.rotating();
        if rotating.is_empty() {
            return Ok(());
        }
        let since = self.since().map(|since| format!(" since {since}")).unwrap_or_default();
        Err(CliError::conflict(format!(
            "{} of customer {customer} is in rotation{since}: its old value would end if another rotation began now",
            words(&rotating)
        ))
        .fix(format!(
            "end it with `connector secrets confirm {customer}`, or go back with `connector secrets cancel {customer}`"
        )))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{secret, settings};

    fn set(version: &str, basic: &str, client: &str) -> SecretSet {
        let push = json!({"basic": {"user": "u", "password": basic}, "token_key": "k",
                          "oauth": {"client_id": "1234.x", "client_secret": client}});
        secret(version, json!({"push": push}))
    }

    fn live(current: SecretSet, previous: Option<SecretSet>) -> Live {
        Live {
            previous_id: previous.as_ref().map(|set| set.version.clone()),
            current,
            previous,
            created_at: Some(Timestamp::from_s(2_000)),
            previous_created_at: Some(Timestamp::from_s(1_000)),
        }
    }

    fn accepting(mode: &str) -> Settings {
        settings(json!({"icims": {"push": {"accept": [mode]}}}))
    }

    #[test]
    fn what_the_two_versions_hold_differently_is_in_rotation_and_nothing_may_join_it() {
        let customer: CustomerId = "1234".parse().unwrap();
        let still = live(set("b", "1", "c"), Some(set("a", "1", "c")));
        assert!(still.rotating().is_empty() && still.check_is_free(&customer).is_ok());
        let rotating = live(set("b", "2", "c"), Some(set("a", "1", "c")));
        assert_eq!(rotating.rotating(), [Credential::PushBasic]);
        let error = rotating.check_is_free(&customer).unwrap_err();
        assert_eq!(error.kind, Kind::Conflict);
        assert!(error.message.contains("push-basic") && error.fix.unwrap().contains("secrets confirm 1234"));
        assert!(live(set("b", "2", "c"), None).rotating().is_empty());
    }

    #[test]
    fn ending_a_client_pair_waits_until_its_last_token_has_ended_and_other_credentials_do_not() {
        let basic = live(set("b", "2", "c"), Some(set("a", "1", "c")));
        assert_eq!(basic.tokens_until(&accepting("oauth")), None);
        let client = live(set("b", "1", "d"), Some(set("a", "1", "c")));
        assert_eq!(client.tokens_until(&accepting("oauth")), Some(Timestamp::from_s(2_000 + 86_400 + 300)));
        assert_eq!(client.tokens_until(&accepting("basic")), None);
    }

    #[test]
    fn an_older_version_in_force_is_a_rotation_gone_back() {
        let mut back = live(set("a", "1", "c"), Some(set("b", "2", "c")));
        assert!(!back.is_rolled_back());
        (back.created_at, back.previous_created_at) = (back.previous_created_at, back.created_at);
        assert!(back.is_rolled_back());
        assert_eq!(back.since(), Some(Timestamp::from_s(2_000)));
    }
}
