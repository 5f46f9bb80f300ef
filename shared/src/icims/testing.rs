//! What the tests of the client share: a fake platform, and ports that they can look into.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use wiremock::matchers::{body_string_contains, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::Icims;
use crate::domain::{Customer, CustomerId, IcimsAuth, Timestamp, WorkflowId};
use crate::failure::Failure;
use crate::ports::{Clock, IcimsCredential, SecretSet, SharedToken, TokenCache, TokenTurn};
use crate::testing::{self, FakeSecrets, http, pair};

/// 2025-01-15 14:30:59 UTC.
pub(super) const NOW: Timestamp = Timestamp::from_s(1_736_951_459);
/// Long enough for a machine that is busy with other things; the test of the limit itself sets its own.
const TIMEOUT_MS: u64 = 10_000;

pub(super) struct FixedClock(pub(super) Mutex<Timestamp>);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

pub(super) type IcimsCredentialVersion = (&'static str, IcimsCredential);

/// A token cache that plays a script of turns, then says `Fetch`.
#[derive(Default)]
pub(super) struct FakeTokens {
    pub(super) script: Mutex<VecDeque<TokenTurn>>,
    pub(super) asked: Mutex<Vec<(String, Option<String>)>>,
    pub(super) shared: Mutex<Vec<SharedToken>>,
}

#[async_trait]
impl TokenCache for FakeTokens {
    async fn turn(
        &self,
        _: &CustomerId,
        secret_version: &str,
        refused: Option<&SharedToken>,
        _: Timestamp,
    ) -> Result<TokenTurn, Failure> {
        let refused = refused.map(|token| token.token.expose_secret().to_owned());
        self.asked.lock().unwrap().push((secret_version.to_owned(), refused));
        Ok(self.script.lock().unwrap().pop_front().unwrap_or(TokenTurn::Fetch))
    }

    async fn share(&self, _: &CustomerId, token: &SharedToken) -> Result<(), Failure> {
        self.shared.lock().unwrap().push(token.clone());
        Ok(())
    }
}

pub(super) fn oauth(secret: &str) -> IcimsCredential {
    IcimsCredential::OAuth { client_id: "client".to_owned(), client_secret: secret.into() }
}

pub(super) fn basic(password: &str) -> IcimsCredential {
    IcimsCredential::Basic(pair("user", password))
}

pub(super) fn customer_at(base: &str) -> Customer {
    let icims = serde_json::json!({
        "push": {"accept": ["basic"]}, "statuses": {"trigger": ["C38356"]},
        "hosts": {"auth_base": base, "api_base": base, "audience": "https://api.icims.com/v1/"}
    });
    testing::customer("1234", icims)
}

pub(super) fn workflow() -> WorkflowId {
    WorkflowId::parse("19288").unwrap()
}

pub(super) const WORKFLOW_PATH: &str = "/customers/1234/applicantworkflows/19288";

/// A fake platform, the client under test, and its ports.
pub(super) struct World {
    pub(super) server: MockServer,
    pub(super) icims: Icims,
    pub(super) customer: Customer,
    pub(super) tokens: Arc<FakeTokens>,
    pub(super) secrets: Arc<FakeSecrets>,
    pub(super) clock: Arc<FixedClock>,
}

impl World {
    /// With these versions of the credential; the first is held, the others come with refreshes.
    pub(super) async fn with(credentials: Vec<IcimsCredentialVersion>) -> Self {
        let server = MockServer::start().await;
        let mut customer = customer_at(&server.uri());
        if matches!(credentials[0].1, IcimsCredential::Basic(_)) {
            customer.settings.icims.auth = IcimsAuth::Basic;
        }
        let version = |(version, icims): IcimsCredentialVersion| SecretSet { icims, ..testing::secret_set(version) };
        let secrets = FakeSecrets::new(credentials.into_iter().map(version));
        let tokens = Arc::new(FakeTokens::default());
        let clock = Arc::new(FixedClock(Mutex::new(NOW)));
        let icims = Icims::with_timeout_ms(http(), secrets.clone(), tokens.clone(), clock.clone(), TIMEOUT_MS);
        Self { server, icims, customer, tokens, secrets, clock }
    }

    /// The client anew, with this time limit.
    pub(super) fn limit_to_ms(&mut self, timeout_ms: u64) {
        let (secrets, tokens, clock) = (self.secrets.clone(), self.tokens.clone(), self.clock.clone());
        self.icims = Icims::with_timeout_ms(http(), secrets, tokens, clock, timeout_ms);
    }

    /// With Basic, so that no token stands between a test and its call.
    pub(super) async fn simple() -> Self {
        Self::with(vec![("v1", basic("password"))]).await
    }

    pub(super) async fn answers(&self, verb: &str, at: &str, answer: ResponseTemplate) {
        Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(&self.server).await;
    }

    /// The token endpoint gives `token` to the client with this secret.
    pub(super) async fn issues(&self, secret: &str, token: &str) {
        Mock::given(method("POST"))
            .and(path("/oauth/token"))
            .and(body_string_contains(format!("client_secret={secret}&")))
            .respond_with(ok(&format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":86400}}"#)))
            .mount(&self.server)
            .await;
    }

    pub(super) async fn requests(&self, at: &str) -> Vec<wiremock::Request> {
        let all = self.server.received_requests().await.unwrap();
        all.into_iter().filter(|request| request.url.path() == at).collect()
    }
}

pub(super) fn ok(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "application/json")
}

pub(super) fn shared(token: &str, version: &str) -> SharedToken {
    SharedToken {
        token: SecretString::from(token),
        expires_at: NOW.after(Duration::from_secs(3600)),
        secret_version: version.to_owned(),
    }
}
