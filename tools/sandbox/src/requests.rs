//! The log of calls: method, path, time, status. No bodies, no query values.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// How many calls are remembered per side; the oldest go first.
const KEPT: usize = 100_000;

/// One call to a fake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct LoggedRequest {
    /// Counts the calls of one side from 1, in order of arrival.
    pub number: u64,
    /// When it arrived, in milliseconds since the epoch on the virtual clock.
    pub at_ms: i64,
    pub method: String,
    /// The path, without its query.
    pub path: String,
    /// Absent while the call is in progress, and when a fault withheld the response.
    pub status: Option<u16>,
    /// Milliseconds of the machine's clock; absent while the call is in progress.
    pub duration_ms: Option<u64>,
    /// The id of the fault that hit this call, if one did.
    pub fault: Option<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct RequestLog(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    counted: u64,
    calls: VecDeque<Entry>,
}

#[derive(Debug)]
struct Entry {
    call: LoggedRequest,
    began: Instant,
    ended: Option<Instant>,
}

impl RequestLog {
    /// Records an arrival and returns its number.
    pub(crate) fn arrived(&self, at_ms: i64, method: &str, path: &str) -> u64 {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.counted += 1;
        let number = inner.counted;
        if inner.calls.len() == KEPT {
            inner.calls.pop_front();
        }
        let call = LoggedRequest {
            number,
            at_ms,
            method: method.to_owned(),
            path: path.to_owned(),
            status: None,
            duration_ms: None,
            fault: None,
        };
        inner.calls.push_back(Entry { call, began: Instant::now(), ended: None });
        number
    }

    pub(crate) fn answered(&self, number: u64, status: Option<u16>, fault: Option<u64>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = inner.calls.iter_mut().rev().find(|e| e.call.number == number) {
            let took = entry.began.elapsed();
            entry.ended = Some(entry.began + took);
            entry.call.duration_ms = Some(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
            entry.call.status = status;
            entry.call.fault = fault;
        }
    }

    /// The calls with this method and a path that matches this pattern, and how many of them were in progress at one
    /// moment at most.
    pub(crate) fn matching(&self, method: Option<&str>, path: Option<&str>) -> (Vec<LoggedRequest>, usize) {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let matches = |e: &&Entry| {
            method.is_none_or(|m| m.eq_ignore_ascii_case(&e.call.method))
                && path.is_none_or(|p| crate::faults::path_matches(p, &e.call.path))
        };
        let found: Vec<&Entry> = inner.calls.iter().filter(matches).collect();
        (found.iter().map(|e| e.call.clone()).collect(), peak(&found))
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).calls.clear();
    }
}

fn peak(entries: &[&Entry]) -> usize {
    let mut moments: Vec<(Instant, i64)> =
        entries.iter().flat_map(|e| std::iter::once((e.began, 1)).chain(e.ended.map(|ended| (ended, -1)))).collect();
    // An end and a beginning at the same moment do not overlap.
    moments.sort();
    let mut now = 0;
    let peaks = moments.iter().map(|(_, change)| {
        now += change;
        now
    });
    usize::try_from(peaks.max().unwrap_or(0)).unwrap_or(0)
}
