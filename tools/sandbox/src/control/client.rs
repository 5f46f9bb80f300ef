//! A typed client of the control plane, over HTTP: the same for tests in this process and for another process.

use std::fmt;

use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::types::{
    Advance, AdvanceMany, Advanced, AnyEvent, ClockReading, Merge, Quota, RecruiterView, Release,
    RequestCount, RequestView, StatusPush,
};
use crate::crosschq::life::Step;
use crate::crosschq::model::{CallbackRecord, Message};
use crate::crosschq::settings::OrgSettings;
use crate::faults::Fault;
use crate::icims::fields::FieldDef;
use crate::icims::model::{Node, ProfileType};
use crate::icims::settings::CustomerSettings;
use crate::push::record::PushRecord;
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
        /// What is wrong.
        message: String,
    },
}

type Result<T> = std::result::Result<T, ControlError>;

/// The control plane of one sandbox.
#[derive(Clone)]
pub struct Control {
    base: String,
    client: reqwest::Client,
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Control {
    /// Speaks to the sandbox at this URL; either of its two ports will do.
    ///
    /// # Panics
    /// When no HTTP client can be built, which does not happen with the sandbox's own TLS set-up.
    #[must_use]
    pub fn new(base_url: &str) -> Self {
        // Fails when the process has a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap_or_default();
        Self {
            base: base_url.trim_end_matches('/').to_owned(),
            client,
        }
    }

    /// One control call, for whatever has no method of its own: `path` is what follows `/__sandbox/`.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or refuses.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut request = self
            .client
            .request(method, format!("{}/__sandbox/{path}", self.base));
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status();
        let answer: Value = response.json().await.unwrap_or_default();
        if status.is_success() {
            return Ok(answer);
        }
        Err(refused(status, &answer))
    }

    async fn typed<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T> {
        let answer = self.call(method, path, body).await?;
        serde_json::from_value(answer).map_err(|why| ControlError::Refused {
            status: 200,
            field: None,
            message: format!("an answer of another shape: {why}"),
        })
    }

    async fn member<T: DeserializeOwned>(&self, path: &str, key: &str) -> Result<T> {
        let mut answer = self.call(Method::GET, path, None).await?;
        let member = answer.get_mut(key).map(Value::take).unwrap_or_default();
        serde_json::from_value(member).map_err(|why| ControlError::Refused {
            status: 200,
            field: None,
            message: format!("an answer of another shape: {why}"),
        })
    }

    /// Forgets everything, the clock's setting included.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn reset(&self) -> Result<()> {
        self.call(Method::POST, "reset", None).await.map(drop)
    }

    /// Puts the demo world in place, from the beginning.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn demo(&self, options: &DemoOptions) -> Result<Demo> {
        self.typed(Method::POST, "demo", Some(&to_value(options)))
            .await
    }

    /// Puts the usual demo world in place unless there is a customer already.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn ensure_demo(&self) -> Result<()> {
        let customers: Vec<String> = self.member("icims/customers", "customers").await?;
        if customers.is_empty() {
            self.demo(&DemoOptions::default()).await?;
        }
        Ok(())
    }

    /// Reads the virtual clock.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn clock(&self) -> Result<ClockReading> {
        self.typed(Method::GET, "clock", None).await
    }

    /// Moves the virtual clock forward; what time alone does happens before this returns.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn advance_clock(&self, ms: i64) -> Result<ClockReading> {
        self.typed(Method::POST, "clock", Some(&json!({"advance_ms": ms})))
            .await
    }

    /// Stops the virtual clock, or lets it run again.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn freeze_clock(&self, frozen: bool) -> Result<ClockReading> {
        self.typed(Method::POST, "clock", Some(&json!({"freeze": frozen})))
            .await
    }

    /// The faults and calls of the fake iCIMS.
    #[must_use]
    pub fn icims_side(&self) -> VendorControl {
        VendorControl {
            control: self.clone(),
            vendor: "icims",
        }
    }

    /// The faults and calls of the fake Crosschq.
    #[must_use]
    pub fn crosschq_side(&self) -> VendorControl {
        VendorControl {
            control: self.clone(),
            vendor: "crosschq",
        }
    }

    /// One customer of the fake iCIMS.
    #[must_use]
    pub fn icims(&self, customer: &str) -> IcimsControl {
        IcimsControl {
            control: self.clone(),
            path: format!("icims/customers/{customer}"),
        }
    }

    /// One organisation of the fake Crosschq.
    #[must_use]
    pub fn crosschq(&self, org: &str) -> CrosschqControl {
        CrosschqControl {
            control: self.clone(),
            path: format!("crosschq/orgs/{org}"),
        }
    }
}

