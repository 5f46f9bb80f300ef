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
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::ports::{CallbackSecrets, IcimsCredential, PushSecrets, SecretSet};

    const REFUSED: Failure = Failure::Unauthenticated { why: "wrong token" };

    /// Secrets whose version and Crosschq token are the same word; a refresh brings `rotated`, or fails.
    struct FakeSecrets {
        held: Option<&'static str>,
        rotated: Result<Option<&'static str>, Failure>,
        refreshes: AtomicUsize,
    }

    fn secrets_of(word: &str) -> Arc<CustomerSecrets> {
        let current = SecretSet {
            version: word.to_owned(),
            icims: IcimsCredential::OAuth { client_id: "id".to_owned(), client_secret: "s".into() },
            push: PushSecrets::default(),
            crosschq_token: word.into(),
            callback: CallbackSecrets { path_secret: "p".into(), token: None },
        };
        Arc::new(CustomerSecrets { current, previous: None })
    }

    #[async_trait]
    impl Secrets for FakeSecrets {
        async fn of(&self, _: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure> {
            Ok(self.held.map(secrets_of))
        }

        async fn refresh(&self, _: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure> {
            self.refreshes.fetch_add(1, Ordering::Relaxed);
            Ok(self.rotated.clone()?.map(secrets_of))
        }
    }

    #[tokio::test]
    async fn what_is_refused_is_tried_once_more_with_rotated_secrets_only() {
        let busy = Failure::retry("Secrets Manager is busy");
        let no_secrets = Failure::UnknownPath;
        for (held, rotated, result, refreshes) in [
            (Some("sent"), Ok(None), Ok(()), 0),
            (Some("old"), Ok(Some("sent")), Ok(()), 1),
            (Some("old"), Ok(Some("other")), Err(REFUSED), 1),
            (Some("old"), Ok(Some("old")), Err(REFUSED), 1),
            (Some("old"), Ok(None), Err(REFUSED), 1),
            // The caller did prove itself for all we know: it may come again.
            (Some("old"), Err(busy.clone()), Err(busy), 1),
            (None, Ok(None), Err(no_secrets.clone()), 0),
        ] {
            let secrets = FakeSecrets { held, rotated, refreshes: AtomicUsize::new(0) };
            let prove = |held: &CustomerSecrets| {
                if held.current.crosschq_token.expose_secret() == "sent" { Ok(()) } else { Err(REFUSED) }
            };
            let proven = authenticate(&secrets, &"1234".parse().unwrap(), no_secrets.clone(), prove).await;
            assert_eq!(proven, result, "{held:?}, {:?}", secrets.rotated);
            assert_eq!(secrets.refreshes.load(Ordering::Relaxed), refreshes, "{held:?}, {:?}", secrets.rotated);
        }
    }
}
