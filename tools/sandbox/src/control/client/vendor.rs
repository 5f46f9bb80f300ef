//! Faults and the log of calls.

use reqwest::Method;

use super::{Control, Result, to_value};
use crate::control::types::RequestCount;
use crate::faults::Fault;

/// The faults and the log of calls of one fake.
#[derive(Debug, Clone)]
pub struct VendorControl {
    pub(super) control: Control,
    pub(super) vendor: &'static str,
}

impl VendorControl {
    /// Adds a fault; the answer carries its id.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or the fault makes no sense.
    pub async fn add_fault(&self, fault: Fault) -> Result<Fault> {
        self.control.typed(Method::POST, &format!("{}/faults", self.vendor), Some(&to_value(&fault))).await
    }

    /// The faults, with how often each has hit.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn faults(&self) -> Result<Vec<Fault>> {
        self.control.member(&format!("{}/faults", self.vendor), "faults").await
    }

    /// Removes every fault.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn clear_faults(&self) -> Result<()> {
        self.control.call(Method::DELETE, &format!("{}/faults", self.vendor), None).await.map(drop)
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
        self.control.typed(Method::GET, &format!("{}/requests?{query}", self.vendor), None).await
    }

    /// Every call, oldest first.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn all_requests(&self) -> Result<RequestCount> {
        self.control.typed(Method::GET, &format!("{}/requests", self.vendor), None).await
    }

    /// Forgets the calls so far.
    ///
    /// # Errors
    /// When the sandbox cannot be reached.
    pub async fn clear_requests(&self) -> Result<()> {
        self.control.call(Method::DELETE, &format!("{}/requests", self.vendor), None).await.map(drop)
    }
}
