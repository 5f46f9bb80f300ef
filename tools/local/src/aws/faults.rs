//! The fault switch and the call counter: what a test turns on to see the connector cope.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use hyper::StatusCode;
use serde::{Deserialize, Serialize};

use super::asked::Asked;
use super::needs::needs;
use super::policy::refusal;
use super::wire::{AwsError, Protocol};

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
    /// `ThrottlingException` of DynamoDB too, whose `throttle` is another one; elsewhere as `throttle`; nothing is done.
    ThrottlingException,
    /// The caller has no permission; nothing is done.
    AccessDenied,
    /// The caller's session is over; nothing is done.
    ExpiredToken,
    /// The caller's access key id is nobody's; nothing is done.
    UnrecognizedClient,
}

/// A fault that waits for its calls.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fault {
    /// The call, as `X-Amz-Target` names it; a `*` at the end stands for any ending.
    pub(super) target: String,
    pub(super) kind: FaultKind,
    /// The access key id that it hits; every caller where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) caller: Option<String>,
    /// How many calls it hits.
    #[serde(default = "once")]
    pub(super) times: u32,
    /// It hits until it is taken back, whatever `times` says.
    #[serde(default)]
    pub(super) until_cleared: bool,
    /// How many matching calls pass unharmed before.
    #[serde(default)]
    pub(super) skip: u32,
}

fn once() -> u32 {
    1
}

impl Fault {
    fn matches(&self, target: &str, caller: &str) -> bool {
        let named = match self.target.strip_suffix('*') {
            Some(start) => target.starts_with(start),
            None => target == self.target,
        };
        named && self.caller.as_deref().is_none_or(|wanted| wanted == caller)
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
    pub(super) fn admit(&self, target: &str, caller: &str) -> Option<FaultKind> {
        self.with(|state| {
            *state.calls.entry(target.to_owned()).or_default() += 1;
            let fault = state.faults.iter_mut().find(|fault| fault.matches(target, caller))?;
            if fault.skip > 0 {
                fault.skip -= 1;
                return None;
            }
            let kind = fault.kind;
            if fault.until_cleared {
                return Some(kind);
            }
            fault.times = fault.times.saturating_sub(1);
            state.faults.retain(|fault| fault.times > 0 || fault.until_cleared);
            Some(kind)
        })
    }

    /// Sets a fault behind those already set. None is set where it hits no call.
    pub(super) fn set(&self, fault: Fault) {
        if fault.times > 0 || fault.until_cleared {
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

/// The error that a fault answers with; none for the resets. `who` is the caller's ARN.
pub(super) fn error_for(kind: FaultKind, asked: &Asked, who: &str) -> Option<AwsError> {
    const DYNAMODB: &str = "com.amazonaws.dynamodb.v20120810#";
    let of_dynamodb = asked.target.starts_with("DynamoDB");
    match kind {
        FaultKind::Throttle if of_dynamodb => Some(AwsError::sender(
            &format!("{DYNAMODB}ProvisionedThroughputExceededException"),
            "The level of configured provisioned throughput for the table was exceeded.",
        )),
        FaultKind::Throttle | FaultKind::ThrottlingException => Some(throttled(asked)),
        FaultKind::Error500 if of_dynamodb => Some(AwsError::internal("Internal server error")),
        FaultKind::Error500 => Some(AwsError::internal("We encountered an internal error.")),
        FaultKind::TransactionConflict => Some(AwsError::sender(
            &format!("{DYNAMODB}TransactionConflictException"),
            "Transaction is ongoing for the item",
        )),
        FaultKind::AccessDenied => {
            let needed = needs(&asked.target, &asked.input);
            let (action, resource) = needed.first().map_or(("", "*"), |need| (&need.action, &need.resource));
            Some(refusal(asked, who, action, resource))
        }
        FaultKind::ExpiredToken => {
            Some(unknown_caller(asked, "ExpiredToken", "The security token included in the request is expired"))
        }
        FaultKind::UnrecognizedClient => Some(unknown_caller(
            asked,
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        )),
        FaultKind::ResetBefore | FaultKind::ResetAfter => None,
    }
}

fn throttled(asked: &Asked) -> AwsError {
    match asked.protocol {
        Protocol::Json10 if asked.target.starts_with("AmazonSQS.") => {
            AwsError::sender("com.amazon.coral.service#RequestThrottled", "Rate exceeded")
                .with_query_code("RequestThrottled")
        }
        Protocol::Json10 => AwsError::sender(
            "com.amazon.coral.availability#ThrottlingException",
            "Rate of requests exceeds the allowed throughput.",
        ),
        Protocol::RestJson => {
            AwsError::sender("TooManyRequestsException", "Rate exceeded").with_status(StatusCode::TOO_MANY_REQUESTS)
        }
        Protocol::Query(_) => AwsError::sender("Throttling", "Rate exceeded"),
        Protocol::Json11 | Protocol::Cbor => AwsError::sender("ThrottlingException", "Rate exceeded"),
    }
}

/// A caller who is refused before anybody asks what for. The query protocol's code, which SQS tells too; the JSON
/// protocols have a name of their own for each.
fn unknown_caller(asked: &Asked, code: &str, message: &str) -> AwsError {
    let json = if code == "ExpiredToken" { "ExpiredTokenException" } else { "UnrecognizedClientException" };
    let coral = format!("com.amazon.coral.service#{json}");
    match asked.protocol {
        Protocol::Json10 if asked.target.starts_with("AmazonSQS.") => {
            AwsError::sender(&coral, message).with_query_code(code).with_status(StatusCode::FORBIDDEN)
        }
        Protocol::Json10 => AwsError::sender(&coral, message),
        Protocol::Json11 => AwsError::sender(json, message),
        Protocol::RestJson => AwsError::sender(json, message).with_status(StatusCode::FORBIDDEN),
        Protocol::Query(_) | Protocol::Cbor => AwsError::sender(code, message).with_status(StatusCode::FORBIDDEN),
    }
}
