//! Who sent a request, while secrets rotate.

use crate::domain::CustomerId;
use crate::failure::Failure;
use crate::ports::{CustomerSecrets, Secrets, with_secrets};

/// Proves a request with the customer's secrets. What is refused is tried once more with newer ones: the secret may have
/// been rotated since we read it.
///
/// # Errors
/// What `prove` refuses with, `no_secrets` if there are none, or what reading them fails with.
pub async fn authenticate<T, E: From<Failure>>(
    secrets: &dyn Secrets,
    customer: &CustomerId,
    no_secrets: E,
    prove: impl Fn(&CustomerSecrets) -> Result<T, E>,
) -> Result<T, E> {
    with_secrets(secrets, customer, no_secrets, |_| true, |held| std::future::ready(prove(&held))).await
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
