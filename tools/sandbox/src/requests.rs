//! The log of what was called: method, path, time, status. No bodies, no query values.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// How many calls are remembered per side; the oldest go first.
const KEPT: usize = 100_000;

/// One call to a fake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedRequest {
    /// Counts the calls of one side from 1, in order of arrival.
    pub number: u64,
    /// When it arrived, in milliseconds since the epoch on the virtual clock.
    pub at_ms: i64,
    /// The HTTP method.
    pub method: String,
    /// The path, without its query.
    pub path: String,
    /// The status answered; absent while the call is in progress or when the answer was withheld by a fault.
    pub status: Option<u16>,
    /// The id of the fault that hit this call, if one did.
    pub fault: Option<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct RequestLog(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    counted: u64,
    calls: std::collections::VecDeque<LoggedRequest>,
}

impl RequestLog {
    /// Notes an arrival and returns its number.
    pub(crate) fn arrived(&self, at_ms: i64, method: &str, path: &str) -> u64 {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.counted += 1;
        let number = inner.counted;
        if inner.calls.len() == KEPT {
            inner.calls.pop_front();
        }
        inner.calls.push_back(LoggedRequest {
            number,
            at_ms,
            method: method.to_owned(),
            path: path.to_owned(),
            status: None,
            fault: None,
        });
        number
    }

    pub(crate) fn answered(&self, number: u64, status: Option<u16>, fault: Option<u64>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(call) = inner.calls.iter_mut().rev().find(|c| c.number == number) {
            call.status = status;
            call.fault = fault;
        }
    }

    /// The calls whose method equals and whose path matches the given pattern.
    pub(crate) fn matching(&self, method: Option<&str>, path: Option<&str>) -> Vec<LoggedRequest> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner
            .calls
            .iter()
            .filter(|c| method.is_none_or(|m| m.eq_ignore_ascii_case(&c.method)))
            .filter(|c| path.is_none_or(|p| crate::faults::path_matches(p, &c.path)))
            .cloned()
            .collect()
    }

    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .calls
            .clear();
    }
}
