//! STS, as far as "who am I" goes: the first thing a person tries against an endpoint.

use axum::body::Body;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

use super::ACCOUNT_ID;

/// The name under which the call counts and faults are set.
pub(super) const TARGET: &str = "sts.GetCallerIdentity";

/// True where a form body of the query protocol asks for `GetCallerIdentity`.
pub(super) fn is_get_caller_identity(body: &[u8]) -> bool {
    body.split(|byte| *byte == b'&')
        .any(|pair| pair == b"Action=GetCallerIdentity")
}

/// The one caller there is.
pub(super) fn caller_identity() -> Response<Body> {
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{ACCOUNT_ID}:root</Arn><UserId>{ACCOUNT_ID}</UserId><Account>{ACCOUNT_ID}</Account>\
         </GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>",
        uuid::Uuid::new_v4()
    );
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::OK;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}
