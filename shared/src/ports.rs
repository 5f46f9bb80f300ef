//! What the flows need of the world, as narrow traits. Each says what it does *not* promise.

mod missed;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::domain::{
    CancelReason, Check, CheckKey, Contact, CorrelationId, Customer, CustomerId, Email, Entered, EntryId, Envelope,
    Fingerprint, Link, Message, Order, PersonId, RecruitingWorkflow, ReferenceRequest, RequestId, Requisition,
    RequisitionId, RowMarker, Standing, StatusId, SurveyId, Timestamp, View, WorkflowId,
};
use crate::failure::{Cause, Failure, RefusedAt};

pub use missed::{AtsSearch, OptedIn, SEARCH_PAGE, Watermarks};

/// The present.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// What became of a conditional write.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// It was written.
    Stored,
    /// Somebody wrote before; this is what stands there now.
    Conflict(Box<Check>),
}

/// A check whose `due_at` has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueCheck {
    /// Which check.
    pub key: CheckKey,
    /// The `due_at` that was read; it may have moved since.
    pub due_at: Timestamp,
}

/// The checks. Writes are conditional on the version; there are no transactions.
///
/// Not promised: that a [`Write::Conflict`] is a stranger's write. After a lost reply it may be one's own.
#[async_trait]
pub trait CheckStore: Send + Sync {
    /// The latest attempt for a workflow, strongly consistent.
    async fn latest(&self, customer: &CustomerId, workflow: &WorkflowId) -> Result<Option<Check>, Failure>;

    /// One attempt, strongly consistent.
    async fn load(&self, key: &CheckKey) -> Result<Option<Check>, Failure>;

    /// The check that holds a reference request. Eventually consistent: `None` may mean "not yet".
    async fn by_request(&self, customer: &CustomerId, request: &RequestId) -> Result<Option<CheckKey>, Failure>;

    /// The customer's checks whose create outcome is unknown, and whose create named a candidate with this
    /// [`Fingerprint::address`]. Eventually consistent.
    async fn outcome_unknown(&self, customer: &CustomerId, address: &str) -> Result<Vec<CheckKey>, Failure>;

    /// Writes a check that does not exist yet.
    async fn insert(&self, check: &Check, retention_days: u16) -> Result<Write, Failure>;

    /// Writes a check over the version it was loaded with, and counts the version up in `check` when stored.
    async fn save(&self, check: &mut Check, retention_days: u16) -> Result<Write, Failure>;

    /// Up to `limit` checks that are due, oldest first. Eventually consistent.
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<DueCheck>, Failure>;

    /// Moves `due_at` of a check from the value that was read; `false` if it has moved or the check is gone.
    async fn postpone(&self, due: &DueCheck, until: Timestamp) -> Result<bool, Failure>;
}

/// The customers' settings and templates.
///
/// Not promised: freshness. What is returned may be as old as the adapter's lifetime of cached settings.
#[async_trait]
pub trait Customers: Send + Sync {
    /// A customer with its templates; `None` if we do not know it.
    ///
    /// # Errors
    /// [`Failure::Internal`] if its record cannot be read or does not hold.
    async fn customer(&self, id: &CustomerId) -> Result<Option<Arc<Customer>>, Failure>;
}

/// A user name and password.
#[derive(Debug, Clone)]
pub struct BasicPair {
    /// The user; not secret by itself, still never logged.
    pub user: SecretString,
    /// The password.
    pub password: SecretString,
}

/// What proves us to iCIMS.
#[derive(Debug, Clone)]
pub enum IcimsCredential {
    /// Client credentials.
    OAuth {
        /// The client id.
        client_id: String,
        /// The client secret.
        client_secret: SecretString,
    },
    /// An integration user.
    Basic(BasicPair),
}

