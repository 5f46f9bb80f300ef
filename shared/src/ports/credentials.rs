//! What customers, vendors and we authenticate with.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::domain::CustomerId;
use crate::failure::Failure;

/// A user name and password.
#[derive(Debug, Clone)]
pub struct BasicPair {
    /// The user; not secret by itself, still never logged.
    pub user: SecretString,
    pub password: SecretString,
}

/// What proves us to iCIMS.
#[derive(Debug, Clone)]
pub enum IcimsCredential {
    OAuth { client_id: String, client_secret: SecretString },
    Basic(BasicPair),
}

/// One version of what iCIMS proves itself with; absent modes are not set up.
#[derive(Debug, Clone, Default)]
pub struct PushSecrets {
    pub basic: Option<BasicPair>,
    /// For HMAC: the key's bytes are the text's bytes.
    pub hmac: Option<BasicPair>,
    /// For our own token endpoint: client id (`<customer>.<random>`) and client secret, as user and password.
    pub oauth: Option<BasicPair>,
    /// Signs the Bearer tokens that we issue.
    pub token_key: Option<SecretString>,
    /// The last segment of the URL's path.
    pub path_secret: Option<SecretString>,
}

/// One version of what Crosschq's callbacks prove themselves with.
#[derive(Debug, Clone)]
pub struct CallbackSecrets {
    /// The last segment of the URL's path.
    pub path_secret: SecretString,
    /// The single token field: token, `user:pass`, its base64, or a `whsec_…` key.
    pub token: Option<SecretString>,
}

/// Everything secret of one customer, in one version.
#[derive(Debug, Clone)]
pub struct SecretSet {
    /// The version's id, so that what was derived from it can be told apart.
    pub version: String,
    pub icims: IcimsCredential,
    pub push: PushSecrets,
    pub crosschq_token: SecretString,
    pub callback: CallbackSecrets,
}

/// A customer's secrets: the current version and, while rotating, the one before.
#[derive(Debug, Clone)]
pub struct CustomerSecrets {
    /// AWSCURRENT.
    pub current: SecretSet,
    /// AWSPREVIOUS, if there is one and it was requested ([`Secrets::with_previous`]).
    pub previous: Option<SecretSet>,
}

impl CustomerSecrets {
    /// The versions that are at hand, the current one first: what comes in may use either.
    pub fn live(&self) -> impl Iterator<Item = &SecretSet> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

/// Does what takes a customer's secrets. If they are refused, it is done once more with newer ones: they may have been
/// rotated since we read them.
///
/// # Errors
/// What `attempt` fails with, `missing` if the customer has no secrets, or what reading them fails with.
pub async fn with_secrets<T, E: From<Failure>, F: Future<Output = Result<T, E>>>(
    secrets: &dyn Secrets,
    customer: &CustomerId,
    missing: E,
    is_refusal: impl Fn(&E) -> bool,
    attempt: impl Fn(Arc<CustomerSecrets>) -> F,
) -> Result<T, E> {
    let Some(held) = secrets.of(customer).await? else { return Err(missing) };
    match attempt(Arc::clone(&held)).await {
        Err(refused) if is_refusal(&refused) => match secrets.refresh(customer).await? {
            Some(fresh) if fresh.current.version != held.current.version => {
                tracing::info!(customer.id = %customer, "a credential was refused: retrying with the rotated one");
                attempt(fresh).await
            }
            _ => Err(refused),
        },
        done => done,
    }
}

/// The customers' secrets.
///
/// Not promised: freshness, until [`Secrets::refresh`] is called.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// A customer's secrets; `None` if it has none. The version before need not be there: it is requested for what is refused.
    async fn of(&self, customer: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure>;

    /// The same with the version before, because the current one was refused. It is kept, and so is that there is none:
    /// bad credentials do not become reads.
    async fn with_previous(&self, customer: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure> {
        self.of(customer).await
    }

    /// Reads them anew, because what we hold was refused. Bounded: at most one read per customer within some seconds.
    async fn refresh(&self, customer: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure>;
}
