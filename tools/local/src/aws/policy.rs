//! Who may call what. A caller is known by the access key id of the request's signature (which is not verified); where
//! there is a policy for it, the endpoint refuses what the policy does not allow, in the service's own words. Callers
//! without a policy are free.
//!
//! Every call is counted by caller, action and resource, and every refusal is remembered, so that a test can say that a
//! role allows what is needed and nothing more. Not enforced: encryption keys (KMS), conditions, resource policies.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderMap};
use serde::Serialize;

use super::asked::Asked;
use super::needs::needs;
use super::wire::{AwsError, Protocol};
use crate::iam::{Policies, allows};

/// A call, as IAM sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Call {
    /// The access key id; empty where the request was not signed.
    pub caller: String,
    /// `dynamodb:Query`
    pub action: String,
    /// An ARN, or `*` for calls that IAM cannot restrict to one. A secret that was asked for by name ends in `-??????`.
    pub resource: String,
}

/// Policies, counts and refusals.
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

    /// Sets the policies of these callers; those of others stay. Tells how many callers have one.
    pub(super) fn put(&self, policies: Policies) -> usize {
        self.with(|state| {
            state.policies.extend(policies);
            state.policies.len()
        })
    }

    /// Lets a call pass and counts it, or refuses it and remembers that.
    ///
    /// # Errors
    /// The service's own refusal.
    pub(super) fn admit(&self, caller: &str, who: &str, asked: &Asked) -> Result<(), AwsError> {
        self.with(|state| {
            let calls = needs(&asked.target, &asked.input).into_iter().map(|need| Call {
                caller: caller.to_owned(),
                action: need.action,
                resource: need.resource,
            });
            let policy = state.policies.get(caller);
            let (allowed, denied): (Vec<Call>, Vec<Call>) = calls
                .partition(|call| policy.is_none_or(|statements| allows(statements, &call.action, &call.resource)));
            let Some(first) = denied.first() else {
                allowed.into_iter().for_each(|call| *state.allowed.entry(call).or_default() += 1);
                return Ok(());
            };
            let error = refusal(asked, who, &first.action, &first.resource);
            for call in denied {
                let times = state.denied.entry(call).or_default();
                if *times == 0 {
                    // A worker that is refused only tries again: whoever watches should see why.
                    crate::say::line(&format!("  DENIED: {}", error.message()));
                }
                *times += 1;
            }
            Err(error)
        })
    }

    /// How often each call was let pass.
    pub(super) fn allowed(&self) -> BTreeMap<Call, u64> {
        self.with(|state| state.allowed.clone())
    }

    /// How often each call was refused.
    pub(super) fn denied(&self) -> BTreeMap<Call, u64> {
        self.with(|state| state.denied.clone())
    }

    /// Starts counting from nothing; refusals stay.
    pub(super) fn clear_allowed(&self) {
        self.with(|state| state.allowed.clear());
    }

    /// Forgets the refusals.
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

/// A refusal in the service's own words: `AccessDeniedException` with HTTP 400 (Lambda: 403) where errors are JSON,
/// `AccessDenied` with HTTP 403 elsewhere. `who` is the caller's ARN.
pub(super) fn refusal(asked: &Asked, who: &str, action: &str, resource: &str) -> AwsError {
    let message = format!(
        "User: {who} is not authorized to perform: {action} on resource: {resource} because no identity-based policy \
         allows the {action} action"
    );
    let sqs = asked.target.starts_with("AmazonSQS.");
    match asked.protocol {
        Protocol::Json10 => {
            let refusal = AwsError::sender("com.amazon.coral.service#AccessDeniedException", message);
            if sqs { refusal.with_query_code("AccessDenied").with_status(StatusCode::FORBIDDEN) } else { refusal }
        }
        Protocol::Json11 => AwsError::sender("AccessDeniedException", message),
        Protocol::RestJson => AwsError::sender("AccessDeniedException", message).with_status(StatusCode::FORBIDDEN),
        Protocol::Query(_) | Protocol::Cbor => {
            AwsError::sender("AccessDenied", message).with_status(StatusCode::FORBIDDEN)
        }
    }
}

/// Counts as the control plane tells them: by caller, action and resource.
pub(super) fn by_caller(counts: BTreeMap<Call, u64>) -> BTreeMap<String, BTreeMap<String, BTreeMap<String, u64>>> {
    let mut tree: BTreeMap<String, BTreeMap<String, BTreeMap<String, u64>>> = BTreeMap::new();
    for (call, times) in counts {
        tree.entry(call.caller).or_default().entry(call.action).or_default().insert(call.resource, times);
    }
    tree
}