/// One version of what iCIMS proves itself with; absent modes are not set up.
#[derive(Debug, Clone, Default)]
pub struct PushSecrets {
    /// For Basic.
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
    /// Towards iCIMS.
    pub icims: IcimsCredential,
    /// From iCIMS.
    pub push: PushSecrets,
    /// Towards Crosschq.
    pub crosschq_token: SecretString,
    /// From Crosschq.
    pub callback: CallbackSecrets,
}

/// A customer's secrets: the current version and, while rotating, the one before.
#[derive(Debug, Clone)]
pub struct CustomerSecrets {
    /// AWSCURRENT.
    pub current: SecretSet,
    /// AWSPREVIOUS, if there is one.
    pub previous: Option<SecretSet>,
}

impl CustomerSecrets {
    /// Both versions, the current one first: what comes in may use either.
    pub fn live(&self) -> impl Iterator<Item = &SecretSet> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

/// The customers' secrets.
///
/// Not promised: freshness, until [`Secrets::refresh`] is called.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// A customer's secrets; `None` if it has none.
    async fn of(&self, customer: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure>;

    /// Reads them anew, because what we hold was refused. Bounded: at most one read per customer within some seconds.
    async fn refresh(&self, customer: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure>;
}

/// A token of iCIMS, shared across processes.
#[derive(Debug, Clone)]
pub struct SharedToken {
    /// The bearer token.
    pub token: SecretString,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The secret's version it was issued for.
    pub secret_version: String,
}

/// Who fetches the next token.
#[derive(Debug, Clone)]
pub enum TokenTurn {
    /// A usable token, fetched by somebody.
    Use(SharedToken),
    /// It is our turn to fetch one; others wait until then.
    Fetch,
    /// Somebody else is fetching; ask again after this span.
    Wait(Duration),
}

/// Keeps tokens across processes: iCIMS throttles clients that ask for too many (docs/vendors/icims.md §1.2).
#[async_trait]
pub trait TokenCache: Send + Sync {
    /// A token for this secret version that is not `refused`, or whose turn it is to fetch one.
    async fn turn(
        &self,
        customer: &CustomerId,
        secret_version: &str,
        refused: Option<&SharedToken>,
        now: Timestamp,
    ) -> Result<TokenTurn, Failure>;

    /// Shares a fetched token.
    async fn share(&self, customer: &CustomerId, token: &SharedToken) -> Result<(), Failure>;
}

/// What the ATS can answer besides what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AtsError {
    /// 404: not found, or the API user may not see it (docs/vendors/icims.md §5.2).
    #[error("not found, or the API user may not see it")]
    NotFound,
    /// 400 and the like: iCIMS names codes and fields.
    #[error("refused: {why}")]
    Refused {
        /// Codes and field ids, no values.
        why: String,
    },
    /// Our credentials are refused, also after a fresh token.
    #[error("iCIMS refuses our credentials: {at}")]
    #[expect(missing_docs, reason = "the names say it")]
    Unauthorized { at: RefusedAt },
    /// The daily quota is spent or nearly so, or 429.
    #[error("rate limited")]
    RateLimited {
        /// When it may work again.
        after: Option<Duration>,
    },
    /// Network, timeout, 5xx: it may or may not have happened.
    #[error("no answer: {why}")]
    Unavailable {
        /// What happened.
        why: String,
    },
    /// The customer's settings cannot work.
    #[error("settings: {why}")]
    Misconfigured {
        /// Which field and how.
        why: String,
    },
    /// Something of ours failed on the way (secrets, token cache).
    #[error(transparent)]
    Ours(#[from] Failure),
}

/// Where a workflow stood. Not promised: that the ATS tells it to our user.
#[async_trait]
pub trait AtsLog: Send + Sync {
    /// Where a workflow stands, and its log where iCIMS tells both together. One call.
    async fn standing(&self, customer: &Customer, workflow: &WorkflowId) -> Result<Standing, AtsError>;

    /// A workflow's log by itself, latest first; empty where iCIMS tells none. One call.
    async fn status_log(&self, customer: &Customer, workflow: &WorkflowId) -> Result<Vec<Entered>, AtsError>;
}

/// A customer's daily calls to the ATS.
///
/// Not promised: that others spend nothing meanwhile. An adapter knows what the answers to its own process told, so that
/// a fresh process lets the first background call go to learn how much is left.
pub trait AtsQuota: Send + Sync {
    /// How long background work has to leave this customer's calls to live orders: until the quota's reset, if no more
    /// than `icims.quota_reserve` was left of it when last seen. `None`: it may go on, as far as is known.
    fn pause_for_background(&self, _customer: &Customer) -> Option<Duration> {
        None
    }
}

/// iCIMS. Every read may lack any part; every write may have happened although it failed.
#[async_trait]
pub trait Ats: AtsQuota + AtsLog {
    /// A workflow's status and links.
    async fn workflow(&self, customer: &Customer, workflow: &WorkflowId) -> Result<RecruitingWorkflow, AtsError>;

    /// A person's name, e-mail and best phone.
    async fn person(&self, customer: &Customer, person: &PersonId) -> Result<Contact, AtsError>;

    /// A requisition's title, template values, recruiter and hiring manager.
    async fn requisition(&self, customer: &Customer, requisition: &RequisitionId) -> Result<Requisition, AtsError>;

    /// Adds a row to the Screen tab. `None`: accepted, but iCIMS named no entry (docs/vendors/icims.md §4.3).
    async fn add_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        view: &View,
    ) -> Result<Option<EntryId>, AtsError>;

    /// The row that bears this marker; for when the entry's id was lost.
    async fn find_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        marker: &RowMarker,
    ) -> Result<Option<EntryId>, AtsError>;

