//! Calls any AWS endpoint by the JSON protocols (DynamoDB, SQS, Secrets Manager) with plain HTTP and dummy
//! credentials. Only for endpoints that do not check signatures: our own, MiniStack and the like.

use std::sync::Once;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::deployment::Deployment;
use crate::iam::Policies;

/// A service and how its JSON protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Amazon DynamoDB.
    DynamoDb,
    /// Amazon SQS.
    Sqs,
    /// AWS Secrets Manager.
    SecretsManager,
}

impl Service {
    /// Target prefix, content type and the name in the credential scope.
    const fn wire(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::DynamoDb => ("DynamoDB_20120810", "application/x-amz-json-1.0", "dynamodb"),
            Self::Sqs => ("AmazonSQS", "application/x-amz-json-1.0", "sqs"),
            Self::SecretsManager => ("secretsmanager", "application/x-amz-json-1.1", "secretsmanager"),
        }
    }
}

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// The service refused; `code` is the exception's bare name.
    #[error("{action}: {code} ({status}): {message}")]
    Refused {
        /// The action called.
        action: String,
        /// For example `ResourceInUseException`.
        code: String,
        /// The HTTP status.
        status: u16,
        /// The service's text.
        message: String,
    },
    /// The endpoint is not there, or did not answer.
    #[error("{action}: {source}")]
    Unreachable {
        /// The action called.
        action: String,
        /// What went wrong on the way.
        source: reqwest::Error,
    },
}

impl AwsError {
    /// Whether the service refused with this exception.
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

    /// The same client with another access key id: at the local endpoint, another caller.
    #[must_use]
    pub fn as_caller(&self, access_key: &str) -> Self {
        Self { access_key: access_key.to_owned(), ..self.clone() }
    }

    /// The endpoint it calls.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Calls one action.
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
            // The shape of a signature, because endpoints take caller, region and account from it.
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
    /// Has the endpoint enforce these policies from now on; false where it is another endpoint than ours, that has no
    /// such thing.
    ///
    /// # Errors
    /// [`AwsError::Unreachable`].
    pub async fn enforce(&self, policies: &Policies) -> Result<bool, AwsError> {
        self.control("policies", policies, "callers").await
    }

    /// Has the endpoint tell of this stack from now on; false as in [`AwsCalls::enforce`].
    ///
    /// # Errors
    /// [`AwsError::Unreachable`].
    pub async fn describe(&self, deployment: &Deployment) -> Result<bool, AwsError> {
        self.control("stack", deployment, "stack").await
    }

    /// A call of our endpoint's own control plane, whose answer has this member.
    async fn control(&self, call: &str, body: &(impl Serialize + Sync), member: &str) -> Result<bool, AwsError> {
        let unreachable = |source| AwsError::Unreachable { action: call.to_owned(), source };
        let put = self.client.post(format!("{}/__local/{call}", self.endpoint)).json(body).send();
        let answer = put.await.map_err(unreachable)?;
        let known = answer.status().is_success();
        let body: Value = serde_json::from_slice(&answer.bytes().await.map_err(unreachable)?).unwrap_or_default();
        Ok(known && body.get(member).is_some())
    }
}

/// A client that goes to loopback addresses only: no proxy, no redirects.
///
/// # Errors
/// The client cannot be built.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    static PROVIDER: Once = Once::new();
    // Building a client asks for a TLS provider even where only plain HTTP is spoken.
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