fn refused(status: StatusCode, answer: &Value) -> ControlError {
    let text = |key: &str| {
        answer
            .get("error")
            .and_then(|e| e.get(key))
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    ControlError::Refused {
        status: status.as_u16(),
        field: text("field"),
        message: text("message").unwrap_or_default(),
    }
}

fn to_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// The faults and the log of calls of one fake.
#[derive(Debug, Clone)]
pub struct VendorControl {
    control: Control,
    vendor: &'static str,
}

impl VendorControl {
    /// Adds a fault; the answer carries its id.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or the fault makes no sense.
    pub async fn add_fault(&self, fault: Fault) -> Result<Fault> {
        self.control
            .typed(
                Method::POST,
                &format!("{}/faults", self.vendor),
                Some(&to_value(&fault)),
            )
            .await
    }

    /// The faults, with how often each has hit.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn faults(&self) -> Result<Vec<Fault>> {
        self.control
            .member(&format!("{}/faults", self.vendor), "faults")
            .await
    }

    /// Removes every fault.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn clear_faults(&self) -> Result<()> {
        self.control
            .call(Method::DELETE, &format!("{}/faults", self.vendor), None)
            .await
            .map(drop)
    }

    /// The calls with this method and a path that matches this pattern (`*` for any characters), oldest first.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn requests(&self, method: &str, path: &str) -> Result<RequestCount> {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("method", method)
            .append_pair("path", path)
            .finish();
        self.control
            .typed(
                Method::GET,
                &format!("{}/requests?{query}", self.vendor),
                None,
            )
            .await
    }

    /// Every call, oldest first.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn all_requests(&self) -> Result<RequestCount> {
        self.control
            .typed(Method::GET, &format!("{}/requests", self.vendor), None)
            .await
    }

    /// Forgets the calls so far.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn clear_requests(&self) -> Result<()> {
        self.control
            .call(Method::DELETE, &format!("{}/requests", self.vendor), None)
            .await
            .map(drop)
    }
}

/// One customer's platform at the fake iCIMS.
#[derive(Debug, Clone)]
pub struct IcimsControl {
    control: Control,
    path: String,
}

impl IcimsControl {
    fn at(&self, rest: &str) -> String {
        format!("{}/{rest}", self.path)
    }

    /// Makes the customer, or replaces its settings.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or the customer's id is no number.
    pub async fn put(&self, settings: &CustomerSettings) -> Result<CustomerSettings> {
        self.control
            .typed(Method::PUT, &self.path, Some(&to_value(settings)))
            .await
    }

    /// Its settings.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such customer.
    pub async fn settings(&self) -> Result<CustomerSettings> {
        self.control.typed(Method::GET, &self.path, None).await
    }

    /// Changes some settings by a JSON merge patch; a new `auth` replaces the old one whole.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or a setting is unknown or wrong; the refusal names it.
    pub async fn configure(&self, patch: Value) -> Result<CustomerSettings> {
        self.control
            .typed(Method::PATCH, &self.path, Some(&patch))
            .await
    }

    /// Adds a node to a list; `statuses` is the list of workflow statuses.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such customer.
    pub async fn add_node(&self, list: &str, node: &Node) -> Result<Node> {
        self.control
            .typed(
                Method::POST,
                &self.at(&format!("lists/{list}")),
                Some(&to_value(node)),
            )
            .await
    }

