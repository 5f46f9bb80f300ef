//! Another AWS endpoint behind this one: a whole one, to which this one adds faults and counts, or the DynamoDB engine.

use axum::body::Body;
use bytes::Bytes;
use hyper::Response;
use hyper::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, TRANSFER_ENCODING};
use hyper::http::request::Parts;

use super::wire::AwsError;
use crate::aws_call::http_client;

pub(super) struct Upstream {
    base: String,
    client: reqwest::Client,
}

impl Upstream {
    pub(super) fn new(url: &str) -> Result<Upstream, reqwest::Error> {
        Ok(Upstream { base: url.trim_end_matches('/').to_owned(), client: http_client()? })
    }

    pub(super) fn url(&self) -> &str {
        &self.base
    }

    /// Forwards a request unchanged.
    ///
    /// # Errors
    /// An internal failure if the endpoint does not respond.
    pub(super) async fn forward(&self, parts: Parts, body: Bytes) -> Result<Response<Body>, AwsError> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let request = self
            .client
            .request(parts.method, format!("{}{path}", self.base))
            .headers(without_connection_headers(&parts.headers))
            .body(body);
        let response = request.send().await.map_err(|_| no_response())?;
        let (status, headers) = (response.status(), without_connection_headers(response.headers()));
        let body = response.bytes().await.map_err(|_| no_response())?;
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

fn no_response() -> AwsError {
    AwsError::internal("the upstream endpoint did not respond")
}

fn without_connection_headers(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    headers
}
