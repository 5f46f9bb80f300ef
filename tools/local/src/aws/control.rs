//! The control plane for tests, under `/__local/` of the endpoint:
//!
//! | call | effect |
//! |---|---|
//! | `POST /__local/faults` | adds a fault: `{"target": "AmazonSQS.SendMessage", "kind": "throttle", "caller": "<access key id>", "times": 1, "until_cleared": false, "skip": 0}`; `target` may end in `*`; only `target` and `kind` are required. `kind` is `throttle`, `throttling_exception` (DynamoDB has both), `access_denied`, `expired_token`, `unrecognized_client`, `error500`, `reset_before`, `reset_after` (done, but the response is lost) or `transaction_conflict` |
//! | `GET /__local/faults`, `DELETE /__local/faults` | lists the pending faults; clears them |
//! | `GET /__local/calls`, `DELETE /__local/calls` | `{"AmazonSQS.SendMessage": 3, …}`: calls by target, failed ones included; clears the counts |
//! | `GET /__local/calls?by=caller` | `{"<access key id>": {"dynamodb:Query": {"<ARN>": 3}}}`: the allowed calls |
//! | `POST /__local/policies` | `{"<access key id>": [{"Effect": "Allow", "Action": "dynamodb:Query", "Resource": "<ARN>"}]}`: denies that caller everything else from now on; callers without a policy may do everything |
//! | `GET /__local/denied`, `DELETE /__local/denied` | the denied calls, in the form of `calls?by=caller`; clears them |
//! | `POST /__local/clock` | `{"advance_ms": 30000}`: advances the clock of SQS and Secrets Manager (not DynamoDB's) |
//! | `POST /__local/stack`, `GET /__local/stack` | the stack that CloudFormation describes, and the functions' roles ([`Deployment`]) |
//! | `GET /__local/health` | 200 once the endpoint listens |

use std::sync::Arc;

use axum::body::Body;
use hyper::{Method, Response, StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Value, json};

use super::clock::Clock;
use super::deployed::Deployed;
use super::faults::{Fault, Faults};
use super::policy::{Access, by_caller};
use super::sqs::Sqs;
use super::wire::{AwsError, Protocol, parse, respond};
use crate::deployment::Deployment;
use crate::iam::Policies;

pub(super) const PREFIX: &str = "/__local/";

/// What the control plane controls.
pub(super) struct Control {
    pub(super) faults: Faults,
    pub(super) access: Arc<Access>,
    pub(super) deployed: Deployed,
    pub(super) clock: Clock,
    pub(super) sqs: Arc<Sqs>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: u32,
}

impl Control {
    pub(super) fn handle(&self, method: &Method, uri: &Uri, body: &[u8]) -> Response<Body> {
        match self.call(method, uri, body) {
            Ok(Some(answer)) => respond(StatusCode::OK, Protocol::Json10, &answer),
            Ok(None) => respond(StatusCode::NOT_FOUND, Protocol::Json10, &json!({"message": "no such control call"})),
            Err(error) => error.into_response(Protocol::Json10),
        }
    }

    fn call(&self, method: &Method, uri: &Uri, body: &[u8]) -> Result<Option<Value>, AwsError> {
        let name = uri.path().strip_prefix(PREFIX).unwrap_or_default();
        let answer = match (method.as_str(), name) {
            ("POST", "faults") => {
                self.faults.add(parse::<Fault>(body)?);
                json!({ "faults": self.faults.pending() })
            }
            ("GET", "faults") => json!({ "faults": self.faults.pending() }),
            ("DELETE", "faults") => {
                self.faults.clear();
                json!({})
            }
            ("GET", "calls") if uri.query() == Some("by=caller") => json!(by_caller(self.access.allowed())),
            ("GET", "calls") => json!(self.faults.calls()),
            ("DELETE", "calls") => {
                self.faults.clear_calls();
                self.access.clear_allowed();
                json!({})
            }
            ("POST", "policies") => json!({ "callers": self.access.put(parse::<Policies>(body)?) }),
            ("GET", "denied") => json!(by_caller(self.access.denied())),
            ("DELETE", "denied") => {
                self.access.clear_denied();
                json!({})
            }
            ("POST", "stack") => {
                self.deployed.put(parse::<Deployment>(body)?);
                json!({ "stack": self.deployed.get().stack["StackName"] })
            }
            ("GET", "stack") => json!(*self.deployed.get()),
            ("POST", "clock") => {
                self.clock.advance_ms(parse::<Advance>(body)?.advance_ms);
                self.sqs.wake_all();
                json!({ "now_ms": self.clock.now_ms() })
            }
            ("GET", "health") => json!({ "status": "ready" }),
            _ => return Ok(None),
        };
        Ok(Some(answer))
    }
}
