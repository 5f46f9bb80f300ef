//! What the unit tests share: a customer, its secrets, and the HTTP client.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use crate::domain::{
    Check, CheckKey, Contact, Customer, CustomerId, Lease, NewCheck, Progress, ReferenceOrder, ReferenceRequest,
    Source, Stage, Stamp, Timestamp,
};
use crate::failure::Failure;
use crate::ports::{BasicPair, CallbackSecrets, CustomerSecrets, IcimsCredential, PushSecrets, SecretSet, Secrets};

pub(crate) fn http() -> reqwest::Client {
    crate::http_client::client().unwrap()
}

/// A customer with these settings of iCIMS, and defaults else.
pub(crate) fn customer(id: &str, icims: serde_json::Value) -> Customer {
    let settings = serde_json::json!({"enabled": true, "crosschq": {}, "icims": icims});
    Customer { id: id.parse().unwrap(), settings: serde_json::from_value(settings).unwrap(), templates: Vec::new() }
}

/// An order for workflow 5678 that names nothing else.
pub(crate) fn order(attempt: u32, ordered_at: Timestamp) -> ReferenceOrder {
    ReferenceOrder {
        workflow: "5678".parse().unwrap(),
        attempt,
        person: None,
        requisition: None,
        acting_user: None,
        old_status: None,
        ordered_at,
        source: Source::Event,
    }
}

/// The check of customer 1234 that an order starts.
pub(crate) fn claimed(order: &ReferenceOrder, lease_until: Timestamp, stamp: &Stamp<'_>) -> Check {
    let (workflow, attempt) = (order.workflow.clone(), order.attempt);
    let key = CheckKey { customer: "1234".parse().unwrap(), workflow, attempt };
    let new = NewCheck { key, order, manual_orders: 0, repeat_unconfirmed: false };
    Check::claim(new, Lease { until: lease_until }, stamp)
}

/// Request 6b1f, of which Crosschq says no more than its stage.
pub(crate) fn live(stage: Stage) -> ReferenceRequest {
    ReferenceRequest {
        id: "6b1f".parse().unwrap(),
        external_id: None,
        stage,
        past_due: false,
        concluded_early: false,
        progress: Progress::default(),
        report: None,
        full_pdf: None,
        score: None,
        fraud_risk: None,
        created_at: None,
        updated_at: None,
        candidate: Contact::default(),
        position: None,
    }
}

pub(crate) fn pair(user: &str, password: &str) -> BasicPair {
    BasicPair { user: user.into(), password: password.into() }
}

/// Secrets whose Crosschq token is the name of their version.
pub(crate) fn secret_set(version: &str) -> SecretSet {
    SecretSet {
        version: version.to_owned(),
        icims: IcimsCredential::OAuth { client_id: "client".to_owned(), client_secret: "secret".into() },
        push: PushSecrets::default(),
        crosschq_token: version.into(),
        callback: CallbackSecrets { path_secret: "path".into(), token: None },
    }
}

/// Secrets that each refresh replaces by the next version.
pub(crate) struct FakeSecrets {
    held: Mutex<Option<SecretSet>>,
    rotations: Mutex<VecDeque<Result<Option<SecretSet>, Failure>>>,
    refreshes: AtomicUsize,
}

impl FakeSecrets {
    pub(crate) fn new(versions: impl IntoIterator<Item = SecretSet>) -> Arc<Self> {
        let mut versions = versions.into_iter();
        Self::with(versions.next(), versions.map(|set| Ok(Some(set))))
    }

    pub(crate) fn with(
        held: Option<SecretSet>,
        rotations: impl IntoIterator<Item = Result<Option<SecretSet>, Failure>>,
    ) -> Arc<Self> {
        let rotations = Mutex::new(rotations.into_iter().collect());
        Arc::new(Self { held: Mutex::new(held), rotations, refreshes: AtomicUsize::new(0) })
    }

    pub(crate) fn refreshes(&self) -> usize {
        self.refreshes.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Secrets for FakeSecrets {
    async fn of(&self, _: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure> {
        let current = self.held.lock().unwrap().clone();
        Ok(current.map(|current| Arc::new(CustomerSecrets { current, previous: None })))
    }

    async fn refresh(&self, customer: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure> {
        self.refreshes.fetch_add(1, Ordering::Relaxed);
        if let Some(next) = self.rotations.lock().unwrap().pop_front() {
            *self.held.lock().unwrap() = next?;
        }
        self.of(customer).await
    }
}
