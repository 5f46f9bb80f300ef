//! What iCIMS refuses, in an operator's words.

use connector_core::domain::Customer;
use connector_core::failure::RefusedAt;
use connector_core::ports::AtsError;

use super::Step;
use crate::failure::Kind;

/// A failed step for an error; `what` is what was asked for, e.g. `recruiting workflows`.
pub(super) fn failed(step: &'static str, customer: &Customer, what: &str, error: AtsError) -> Step {
    let vendor = |text: String, fix: String| Step::failed(step, Kind::Vendor, text, fix);
    let auth_base = customer.settings.icims.hosts().map(|hosts| hosts.auth_base).unwrap_or_default();
    match error {
        AtsError::Unauthorized { at: RefusedAt::TokenEndpoint } => vendor(
            format!("iCIMS refuses the client id or client secret ({auth_base})"),
            "check both (icims.oauth in the secrets) with what iCIMS support gave; a client of another --icims-region is \
             unknown here, too"
                .to_owned(),
        ),
        AtsError::Unauthorized { at: RefusedAt::TokenScope } => vendor(
            format!("iCIMS forbids the client a token for this API ({auth_base})"),
            "check the region's --icims-audience (its slash counts), and whether the client is meant for the API"
                .to_owned(),
        ),
        AtsError::Unauthorized { at: RefusedAt::Forbidden } => vendor(
            format!("iCIMS forbids the API user to see {what}"),
            "have iCIMS give the API user's login group access to recruiting workflows, persons and jobs".to_owned(),
        ),
        AtsError::Unauthorized { .. } => vendor(
            format!("iCIMS' API refuses the credential for customer {}", customer.id),
            "check the customer id: it and the credential belong together; with Basic, check user and password"
                .to_owned(),
        ),
        AtsError::NotFound => vendor(
            format!("iCIMS knows no {what} of customer {}, or its API user may not see them", customer.id),
            "check the customer id and the region's API host; else have iCIMS give the API user access".to_owned(),
        ),
        AtsError::Refused { why } => {
            vendor(format!("iCIMS refuses to show {what}: {why}"), "ask iCIMS support with this code".to_owned())
        }
        AtsError::Misconfigured { why } => Step::failed(
            step,
            Kind::Input,
            format!("iCIMS cannot be asked: {why}"),
            "correct that setting; a redirect means another host",
        ),
        AtsError::RateLimited { .. } => {
            Step::failed(step, Kind::Busy, "iCIMS is throttling, or the day's calls are used up", "try again later")
        }
        AtsError::Unavailable { why } => Step::failed(
            step,
            Kind::Busy,
            format!("iCIMS does not answer when asked for {what}: {why}"),
            "check --icims-region or the hosts, then try again",
        ),
        AtsError::Ours(failure) => Step::failed(step, Kind::Internal, failure.to_string(), "report this"),
    }
}
