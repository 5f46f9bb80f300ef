//! The adapters of the functions, over the operator's session.

use std::sync::Arc;

use connector_core::aws::{DynamoStore, DynamoTokens, ManagedSecrets, QueueUrls, SqsQueue, SystemClock};
use connector_core::crosschq::Crosschq;
use connector_core::domain::{Check, CheckKey, Timestamp};
use connector_core::flows::Operator;
use connector_core::icims::Icims;
use connector_core::ports::{Clock as _, Queue, ReadChecks as _};

use super::CheckName;
use crate::failure::CliError;
use crate::session::{QueueName, Session};

/// What works on checks: store, queues and both vendors.
pub(crate) struct Services {
    pub(crate) checks: Arc<DynamoStore>,
    /// Towards the three workers.
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) icims: Arc<Icims>,
    pub(crate) crosschq: Crosschq,
}

impl Services {
    /// On the session's stack. No call is made but that for the stack itself.
    ///
    /// # Errors
    /// If the stack cannot be read.
    pub(crate) async fn open(session: &Session) -> Result<Self, CliError> {
        let stack = session.stack().await?;
        let url = |queue| Some(stack.queue_url(queue).to_owned());
        let urls = QueueUrls {
            reference_requests: url(QueueName::ReferenceRequests),
            icims_updates: url(QueueName::IcimsUpdates),
            cancellations: url(QueueName::Cancellations),
        };
        let secrets = Arc::new(ManagedSecrets::new(session.secrets(), &stack.secrets_prefix));
        let tokens = Arc::new(DynamoTokens::new(session.dynamodb(), &stack.tokens_table));
        Ok(Self {
            checks: Arc::new(DynamoStore::new(session.dynamodb(), &stack.checks_table)),
            queue: Arc::new(SqsQueue::new(session.sqs(), urls)),
            icims: Arc::new(Icims::new(session.http().clone(), secrets.clone(), tokens, Arc::new(SystemClock))),
            crosschq: Crosschq::new(session.http().clone(), secrets),
        })
    }

    /// What an operator can do to checks.
    pub(crate) fn operator(&self) -> Operator {
        Operator {
            checks: self.checks.clone(),
            ats: self.icims.clone(),
            queue: self.queue.clone(),
            clock: Arc::new(SystemClock),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    /// The check of this name, as it stands now.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) async fn find(&self, name: &CheckName) -> Result<Check, CliError> {
        let found = match name.attempt {
            None => self.checks.latest(&name.customer, &name.workflow).await?,
            Some(attempt) => {
                let CheckName { customer, workflow, .. } = name.clone();
                self.checks.load(&CheckKey { customer, workflow, attempt }).await?
            }
        };
        found.ok_or_else(|| {
            CliError::not_found(format!("there is no check {name}"))
                .fix(format!("`connector check list --customer {}` shows the checks that there are", name.customer))
        })
    }
}
