//! The stack that was made on this endpoint.

use std::sync::{Arc, Mutex, PoisonError};

use super::ACCOUNT_ID;
use crate::deployment::Deployment;

/// The deployment, replaced whole.
#[derive(Default)]
pub(super) struct Deployed {
    deployment: Mutex<Arc<Deployment>>,
}

impl Deployed {
    /// Replaces the deployment.
    pub(super) fn put(&self, deployment: Deployment) {
        *self.deployment.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(deployment);
    }

    /// The deployment; an empty one before there was any.
    pub(super) fn get(&self) -> Arc<Deployment> {
        Arc::clone(&self.deployment.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The ARN of an access key id: a function in its role, the account if it is empty, else a user of that name.
    pub(super) fn caller_arn(&self, caller: &str) -> String {
        if caller.is_empty() {
            return format!("arn:aws:iam::{ACCOUNT_ID}:root");
        }
        match self.get().roles.get(caller) {
            Some(role) => format!("arn:aws:sts::{ACCOUNT_ID}:assumed-role/{role}/{caller}"),
            None => format!("arn:aws:iam::{ACCOUNT_ID}:user/{caller}"),
        }
    }
}
