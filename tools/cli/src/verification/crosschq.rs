//! Crosschq: its list of surveys, which needs host, profile and token at once.

use std::sync::Arc;

use connector_core::crosschq::Crosschq;
use connector_core::domain::Customer;
use connector_core::ports::{ProviderError, ReferenceProvider as _, SecretSet};

use super::Step;
use super::held::HeldSecrets;
use crate::failure::Kind;
use crate::records::customers::profile_label;
use crate::session::Session;

const STEP: &str = "crosschq_surveys";

pub(super) async fn surveys(session: &Session, customer: &Customer, secrets: &SecretSet) -> Step {
    let crosschq = Crosschq::new(session.http().clone(), Arc::new(HeldSecrets::new(secrets)));
    let profile = profile_label(&customer.settings);
    match crosschq.surveys(customer).await {
        Ok(surveys) if surveys.is_empty() => Step::failed(
            STEP,
            Kind::Vendor,
            "Crosschq accepts the key and offers no survey",
            "switch surveys on in Crosschq: a template needs one",
        ),
        Ok(surveys) => Step::passed(STEP, format!("Crosschq accepts the key and offers {} surveys", surveys.len())),
        Err(error) => refused(profile, error),
    }
}

fn refused(profile: &str, error: ProviderError) -> Step {
    let vendor = |text: String, fix: &str| Step::failed(STEP, Kind::Vendor, text, fix);
    match error {
        ProviderError::Unauthorized => vendor(
            "Crosschq refuses the key (crosschq.token)".to_owned(),
            "copy the Partner API Key from Crosschq's connector page; crosschq.auth_scheme may have to be Token or Bearer",
        ),
        ProviderError::NotFound => vendor(
            format!("Crosschq has no survey list where profile {profile} expects it (404)"),
            "try the other --crosschq-profile, or check --crosschq-url",
        ),
        ProviderError::Misconfigured { why } => vendor(
            format!("Crosschq cannot be asked: {why}"),
            "check --crosschq-url and --crosschq-profile: a redirect means another host or a missing slash",
        ),
        ProviderError::Refused { .. } | ProviderError::Unsupported => vendor(
            "Crosschq refuses to list its surveys".to_owned(),
            "check --crosschq-profile, and ask Crosschq whether the key may list surveys",
        ),
        ProviderError::RateLimited { .. } => {
            Step::failed(STEP, Kind::Busy, "Crosschq is throttling", "try again in a minute")
        }
        ProviderError::Unavailable { why } => Step::failed(
            STEP,
            Kind::Busy,
            format!("Crosschq does not answer: {why}"),
            "check --crosschq-url, then try again",
        ),
        ProviderError::Ours(failure) => Step::failed(STEP, Kind::Internal, failure.to_string(), "report this"),
    }
}