    /// Adds or replaces a field of a profile type.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or the name is not lower case.
    pub async fn put_field(
        &self,
        kind: ProfileType,
        name: &str,
        field: &FieldDef,
    ) -> Result<FieldDef> {
        self.control
            .typed(
                Method::PUT,
                &self.at(&format!("fields/{}/{name}", kind.path())),
                Some(&to_value(field)),
            )
            .await
    }

    /// Makes a profile from fields as the API takes them, and `id` where a certain one is wanted. Returns the id.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or a field is unknown or does not fit.
    pub async fn create(&self, kind: ProfileType, fields: Value) -> Result<u64> {
        let answer = self
            .control
            .call(
                Method::POST,
                &self.at(&format!("profiles/{}", kind.path())),
                Some(&fields),
            )
            .await?;
        Ok(answer.get("id").and_then(Value::as_u64).unwrap_or_default())
    }

    /// Changes fields as a user of the platform would; null removes one.
    ///
    /// # Errors
    /// When the sandbox cannot be reached, or there is no such profile, or a field does not fit.
    pub async fn edit(&self, kind: ProfileType, id: u64, fields: Value) -> Result<()> {
        self.control
            .call(
                Method::PATCH,
                &self.at(&format!("profiles/{}/{id}", kind.path())),
                Some(&fields),
            )
            .await
            .map(drop)
    }

    /// Purges a profile, with the workflows that hang on it.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such profile.
    pub async fn purge(&self, kind: ProfileType, id: u64) -> Result<()> {
        self.control
            .call(
                Method::DELETE,
                &self.at(&format!("profiles/{}/{id}", kind.path())),
                None,
            )
            .await
            .map(drop)
    }

    /// Merges a person into another one.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or one of the two does not exist.
    pub async fn merge_people(&self, id: u64, into: u64) -> Result<()> {
        self.control
            .call(
                Method::POST,
                &self.at(&format!("people/{id}/merge")),
                Some(&to_value(&Merge { into })),
            )
            .await
            .map(drop)
    }

    /// Moves a workflow as a recruiter would; returns once the vendor has answered.
    ///
    /// # Errors
    /// When the sandbox cannot be reached, or the workflow or the status does not exist. A vendor's refusal is no error:
    /// it is in the answer.
    pub async fn advance(&self, workflow: u64, status: &str) -> Result<Advanced> {
        self.advance_as(
            workflow,
            &Advance {
                status: status.to_owned(),
                user: None,
            },
        )
        .await
    }

    /// Moves a workflow as a certain user.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub async fn advance_as(&self, workflow: u64, advance: &Advance) -> Result<Advanced> {
        self.control
            .typed(
                Method::POST,
                &self.at(&format!("workflows/{workflow}/advance")),
                Some(&to_value(advance)),
            )
            .await
    }

    /// Moves many workflows at once: a burst of events.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub async fn advance_many(&self, many: &AdvanceMany) -> Result<Vec<Advanced>> {
        self.control
            .typed(Method::POST, &self.at("advance"), Some(&to_value(many)))
            .await
    }

    /// Sends a status event without moving anything.
    ///
    /// # Errors
    /// When the sandbox cannot be reached, or the workflow or a status does not exist.
    pub async fn push_status(&self, workflow: u64, push: &StatusPush) -> Result<Vec<PushRecord>> {
        self.control
            .typed(
                Method::POST,
                &self.at(&format!("workflows/{workflow}/push")),
                Some(&to_value(push)),
            )
            .await
    }

    /// Sends an event of any type.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such customer.
    pub async fn push_event(&self, event: &AnyEvent) -> Result<Vec<PushRecord>> {
        self.control
            .typed(Method::POST, &self.at("events"), Some(&to_value(event)))
            .await
    }

    /// What a recruiter sees when looking at a workflow.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such workflow.
    pub async fn view(&self, workflow: u64) -> Result<RecruiterView> {
        self.control
            .typed(
                Method::GET,
                &self.at(&format!("workflows/{workflow}")),
                None,
            )
            .await
    }

    /// Every push so far.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such customer.
    pub async fn pushes(&self) -> Result<Vec<PushRecord>> {
        self.control.member(&self.at("pushes"), "pushes").await
    }

    /// Ends every access token of the API user.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such customer.
    pub async fn revoke_tokens(&self) -> Result<()> {
        self.control
            .call(Method::POST, &self.at("tokens/revoke"), None)
            .await
            .map(drop)
    }

    /// The calls of the day.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such customer.
    pub async fn quota(&self) -> Result<Quota> {
        self.control
            .typed(Method::GET, &self.at("quota"), None)
            .await
    }

    /// Sets the calls allowed and used today.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such customer.
    pub async fn set_quota(&self, quota: &Quota) -> Result<Quota> {
        self.control
            .typed(Method::PUT, &self.at("quota"), Some(&to_value(quota)))
            .await
    }
}