    /// Changes a row. Writing the same twice is harmless.
    async fn change_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        entry: &EntryId,
        view: &View,
    ) -> Result<(), AtsError>;

    /// Moves the workflow to a status.
    async fn move_status(&self, customer: &Customer, workflow: &WorkflowId, status: &StatusId) -> Result<(), AtsError>;

    /// Puts a PDF into a file field of the workflow.
    async fn attach_pdf(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        field: &str,
        file_name: &str,
        pdf: Vec<u8>,
    ) -> Result<(), AtsError>;
}

/// What Crosschq can answer to anything but a create.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// 404 or 410.
    #[error("Crosschq does not know it")]
    NotFound,
    /// 400, 422 and other refusals.
    #[error("refused: {fields:?}")]
    Refused {
        /// The fields it names; names only.
        fields: Vec<String>,
    },
    /// 401 or 403.
    #[error("Crosschq refuses our token")]
    Unauthorized,
    /// 429.
    #[error("rate limited")]
    RateLimited {
        /// `Retry-After`.
        after: Option<Duration>,
    },
    /// Network, timeout, 408, 5xx, unreadable answer.
    #[error("no answer: {why}")]
    Unavailable {
        /// What happened.
        why: String,
    },
    /// A redirect (missing slash), a bad base URL, a missing secret.
    #[error("settings: {why}")]
    Misconfigured {
        /// Which field and how.
        why: String,
    },
    /// The customer's capability is off.
    #[error("not offered by this Crosschq")]
    Unsupported,
    /// Something of ours failed on the way.
    #[error(transparent)]
    Ours(#[from] Failure),
}

/// What a create can end in besides an id (docs/vendors/crosschq.md §9.4).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreateError {
    /// 409: an open request for this candidate and survey exists; ours or another.
    #[error("already exists")]
    AlreadyExists,
    /// It certainly was not created; what failed says what to do.
    #[error("not created: {0}")]
    NotCreated(#[source] ProviderError),
    /// It left and no usable answer came.
    #[error("outcome unknown: {why}")]
    Unknown {
        /// What happened to the answer.
        why: String,
    },
}

/// By what a request is looked up whose create was not answered.
#[derive(Debug, Clone, Copy)]
pub struct RequestQuery<'a> {
    /// What the create sent as our id.
    pub external_id: &'a str,
    /// The candidate's address, where it can be read.
    pub email: Option<&'a Email>,
}

