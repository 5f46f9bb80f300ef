//! What one process remembers between two records: profiles of iCIMS for a minute, and vendors that refuse our credentials.
//!
//! Nothing depends on it being there: a process that has just started reads and tries for itself.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::domain::{Contact, CustomerId, PersonId, Requisition, RequisitionId, Timestamp};
use crate::failure::{Failure, RefusedAt, Vendor};

/// How long a profile is kept: it may hold the address of a member of staff.
const KEPT_FOR: Duration = Duration::from_secs(60);
/// Profiles kept at most, of each kind.
const MOST: usize = 256;
/// How long a vendor that refused a customer's credentials is left alone by what the schedule wants.
const OPEN_FOR: Duration = Duration::from_secs(15 * 60);

/// A process's memory.
#[derive(Debug)]
pub struct Memory {
    /// Requisitions, as the orders of a bulk share them.
    pub(in crate::flows) requisitions: Profiles<RequisitionId, Requisition>,
    /// Recruiters and hiring managers.
    pub(in crate::flows) staff: Profiles<PersonId, Option<Contact>>,
    /// Vendors that refuse a customer's credentials.
    pub(in crate::flows) circuit: Circuit,
    /// A report PDF may have megabytes: one at a time.
    pub(in crate::flows) pdf: Semaphore,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            requisitions: Profiles::default(),
            staff: Profiles::default(),
            circuit: Circuit::default(),
            pdf: Semaphore::new(1),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

type Slot<V> = Arc<tokio::sync::Mutex<Option<(Timestamp, V)>>>;

/// Profiles of one kind, each read once by whoever needs it first.
#[derive(Debug)]
pub(in crate::flows) struct Profiles<K, V>(Mutex<HashMap<(CustomerId, K), Slot<V>>>);

impl<K, V> Default for Profiles<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Profiles<K, V> {
    /// The profile as it was at `since` or later, and not more than a minute ago: remembered, or read now. Several that
    /// need the same one wait for one read; a read that fails is nobody else's.
    pub(in crate::flows) async fn get<E>(
        &self,
        key: (&CustomerId, &K),
        since: Timestamp,
        now: impl Fn() -> Timestamp,
        read: impl AsyncFnOnce() -> Result<V, E>,
    ) -> Result<V, E> {
        let slot = self.slot((key.0.clone(), key.1.clone()));
        let mut slot = slot.lock().await;
        let wanted = since.max(now().before(KEPT_FOR));
        if let Some((read_at, known)) = slot.as_ref()
            && *read_at >= wanted
        {
            return Ok(known.clone());
        }
        // Before the read: what changes while it is under way may be missing from its answer.
        let read_at = now();
        let value = read().await?;
        *slot = Some((read_at, value.clone()));
        Ok(value)
    }

    fn slot(&self, key: (CustomerId, K)) -> Slot<V> {
        let mut slots = lock(&self.0);
        if slots.len() >= MOST && !slots.contains_key(&key) {
            slots.clear();
        }
        slots.entry(key).or_default().clone()
    }
}

/// A circuit for each customer and vendor: open while the vendor refuses our credentials.
#[derive(Debug, Default)]
pub(in crate::flows) struct Circuit(Mutex<HashMap<(CustomerId, Vendor), Timestamp>>);

impl Circuit {
    /// Fails at once if a vendor refused this customer's credentials lately.
    pub(in crate::flows) fn check(&self, customer: &CustomerId, vendor: Vendor, now: Timestamp) -> Result<(), Failure> {
        match lock(&self.0).get(&(customer.clone(), vendor)) {
            Some(until) if *until > now => Err(Failure::CredentialsRefused { vendor, at: RefusedAt::Remembered }),
            _ => Ok(()),
        }
    }

    /// Opens or closes the circuit by how something ended.
    pub(in crate::flows) fn record<T>(
        &self,
        customer: &CustomerId,
        vendor: Vendor,
        now: Timestamp,
        result: &Result<T, Failure>,
    ) {
        let mut open = lock(&self.0);
        match result {
            Err(Failure::CredentialsRefused { vendor, .. }) => {
                open.insert((customer.clone(), *vendor), now.after(OPEN_FOR));
            }
            Ok(_) => {
                open.remove(&(customer.clone(), vendor));
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const NOW: Timestamp = Timestamp::from_s(1_767_225_600);

    async fn read(profiles: &Profiles<u8, u32>, reads: &AtomicU32, since: Timestamp, now: Timestamp) -> u32 {
        let customer: CustomerId = "1234".parse().unwrap();
        let read = async || {
            tokio::task::yield_now().await;
            Ok::<_, Failure>(reads.fetch_add(1, Ordering::SeqCst) + 1)
        };
        profiles.get((&customer, &1), since, || now, read).await.unwrap()
    }

    #[tokio::test]
    async fn orders_of_one_requisition_share_one_read() {
        let (profiles, reads) = (Profiles::default(), AtomicU32::new(0));
        let all = (0..10).map(|_| read(&profiles, &reads, NOW, NOW));
        assert_eq!(futures_util::future::join_all(all).await, [1; 10]);
    }

    #[tokio::test]
    async fn a_profile_read_before_the_order_does_not_count() {
        let (profiles, reads) = (Profiles::default(), AtomicU32::new(0));
        let later = NOW.after(Duration::from_secs(5));
        assert_eq!(read(&profiles, &reads, NOW, NOW).await, 1);
        assert_eq!(read(&profiles, &reads, later, later).await, 2, "the requisition may name another template by now");
        assert_eq!(read(&profiles, &reads, NOW, later).await, 2);
        let much_later = later.after(Duration::from_secs(61));
        assert_eq!(read(&profiles, &reads, NOW, much_later).await, 3, "nothing is kept for more than a minute");
    }

    #[test]
    fn a_circuit_opens_on_refused_credentials_for_that_customer_and_vendor_alone() {
        let (circuit, ours, other): (_, CustomerId, CustomerId) =
            (Circuit::default(), "1".parse().unwrap(), "2".parse().unwrap());
        let refused: Result<(), _> = Err(Failure::CredentialsRefused { vendor: Vendor::Crosschq, at: RefusedAt::Api });
        circuit.record(&ours, Vendor::Crosschq, NOW, &refused);
        assert!(circuit.check(&ours, Vendor::Crosschq, NOW).is_err());
        assert!(circuit.check(&ours, Vendor::Icims, NOW).is_ok());
        assert!(circuit.check(&other, Vendor::Crosschq, NOW).is_ok());
        assert!(circuit.check(&ours, Vendor::Crosschq, NOW.after(OPEN_FOR)).is_ok(), "tried again after a while");
        circuit.record(&ours, Vendor::Crosschq, NOW, &Ok(()));
        assert!(circuit.check(&ours, Vendor::Crosschq, NOW).is_ok());
    }
}
