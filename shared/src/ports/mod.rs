//! What the flows need of the world, one file a need. Each trait says what it does *not* promise.

mod ats;
mod checks;
mod clock;
mod credentials;
mod customers;
mod fingerprints;
mod missed;
mod provider;
mod queue;
mod tokens;

pub use ats::{Ats, AtsError, AtsLog, AtsQuota};
pub use checks::{CheckStore, DueCheck, DueChecks, ReadChecks, Write, WriteChecks};
pub use clock::Clock;
pub use credentials::{
    BasicPair, CallbackSecrets, CustomerSecrets, IcimsCredential, PushSecrets, SecretSet, Secrets, with_secrets,
};
pub use customers::Customers;
pub use fingerprints::Fingerprints;
pub use missed::{AtsSearch, OptedIn, SEARCH_PAGE, Watermarks};
pub use provider::{CancelOutcome, CreateError, ProviderError, ReferenceProvider, RequestQuery, Survey};
pub use queue::{Backoff, Queue};
pub use tokens::{SharedToken, TokenCache, TokenTurn};
