//! What one request comes to: read, counted, judged, struck by a fault or answered by its service.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, HOST};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};

use super::asked::Asked;
use super::backups::{self, Backups};
use super::clock::Clock;
use super::deployed::Deployed;
use super::dynamodb::DynamoDb;
use super::faults::{FaultKind, Switchboard, error_for};
use super::policy::{Access, caller};
use super::secrets::SecretsManager;
use super::sqs::Sqs;
use super::upstream::Upstream;
use super::wire::{AwsError, Protocol, respond, respond_with};
use super::{cloudformation, cloudwatch, control, events, functions, query, sts};

/// DynamoDB's own limit for a request; the other services' are smaller.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// The services behind the one port.
pub(super) struct Endpoint {
    pub(super) dynamodb: DynamoDb,
    pub(super) sqs: Sqs,
    pub(super) secrets: SecretsManager,
    pub(super) upstream: Option<Upstream>,
    pub(super) switchboard: Switchboard,
    pub(super) backups: Backups,
    pub(super) access: Arc<Access>,
    pub(super) deployed: Deployed,
    pub(super) clock: Clock,
}

/// Closes the connection instead of answering: the caller cannot know what was done.
#[derive(Debug, thiserror::Error)]
#[error("the connection was closed by a fault")]
pub(super) struct AnswerLost;

impl Endpoint {
    /// Answers a request, unless a fault takes the answer away.
    ///
    /// # Errors
    /// The connection is to be closed without an answer.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Result<Response<Body>, AnswerLost> {
        let (parts, body) = request.into_parts();
        let Ok(body) = axum::body::to_bytes(Body::new(body), MAX_BODY_BYTES).await else {
            let error = AwsError::sender("RequestEntityTooLarge", "the request is too large");
            return Ok(error.into_response(Protocol::Json10));
        };
        let path = parts.uri.path();
        if path.starts_with(control::PREFIX) {
            return Ok(control::handle(self, &parts.method, &parts.uri, &body));
        }

        let asked = Asked::read(&parts, &body);
        let caller = caller(&parts.headers).to_owned();
        let fault = self.switchboard.admit(&asked.target, &caller);
        let who = self.deployed.arn_of_caller(&caller);
        if let Err(refusal) = self.access.admit(&caller, &who, &asked) {
            return Ok(refusal.into_response(asked.protocol));
        }
        match fault {
            None => Ok(self.carry_out(&asked, &caller, parts, body).await),
            Some(FaultKind::ResetBefore) => Err(AnswerLost),
            Some(FaultKind::ResetAfter) => {
                self.carry_out(&asked, &caller, parts, body).await;
                Err(AnswerLost)
            }
            Some(kind) => match error_for(kind, &asked, &who) {
                Some(error) => Ok(error.into_response(asked.protocol)),
                None => Err(AnswerLost),
            },
        }
    }

    async fn carry_out(&self, asked: &Asked, caller: &str, parts: Parts, body: Bytes) -> Response<Body> {
        match &self.upstream {
            None => self.dispatch(asked, caller, parts).await,
            Some(upstream) => match upstream.forward(parts, body).await {
                Ok(response) => response,
                Err(error) => error.into_response(asked.protocol),
            },
        }
    }

    async fn dispatch(&self, asked: &Asked, caller: &str, parts: Parts) -> Response<Body> {
        let Some((service, operation)) = asked.target.split_once('.') else {
            return unknown_operation(&asked.target).into_response(asked.protocol);
        };
        let input = || serde_json::from_slice(&asked.input).unwrap_or_default();
        let answer = match service {
            "DynamoDB_20120810" if backups::OPERATIONS.contains(&operation) => {
                self.backups.handle(operation, &asked.input, &self.dynamodb).await
            }
            "DynamoDB_20120810" | "DynamoDBStreams_20120810" => {
                match self.dynamodb.handle(without_hop(parts), asked.input.clone()).await {
                    Ok(response) => return response,
                    Err(error) => Err(error),
                }
            }
            "AmazonSQS" => self.sqs.handle(operation, &asked.input).await,
            "secretsmanager" => self.secrets.handle(operation, &asked.input).await,
            "sts" => sts::handle(operation, caller, &self.deployed),
            "cloudformation" => cloudformation::handle(operation, &input(), &self.deployed.get()),
            "lambda" => functions::handle(operation, &input(), &self.deployed).await,
            "AWSEvents" => events::handle(operation, &asked.input, &self.deployed.get()),
            "cloudwatch" => cloudwatch::handle(operation, &input(), &self.deployed.get(), &self.sqs).await,
            _ => Err(unknown_operation(&asked.target)),
        };
        match answer {
            Ok(value) => match asked.protocol {
                Protocol::Query(namespace) => {
                    let body = query::answer(namespace, operation, &value);
                    respond_with(StatusCode::OK, asked.protocol, body.into())
                }
                protocol => respond(StatusCode::OK, protocol, &value),
            },
            Err(error) => error.into_response(asked.protocol),
        }
    }
}

/// The error for a call that the local endpoint does not have.
pub(super) fn unknown_operation(target: &str) -> AwsError {
    AwsError::sender(
        "com.amazon.coral.service#UnknownOperationException",
        format!("the local endpoint has no call {target:?}"),
    )
}

/// What belongs to the connection that the request came on, and not to the next one.
fn without_hop(mut parts: Parts) -> Parts {
    for name in [HOST, CONTENT_LENGTH, hyper::header::CONNECTION] {
        parts.headers.remove(name);
    }
    parts
}
