//! Injected faults, and the count of calls.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::permissions::required_permissions;
use super::policy::{access_denied, caller_error};
use super::request::AwsRequest;
use super::wire::{AwsError, Protocol};

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
    /// As `throttle`, but `ThrottlingException` from DynamoDB too; nothing is done.
    ThrottlingException,
    /// The caller has no permission; nothing is done.
    AccessDenied,
    /// The caller's session token is expired; nothing is done.
    ExpiredToken,
    /// The caller's access key id is unknown; nothing is done.
    UnrecognizedClient,
}

/// A fault to inject into matching calls.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fault {
    /// The call in the form of `X-Amz-Target`; a trailing `*` matches any ending.
    pub(super) target: String,
    pub(super) kind: FaultKind,
    /// The access key id, `None` for every caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) caller: Option<String>,
    /// The number of calls to fail.
    #[serde(default = "once")]
    pub(super) times: u32,
    /// Stays until it is cleared, whatever `times` is.
    #[serde(default)]
    pub(super) until_cleared: bool,
    /// The number of matching calls to let pass first.
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

/// The faults to inject, and the calls by target.
#[derive(Default)]
pub(super) struct Faults {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    faults: Vec<Fault>,
    calls: BTreeMap<String, u64>,
}

impl Faults {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts the call and returns its fault.
    pub(super) fn next(&self, target: &str, caller: &str) -> Option<FaultKind> {
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

    pub(super) fn add(&self, fault: Fault) {
        if fault.times > 0 || fault.until_cleared {
            self.with(|state| state.faults.push(fault));
        }
    }

    pub(super) fn pending(&self) -> Vec<Fault> {
        self.with(|state| state.faults.clone())
    }

    pub(super) fn clear(&self) {
        self.with(|state| state.faults.clear());
    }

    /// The calls by target, failed ones included.
    pub(super) fn calls(&self) -> BTreeMap<String, u64> {
        self.with(|state| state.calls.clone())
    }

    pub(super) fn clear_calls(&self) {
        self.with(|state| state.calls.clear());
    }
}

/// The error response for a fault; `None` for the resets, which have none.
pub(super) fn error_for(kind: FaultKind, request: &AwsRequest, caller_arn: &str) -> Option<AwsError> {
    const DYNAMODB: &str = "com.amazonaws.dynamodb.v20120810#";
    let of_dynamodb = request.target.starts_with("DynamoDB");
    match kind {
        FaultKind::Throttle if of_dynamodb => Some(AwsError::sender(
            &format!("{DYNAMODB}ProvisionedThroughputExceededException"),
            "The level of configured provisioned throughput for the table was exceeded.",
        )),
        FaultKind::Throttle | FaultKind::ThrottlingException => Some(throttled(request)),
        FaultKind::Error500 if of_dynamodb => Some(AwsError::internal("Internal server error")),
        FaultKind::Error500 => Some(AwsError::internal("We encountered an internal error.")),
        FaultKind::TransactionConflict => Some(AwsError::sender(
            &format!("{DYNAMODB}TransactionConflictException"),
            "Transaction is ongoing for the item",
        )),
        FaultKind::AccessDenied => {
            let permissions = required_permissions(&request.target, &request.input);
            let (action, resource) = permissions.first().map_or(("", "*"), |first| (&first.action, &first.resource));
            Some(access_denied(request, caller_arn, action, resource))
        }
        FaultKind::ExpiredToken => {
            let message = "The security token included in the request is expired";
            Some(caller_error(request, "ExpiredTokenException", "ExpiredToken", message))
        }
        FaultKind::UnrecognizedClient => {
            let message = "The security token included in the request is invalid.";
            Some(caller_error(request, "UnrecognizedClientException", "InvalidClientTokenId", message))
        }
        FaultKind::ResetBefore | FaultKind::ResetAfter => None,
    }
}

fn throttled(request: &AwsRequest) -> AwsError {
    match request.protocol {
        Protocol::Json10 if request.is_sqs() => {
            AwsError::sender("com.amazon.coral.service#RequestThrottled", "Rate exceeded")
                .with_query_code("RequestThrottled")
        }
        Protocol::Json10 => AwsError::sender(
            "com.amazon.coral.availability#ThrottlingException",
            "Rate of requests exceeds the allowed throughput.",
        ),
        Protocol::Query(_) => AwsError::sender("Throttling", "Rate exceeded"),
        Protocol::Json11 => AwsError::sender("ThrottlingException", "Rate exceeded"),
    }
}
