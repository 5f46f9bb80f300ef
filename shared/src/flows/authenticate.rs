//! Who sent a request, while secrets rotate.

use crate::domain::CustomerId;
use crate::failure::Failure;
use crate::ports::{CustomerSecrets, Secrets};

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
    let Some(held) = secrets.of(customer).await? else { return Err(no_secrets) };
    match prove(&held) {
        Err(refused) => match secrets.refresh(customer).await? {
            Some(fresh) if fresh.current.version != held.current.version => prove(&fresh),
            _ => Err(refused),
        },
        proven => proven,
    }
}
