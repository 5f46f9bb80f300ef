//! `connector customer`: the real binary on AWS, iCIMS and Crosschq as far as they are here.

#![allow(clippy::unwrap_used, clippy::allow_attributes)]

#[path = "../support/mod.rs"]
mod support;

mod added;
mod attended;
mod aws_trouble;
mod edited;
mod ended;
mod joined;
mod shown;
mod unverifiable;

use support::{Ran, Stage};

/// The demo's customer as iCIMS support and Crosschq would hand it out.
pub(crate) struct Joining<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) customer: &'a str,
    pub(crate) secrets: serde_json::Value,
    pub(crate) options: Vec<String>,
}

impl<'a> Joining<'a> {
    pub(crate) fn of(stage: &'a Stage) -> Self {
        let options = [
            "--icims-auth-url",
            &stage.place.icims,
            "--icims-api-url",
            &stage.place.icims,
            "--crosschq-url",
            &stage.place.crosschq,
            "--trigger",
            &stage.demo.trigger_status,
            "--rejected",
            &stage.demo.rejected_status,
        ];
        Self {
            stage,
            customer: "1234",
            secrets: serde_json::json!({
                "icims": {"oauth": {"client_id": "icims-client-1234", "client_secret": "sandbox-secret"}},
                "crosschq": {"token": "crosschq-token-1234"},
            }),
            options: options.map(str::to_owned).to_vec(),
        }
    }

    pub(crate) fn secret(mut self, pointer: &str, value: &str) -> Self {
        *self.secrets.pointer_mut(pointer).unwrap() = value.into();
        self
    }

    pub(crate) fn with(mut self, options: &[&str]) -> Self {
        self.options.extend(options.iter().map(|option| (*option).to_owned()));
        self
    }

    /// Another value for an option that is there.
    pub(crate) fn instead(mut self, option: &str, value: &str) -> Self {
        let at = self.options.iter().position(|there| there == option).unwrap();
        value.clone_into(&mut self.options[at + 1]);
        self
    }

    /// `customer add`, the secrets on standard input.
    pub(crate) async fn add(&self, more: &[&str]) -> Ran {
        let mut arguments = vec!["customer", "add", self.customer, "--secrets", "-"];
        arguments.extend(self.options.iter().map(String::as_str));
        arguments.extend(more);
        self.stage.connector_reading(&arguments, &self.secrets.to_string()).await
    }

    /// It was refused, and nothing at all was written.
    pub(crate) async fn is_refused(&self, code: i32, said: &str) {
        self.add(&[]).await.failed(code, said);
        nothing_saved(self.stage, self.customer).await;
    }
}

/// Neither record nor secret nor a line in the audit log.
pub(crate) async fn nothing_saved(stage: &Stage, customer: &str) {
    assert_eq!(stage.items("CustomersTable").await, Vec::<serde_json::Value>::new());
    assert_eq!(stage.secret(customer, "AWSCURRENT").await, None);
    assert_eq!(stage.items("TokensTable").await, Vec::<serde_json::Value>::new(), "verifying leaves no token behind");
}
