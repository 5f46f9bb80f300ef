//! What AWS charges in us-east-1: the one place of it. As known in November 2026 and not read from the pages below, which a build
//! cannot reach: compare with them before quoting a number. Free tiers and
//! volume discounts are left out.

/// US dollars for a million of each.
pub(crate) struct Prices {
    /// <https://aws.amazon.com/api-gateway/pricing/>, HTTP API, the first 300 million a month.
    pub(crate) http_requests: f64,
    /// <https://aws.amazon.com/lambda/pricing/>, arm64.
    pub(crate) invocations: f64,
    /// The same, for a million GB-seconds.
    pub(crate) gb_seconds: f64,
    /// <https://aws.amazon.com/sqs/pricing/>, standard queue 0.40, and 0.10 more for fair queues: our messages have a group.
    pub(crate) queue_requests: f64,
    /// <https://aws.amazon.com/dynamodb/pricing/on-demand/>, standard class: write units of a kilobyte.
    pub(crate) write_units: f64,
    /// The same: strongly consistent reads of four kilobytes.
    pub(crate) read_units: f64,
    /// <https://aws.amazon.com/cloudwatch/pricing/>, logs taken in at 0.50 a GB: a million kilobytes.
    pub(crate) log_kilobytes: f64,
}

pub(crate) const PRICES: Prices = Prices {
    http_requests: 1.00,
    invocations: 0.20,
    gb_seconds: 13.3334,
    queue_requests: 0.50,
    write_units: 0.625,
    read_units: 0.125,
    log_kilobytes: 0.50,
};
