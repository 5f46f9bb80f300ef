//! What the functions' failures and the vendors' refusals mean to an operator: the only place where they become sentences.

use connector_core::domain::Customer;
use connector_core::failure::{Cause, Failure, RefusedAt};
use connector_core::ports::{AtsError, ProviderError};

use super::{CliError, Kind};
use crate::records::customers::profile_label;

impl From<Failure> for CliError {
    fn from(failure: Failure) -> Self {
        let kind = match &failure {
            Failure::Retry { .. } | Failure::Unconfirmed { .. } => Kind::Busy,
            Failure::Permanent(_) | Failure::CredentialsRefused { .. } => Kind::Vendor,
            Failure::Internal { cause: Cause::AccessDenied, why } => {
                return Self::denied(format!("{why}: AWS does not permit it"));
            }
            Failure::Internal { cause: Cause::AwsCredentials, why } => {
                return Self::aws_credentials(format!("{why}: AWS does not accept these credentials"));
            }
            Failure::Internal { cause: Cause::Vendor(_), why } => return Self::new(Kind::Vendor, why.clone()),
            Failure::Poison { .. }
            | Failure::DamagedBody
            | Failure::Unauthenticated { .. }
            | Failure::UnknownPath
            | Failure::Internal { .. } => Kind::Internal,
        };
        Self::new(kind, failure.to_string())
    }
}

/// What iCIMS' answer to a read means. `what` was asked for, in the plural: `recruiting workflows`.
pub(crate) fn explain_icims(customer: &Customer, what: &str, error: AtsError) -> CliError {
    let id = &customer.id;
    let vendor = |text: String, fix: &str| CliError::vendor(text).fix(fix);
    let auth_base = || customer.settings.icims.hosts().map(|hosts| hosts.auth_base).unwrap_or_default();
    match error {
        AtsError::Unauthorized { at: RefusedAt::TokenEndpoint } => vendor(
            format!("iCIMS refuses the client id or client secret ({})", auth_base()),
            "check both (icims.oauth in the secrets) with what iCIMS support sent; a client of another icims.region is \
             unknown here, too",
        ),
        AtsError::Unauthorized { at: RefusedAt::TokenScope } => vendor(
            format!("iCIMS forbids the client a token for this API ({})", auth_base()),
            "check icims.hosts.audience (its slash counts), and whether the client is meant for the API",
        ),
        AtsError::Unauthorized { at: RefusedAt::Forbidden } => vendor(
            format!("iCIMS forbids the API user to see {what}"),
            "have iCIMS give the API user's login group access to recruiting workflows, persons and jobs, and for \
             searches put it into the group Integration User",
        ),
        AtsError::Unauthorized { at: RefusedAt::Api | RefusedAt::Remembered } => vendor(
            format!("iCIMS' API refuses the credential for customer {id}"),
            "check the customer id: it and the credential belong together; with Basic, check user and password",
        ),
        AtsError::NotFound => vendor(
            format!("iCIMS knows no {what} of customer {id}, or its API user may not see them"),
            "check the customer id and the region's API host; else have iCIMS give the API user access",
        ),
        AtsError::Refused { why } => {
            vendor(format!("iCIMS refuses to show {what}: {why}"), "ask iCIMS support with this code")
        }
        AtsError::Misconfigured { why } => CliError::input(format!("iCIMS cannot be called: {why}"))
            .fix("correct that setting with `connector customer edit`; a redirect means another host"),
        AtsError::RateLimited { .. } => CliError::busy("iCIMS is throttling, or the day's calls are used up")
            .fix("try again later, or ask for less; the quota comes back at 00:00 UTC"),
        AtsError::Unavailable { why } => CliError::busy(format!("iCIMS does not answer when asked for {what}: {why}"))
            .fix("check icims.region or the hosts, then try again"),
        AtsError::Ours(failure) => failure.into(),
    }
}

/// What Crosschq's answer means. `what` was asked for: `survey list`.
pub(crate) fn explain_crosschq(customer: &Customer, what: &str, error: ProviderError) -> CliError {
    let vendor = |text: String, fix: &str| CliError::vendor(text).fix(fix);
    let profile = profile_label(&customer.settings);
    match error {
        ProviderError::Unauthorized => vendor(
            "Crosschq refuses the key (crosschq.token)".to_owned(),
            "copy the Partner API Key from Crosschq's connector page; crosschq.auth_scheme may have to be Token or Bearer",
        ),
        ProviderError::NotFound => vendor(
            format!("Crosschq has no {what} where profile {profile} expects it (404)"),
            "check crosschq.profile and crosschq.base_url",
        ),
        ProviderError::Refused { .. } | ProviderError::Unsupported => vendor(
            format!("Crosschq refuses the {what}: {error}"),
            "check crosschq.profile, and ask Crosschq what the key may do",
        ),
        ProviderError::Misconfigured { why } => CliError::input(format!("Crosschq cannot be called: {why}")).fix(
            "correct that setting; a redirect means another crosschq.base_url or crosschq.profile, or a missing slash",
        ),
        ProviderError::RateLimited { .. } => CliError::busy("Crosschq is throttling").fix("try again in a minute"),
        ProviderError::Unavailable { why } => {
            CliError::busy(format!("Crosschq does not answer: {why}")).fix("check crosschq.base_url, then try again")
        }
        ProviderError::Ours(failure) => failure.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::customer;

    #[test]
    fn each_answer_of_icims_has_an_exit_code_and_a_fix() {
        let why = || "why".to_owned();
        for (error, code) in [
            (AtsError::NotFound, 8),
            (AtsError::Refused { why: why() }, 8),
            (AtsError::Unauthorized { at: RefusedAt::TokenEndpoint }, 8),
            (AtsError::Unauthorized { at: RefusedAt::Forbidden }, 8),
            (AtsError::Misconfigured { why: why() }, 2),
            (AtsError::RateLimited { after: None }, 7),
            (AtsError::Unavailable { why: why() }, 7),
        ] {
            let explained = explain_icims(&customer(json!({}), Vec::new()), "jobs", error);
            assert!(explained.kind.exit_code() == code && explained.fix.is_some(), "{explained}");
        }
        let denied = AtsError::Ours(Failure::internal(Cause::AccessDenied, "x"));
        assert_eq!(explain_icims(&customer(json!({}), Vec::new()), "jobs", denied).kind, Kind::Denied);
    }

    #[test]
    fn each_answer_of_crosschq_has_an_exit_code_and_a_fix() {
        let why = || "why".to_owned();
        for (error, code) in [
            (ProviderError::NotFound, 8),
            (ProviderError::Refused { fields: Vec::new() }, 8),
            (ProviderError::Unauthorized, 8),
            (ProviderError::Unsupported, 8),
            (ProviderError::Misconfigured { why: why() }, 2),
            (ProviderError::RateLimited { after: None }, 7),
            (ProviderError::Unavailable { why: why() }, 7),
        ] {
            let explained = explain_crosschq(&customer(json!({}), Vec::new()), "survey list", error);
            assert!(explained.kind.exit_code() == code && explained.fix.is_some(), "{explained}");
        }
    }
}
