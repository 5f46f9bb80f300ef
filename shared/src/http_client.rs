//! The one HTTP client, for both vendors and, through [`AwsHttp`], for the AWS SDK: one TLS configuration, one
//! connection pool, HTTP/1.1 only (docs/vendors/icims.md §1), no redirects.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use reqwest::{Client, ClientBuilder, redirect};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

/// Longest wait for a connection with its TLS handshake.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// The same where somebody waits for the answer of a webhook.
pub const WEBHOOK_CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Longest wait for a whole answer where a call sets none of its own; below the workers' 30 s.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// Idle connections are dropped before the other side does: a frozen sandbox would not notice that it did.
const POOL_IDLE: Duration = Duration::from_secs(20);

/// As many idle connections a host as a batch has messages.
const POOL_IDLE_PER_HOST: usize = 10;

/// What we call ourselves towards the vendors.
const USER_AGENT: &str = concat!("crosschq-icims-connector/", env!("CARGO_PKG_VERSION"));

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The TLS library refuses its protocol versions.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The HTTP library refuses the TLS configuration.
    #[error("HTTP client: {0}")]
    Http(#[from] reqwest::Error),
}

/// Builds the client. Its roots are compiled in and the environment's proxies are ignored, so that it behaves the same
/// everywhere. Clones share the connections: build it once, in INIT.
///
/// # Errors
/// [`ClientError`] if the libraries do not fit together, which a test finds out.
pub fn client() -> Result<Client, ClientError> {
    client_that_connects_within(CONNECT_TIMEOUT)
}

/// The same with another limit for connections.
///
/// # Errors
/// Those of [`client`].
pub fn client_that_connects_within(connect_timeout: Duration) -> Result<Client, ClientError> {
    Ok(builder(embedded_roots())?.no_proxy().connect_timeout(connect_timeout).build()?)
}

/// The same for a person's machine, in a network that may want all traffic to pass an inspecting proxy: also trusts
/// `roots`, and uses the proxies of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, but for `NO_PROXY`). Roots
/// that cannot be used are passed over.
///
/// # Errors
/// As of [`client`].
pub fn client_behind_proxies(roots: impl IntoIterator<Item = CertificateDer<'static>>) -> Result<Client, ClientError> {
    let mut trusted = embedded_roots();
    trusted.add_parsable_certificates(roots);
    Ok(builder(trusted)?.connect_timeout(CONNECT_TIMEOUT).build()?)
}

fn embedded_roots() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

fn builder(roots: RootCertStore) -> Result<ClientBuilder, ClientError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        .redirect(redirect::Policy::none())
        .user_agent(USER_AGENT)
        .timeout(CALL_TIMEOUT)
        .pool_idle_timeout(POOL_IDLE)
        .pool_max_idle_per_host(POOL_IDLE_PER_HOST);
    Ok(builder)
}

/// The same client, as the AWS SDK wants it.
///
/// Answers are read whole before they are handed over, so that a connection that breaks in the middle is a connector's
/// error, which the SDK tries again; our answers are small JSON. The SDK's read timeout covers the whole call, and its
/// connect timeout is the client's, whatever the SDK is told.
#[derive(Clone)]
pub struct AwsHttp(Client);

impl AwsHttp {
    /// Over a client of [`client`].
    pub fn new(client: Client) -> Self {
        Self(client)
    }

    fn connector(&self, settings: &HttpConnectorSettings) -> Connector {
        Connector { client: self.0.clone(), timeout: settings.read_timeout() }
    }
}

impl fmt::Debug for AwsHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AwsHttp")
    }
}

impl HttpClient for AwsHttp {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.connector(settings))
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        Some(ConnectorMetadata::new("reqwest", None))
    }
}

struct Connector {
    client: Client,
    timeout: Option<Duration>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (client, timeout) = (self.client.clone(), self.timeout);
        HttpConnectorFuture::new(async move {
            let mut request = to_reqwest(request)?;
            if timeout.is_some() {
                *request.timeout_mut() = timeout;
            }
            let answer = client.execute(request).await.map_err(connector_error)?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let body = answer.bytes().await.map_err(connector_error)?;
            to_smithy(status, headers, body)
        })
    }
}

