//! The fake iCIMS: one customer.

use reqwest::Method;
use serde_json::Value;

use super::{Control, Result, to_value};
use crate::control::types::{Advance, AdvanceMany, Advanced, AnyEvent, Merge, Quota, RecruiterView, StatusPush};
use crate::icims::fields::FieldDef;
use crate::icims::fields::Node;
use crate::icims::profile_type::ProfileType;
use crate::icims::settings::CustomerSettings;
use crate::push::record::PushRecord;

/// One customer's platform at the fake iCIMS.
#[derive(Debug, Clone)]
pub struct IcimsControl {
    pub(super) control: Control,
    pub(super) path: String,
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
        self.control.typed(Method::PUT, &self.path, Some(&to_value(settings))).await
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
        self.control.typed(Method::PATCH, &self.path, Some(&patch)).await
    }

    /// Adds a node to a list; `statuses` is the list of workflow statuses.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such customer.
    pub async fn add_node(&self, list: &str, node: &Node) -> Result<Node> {
        self.control.typed(Method::POST, &self.at(&format!("lists/{list}")), Some(&to_value(node))).await
    }

    /// Adds or replaces a field of a profile type.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or the name is not lower case.
    pub async fn put_field(&self, kind: ProfileType, name: &str, field: &FieldDef) -> Result<FieldDef> {
        self.control
            .typed(Method::PUT, &self.at(&format!("fields/{}/{name}", kind.path())), Some(&to_value(field)))
            .await
    }

    /// Makes a profile from fields as the API takes them, and `id` where a certain one is wanted. Returns the id.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or a field is unknown or does not fit.
    pub async fn create(&self, kind: ProfileType, fields: Value) -> Result<u64> {
        let answer =
            self.control.call(Method::POST, &self.at(&format!("profiles/{}", kind.path())), Some(&fields)).await?;
        Ok(answer.get("id").and_then(Value::as_u64).unwrap_or_default())
    }

    /// Changes fields as a user of the platform would; null removes one.
    ///
    /// # Errors
    /// When the sandbox cannot be reached, or there is no such profile, or a field does not fit.
    pub async fn edit(&self, kind: ProfileType, id: u64, fields: Value) -> Result<()> {
        self.control
            .call(Method::PATCH, &self.at(&format!("profiles/{}/{id}", kind.path())), Some(&fields))
            .await
            .map(drop)
    }

    /// Purges a profile, with the workflows that hang on it.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such profile.
    pub async fn purge(&self, kind: ProfileType, id: u64) -> Result<()> {
        self.control.call(Method::DELETE, &self.at(&format!("profiles/{}/{id}", kind.path())), None).await.map(drop)
    }

    /// Merges a person into another one.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or one of the two does not exist.
    pub async fn merge_people(&self, id: u64, into: u64) -> Result<()> {
        self.control
            .call(Method::POST, &self.at(&format!("people/{id}/merge")), Some(&to_value(&Merge { into })))
            .await
            .map(drop)
    }

    /// Moves a workflow as a recruiter would; returns once the vendor has answered.
    ///
    /// # Errors
    /// When the sandbox cannot be reached, or the workflow or the status does not exist. A vendor's refusal is no error:
    /// it is in the answer.
    pub async fn advance(&self, workflow: u64, status: &str) -> Result<Advanced> {
        self.advance_as(workflow, &Advance { status: status.to_owned(), user: None }).await
    }

    /// Moves a workflow as a certain user.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub async fn advance_as(&self, workflow: u64, advance: &Advance) -> Result<Advanced> {
        self.control
            .typed(Method::POST, &self.at(&format!("workflows/{workflow}/advance")), Some(&to_value(advance)))
            .await
    }

    /// Moves many workflows at once: a burst of events.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub async fn advance_many(&self, many: &AdvanceMany) -> Result<Vec<Advanced>> {
        self.control.typed(Method::POST, &self.at("advance"), Some(&to_value(many))).await
    }

    /// Sends a status event without moving anything.
    ///
    /// # Errors
    /// When the sandbox cannot be reached, or the workflow or a status does not exist.
    pub async fn push_status(&self, workflow: u64, push: &StatusPush) -> Result<Vec<PushRecord>> {
        self.control.typed(Method::POST, &self.at(&format!("workflows/{workflow}/push")), Some(&to_value(push))).await
    }

    /// Sends an event of any type.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such customer.
    pub async fn push_event(&self, event: &AnyEvent) -> Result<Vec<PushRecord>> {
        self.control.typed(Method::POST, &self.at("events"), Some(&to_value(event))).await
    }

    /// What a recruiter sees when looking at a workflow.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such workflow.
    pub async fn view(&self, workflow: u64) -> Result<RecruiterView> {
        self.control.typed(Method::GET, &self.at(&format!("workflows/{workflow}")), None).await
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
        self.control.call(Method::POST, &self.at("tokens/revoke"), None).await.map(drop)
    }

    /// The calls of the day.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such customer.
    pub async fn quota(&self) -> Result<Quota> {
        self.control.typed(Method::GET, &self.at("quota"), None).await
    }

    /// Sets the calls allowed and used today.
    ///
    /// # Errors
    /// When the sandbox cannot be reached or there is no such customer.
    pub async fn set_quota(&self, quota: &Quota) -> Result<Quota> {
        self.control.typed(Method::PUT, &self.at("quota"), Some(&to_value(quota))).await
    }
}