/// One organisation at the fake Crosschq.
#[derive(Debug, Clone)]
pub struct CrosschqControl {
    control: Control,
    path: String,
}

impl CrosschqControl {
    fn at(&self, rest: &str) -> String {
        format!("{}/{rest}", self.path)
    }

    /// Makes the organisation, or replaces its settings.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn put(&self, settings: &OrgSettings) -> Result<OrgSettings> {
        self.control
            .typed(Method::PUT, &self.path, Some(&to_value(settings)))
            .await
    }

    /// Its settings.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such organisation.
    pub async fn settings(&self) -> Result<OrgSettings> {
        self.control.typed(Method::GET, &self.path, None).await
    }

    /// Changes some settings by a JSON merge patch; a new `auth` replaces the old one whole.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or a setting is unknown or wrong; the refusal names it.
    pub async fn configure(&self, patch: Value) -> Result<OrgSettings> {
        self.control
            .typed(Method::PATCH, &self.path, Some(&patch))
            .await
    }

    /// Its requests, oldest first.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such organisation.
    pub async fn requests(&self) -> Result<Vec<RequestView>> {
        self.control.member(&self.at("requests"), "requests").await
    }

    /// One request.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such request.
    pub async fn request(&self, id: &str) -> Result<RequestView> {
        self.control
            .typed(Method::GET, &format!("crosschq/requests/{id}"), None)
            .await
    }

    /// Lets something happen to a request.
    ///
    /// # Errors
    /// When the sandbox cannot be reached, or there is no such request, or the step is not possible now (409).
    pub async fn step(&self, id: &str, step: &Step) -> Result<RequestView> {
        self.control
            .typed(
                Method::POST,
                &format!("crosschq/requests/{id}/steps"),
                Some(&to_value(step)),
            )
            .await
    }

    /// The callbacks so far, with their attempts.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such organisation.
    pub async fn callbacks(&self) -> Result<Vec<CallbackRecord>> {
        self.control
            .member(&self.at("callbacks"), "callbacks")
            .await
    }

    /// Lets held callbacks go.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or a number is not held.
    pub async fn release(&self, release: &Release) -> Result<Vec<u64>> {
        let mut answer = self
            .control
            .call(
                Method::POST,
                &self.at("callbacks/release"),
                Some(&to_value(release)),
            )
            .await?;
        let released = answer
            .get_mut("released")
            .map(Value::take)
            .unwrap_or_default();
        Ok(serde_json::from_value(released).unwrap_or_default())
    }

    /// Sends a callback once more, now.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such callback.
    pub async fn send_again(&self, number: u64) -> Result<CallbackRecord> {
        self.control
            .typed(
                Method::POST,
                &self.at(&format!("callbacks/{number}/send")),
                None,
            )
            .await
    }

    /// Sends a callback with a body of one's own, authenticated as the organisation's callbacks are.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or the organisation has no callback address.
    pub async fn send_raw(&self, body: &Value) -> Result<CallbackRecord> {
        self.control
            .typed(Method::POST, &self.at("callbacks/raw"), Some(body))
            .await
    }

    /// The e-mails and text messages that would have gone out.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such organisation.
    pub async fn messages(&self) -> Result<Vec<Message>> {
        self.control.member(&self.at("messages"), "messages").await
    }
}