fn to_reqwest(request: HttpRequest) -> Result<reqwest::Request, ConnectorError> {
    let user = |error| ConnectorError::user(error);
    let request = request.try_into_http1x().map_err(|error| user(error.into()))?;
    let (parts, body) = request.into_parts();
    // None of the operations we use streams its request.
    let body = body.bytes().map(<[u8]>::to_vec).ok_or_else(|| user("a streaming request body".into()))?;
    reqwest::Request::try_from(http::Request::from_parts(parts, body)).map_err(|error| user(error.without_url().into()))
}

fn to_smithy(
    status: http::StatusCode,
    headers: http::HeaderMap,
    body: bytes::Bytes,
) -> Result<HttpResponse, ConnectorError> {
    let mut answer = http::Response::new(SdkBody::from(body));
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    // Headers that are no UTF-8: not from AWS, so worth another try.
    HttpResponse::try_from(answer).map_err(|error| ConnectorError::io(error.into()))
}

/// Timeouts and broken connections are tried again by the SDK; a request that cannot be built is not.
fn connector_error(error: reqwest::Error) -> ConnectorError {
    let (timeout, connect, builder) = (error.is_timeout(), error.is_connect(), error.is_builder());
    let source = error.without_url().into();
    let error = if builder {
        ConnectorError::user(source)
    } else if timeout {
        ConnectorError::timeout(source)
    } else {
        ConnectorError::io(source)
    };
    if connect { error.never_connected() } else { error }
}

#[cfg(test)]
mod tests {
    use wiremock::matchers::{body_string, header, method};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    async fn call(url: &str, timeout: Duration) -> Result<HttpResponse, ConnectorError> {
        let settings = HttpConnectorSettings::builder().read_timeout(timeout).build();
        let connector = AwsHttp::new(client().unwrap()).connector(&settings);
        let mut request = HttpRequest::new(SdkBody::from("{\"a\":1}"));
        request.set_method("POST").unwrap();
        request.set_uri(url.to_owned()).unwrap();
        request.headers_mut().insert("x-amz-target", "Some.Operation");
        connector.call(request).await
    }

    #[tokio::test]
    async fn a_request_of_the_sdk_arrives_with_its_method_headers_and_body_and_the_answer_comes_back() {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(header("x-amz-target", "Some.Operation"))
            .and(body_string("{\"a\":1}"))
            .respond_with(ResponseTemplate::new(418).insert_header("x-id", "7").set_body_string("short"))
            .mount(&server)
            .await;
        let answer = call(&server.uri(), Duration::from_secs(5)).await.unwrap();
        assert_eq!(answer.status().as_u16(), 418);
        assert_eq!(answer.headers().get("x-id"), Some("7"));
        assert_eq!(answer.body().bytes(), Some(&b"short"[..]));
    }

    #[tokio::test]
    async fn no_answer_in_time_is_a_timeout_to_the_sdk() {
        let server = MockServer::start().await;
        let late = ResponseTemplate::new(200).set_delay(Duration::from_secs(5));
        Mock::given(method("POST")).respond_with(late).mount(&server).await;
        let error = call(&server.uri(), Duration::from_millis(50)).await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
    }

    #[tokio::test]
    async fn a_refused_connection_is_an_io_error_to_the_sdk() {
        let error = call("http://127.0.0.1:1", Duration::from_secs(1)).await.unwrap_err();
        assert!(error.is_io(), "{error:?}");
    }

    #[tokio::test]
    async fn a_connection_cut_in_the_middle_of_an_answer_is_an_io_error_to_the_sdk() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.read(&mut [0; 4096]).await.unwrap();
            socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this").await.unwrap();
        });
        let error = call(&url, Duration::from_secs(5)).await.unwrap_err();
        assert!(error.is_io(), "{error:?}");
    }

    #[tokio::test]
    async fn redirects_are_answers_and_not_followed() {
        let server = MockServer::start().await;
        let redirect = ResponseTemplate::new(307).insert_header("location", "/elsewhere");
        Mock::given(method("POST")).respond_with(redirect).expect(1).mount(&server).await;
        let answer = client().unwrap().post(server.uri()).body("x").send().await.unwrap();
        assert_eq!(answer.status(), 307);
    }
}
