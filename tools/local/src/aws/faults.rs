//! The fault switch and the call counter: what a test turns on to see the connector cope.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::wire::AwsError;

/// What goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FaultKind {
    /// The service's own throttling error; nothing is done.
    Throttle,
    /// HTTP 500; nothing is done.
    Error500,
    /// The connection closes without an answer; nothing is done.
    ResetBefore,
    /// The call is carried out, then the connection closes without an answer.
    ResetAfter,
    /// DynamoDB's `TransactionConflictException`, which the engine never raises by itself; nothing is done.
    TransactionConflict,
}

/// A fault that waits for its calls.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fault {
    /// The call, as `X-Amz-Target` names it; a `*` at the end stands for any ending.
    pub(super) target: String,
    pub(super) kind: FaultKind,
    /// How many calls it hits.
    #[serde(default = "once")]
    pub(super) times: u32,
    /// How many matching calls pass unharmed before.
    #[serde(default)]
    pub(super) skip: u32,
}

fn once() -> u32 {
    1
}

impl Fault {
    fn matches(&self, target: &str) -> bool {
        match self.target.strip_suffix('*') {
            Some(start) => target.starts_with(start),
            None => target == self.target,
        }
    }
}

/// The faults that are set and the calls that came.
#[derive(Default)]
pub(super) struct Switchboard {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    faults: Vec<Fault>,
    calls: BTreeMap<String, u64>,
}

impl Switchboard {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts the call, and takes the fault that hits it.
    pub(super) fn admit(&self, target: &str) -> Option<FaultKind> {
        self.with(|state| {
            *state.calls.entry(target.to_owned()).or_default() += 1;
            let fault = state
                .faults
                .iter_mut()
                .find(|fault| fault.matches(target))?;
            if fault.skip > 0 {
                fault.skip -= 1;
                return None;
            }
            fault.times = fault.times.saturating_sub(1);
            let kind = fault.kind;
            state.faults.retain(|fault| fault.times > 0);
            Some(kind)
        })
    }

    /// Sets a fault behind those already set. None is set where it hits no call.
    pub(super) fn set(&self, fault: Fault) {
        if fault.times > 0 {
            self.with(|state| state.faults.push(fault));
        }
    }

    /// The faults that still wait.
    pub(super) fn faults(&self) -> Vec<Fault> {
        self.with(|state| state.faults.clone())
    }

    /// Takes every fault back.
    pub(super) fn clear_faults(&self) {
        self.with(|state| state.faults.clear());
    }

    /// How often each target was called, faults included.
    pub(super) fn calls(&self) -> BTreeMap<String, u64> {
        self.with(|state| state.calls.clone())
    }

    /// Starts counting from nothing.
    pub(super) fn clear_calls(&self) {
        self.with(|state| state.calls.clear());
    }
}

/// The error that a fault answers with; none for the resets.
pub(super) fn error_for(kind: FaultKind, target: &str) -> Option<AwsError> {
    const DYNAMODB: &str = "com.amazonaws.dynamodb.v20120810#";
    let of_dynamodb = target.starts_with("DynamoDB");
    match kind {
        FaultKind::Throttle if of_dynamodb => Some(AwsError::sender(
            &format!("{DYNAMODB}ProvisionedThroughputExceededException"),
            "The level of configured provisioned throughput for the table was exceeded.",
        )),
        FaultKind::Throttle if target.starts_with("AmazonSQS.") => Some(
            AwsError::sender("com.amazonaws.sqs#RequestThrottled", "Rate exceeded")
                .with_query_code("RequestThrottled"),
        ),
        FaultKind::Throttle => Some(AwsError::sender("ThrottlingException", "Rate exceeded")),
        FaultKind::Error500 if of_dynamodb => Some(AwsError::internal("Internal server error")),
        FaultKind::Error500 => Some(AwsError::internal("We encountered an internal error.")),
        FaultKind::TransactionConflict => Some(AwsError::sender(
            &format!("{DYNAMODB}TransactionConflictException"),
            "Transaction is ongoing for the item",
        )),
        FaultKind::ResetBefore | FaultKind::ResetAfter => None,
    }
}
