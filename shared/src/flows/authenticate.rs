//! Who sent a request, while secrets rotate.

use std::sync::Arc;

use crate::domain::CustomerId;
use crate::failure::Failure;
use crate::ports::{CustomerSecrets, Secrets, with_secrets};

/// Proves a request with the customer's secrets: the current ones, then those before, and then newer ones, since they may
/// have been rotated since we read them. Each step but the first is taken only where the one before was refused.
///
/// # Errors
/// What `prove` refuses with, `no_secrets` if there are none, or what reading them fails with.
pub async fn authenticate<T, E: From<Failure>>(
    secrets: &dyn Secrets,
    customer: &CustomerId,
    no_secrets: E,
    prove: impl Fn(&CustomerSecrets) -> Result<T, E>,
) -> Result<T, E> {
    let prove = &prove;
    let attempt = |held: Arc<CustomerSecrets>| async move { with_either(secrets, customer, &held, prove).await };
    with_secrets(secrets, customer, no_secrets, |_| true, attempt).await
}

/// Proves with the current version, and if it is refused with the one before.
async fn with_either<T, E: From<Failure>>(
    secrets: &dyn Secrets,
    customer: &CustomerId,
    held: &CustomerSecrets,
    prove: &impl Fn(&CustomerSecrets) -> Result<T, E>,
) -> Result<T, E> {
    match prove(held) {
        Err(refused) if held.previous.is_none() => match secrets.with_previous(customer).await? {
            Some(both) if both.previous.is_some() || both.current.version != held.current.version => prove(&both),
            _ => Err(refused),
        },
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::testing::{FakeSecrets, secret_set};

    const REFUSED: Failure = Failure::Unauthenticated { why: "wrong token" };

    #[tokio::test]
    async fn what_is_refused_is_tried_once_more_with_rotated_secrets_only() {
        let busy = Failure::retry("Secrets Manager is busy");
        for (held, rotated, result, refreshes) in [
            (Some("sent"), Ok(None), Ok(()), 0),
            (Some("old"), Ok(Some("sent")), Ok(()), 1),
            (Some("old"), Ok(Some("other")), Err(REFUSED), 1),
            (Some("old"), Ok(Some("old")), Err(REFUSED), 1),
            (Some("old"), Ok(None), Err(REFUSED), 1),
            // The secret may have been rotated: the sender has to come again.
            (Some("old"), Err(busy.clone()), Err(busy), 1),
            (None, Ok(None), Err(Failure::UnknownPath), 0),
        ] {
            let secrets = FakeSecrets::with(held.map(secret_set), [rotated.clone().map(|it| it.map(secret_set))]);
            let prove = |held: &CustomerSecrets| match held.current.crosschq_token.expose_secret() {
                "sent" => Ok(()),
                _ => Err(REFUSED),
            };
            let proven = authenticate(&*secrets, &"1234".parse().unwrap(), Failure::UnknownPath, prove).await;
            assert_eq!((proven, secrets.refreshes()), (result, refreshes), "{held:?}, {rotated:?}");
        }
    }
}
