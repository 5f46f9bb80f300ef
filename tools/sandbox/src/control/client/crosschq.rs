//! The fake Crosschq: one organisation.

use reqwest::Method;
use serde_json::Value;

use super::{Control, Result, to_value};
use crate::control::types::{Release, RequestView};
use crate::crosschq::model::{CallbackRecord, Message};
use crate::crosschq::settings::OrgSettings;
use crate::crosschq::steps::Step;

/// One organisation at the fake Crosschq.
#[derive(Debug, Clone)]
pub struct CrosschqControl {
    pub(super) control: Control,
    pub(super) path: String,
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
        self.control.typed(Method::PUT, &self.path, Some(&to_value(settings))).await
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
        self.control.typed(Method::PATCH, &self.path, Some(&patch)).await
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
        self.control.typed(Method::GET, &format!("crosschq/requests/{id}"), None).await
    }

    /// Lets something happen to a request.
    ///
    /// # Errors
    /// When the sandbox cannot be reached, or there is no such request, or the step is not possible now (409).
    pub async fn step(&self, id: &str, step: &Step) -> Result<RequestView> {
        self.control.typed(Method::POST, &format!("crosschq/requests/{id}/steps"), Some(&to_value(step))).await
    }

    /// The callbacks so far, with their attempts.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such organisation.
    pub async fn callbacks(&self) -> Result<Vec<CallbackRecord>> {
        self.control.member(&self.at("callbacks"), "callbacks").await
    }

    /// Lets held callbacks go.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or a number is not held.
    pub async fn release(&self, release: &Release) -> Result<Vec<u64>> {
        let mut answer =
            self.control.call(Method::POST, &self.at("callbacks/release"), Some(&to_value(release))).await?;
        let released = answer.get_mut("released").map(Value::take).unwrap_or_default();
        Ok(serde_json::from_value(released).unwrap_or_default())
    }

    /// Sends a callback once more, now.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such callback.
    pub async fn send_again(&self, number: u64) -> Result<CallbackRecord> {
        self.control.typed(Method::POST, &self.at(&format!("callbacks/{number}/send")), None).await
    }

    /// Sends a callback with a body of one's own, authenticated as the organisation's callbacks are.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or the organisation has no callback address.
    pub async fn send_raw(&self, body: &Value) -> Result<CallbackRecord> {
        self.control.typed(Method::POST, &self.at("callbacks/raw"), Some(body)).await
    }

    /// The e-mails and text messages that would have gone out.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such organisation.
    pub async fn messages(&self) -> Result<Vec<Message>> {
        self.control.member(&self.at("messages"), "messages").await
    }
}
