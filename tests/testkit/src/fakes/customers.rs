//! Settings and secrets that change over time, read through caches that lag.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use connector_core::domain::{Customer, CustomerId, Timestamp};
use connector_core::failure::Failure;
use connector_core::ports::{
    BasicPair, CallbackSecrets, Clock as _, CustomerSecrets, Customers, IcimsCredential, OptedIn, PushSecrets,
    SecretSet, Secrets,
};

use super::lock::lock;
use super::sim::{Rng, SimClock};

/// What was in force from when on, by customer.
type Versions<T> = Arc<Mutex<BTreeMap<CustomerId, Vec<(Timestamp, T)>>>>;

/// The newest of what was in force at a moment.
fn in_force<T>(versions: &[(Timestamp, T)], at: Timestamp) -> Option<usize> {
    versions.iter().rposition(|(from, _)| *from <= at)
}

/// The customers, as caches of up to a minute see them.
#[derive(Debug, Clone)]
pub struct FakeCustomers {
    versions: Versions<Arc<Customer>>,
    rng: Rng,
    clock: SimClock,
}

impl FakeCustomers {
    pub fn new(rng: Rng, clock: SimClock) -> Self {
        Self { versions: Arc::default(), rng, clock }
    }

    /// Adds a customer, or changes it from now on.
    pub fn set(&self, customer: Customer) {
        let now = self.clock.now();
        lock(&self.versions).entry(customer.id.clone()).or_default().push((now, Arc::new(customer)));
    }

    /// Whether a cache may still see the customer switched off.
    pub fn off_lately(&self, id: &CustomerId) -> bool {
        let seen_at = Timestamp::from_ms(self.clock.now().ms() - 61_000);
        let versions = lock(&self.versions);
        let Some(versions) = versions.get(id) else { return true };
        let oldest = in_force(versions, seen_at).unwrap_or(0);
        versions[oldest..].iter().any(|(_, customer)| !customer.settings.enabled)
    }

    /// A customer as it is.
    pub fn get(&self, id: &CustomerId) -> Option<Arc<Customer>> {
        lock(&self.versions).get(id)?.last().map(|(_, customer)| customer.clone())
    }
}

#[async_trait]
impl Customers for FakeCustomers {
    async fn customer(&self, id: &CustomerId) -> Result<Option<Arc<Customer>>, Failure> {
        let age = self.rng.between(0, 60_000);
        let seen_at = Timestamp::from_ms(self.clock.now().ms() - age as i64);
        let versions = lock(&self.versions);
        let Some(versions) = versions.get(id) else { return Ok(None) };
        Ok(versions.get(in_force(versions, seen_at).unwrap_or(0)).map(|(_, customer)| customer.clone()))
    }
}

impl FakeCustomers {
    /// Whether anybody has missed pushes looked for.
    pub(super) fn any_opted_in(&self) -> bool {
        !self.searched().is_empty()
    }

    fn searched(&self) -> Vec<CustomerId> {
        let all = lock(&self.versions);
        let on =
            |customer: &Customer| customer.settings.enabled && customer.settings.icims.find_missed_pushes.is_some();
        all.values()
            .filter_map(|versions| versions.last())
            .filter(|(_, now)| on(now))
            .map(|(_, now)| now.id.clone())
            .collect()
    }
}

#[async_trait]
impl OptedIn for FakeCustomers {
    async fn opted_in(&self) -> Result<Vec<CustomerId>, Failure> {
        Ok(self.searched())
    }
}

/// The secrets, as caches of up to five minutes see them.
#[derive(Debug, Clone)]
pub struct FakeSecrets {
    /// When each version came.
    versions: Versions<u32>,
    rng: Rng,
    clock: SimClock,
}

fn pair(user: &str, password: String) -> BasicPair {
    BasicPair { user: user.into(), password: password.into() }
}

fn set(version: u32) -> SecretSet {
    SecretSet {
        version: version.to_string(),
        icims: IcimsCredential::OAuth { client_id: "c".to_owned(), client_secret: "s".into() },
        push: PushSecrets { basic: Some(pair("push", format!("password-{version}"))), ..PushSecrets::default() },
        crosschq_token: "t".into(),
        callback: CallbackSecrets {
            path_secret: format!("path-{version}").into(),
            token: Some(format!("token-{version}").into()),
        },
    }
}

/// What iCIMS sends in `Authorization` with this version.
pub fn basic_header(version: u32) -> String {
    let pair = format!("push:password-{version}");
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

/// The path's secret segment and the token that Crosschq sends with this version.
pub fn callback_path(version: u32) -> (String, String) {
    (format!("path-{version}"), format!("Token token-{version}"))
}

impl FakeSecrets {
    pub fn new(rng: Rng, clock: SimClock) -> Self {
        Self { versions: Arc::default(), rng, clock }
    }

    /// Gives a customer its first, or its next, secret.
    pub fn rotate(&self, customer: &CustomerId) {
        let now = self.clock.now();
        let mut all = lock(&self.versions);
        let versions = all.entry(customer.clone()).or_default();
        let next = u32::try_from(versions.len()).unwrap_or(0) + 1;
        versions.push((now, next));
    }

    /// The version that the vendors send: they learn of a new one three minutes after us.
    pub fn sent(&self, customer: &CustomerId) -> u32 {
        let learned = Timestamp::from_ms(self.clock.now().ms() - 180_000);
        let all = lock(&self.versions);
        all.get(customer).map_or(0, |versions| versions[in_force(versions, learned).unwrap_or(0)].1)
    }

    /// Whether iCIMS takes a version from us: the new one at once, the old one for a minute longer.
    pub(super) fn taken_by_icims(&self, customer: &CustomerId, version: &str) -> bool {
        let old = Timestamp::from_ms(self.clock.now().ms() - 60_000);
        let all = lock(&self.versions);
        let Some(versions) = all.get(customer) else { return false };
        versions[in_force(versions, old).unwrap_or(0)..].iter().any(|(_, known)| known.to_string() == version)
    }

    fn seen(&self, customer: &CustomerId, age: Duration) -> Option<Arc<CustomerSecrets>> {
        let at = Timestamp::from_ms(self.clock.now().ms() - age.as_millis() as i64);
        let all = lock(&self.versions);
        let versions = all.get(customer)?;
        let index = in_force(versions, at).unwrap_or(0);
        let previous = index.checked_sub(1).map(|before| set(versions[before].1));
        Some(Arc::new(CustomerSecrets { current: set(versions[index].1), previous }))
    }
}

#[async_trait]
impl Secrets for FakeSecrets {
    async fn of(&self, customer: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure> {
        Ok(self.seen(customer, self.rng.ms(0, 300_000)))
    }

    async fn refresh(&self, customer: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure> {
        Ok(self.seen(customer, self.rng.ms(0, 10_000)))
    }
}
