//! Having Crosschq write to people again: the candidate's invitation, or a reminder to whoever has not answered
//! (docs/vendors/crosschq.md §9.1). Nothing of ours does so by itself; an operator may, where the customer's capability
//! is on.

use connector_core::crosschq::Crosschq;
use connector_core::domain::{Customer, RequestId};
use connector_core::ports::{ProviderError, ReferenceProvider as _};

/// What Crosschq did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resend {
    /// Crosschq has taken it.
    Sent,
    /// The request is closed: nobody is to be written to any more.
    Closed,
}

/// Has the invitation sent to the candidate again. One POST, never repeated: each mails a real person.
///
/// # Errors
/// [`ProviderError::Unsupported`] where the capability `resend` is off or Crosschq has no such endpoint;
/// [`ProviderError::NotFound`] if it does not know the request.
pub(crate) async fn resend_invitation(
    crosschq: &Crosschq,
    customer: &Customer,
    request: &RequestId,
) -> Result<Resend, ProviderError> {
    post(crosschq, customer, request, "resend", customer.settings.crosschq.capabilities.resend).await
}

/// Has whoever has not answered yet reminded. One POST, never repeated.
///
/// # Errors
/// As [`resend_invitation`], by the capability `remind`.
pub(crate) async fn remind(
    crosschq: &Crosschq,
    customer: &Customer,
    request: &RequestId,
) -> Result<Resend, ProviderError> {
    post(crosschq, customer, request, "remind", customer.settings.crosschq.capabilities.remind).await
}

async fn post(
    crosschq: &Crosschq,
    customer: &Customer,
    request: &RequestId,
    verb: &str,
    offered: bool,
) -> Result<Resend, ProviderError> {
    if !offered {
        return Err(ProviderError::Unsupported);
    }
    match crosschq.post(customer, request, verb).await?.as_u16() {
        409 => Ok(Resend::Closed),
        // Nobody has seen this endpoint: only a read tells whether it or the request is missing.
        404 | 405 => match crosschq.read(customer, request).await {
            Ok(_) => Err(ProviderError::Unsupported),
            Err(error) => Err(error),
        },
        _ => Ok(Resend::Sent),
    }
}

#[cfg(test)]
mod tests {
    use connector_core::domain::Profile;
    use serde_json::json;
    use wiremock::ResponseTemplate;

    use super::*;
    use crate::vendors::testing::World;

    const REQUEST: &str = "6b1f0a52-0c55-4f0e-9a56-0d2f7c1e9a01";

    async fn offering() -> (World, RequestId) {
        let mut world = World::new().await;
        world.customer.settings.crosschq.capabilities.resend = true;
        world.customer.settings.crosschq.capabilities.remind = true;
        (world, REQUEST.parse().unwrap())
    }

    async fn calls(world: &World) -> usize {
        world.server.received_requests().await.unwrap().len()
    }

    #[tokio::test]
    async fn each_apis_own_path_is_called_once() {
        for (profile, start) in [(Profile::PartnerV1, "/partners"), (Profile::PartnerV2, "/api/v2")] {
            let (mut world, request) = offering().await;
            world.customer.settings.crosschq.profile = profile;
            let at = |verb: &str| format!("{start}/reference-request/{REQUEST}/{verb}/");
            world.answers("POST", &at("resend"), ResponseTemplate::new(200)).await;
            world.answers("POST", &at("remind"), ResponseTemplate::new(204)).await;
            assert_eq!(resend_invitation(&world.crosschq, &world.customer, &request).await, Ok(Resend::Sent));
            assert_eq!(remind(&world.crosschq, &world.customer, &request).await, Ok(Resend::Sent));
            assert_eq!(calls(&world).await, 2);
        }
    }

    #[tokio::test]
    async fn nothing_is_called_where_the_capability_is_off() {
        let (world, request) = (World::new().await, REQUEST.parse().unwrap());
        let unsupported = Err(ProviderError::Unsupported);
        assert_eq!(resend_invitation(&world.crosschq, &world.customer, &request).await, unsupported);
        assert_eq!(remind(&world.crosschq, &world.customer, &request).await, unsupported);
        assert_eq!(calls(&world).await, 0);
    }

    #[tokio::test]
    async fn a_missing_endpoint_is_told_from_a_missing_request() {
        let found = ResponseTemplate::new(200).set_body_json(json!({"id": REQUEST, "status": "sent"}));
        for (read, expected) in
            [(found, ProviderError::Unsupported), (ResponseTemplate::new(404), ProviderError::NotFound)]
        {
            let (world, request) = offering().await;
            let at = format!("/api/v2/reference-request/{REQUEST}/");
            world.answers("POST", &format!("{at}resend/"), ResponseTemplate::new(404)).await;
            world.answers("GET", &at, read).await;
            assert_eq!(resend_invitation(&world.crosschq, &world.customer, &request).await, Err(expected));
        }
    }

    #[tokio::test]
    async fn a_closed_request_is_no_failure_and_an_outage_is_not_repeated() {
        for (status, expected) in [
            (409, Ok(Resend::Closed)),
            (503, Err(ProviderError::Unavailable { why: "status 503".to_owned() })),
            (403, Err(ProviderError::Unauthorized)),
        ] {
            let (world, request) = offering().await;
            let at = format!("/api/v2/reference-request/{REQUEST}/remind/");
            world.answers("POST", &at, ResponseTemplate::new(status)).await;
            assert_eq!(remind(&world.crosschq, &world.customer, &request).await, expected);
            assert_eq!(calls(&world).await, 1);
        }
    }
}
