//! What the tests of this folder share: a customer, its secrets, and pushes as iCIMS sends them.

use std::io::Write as _;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::SecretString;

use super::{Body, Push};
use crate::domain::{AuthMode, Customer};
use crate::ports::{CustomerSecrets, PushSecrets, SecretSet};
use crate::testing::{self, pair};

/// The recorded status event of docs/vendors/icims.md §2.3.
pub(super) const RECORDED: &str = r#"{
  "systemId": "13437",
  "eventType": "WorkFlowStatusChangeEvent",
  "links": [
    {"url":"https://api.icims.com/customers/2187/applicantworkflows/13437","rel":"applicantWorkflow","title":"Applicant Workflow"},
    {"url":"https://api.icims.com/customers/2187/jobs/4442","rel":"job","title":"Job Profile"},
    {"url":"https://api.icims.com/customers/2187/people/9166","rel":"person","title":"Person Profile"},
    {"url":"https://api.icims.com/customers/2187/people/9059","rel":"user","title":"Posting User"}
  ],
  "personId": "8986",
  "userId": "9059",
  "jobId": "4442",
  "customerId": "2187",
  "oldStatus": "1753",
  "newStatus": "20786"
}"#;

pub(super) fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn customer(id: &str, accept: &[AuthMode]) -> Customer {
    let push = serde_json::json!({"accept": accept});
    testing::customer(id, serde_json::json!({"region": "us", "push": push, "statuses": {"trigger": ["C20786"]}}))
}

/// Secrets that differ between customers and between versions.
pub(super) fn set(customer: &str, version: &str) -> SecretSet {
    let mine = |what: &str| format!("{what}-{customer}-{version}");
    SecretSet {
        push: PushSecrets {
            basic: Some(pair("pusher", &mine("password"))),
            hmac: Some(pair("signer", &mine("key"))),
            oauth: Some(pair(&format!("{customer}.{version}random"), &mine("client-secret"))),
            token_key: Some(SecretString::from(mine("token-key"))),
            path_secret: Some(SecretString::from(mine("path"))),
        },
        ..testing::secret_set(version)
    }
}

pub(super) fn secrets(customer: &str) -> CustomerSecrets {
    CustomerSecrets { current: set(customer, "v2"), previous: Some(set(customer, "v1")) }
}

pub(super) fn push(headers: &[(&str, &str)], body: &[u8]) -> Push {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    Push {
        method: Method::POST,
        headers: map,
        raw_path: "/icims/events".to_owned(),
        raw_query: String::new(),
        body: Bytes::copy_from_slice(body),
        path_secret: None,
    }
}

pub(super) fn body(bytes: &[u8]) -> Body {
    Body::decode(Bytes::copy_from_slice(bytes)).unwrap()
}
