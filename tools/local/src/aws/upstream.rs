//! Another AWS endpoint behind this one: the switchboard's faults and counts, with an engine by others.

use axum::body::Body;
use bytes::Bytes;
use hyper::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::{Response, Uri};

use super::wire::AwsError;
use crate::aws_call::http_client;

/// The other endpoint.
pub(super) struct Upstream {
    base: String,
    client: reqwest::Client,
}

impl Upstream {
    /// The endpoint at this URL.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub(super) fn new(url: &str) -> Result<Upstream, reqwest::Error> {
        Ok(Upstream { base: url.trim_end_matches('/').to_owned(), client: http_client()? })
    }

    /// Has it answer a request as it came.
    ///
    /// # Errors
    /// An internal failure, where it gives no answer.
    pub(super) async fn forward(&self, parts: Parts, body: Bytes) -> Result<Response<Body>, AwsError> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let uri = format!("{}{path}", self.base).parse::<Uri>().map_err(|_| no_answer())?;
        let request =
            self.client.request(parts.method, uri.to_string()).headers(of_the_call(&parts.headers)).body(body);
        let answer = request.send().await.map_err(|_| no_answer())?;
        let (status, headers) = (answer.status(), of_the_call(answer.headers()));
        let body = answer.bytes().await.map_err(|_| no_answer())?;
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

fn no_answer() -> AwsError {
    AwsError::internal("the endpoint behind gave no answer")
}

/// Without what belongs to one connection.
fn of_the_call(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    headers
}
