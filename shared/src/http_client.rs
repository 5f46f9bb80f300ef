//! The one HTTP client: for both vendors and, underneath the AWS SDK, for AWS. HTTP/1.1, ring, embedded roots, no
//! redirects; one connection pool, one TLS set-up, one handshake less per cold start.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

/// Longest wait for a connection; what waits longer is down.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long an idle connection is kept. Lambda freezes between events, and the other side closes after about a minute.
const IDLE: Duration = Duration::from_secs(20);

/// Builds the client.
///
/// # Errors
/// If TLS cannot be set up, which is a bug of ours.
pub fn build() -> Result<reqwest::Client, reqwest::Error> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_root_certificates(roots).with_no_client_auth());
    let builder = reqwest::Client::builder();
    match tls {
        Ok(tls) => builder.tls_backend_preconfigured(tls),
        // Without protocol versions there is no TLS; building the client then tells the error.
        Err(_) => builder.tls_certs_only([]),
    }
    .http1_only()
    .redirect(reqwest::redirect::Policy::none())
    .connect_timeout(CONNECT_TIMEOUT)
    .pool_idle_timeout(IDLE)
    .tcp_nodelay(true)
    .no_proxy()
    .build()
}

/// The same client for the AWS SDK.
#[derive(Debug, Clone)]
pub struct SdkHttpClient(reqwest::Client);

impl SdkHttpClient {
    /// Lends the client to the SDK.
    pub fn new(client: reqwest::Client) -> Self {
        Self(client)
    }
}

impl HttpClient for SdkHttpClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { client: self.0.clone(), read_timeout: settings.read_timeout() })
    }
}

#[derive(Debug)]
struct Connector {
    client: reqwest::Client,
    read_timeout: Option<Duration>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (client, read_timeout) = (self.client.clone(), self.read_timeout);
        HttpConnectorFuture::new(async move { send(&client, read_timeout, request).await })
    }
}

async fn send(
    client: &reqwest::Client,
    read_timeout: Option<Duration>,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    // All our bodies are JSON in memory; a streaming one would be a mistake of ours.
    let body = body.bytes().map(<[u8]>::to_vec).ok_or_else(|| ConnectorError::user("a streaming body".into()))?;
    let mut outgoing = client.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
    if let Some(read_timeout) = read_timeout {
        outgoing = outgoing.timeout(read_timeout);
    }
    let answer = outgoing.send().await.map_err(connector_error)?;
    let mut response = http::Response::new(());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    let bytes = answer.bytes().await.map_err(connector_error)?;
    HttpResponse::try_from(response.map(|()| SdkBody::from(bytes.to_vec())))
        .map_err(|error| ConnectorError::other(error.into(), None))
}

/// What the SDK may retry is told by the kind of the error.
fn connector_error(error: reqwest::Error) -> ConnectorError {
    // Its URL is not needed and would be logged.
    let error = error.without_url();
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}
