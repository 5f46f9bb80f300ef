//! How far missed pushes were looked for, in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use connector_core::domain::{CustomerId, Watermark};
use connector_core::failure::Failure;
use connector_core::ports::Watermarks;

use super::lock::lock;

/// [`Watermarks`] that a story can look into.
#[derive(Debug, Default)]
pub struct FakeWatermarks {
    marks: Mutex<BTreeMap<CustomerId, Watermark>>,
    roster: Mutex<Vec<CustomerId>>,
}

impl FakeWatermarks {
    pub fn of(&self, customer: &CustomerId) -> Option<Watermark> {
        lock(&self.marks).get(customer).cloned()
    }
}

#[async_trait]
impl Watermarks for FakeWatermarks {
    async fn roster(&self) -> Result<Vec<CustomerId>, Failure> {
        Ok(lock(&self.roster).clone())
    }

    async fn set_roster(&self, customers: &[CustomerId]) -> Result<(), Failure> {
        *lock(&self.roster) = customers.to_vec();
        Ok(())
    }

    async fn load(&self, customer: &CustomerId) -> Result<Option<Watermark>, Failure> {
        Ok(self.of(customer))
    }

    async fn reset(&self, customer: &CustomerId, mark: &Watermark) -> Result<(), Failure> {
        lock(&self.marks).insert(customer.clone(), mark.clone());
        Ok(())
    }

    async fn save(&self, customer: &CustomerId, mark: &mut Watermark) -> Result<bool, Failure> {
        let mut marks = lock(&self.marks);
        if marks.get(customer).is_none_or(|standing| standing.rev != mark.rev) {
            return Ok(false);
        }
        mark.rev += 1;
        marks.insert(customer.clone(), mark.clone());
        Ok(true)
    }
}
