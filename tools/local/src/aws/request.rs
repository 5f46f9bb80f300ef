//! Reads a request in either protocol: `X-Amz-Target` and JSON (DynamoDB, SQS, Secrets Manager), or a form
//! (CloudFormation, STS).

use bytes::Bytes;
use hyper::http::request::Parts;
use serde_json::Value;

use super::query;
use super::wire::Protocol;

/// A call of an AWS service.
pub(super) struct AwsRequest {
    /// `AmazonSQS.SendMessage`, `cloudformation.DescribeStacks`; empty for a request that is not an AWS call.
    pub(super) target: String,
    /// The protocol of the response.
    pub(super) protocol: Protocol,
    /// The input as JSON.
    pub(super) input: Bytes,
}

const CLOUDFORMATION: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";
const STS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The query protocol's services by the `Version` they are called with.
const BY_VERSION: [(&str, &str, &str); 2] =
    [("2010-05-15", "cloudformation", CLOUDFORMATION), ("2011-06-15", "sts", STS)];

impl AwsRequest {
    pub(super) fn is_sqs(&self) -> bool {
        self.target.starts_with("AmazonSQS.")
    }

    pub(super) fn read(parts: &Parts, body: &Bytes) -> AwsRequest {
        let target = parts.headers.get("x-amz-target").map(|value| value.to_str().unwrap_or_default());
        if let Some(target) = target {
            let json11 = target.starts_with("secretsmanager.");
            let protocol = if json11 { Protocol::Json11 } else { Protocol::Json10 };
            return AwsRequest { target: target.to_owned(), protocol, input: body.clone() };
        }
        let form = query::form(body);
        let text = |name: &str| form.get(name).and_then(Value::as_str).unwrap_or_default();
        match BY_VERSION.iter().find(|(version, ..)| *version == text("Version")) {
            Some((_, service, namespace)) => {
                let target = format!("{service}.{}", text("Action"));
                let input = Value::Object(form.clone()).to_string().into();
                AwsRequest { target, protocol: Protocol::Query(namespace), input }
            }
            None => AwsRequest { target: String::new(), protocol: Protocol::Json10, input: body.clone() },
        }
    }
}
