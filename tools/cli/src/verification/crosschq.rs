//! Crosschq: its list of surveys, which needs host, profile and token at once.

use std::sync::Arc;

use connector_core::crosschq::Crosschq;
use connector_core::domain::Customer;
use connector_core::ports::{ReferenceProvider as _, SecretSet};

use super::Step;
use super::held::HeldSecrets;
use crate::failure::{CliError, Kind, explain_crosschq};
use crate::session::Session;

const STEP: &str = "crosschq_surveys";

pub(super) async fn surveys(session: &Session, customer: &Customer, secrets: &SecretSet) -> Step {
    let crosschq = Crosschq::new(session.http().clone(), Arc::new(HeldSecrets::new(secrets)));
    match crosschq.surveys(customer).await {
        Ok(surveys) if surveys.is_empty() => Step::failed(
            STEP,
            Kind::Vendor,
            "Crosschq accepts the key and offers no survey",
            "switch surveys on in Crosschq: a template needs one",
        ),
        Ok(surveys) => Step::passed(STEP, format!("Crosschq accepts the key and offers {} surveys", surveys.len())),
        Err(error) => {
            let error = explain_crosschq(customer, "survey list", error);
            // A setting that looks right until Crosschq redirects is refused by Crosschq.
            let kind = if error.kind == Kind::Input { Kind::Vendor } else { error.kind };
            Step::refused(STEP, CliError { kind, ..error })
        }
    }
}
