//! Handles one request: counts it, authorizes it, injects a fault or calls its service.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use serde_json::Value;

use super::control::{self, Control};
use super::dynamodb::DynamoDb;
use super::faults::{FaultKind, error_for};
use super::policy::caller;
use super::request::AwsRequest;
use super::secrets::SecretsManager;
use super::sqs::Sqs;
use super::upstream::Upstream;
use super::wire::{AwsError, Protocol, respond, respond_with};
use super::{cloudformation, query, sts};

/// DynamoDB's limit for a request; the other services' are smaller.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// The services behind the one port.
pub(super) struct Endpoint {
    pub(super) dynamodb: DynamoDb,
    pub(super) sqs: Arc<Sqs>,
    pub(super) secrets: SecretsManager,
    pub(super) upstream: Option<Upstream>,
    pub(super) control: Control,
}

/// A fault closes the connection without a response: the caller cannot know whether the call was done.
#[derive(Debug, thiserror::Error)]
#[error("the connection was closed by a fault")]
pub(super) struct ConnectionClosed;

impl Endpoint {
    /// # Errors
    /// The connection must be closed without a response.
    pub(super) async fn handle(&self, request: Request<Incoming>) -> Result<Response<Body>, ConnectionClosed> {
        let (parts, body) = request.into_parts();
        let Ok(body) = axum::body::to_bytes(Body::new(body), MAX_BODY_BYTES).await else {
            let error = AwsError::sender("RequestEntityTooLarge", "the request is too large");
            return Ok(error.into_response(Protocol::Json10));
        };
        let path = parts.uri.path();
        if path.starts_with(control::PREFIX) {
            return Ok(self.control.handle(&parts.method, &parts.uri, &body));
        }

        let request = AwsRequest::read(&parts, &body);
        let caller = caller(&parts.headers).to_owned();
        let fault = self.control.faults.next(&request.target, &caller);
        let caller_arn = self.control.deployed.caller_arn(&caller);
        if let Err(denied) = self.control.access.authorize(&caller, &caller_arn, &request) {
            return Ok(denied.into_response(request.protocol));
        }
        match fault {
            None => Ok(self.perform(&request, &caller, parts, body).await),
            Some(FaultKind::ResetBefore) => Err(ConnectionClosed),
            Some(FaultKind::ResetAfter) => {
                self.perform(&request, &caller, parts, body).await;
                Err(ConnectionClosed)
            }
            Some(kind) => match error_for(kind, &request, &caller_arn) {
                Some(error) => Ok(error.into_response(request.protocol)),
                None => Err(ConnectionClosed),
            },
        }
    }

    async fn perform(&self, request: &AwsRequest, caller: &str, parts: Parts, body: Bytes) -> Response<Body> {
        match &self.upstream {
            None => self.dispatch(request, caller, parts).await,
            Some(upstream) => match upstream.forward(parts, body).await {
                Ok(response) => response,
                Err(error) => error.into_response(request.protocol),
            },
        }
    }

    async fn dispatch(&self, request: &AwsRequest, caller: &str, parts: Parts) -> Response<Body> {
        let Some((service, operation)) = request.target.split_once('.') else {
            return AwsError::unknown_operation(&request.target).into_response(request.protocol);
        };
        let result = match service {
            "DynamoDB_20120810" | "DynamoDBStreams_20120810" => {
                match self.dynamodb.handle(parts, request.input.clone()).await {
                    Ok(response) => return response,
                    Err(error) => Err(error),
                }
            }
            "AmazonSQS" => self.sqs.handle(operation, &request.input).await,
            "secretsmanager" => self.secrets.handle(operation, &request.input).await,
            "sts" => sts::handle(operation, caller, &self.control.deployed),
            "cloudformation" => {
                let input = serde_json::from_slice(&request.input).unwrap_or_default();
                cloudformation::handle(operation, &input, &self.control.deployed.get())
            }
            _ => Err(AwsError::unknown_operation(&request.target)),
        };
        match result.map(without_nulls) {
            Ok(value) => match request.protocol {
                Protocol::Query(namespace) => {
                    let body = query::response(namespace, operation, &value);
                    respond_with(StatusCode::OK, request.protocol, body.into())
                }
                protocol => respond(StatusCode::OK, protocol, &value),
            },
            Err(error) => error.into_response(request.protocol),
        }
    }
}

/// AWS leaves out a member that has no value.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let present = members.into_iter().filter(|(_, member)| !member.is_null());
            Value::Object(present.map(|(name, member)| (name, without_nulls(member))).collect())
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        scalar => scalar,
    }
}
