//! What every handler shares: the store, the logs, the addresses and the outgoing client.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use crate::error::StartError;
use crate::outgoing::Outgoing;
use crate::requests::RequestLog;
use crate::state::{Store, World};
use crate::vendor::PerVendor;

pub(crate) type Shared = Arc<App>;

pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) icims_url: String,
    pub(crate) crosschq_url: String,
    pub(crate) outgoing: Outgoing,
    /// The calls that each fake got.
    pub(crate) requests: PerVendor<RequestLog>,
    /// How many calls of each iCIMS customer are in progress.
    pub(crate) icims_in_flight: Mutex<BTreeMap<String, usize>>,
    /// Wakes the task that sends callbacks.
    pub(crate) callbacks_due: Notify,
}

impl App {
    pub(crate) fn new(state: Option<PathBuf>, icims_url: String, crosschq_url: String) -> Result<Self, StartError> {
        Ok(Self {
            store: Store::open(state).map_err(StartError::State)?,
            icims_url,
            crosschq_url,
            outgoing: Outgoing::new()?,
            requests: PerVendor::default(),
            icims_in_flight: Mutex::default(),
            callbacks_due: Notify::new(),
        })
    }

    pub(crate) fn read<T>(&self, read: impl FnOnce(&World) -> T) -> T {
        self.store.read(read)
    }

    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        self.store.write(change)
    }

    /// For bookkeeping such as counts of calls; see [`Store::write_later`].
    pub(crate) fn write_later<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        self.store.write_later(change)
    }
}
