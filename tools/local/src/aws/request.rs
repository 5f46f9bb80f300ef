//! Reads a request in any of the protocols: `X-Amz-Target` and JSON (DynamoDB, SQS, Secrets Manager, EventBridge), a form
//! (CloudFormation, STS), a path (Lambda) or CBOR (CloudWatch).

use bytes::Bytes;
use hyper::http::request::Parts;
use hyper::{Method, Uri};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::wire::Protocol;
use super::{cbor, query};

/// A call of an AWS service.
pub(super) struct AwsRequest {
    /// `AmazonSQS.SendMessage`, `cloudformation.DescribeStacks`, `lambda.GetFunctionConfiguration`; empty for a request
    /// that is not an AWS call.
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

const CLOUDWATCH: &str = "/service/GraniteServiceVersion20100801/operation/";
const FUNCTIONS: &str = "/2015-03-31/functions/";
const EVENT_SOURCE_MAPPINGS: &str = "/2015-03-31/event-source-mappings";

impl AwsRequest {
    pub(super) fn read(parts: &Parts, body: &Bytes) -> AwsRequest {
        let target = parts.headers.get("x-amz-target").map(|value| value.to_str().unwrap_or_default());
        if let Some(target) = target {
            let json11 = target.starts_with("secretsmanager.") || target.starts_with("AWSEvents.");
            let protocol = if json11 { Protocol::Json11 } else { Protocol::Json10 };
            return AwsRequest { target: target.to_owned(), protocol, input: body.clone() };
        }
        let path = parts.uri.path();
        if let Some(operation) = path.strip_prefix(CLOUDWATCH) {
            let input = cbor::decode(body).unwrap_or_default();
            return AwsRequest::new(format!("cloudwatch.{operation}"), Protocol::Cbor, &input);
        }
        if path.starts_with("/2015-03-31/") {
            let (operation, input) = lambda(&parts.method, &parts.uri);
            return AwsRequest::new(format!("lambda.{operation}"), Protocol::RestJson, &input);
        }
        let form = query::form(body);
        let text = |name: &str| form.get(name).and_then(Value::as_str).unwrap_or_default();
        match BY_VERSION.iter().find(|(version, ..)| *version == text("Version")) {
            Some((_, service, namespace)) => {
                let target = format!("{service}.{}", text("Action"));
                AwsRequest::new(target, Protocol::Query(namespace), &Value::Object(form))
            }
            None => AwsRequest { target: String::new(), protocol: Protocol::Json10, input: body.clone() },
        }
    }

    fn new(target: String, protocol: Protocol, input: &Value) -> AwsRequest {
        AwsRequest { target, protocol, input: input.to_string().into() }
    }
}

/// Operation and input of a path of Lambda's API; the path itself for operations that are not implemented.
fn lambda(method: &Method, uri: &Uri) -> (String, Value) {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut input: Map<String, Value> = query::form(uri.query().unwrap_or_default().as_bytes());
    let path = uri.path().trim_end_matches('/');
    if *method == Method::GET && path == EVENT_SOURCE_MAPPINGS {
        return ("ListEventSourceMappings".to_owned(), Value::Object(input));
    }
    let function = path.strip_prefix(FUNCTIONS).and_then(|rest| rest.strip_suffix("/configuration"));
    match function.filter(|name| *method == Method::GET && !name.contains('/')) {
        Some(name) => {
            input.insert("FunctionName".to_owned(), json!(decoded(name)));
            ("GetFunctionConfiguration".to_owned(), Value::Object(input))
        }
        None => (format!("{method} {path}"), Value::Object(input)),
    }
}
