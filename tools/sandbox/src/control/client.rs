//! A typed client of the control plane, over HTTP: the same for tests in this process and for another process.

use std::fmt::{self, Display};

use reqwest::{Method, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::endpoint::{self, Empty, Endpoint, PREFIX};
use super::types::{
    Advance, Advanced, AnyEvent, CallFilter, Calls, ClockChange, ClockReading, Merge, Quota, RecruiterView, Release,
    RequestView, StatusPush,
};
use crate::crosschq::model::{CallbackRecord, Message};
use crate::crosschq::settings::OrgSettings;
use crate::crosschq::steps::Step;
use crate::faults::Fault;
use crate::icims::fields::{FieldDef, Node};
use crate::icims::profile_type::ProfileType;
use crate::icims::settings::CustomerSettings;
use crate::push::record::PushRecord;
use crate::vendor::Vendor;
use crate::world::{Demo, DemoOptions};

/// Why a control call failed.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The sandbox could not be reached, or broke the connection.
    #[error("the sandbox cannot be reached: {0}")]
    Http(#[from] reqwest::Error),
    /// The sandbox refused the call.
    #[error("the sandbox refused ({status}): {}{message}", field.as_deref().map(|f| format!("{f}: ")).unwrap_or_default())]
    Refused {
        /// 400 for wrong input, 404 for what does not exist, 409 for what cannot be done now.
        status: u16,
        /// The field that is wrong.
        field: Option<String>,
        /// What is wrong with it.
        message: String,
    },
    /// The reply does not have the expected shape: the sandbox is of another version.
    #[error("the sandbox replied in another shape: {0}")]
    Reply(#[from] serde_json::Error),
}

type Result<T> = std::result::Result<T, ControlError>;

/// The control plane of one sandbox. Every call fails with a [`ControlError`] when the sandbox cannot be reached, when
/// what it names does not exist, and when a value is wrong.
#[derive(Clone)]
pub struct Control {
    base: String,
    client: reqwest::Client,
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Control {
    /// A client of the sandbox at this URL; either of its two ports will do.
    #[must_use]
    pub fn new(base_url: &str) -> Self {
        // Fails when the process has a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // No certificates: the control plane is plain HTTP on the loopback interface, and reading them takes time.
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap_or_default();
        Self { base: base_url.trim_end_matches('/').to_owned(), client }
    }

    /// One control call, for those without a method of their own: `path` is what follows `/__sandbox/`.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut request = self.client.request(method, format!("{}{PREFIX}{path}", self.base));
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        if response.status().is_success() {
            return Ok(response.json().await?);
        }
        Err(refused(response).await)
    }

    async fn send<B: Serialize, R: DeserializeOwned>(
        &self,
        endpoint: &Endpoint<B, R>,
        parameters: &[&(dyn Display + Sync)],
        body: &B,
    ) -> Result<R> {
        let (mut path, body) = (endpoint.path_with(parameters), serde_json::to_value(body)?);
        let reply = if endpoint.method == Method::GET {
            let pairs = body.as_object().into_iter().flatten();
            let pairs = pairs.filter_map(|(key, value)| Some((key, value.as_str()?)));
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            path = format!("{path}?{query}");
            self.call(Method::GET, &path, None).await?
        } else {
            self.call(endpoint.method.clone(), &path, Some(&body)).await?
        };
        Ok(serde_json::from_value(reply)?)
    }

    /// Forgets everything, the setting of the clock included.
    pub async fn reset(&self) -> Result<()> {
        self.send(&endpoint::RESET, &[], &Empty {}).await.map(drop)
    }

    /// Builds the demo world from the beginning.
    pub async fn demo(&self, options: &DemoOptions) -> Result<Demo> {
        self.send(&endpoint::DEMO, &[], options).await
    }

    /// Builds the usual demo world unless there is a customer already.
    pub async fn ensure_demo(&self) -> Result<()> {
        if self.send(&endpoint::SUMMARY, &[], &Empty {}).await?.customers.is_empty() {
            self.demo(&DemoOptions::default()).await?;
        }
        Ok(())
    }

    /// Reads the virtual clock.
    pub async fn clock(&self) -> Result<ClockReading> {
        self.send(&endpoint::CLOCK, &[], &Empty {}).await
    }

    /// Moves the virtual clock forward; what time alone does happens before this returns.
    pub async fn advance_clock(&self, ms: i64) -> Result<ClockReading> {
        self.send(&endpoint::SET_CLOCK, &[], &ClockChange { advance_ms: ms, freeze: None }).await
    }

    /// Stops the virtual clock, or lets it run again.
    pub async fn freeze_clock(&self, frozen: bool) -> Result<ClockReading> {
        self.send(&endpoint::SET_CLOCK, &[], &ClockChange { advance_ms: 0, freeze: Some(frozen) }).await
    }

    /// The faults and calls of the fake iCIMS.
    #[must_use]
    pub fn icims_side(&self) -> VendorControl {
        VendorControl { control: self.clone(), vendor: Vendor::Icims }
    }

    /// The faults and calls of the fake Crosschq.
    #[must_use]
    pub fn crosschq_side(&self) -> VendorControl {
        VendorControl { control: self.clone(), vendor: Vendor::Crosschq }
    }

    /// One customer of the fake iCIMS.
    #[must_use]
    pub fn icims(&self, customer: &str) -> IcimsControl {
        IcimsControl { control: self.clone(), customer: customer.to_owned() }
    }

    /// One organization of the fake Crosschq.
    #[must_use]
    pub fn crosschq(&self, org: &str) -> CrosschqControl {
        CrosschqControl { control: self.clone(), org: org.to_owned() }
    }
}

async fn refused(response: Response) -> ControlError {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap_or_default();
    let text = |key: &str| body.get("error").and_then(|e| e.get(key)).and_then(Value::as_str).map(str::to_owned);
    ControlError::Refused { status, field: text("field"), message: text("message").unwrap_or_default() }
}

/// The faults and the log of calls of one fake.
#[derive(Debug, Clone)]
pub struct VendorControl {
    control: Control,
    vendor: Vendor,
}

impl VendorControl {
    async fn send<B: Serialize, R: DeserializeOwned>(&self, endpoint: &Endpoint<B, R>, body: &B) -> Result<R> {
        self.control.send(endpoint, &[&self.vendor.name()], body).await
    }

    /// Adds a fault; the reply carries its id.
    pub async fn add_fault(&self, fault: Fault) -> Result<Fault> {
        self.send(&endpoint::ADD_FAULT, &fault).await
    }

    /// The faults, with how often each has hit.
    pub async fn faults(&self) -> Result<Vec<Fault>> {
        self.send(&endpoint::FAULTS, &Empty {}).await
    }

    /// Removes every fault.
    pub async fn clear_faults(&self) -> Result<()> {
        self.send(&endpoint::CLEAR_FAULTS, &Empty {}).await.map(drop)
    }

    /// The calls with this method and a path that matches this pattern (`*` for any characters), oldest first.
    pub async fn requests(&self, method: &str, path: &str) -> Result<Calls> {
        let filter = CallFilter { method: Some(method.to_owned()), path: Some(path.to_owned()) };
        self.send(&endpoint::CALLS, &filter).await
    }

    /// Every call, oldest first.
    pub async fn all_requests(&self) -> Result<Calls> {
        self.send(&endpoint::CALLS, &CallFilter::default()).await
    }

    /// Forgets the calls so far.
    pub async fn clear_requests(&self) -> Result<()> {
        self.send(&endpoint::CLEAR_CALLS, &Empty {}).await.map(drop)
    }
}

/// One customer's platform at the fake iCIMS.
#[derive(Debug, Clone)]
pub struct IcimsControl {
    control: Control,
    customer: String,
}

impl IcimsControl {
    async fn send<B: Serialize, R: DeserializeOwned>(&self, endpoint: &Endpoint<B, R>, body: &B) -> Result<R> {
        self.control.send(endpoint, &[&self.customer], body).await
    }

    /// Creates the customer, or replaces its settings. Its id must be a number.
    pub async fn put(&self, settings: &CustomerSettings) -> Result<CustomerSettings> {
        self.send(&endpoint::PUT_CUSTOMER, settings).await
    }

    /// The customer's settings.
    pub async fn settings(&self) -> Result<CustomerSettings> {
        self.send(&endpoint::CUSTOMER, &Empty {}).await
    }

    /// Changes some settings by a JSON merge patch; a new `auth` replaces the old one whole.
    pub async fn configure(&self, patch: Value) -> Result<CustomerSettings> {
        self.send(&endpoint::PATCH_CUSTOMER, &patch).await
    }

    /// Adds a node to a list; `statuses` is the list of workflow statuses.
    pub async fn add_node(&self, list: &str, node: &Node) -> Result<Node> {
        self.control.send(&endpoint::ADD_NODE, &[&self.customer, &list], node).await
    }

    /// Adds or replaces a field of a profile type.
    pub async fn put_field(&self, kind: ProfileType, name: &str, field: &FieldDef) -> Result<FieldDef> {
        self.control.send(&endpoint::PUT_FIELD, &[&self.customer, &kind.path(), &name], field).await
    }

    /// Creates a profile from fields as the API takes them, with `id` among them where a certain one is wanted, and
    /// returns its id.
    pub async fn create(&self, kind: ProfileType, fields: Value) -> Result<u64> {
        let created = self.control.send(&endpoint::CREATE_PROFILE, &[&self.customer, &kind.path()], &fields).await?;
        Ok(created.id)
    }

    /// Changes fields as a user of the platform would; null removes one.
    pub async fn edit(&self, kind: ProfileType, id: u64, fields: Value) -> Result<()> {
        self.control.send(&endpoint::EDIT_PROFILE, &[&self.customer, &kind.path(), &id], &fields).await.map(drop)
    }

    /// Purges a profile, with the workflows that link to it.
    pub async fn purge(&self, kind: ProfileType, id: u64) -> Result<()> {
        self.control.send(&endpoint::PURGE_PROFILE, &[&self.customer, &kind.path(), &id], &Empty {}).await.map(drop)
    }

    /// Merges a person into another one.
    pub async fn merge_people(&self, id: u64, into: u64) -> Result<()> {
        self.control.send(&endpoint::MERGE_PEOPLE, &[&self.customer, &id], &Merge { into }).await.map(drop)
    }

    /// Moves a workflow as its recruiter would; returns once the vendor has answered. A refusal by the vendor is no
    /// error: it is in the reply.
    pub async fn advance(&self, workflow: u64, status: &str) -> Result<Advanced> {
        self.advance_as(workflow, &Advance { status: status.to_owned(), user: None }).await
    }

    /// Moves a workflow as a certain user.
    pub async fn advance_as(&self, workflow: u64, advance: &Advance) -> Result<Advanced> {
        self.control.send(&endpoint::ADVANCE, &[&self.customer, &workflow], advance).await
    }

    /// Sends a status event without moving anything.
    pub async fn push_status(&self, workflow: u64, push: &StatusPush) -> Result<Vec<PushRecord>> {
        self.control.send(&endpoint::PUSH_STATUS, &[&self.customer, &workflow], push).await
    }

    /// Sends an event of any type.
    pub async fn push_event(&self, event: &AnyEvent) -> Result<Vec<PushRecord>> {
        self.send(&endpoint::PUSH_EVENT, event).await
    }

    /// What a recruiter sees when looking at a workflow.
    pub async fn view(&self, workflow: u64) -> Result<RecruiterView> {
        self.control.send(&endpoint::RECRUITER_VIEW, &[&self.customer, &workflow], &Empty {}).await
    }

    /// Every push so far.
    pub async fn pushes(&self) -> Result<Vec<PushRecord>> {
        self.send(&endpoint::PUSHES, &Empty {}).await
    }

    /// Ends every access token of the API user.
    pub async fn revoke_tokens(&self) -> Result<()> {
        self.send(&endpoint::REVOKE_TOKENS, &Empty {}).await.map(drop)
    }

    /// Sets the calls allowed per day and those used today.
    pub async fn set_quota(&self, quota: &Quota) -> Result<Quota> {
        self.send(&endpoint::SET_QUOTA, quota).await
    }
}

/// One organization at the fake Crosschq.
#[derive(Debug, Clone)]
pub struct CrosschqControl {
    control: Control,
    org: String,
}

impl CrosschqControl {
    async fn send<B: Serialize, R: DeserializeOwned>(&self, endpoint: &Endpoint<B, R>, body: &B) -> Result<R> {
        self.control.send(endpoint, &[&self.org], body).await
    }

    /// Creates the organization, or replaces its settings.
    pub async fn put(&self, settings: &OrgSettings) -> Result<OrgSettings> {
        self.send(&endpoint::PUT_ORG, settings).await
    }

    /// The organization's settings.
    pub async fn settings(&self) -> Result<OrgSettings> {
        self.send(&endpoint::ORG, &Empty {}).await
    }

    /// Changes some settings by a JSON merge patch; a new `auth` replaces the old one whole.
    pub async fn configure(&self, patch: Value) -> Result<OrgSettings> {
        self.send(&endpoint::PATCH_ORG, &patch).await
    }

    /// The organization's requests, oldest first.
    pub async fn requests(&self) -> Result<Vec<RequestView>> {
        self.send(&endpoint::REQUESTS, &Empty {}).await
    }

    /// One request.
    pub async fn request(&self, id: &str) -> Result<RequestView> {
        self.control.send(&endpoint::REQUEST, &[&id], &Empty {}).await
    }

    /// Takes a step in the life of a request; refused with 409 when it is not possible now.
    pub async fn step(&self, id: &str, step: &Step) -> Result<RequestView> {
        self.control.send(&endpoint::TAKE_STEP, &[&id], step).await
    }

    /// The callbacks so far, with their attempts.
    pub async fn callbacks(&self) -> Result<Vec<CallbackRecord>> {
        self.send(&endpoint::CALLBACKS, &Empty {}).await
    }

    /// Releases held callbacks and returns their numbers.
    pub async fn release(&self, release: &Release) -> Result<Vec<u64>> {
        self.send(&endpoint::RELEASE, release).await
    }

    /// Sends a callback once more, now.
    pub async fn send_again(&self, number: u64) -> Result<CallbackRecord> {
        self.control.send(&endpoint::SEND_AGAIN, &[&self.org, &number], &Empty {}).await
    }

    /// Sends a callback with a body of one's own, authenticated as the organization's callbacks are.
    pub async fn send_raw(&self, body: &Value) -> Result<CallbackRecord> {
        self.send(&endpoint::SEND_RAW, body).await
    }

    /// The e-mails and text messages that would have gone out.
    pub async fn messages(&self) -> Result<Vec<Message>> {
        self.send(&endpoint::MESSAGES, &Empty {}).await
    }
}
