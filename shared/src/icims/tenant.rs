//! What this process remembers of each customer: its quota, its token, and how many calls are under way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::quota::Quota;
use super::token::TokenSlot;
use crate::domain::CustomerId;

pub(super) struct Tenant {
    pub(super) gate: Semaphore,
    pub(super) token: TokenSlot,
    quota: Mutex<Quota>,
}

impl Tenant {
    pub(super) fn quota<T>(&self, with: impl FnOnce(&mut Quota) -> T) -> T {
        // A panic elsewhere leaves the quota readable: it is replaced whole.
        with(&mut self.quota.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(super) struct Tenants {
    concurrency: usize,
    known: Mutex<HashMap<CustomerId, Arc<Tenant>>>,
}

impl Tenants {
    pub(super) fn new(concurrency: usize) -> Self {
        Self { concurrency, known: Mutex::default() }
    }

    pub(super) fn of(&self, customer: &CustomerId) -> Arc<Tenant> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let tenant = known.entry(customer.clone()).or_insert_with(|| {
            Arc::new(Tenant {
                gate: Semaphore::new(self.concurrency),
                token: TokenSlot::default(),
                quota: Mutex::default(),
            })
        });
        Arc::clone(tenant)
    }
}
