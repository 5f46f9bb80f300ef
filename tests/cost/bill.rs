//! Counts of one check, and what a million of them cost.

use std::fmt::Write as _;

use crate::prices::PRICES;

/// What a function does for its caller; each has a time of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Webhook,
    Ignored,
    Callback,
    Requester,
    Updater,
}

/// The memory of a function, as in the template.
const GIGABYTES: f64 = 0.25;

impl Kind {
    /// How long an invocation is assumed to take. It waits for a vendor most of the time, so this is the vendor's time and
    /// no test of ours can measure it: a quarter of a second for a call to iCIMS, half a second for one to Crosschq.
    fn seconds(self) -> f64 {
        match self {
            // Candidate and requisition at once.
            Self::Webhook => 0.3,
            Self::Ignored => 0.005,
            Self::Callback => 0.02,
            // Workflow, then candidate and requisition, then the create.
            Self::Requester => 1.1,
            // One read at Crosschq, one write in iCIMS, now and then a second one.
            Self::Updater => 0.9,
        }
    }
}

/// What CloudWatch adds to each line.
const LOG_OVERHEAD: usize = 26;

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Bill {
    http_requests: u64,
    invocations: u64,
    gb_seconds: f64,
    queue_requests: u64,
    writes: u64,
    table_write_units: u64,
    index_write_units: u64,
    read_units: u64,
    log_bytes: usize,
}

impl Bill {
    pub(crate) fn requests(&mut self, requests: u64, function: Kind) {
        self.http_requests += requests;
        self.invocations += requests;
        self.gb_seconds += requests as f64 * function.seconds() * GIGABYTES;
    }

    /// A message: sent, received, deleted, and handled by an invocation of its own.
    pub(crate) fn message(&mut self, function: Kind) {
        self.queue_requests += 3;
        self.invocations += 1;
        self.gb_seconds += function.seconds() * GIGABYTES;
    }

    pub(crate) fn reads(&mut self, reads: u64, bytes: usize) {
        self.read_units += reads * bytes.div_ceil(4_096).max(1) as u64;
    }

    /// Each write moves the check in index `due`, which deletes and puts, and changes what index `customer` projects.
    pub(crate) fn writes(&mut self, writes: u64, bytes: usize) {
        self.writes += writes;
        self.table_write_units += writes * bytes.div_ceil(1_024).max(1) as u64;
        self.index_write_units += writes * 3;
    }

    pub(crate) fn becomes_findable_by_request(&mut self, does: bool) {
        self.index_write_units += u64::from(does);
    }

    pub(crate) fn logs(&mut self, bytes: usize, lines: usize) {
        self.log_bytes += bytes + lines * LOG_OVERHEAD;
    }

    /// Each part: what it is, how many of it, what a million cost.
    fn parts(&self) -> [(&'static str, f64, f64); 8] {
        [
            ("HTTP API requests", self.http_requests as f64, PRICES.http_requests),
            ("Lambda invocations", self.invocations as f64, PRICES.invocations),
            ("Lambda GB-seconds", self.gb_seconds, PRICES.gb_seconds),
            ("SQS requests", self.queue_requests as f64, PRICES.queue_requests),
            ("DynamoDB write units, table", self.table_write_units as f64, PRICES.write_units),
            ("DynamoDB write units, indexes", self.index_write_units as f64, PRICES.write_units),
            ("DynamoDB read units", self.read_units as f64, PRICES.read_units),
            ("CloudWatch Logs, kB", self.log_bytes as f64 / 1_000.0, PRICES.log_kilobytes),
        ]
    }

    /// US dollars for a million checks.
    pub(crate) fn usd(&self) -> f64 {
        self.parts().iter().map(|(_, count, price)| count * price).sum()
    }

    /// The rows of the table in docs/cost.md.
    pub(crate) fn table(&self) -> String {
        let mut table = String::new();
        for (part, count, price) in self.parts() {
            let count = (count * 100.0).round() / 100.0;
            let _ = writeln!(table, "| {part} | {count} | {price} | {:.2} |", count * price);
        }
        let _ = writeln!(table, "| **total** | {} writes of the check | | **{:.2}** |", self.writes, self.usd());
        table
    }
}

/// The total of a document's table.
pub(crate) fn total_in(document: &str) -> Option<f64> {
    let row = document.lines().find(|line| line.starts_with("| **total** |"))?;
    row.trim_end_matches([' ', '|']).rsplit('|').next()?.trim().trim_matches('*').parse().ok()
}