/// Keyed hashes of what a create says of its candidate, so that a request can be recognized without keeping personal data.
///
/// Not promised: that a hash outlives the rotation of the customer's secrets. Both live versions are tried.
#[async_trait]
pub trait Fingerprints: Send + Sync {
    /// The fingerprint of an address and a position under each live version of the customer's secrets, the current one
    /// first. Both are compared without regard to case and surrounding white space.
    async fn of(&self, customer: &CustomerId, email: &Email, position: &str) -> Result<Vec<Fingerprint>, Failure>;
}

/// What became of a cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelOutcome {
    /// Cancelled, now or before.
    Cancelled,
    /// It had been completed: the report stays.
    AlreadyCompleted,
    /// Crosschq does not know it any more: nothing left to cancel.
    Gone,
}

/// A survey of the customer's Crosschq account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Its code name.
    pub id: SurveyId,
    /// Its name.
    pub name: String,
    /// Least and most references of each relationship, by the wire's key.
    pub limits: std::collections::BTreeMap<String, (u8, u8)>,
    /// Least references in all that the account asks for (docs/vendors/crosschq.md §1.3); 0 where Crosschq does not
    /// tell.
    pub min_total: u8,
}

/// Crosschq. Creating is not idempotent there; everything else is.
#[async_trait]
pub trait ReferenceProvider: Send + Sync {
    /// Creates a request. One POST, no retry of its own.
    async fn create(
        &self,
        customer: &Customer,
        order: &Order,
        correlation_id: &CorrelationId,
    ) -> Result<RequestId, CreateError>;

    /// Reads a request's state.
    async fn read(&self, customer: &Customer, request: &RequestId) -> Result<ReferenceRequest, ProviderError>;

    /// The requests that may be what an order sent: the one that echoes its id, if there is one; else all of the
    /// candidate's address. An empty answer shows that Crosschq holds none of that id or address.
    ///
    /// # Errors
    /// [`ProviderError::Unsupported`] also where there is nothing to look them up by.
    async fn find(&self, customer: &Customer, query: &RequestQuery<'_>)
    -> Result<Vec<ReferenceRequest>, ProviderError>;

    /// Cancels a request; cancelling twice is harmless.
    async fn cancel(
        &self,
        customer: &Customer,
        request: &RequestId,
        reason: CancelReason,
    ) -> Result<CancelOutcome, ProviderError>;

    /// The surveys that are switched on.
    async fn surveys(&self, customer: &Customer) -> Result<Vec<Survey>, ProviderError>;

    /// Fetches a report PDF by a link taken from [`ReferenceProvider::read`], from allowed hosts only.
    async fn fetch_pdf(&self, customer: &Customer, link: &Link) -> Result<Vec<u8>, ProviderError>;
}

/// The queues. A message is durable when `send` returns; it may be delivered more than once and in any order.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Sends a message to the queue of its kind, with the customer as message group.
    async fn send(&self, message: Envelope<Message>) -> Result<(), Failure>;

    /// Sends several, as few calls as possible. On failure some may have been sent.
    async fn send_all(&self, messages: Vec<Envelope<Message>>) -> Result<(), Failure> {
        for message in messages {
            self.send(message).await?;
        }
        Ok(())
    }
}

/// Puts off the next delivery of a record of the queue that feeds a function.
#[async_trait]
pub trait Backoff: Send + Sync {
    /// Keeps the record invisible for `span` (at most 12 h).
    async fn put_off(&self, receipt_handle: &str, span: Duration) -> Result<(), Failure>;
}

/// The customer that a message names.
///
/// # Errors
/// [`Failure::Internal`] if we do not know it: a message is only ever sent for a known customer.
pub async fn known(customers: &dyn Customers, id: &CustomerId) -> Result<Arc<Customer>, Failure> {
    customers
        .customer(id)
        .await?
        .ok_or_else(|| Failure::internal(Cause::Settings, "a message for a customer without settings"))
}
