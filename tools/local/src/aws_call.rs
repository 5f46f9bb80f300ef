//! A client for the JSON protocols (DynamoDB, SQS, Secrets Manager) with plain HTTP and dummy credentials, for endpoints
//! that do not check signatures: our own, MiniStack and the like.

use std::sync::Once;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::deployment::Deployment;
use crate::iam::Policies;

/// A service with a JSON protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Service {
    DynamoDb,
    Sqs,
    SecretsManager,
}

impl Service {
    /// Target prefix, content type and name in the credential scope.
    const fn wire(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::DynamoDb => ("DynamoDB_20120810", "application/x-amz-json-1.0", "dynamodb"),
            Self::Sqs => ("AmazonSQS", "application/x-amz-json-1.0", "sqs"),
            Self::SecretsManager => ("secretsmanager", "application/x-amz-json-1.1", "secretsmanager"),
        }
    }
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the names say it")]
pub enum AwsError {
    /// An error of the service; `code` is the exception's name without its namespace.
    #[error("{action}: {code} ({status}): {message}")]
    Refused { action: String, code: String, status: u16, message: String },
    #[error("{action}: {source}")]
    Unreachable { action: String, source: reqwest::Error },
}

impl AwsError {
    /// Whether it is this exception.
    #[must_use]
    pub fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }
}

/// A client for one endpoint.
#[derive(Debug, Clone)]
pub struct AwsCalls {
    endpoint: String,
    region: String,
    access_key: String,
    client: reqwest::Client,
}

impl AwsCalls {
    /// A client for the endpoint at `endpoint` (scheme, host and port).
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(endpoint: &str) -> Result<Self, reqwest::Error> {
        Ok(Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            region: "us-east-1".to_owned(),
            access_key: "test".to_owned(),
            client: http_client()?,
        })
    }

    /// The same client with another access key id, which identifies the caller at the local endpoint.
    #[must_use]
    pub fn as_caller(&self, access_key: &str) -> Self {
        Self { access_key: access_key.to_owned(), ..self.clone() }
    }

    /// The endpoint's URL.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Calls an action.
    ///
    /// # Errors
    /// Both variants of [`AwsError`].
    pub async fn call(&self, service: Service, action: &str, body: &Value) -> Result<Value, AwsError> {
        let (prefix, content_type, scope) = service.wire();
        let unreachable = |source| AwsError::Unreachable { action: action.to_owned(), source };
        let response = self
            .client
            .post(format!("{}/", self.endpoint))
            .header("x-amz-target", format!("{prefix}.{action}"))
            .header("content-type", content_type)
            .header("x-amz-date", "20260101T000000Z")
            // Not signed, but endpoints read caller, region and account from the credential scope.
            .header(
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={}/20260101/{}/{scope}/aws4_request, \
                     SignedHeaders=host;x-amz-date;x-amz-target, Signature=0",
                    self.access_key, self.region
                ),
            )
            .body(body.to_string())
            .send()
            .await
            .map_err(unreachable)?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(unreachable)?;
        let parsed: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if status.is_success() {
            return Ok(parsed);
        }
        let text = |names: [&str; 2]| {
            names.iter().find_map(|name| parsed.get(name)).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let code = text(["__type", "code"]);
        Err(AwsError::Refused {
            action: action.to_owned(),
            code: code.rsplit('#').next().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            message: text(["message", "Message"]),
        })
    }
}

impl AwsCalls {
    /// Sets the policies to enforce; false for an endpoint other than ours, which cannot enforce any.
    ///
    /// # Errors
    /// [`AwsError::Unreachable`].
    pub async fn enforce(&self, policies: &Policies) -> Result<bool, AwsError> {
        self.control("policies", policies, "callers").await
    }

    /// Sets the stack to describe; false as in [`AwsCalls::enforce`].
    ///
    /// # Errors
    /// [`AwsError::Unreachable`].
    pub async fn describe(&self, deployment: &Deployment) -> Result<bool, AwsError> {
        self.control("stack", deployment, "stack").await
    }

    /// Calls our endpoint's control plane; false if the response lacks `member`.
    async fn control(&self, call: &str, body: &(impl Serialize + Sync), member: &str) -> Result<bool, AwsError> {
        let unreachable = |source| AwsError::Unreachable { action: call.to_owned(), source };
        let put = self.client.post(format!("{}/__local/{call}", self.endpoint)).json(body).send();
        let response = put.await.map_err(unreachable)?;
        let known = response.status().is_success();
        let body: Value = serde_json::from_slice(&response.bytes().await.map_err(unreachable)?).unwrap_or_default();
        Ok(known && body.get(member).is_some())
    }
}

/// An HTTP client for loopback addresses: no proxy, no redirects.
///
/// # Errors
/// The client cannot be built.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    static PROVIDER: Once = Once::new();
    // The builder requires a TLS provider even for plain HTTP.
    PROVIDER.call_once(|| {
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(60))
        .build()
}
