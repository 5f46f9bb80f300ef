//! The switchboard for tests, under `/__local/` of the endpoint:
//!
//! | call | effect |
//! |---|---|
//! | `POST /__local/faults` | sets a fault: `{"target": "AmazonSQS.SendMessage", "kind": "throttle", "caller": "<access key id>", "times": 1, "until_cleared": false, "skip": 0}`; `target` may end in `*`; all but `target` and `kind` may be left out. `kind` is `throttle`, `throttling_exception` (DynamoDB has both), `access_denied`, `expired_token`, `unrecognized_client`, `error500`, `reset_before`, `reset_after` (done, but the answer is lost) or `transaction_conflict` |
//! | `GET /__local/faults`, `DELETE /__local/faults` | the faults that still wait; takes them back |
//! | `GET /__local/calls`, `DELETE /__local/calls` | `{"AmazonSQS.SendMessage": 3, …}`: calls by target, faulted ones included; counts from nothing again |
//! | `GET /__local/calls?by=caller` | `{"<access key id>": {"dynamodb:Query": {"<ARN>": 3}}}`: what was let pass |
//! | `POST /__local/policies` | `{"<access key id>": [{"Effect": "Allow", "Action": "dynamodb:Query", "Resource": "<ARN>"}]}`: refuses that caller everything else from now on; callers that were never named are free |
//! | `GET /__local/denied`, `DELETE /__local/denied` | what was refused, in the form of `calls?by=caller`; forgets it |
//! | `POST /__local/clock` | `{"advance_ms": 30000}`: moves the clock of SQS and Secrets Manager forward (not DynamoDB's) |
//! | `POST /__local/stack`, `GET /__local/stack` | the stack that CloudFormation, Lambda, EventBridge and CloudWatch tell of ([`Deployment`]); a changed one shows what a drifted stack looks like |
//! | `GET /__local/health` | 200 once the endpoint listens |

use axum::body::Body;
use hyper::{Method, Response, StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::faults::Fault;
use super::policy::by_caller;
use super::wire::{AwsError, Protocol, parse, respond};
use crate::deployment::Deployment;
use crate::iam::Policies;

/// The path under which the control plane lies.
pub(super) const PREFIX: &str = "/__local/";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: u32,
}

/// Answers a control call.
pub(super) fn handle(endpoint: &Endpoint, method: &Method, uri: &Uri, body: &[u8]) -> Response<Body> {
    match act(endpoint, method, uri, body) {
        Ok(Some(answer)) => respond(StatusCode::OK, Protocol::Json10, &answer),
        Ok(None) => respond(StatusCode::NOT_FOUND, Protocol::Json10, &json!({"message": "no such control call"})),
        Err(error) => error.into_response(Protocol::Json10),
    }
}

fn act(endpoint: &Endpoint, method: &Method, uri: &Uri, body: &[u8]) -> Result<Option<Value>, AwsError> {
    let switchboard = &endpoint.switchboard;
    let access = &endpoint.access;
    let name = uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let answer = match (method.as_str(), name) {
        ("POST", "faults") => {
            switchboard.set(parse::<Fault>(body)?);
            json!({ "faults": switchboard.faults() })
        }
        ("GET", "faults") => json!({ "faults": switchboard.faults() }),
        ("DELETE", "faults") => {
            switchboard.clear_faults();
            json!({})
        }
        ("GET", "calls") if uri.query() == Some("by=caller") => json!(by_caller(access.allowed())),
        ("GET", "calls") => json!(switchboard.calls()),
        ("DELETE", "calls") => {
            switchboard.clear_calls();
            access.clear_allowed();
            json!({})
        }
        ("POST", "policies") => json!({ "callers": access.put(parse::<Policies>(body)?) }),
        ("GET", "denied") => json!(by_caller(access.denied())),
        ("DELETE", "denied") => {
            access.clear_denied();
            json!({})
        }
        ("POST", "stack") => {
            endpoint.deployed.put(parse::<Deployment>(body)?);
            json!({ "stack": endpoint.deployed.get().stack["StackName"] })
        }
        ("GET", "stack") => json!(*endpoint.deployed.get()),
        ("POST", "clock") => {
            endpoint.clock.advance_ms(parse::<Advance>(body)?.advance_ms);
            endpoint.sqs.wake_all();
            json!({ "now_ms": endpoint.clock.now_ms() })
        }
        ("GET", "health") => json!({ "status": "ready" }),
        _ => return Ok(None),
    };
    Ok(Some(answer))
}
