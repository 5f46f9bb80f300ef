//! Authorization. The access key id of a request's signature (which is not verified) identifies the caller; a caller
//! with a policy gets the service's own error for what the policy does not allow. Callers without one may do everything.
//!
//! Allowed and denied calls are counted by caller, action and resource, so that a test can check that a role allows what
//! is needed and nothing more. Not enforced: encryption keys (KMS), conditions, resource policies.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderMap};
use serde::Serialize;

use super::permissions::required_permissions;
use super::request::AwsRequest;
use super::wire::{AwsError, Protocol};
use crate::iam::{Policies, allows};

/// A call, as IAM sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Call {
    /// The access key id; empty where the request was not signed.
    pub caller: String,
    /// For example `dynamodb:Query`.
    pub action: String,
    /// An ARN, or `*` for calls that IAM cannot restrict to one. A secret requested by name ends in `-??????`.
    pub resource: String,
}

/// The callers' policies, and the calls counted so far.
#[derive(Debug, Default)]
pub(super) struct Access {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    policies: Policies,
    allowed: BTreeMap<Call, u64>,
    denied: BTreeMap<Call, u64>,
}

impl Access {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sets the policies of these callers and returns how many callers have one.
    pub(super) fn put(&self, policies: Policies) -> usize {
        self.with(|state| {
            state.policies.extend(policies);
            state.policies.len()
        })
    }

    /// Counts a call as allowed or denied.
    ///
    /// # Errors
    /// The service's access-denied error.
    pub(super) fn authorize(&self, caller: &str, caller_arn: &str, request: &AwsRequest) -> Result<(), AwsError> {
        self.with(|state| {
            let permissions = required_permissions(&request.target, &request.input);
            let calls = permissions.into_iter().map(|permission| Call {
                caller: caller.to_owned(),
                action: permission.action,
                resource: permission.resource,
            });
            let policy = state.policies.get(caller);
            let (allowed, denied): (Vec<Call>, Vec<Call>) = calls
                .partition(|call| policy.is_none_or(|statements| allows(statements, &call.action, &call.resource)));
            let Some(first) = denied.first() else {
                allowed.into_iter().for_each(|call| *state.allowed.entry(call).or_default() += 1);
                return Ok(());
            };
            let error = access_denied(request, caller_arn, &first.action, &first.resource);
            for call in denied {
                let times = state.denied.entry(call).or_default();
                if *times == 0 {
                    // A worker only retries what it is denied: print why.
                    crate::console::print(&format!("  DENIED: {}", error.message()));
                }
                *times += 1;
            }
            Err(error)
        })
    }

    pub(super) fn allowed(&self) -> BTreeMap<Call, u64> {
        self.with(|state| state.allowed.clone())
    }

    pub(super) fn denied(&self) -> BTreeMap<Call, u64> {
        self.with(|state| state.denied.clone())
    }

    pub(super) fn clear_allowed(&self) {
        self.with(|state| state.allowed.clear());
    }

    pub(super) fn clear_denied(&self) {
        self.with(|state| state.denied.clear());
    }
}

/// `AWS4-HMAC-SHA256 Credential=<access key id>/<date>/<region>/<service>/aws4_request, …`
pub(super) fn caller(headers: &HeaderMap) -> &str {
    let signature = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let scope = signature.split_once("Credential=").map_or("", |(_, after)| after);
    scope.split('/').next().unwrap_or_default()
}

/// The service's own error: `AccessDeniedException` with HTTP 400 where errors are JSON, `AccessDenied`
/// with HTTP 403 elsewhere.
pub(super) fn access_denied(request: &AwsRequest, caller_arn: &str, action: &str, resource: &str) -> AwsError {
    let message = format!(
        "User: {caller_arn} is not authorized to perform: {action} on resource: {resource} because no identity-based policy \
         allows the {action} action"
    );
    caller_error(request, "AccessDeniedException", "AccessDenied", message)
}

/// An error that rejects the caller. `query_code` is that of the query protocol, which SQS returns too; the JSON
/// protocols have other names.
pub(super) fn caller_error(
    request: &AwsRequest,
    json_name: &str,
    query_code: &str,
    message: impl Into<String>,
) -> AwsError {
    let coral = format!("com.amazon.coral.service#{json_name}");
    match request.protocol {
        Protocol::Json10 if request.is_sqs() => {
            AwsError::sender(&coral, message).with_query_code(query_code).with_status(StatusCode::FORBIDDEN)
        }
        Protocol::Json10 => AwsError::sender(&coral, message),
        Protocol::Json11 => AwsError::sender(json_name, message),
        Protocol::Query(_) => AwsError::sender(query_code, message).with_status(StatusCode::FORBIDDEN),
    }
}

/// Counts as the control plane returns them: by caller, action and resource.
pub(super) fn by_caller(counts: BTreeMap<Call, u64>) -> BTreeMap<String, BTreeMap<String, BTreeMap<String, u64>>> {
    let mut tree: BTreeMap<String, BTreeMap<String, BTreeMap<String, u64>>> = BTreeMap::new();
    for (call, times) in counts {
        tree.entry(call.caller).or_default().entry(call.action).or_default().insert(call.resource, times);
    }
    tree
}
