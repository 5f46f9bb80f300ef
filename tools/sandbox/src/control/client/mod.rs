//! A typed client of the control plane, over HTTP: the same for tests in this process and for another process.

mod crosschq;
mod icims;
mod vendor;

use std::fmt;

use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::types::ClockReading;
use crate::world::{Demo, DemoOptions};

pub use crosschq::CrosschqControl;
pub use icims::IcimsControl;
pub use vendor::VendorControl;

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
        f.debug_struct("Control").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Control {
    /// Speaks to the sandbox at this URL; either of its two ports will do.
    #[must_use]
    pub fn new(base_url: &str) -> Self {
        // Fails when the process has a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // No certificates: the control plane is plain HTTP on the loopback interface, and reading them takes time.
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap_or_default();
        Self { base: base_url.trim_end_matches('/').to_owned(), client }
    }

    /// One control call, for whatever has no method of its own: `path` is what follows `/__sandbox/`.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or refuses.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut request = self.client.request(method, format!("{}/__sandbox/{path}", self.base));
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

    async fn typed<T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<&Value>) -> Result<T> {
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
        self.typed(Method::POST, "demo", Some(&to_value(options))).await
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
        self.typed(Method::POST, "clock", Some(&json!({"advance_ms": ms}))).await
    }

    /// Stops the virtual clock, or lets it run again.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn freeze_clock(&self, frozen: bool) -> Result<ClockReading> {
        self.typed(Method::POST, "clock", Some(&json!({"freeze": frozen}))).await
    }

    /// The faults and calls of the fake iCIMS.
    #[must_use]
    pub fn icims_side(&self) -> VendorControl {
        VendorControl { control: self.clone(), vendor: "icims" }
    }

    /// The faults and calls of the fake Crosschq.
    #[must_use]
    pub fn crosschq_side(&self) -> VendorControl {
        VendorControl { control: self.clone(), vendor: "crosschq" }
    }

    /// One customer of the fake iCIMS.
    #[must_use]
    pub fn icims(&self, customer: &str) -> IcimsControl {
        IcimsControl { control: self.clone(), path: format!("icims/customers/{customer}") }
    }

    /// One organisation of the fake Crosschq.
    #[must_use]
    pub fn crosschq(&self, org: &str) -> CrosschqControl {
        CrosschqControl { control: self.clone(), path: format!("crosschq/orgs/{org}") }
    }
}

fn refused(status: StatusCode, answer: &Value) -> ControlError {
    let text = |key: &str| answer.get("error").and_then(|e| e.get(key)).and_then(Value::as_str).map(str::to_owned);
    ControlError::Refused {
        status: status.as_u16(),
        field: text("field"),
        message: text("message").unwrap_or_default(),
    }
}

fn to_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
