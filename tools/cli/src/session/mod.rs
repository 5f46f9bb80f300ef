//! AWS as the operator sees it: their own credentials, one deployed stack.

mod http;
mod identity;
mod release;
mod samconfig;
mod stack;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::Credentials;
use connector_core::http_client::AwsHttp;
use tokio::sync::OnceCell;

pub(crate) use identity::Identity;
pub(crate) use release::Access;
pub(crate) use stack::{QueueName, Stack};

use crate::arguments::Globals;
use crate::failure::CliError;
use crate::terminal::Terminal;
use release::ReleaseRule;
use samconfig::Environment;

/// One command's view of AWS. Clients share one HTTP client; nothing is asked before it is needed.
#[derive(Debug)]
pub(crate) struct Session {
    sdk: SdkConfig,
    http: reqwest::Client,
    stack_name: String,
    local: bool,
    release: ReleaseRule,
    terminal: Terminal,
    stack: OnceCell<Stack>,
    identity: OnceCell<Identity>,
}

impl Session {
    /// Looks for credentials and region where the AWS tools look; with `--local` nowhere. `access` is what the command
    /// does with the stack.
    ///
    /// # Errors
    /// If no region is named anywhere, or `samconfig.toml` does not name the stack that it should.
    pub(crate) async fn open(globals: &Globals, access: Access, terminal: &Terminal) -> Result<Self, CliError> {
        let environment = environment(globals)?;
        let http = http::client(globals.local.is_some())?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(AwsHttp::new(http.clone()));
        if let Some(endpoint) = &globals.local {
            let parsed = url::Url::parse(endpoint).map_err(|_| {
                CliError::input("--local is not a URL").fix("give the AWS endpoint that `cargo demo --serve` prints")
            })?;
            loader = loader
                .endpoint_url(parsed.as_str().trim_end_matches('/'))
                .region(Region::from_static("us-east-1"))
                .credentials_provider(Credentials::new("operator", "local", None, None, "local"));
        }
        if let Some(profile) = &globals.profile {
            loader = loader.profile_name(profile);
        }
        let configured = environment.as_ref().and_then(|it| it.region.as_ref()).filter(|_| !has_region_variable());
        if let Some(region) = globals.region.as_ref().or(configured) {
            loader = loader.region(Region::new(region.clone()));
        }
        let sdk = loader.load().await;
        if sdk.region().is_none() {
            return Err(CliError::input("no AWS region is set")
                .fix("give --region, or set AWS_REGION, or a region in samconfig.toml (--config-env) or the profile"));
        }
        Ok(Self {
            sdk,
            http,
            stack_name: environment.map_or_else(|| globals.stack.clone(), |it| it.stack),
            local: globals.local.is_some(),
            release: ReleaseRule { access, any: globals.any_release },
            terminal: terminal.clone(),
            stack: OnceCell::new(),
            identity: OnceCell::new(),
        })
    }

    /// For the vendors' clients.
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Whether this is the local run.
    pub(crate) fn is_local(&self) -> bool {
        self.local
    }

    /// The stack's resources, asked for once. Nothing can be written without them, so this is where a command that writes
    /// is kept from a stack of another release.
    ///
    /// # Errors
    /// If there is no such stack, or it is not one of ours, or of another release, and the command writes.
    pub(crate) async fn stack(&self) -> Result<&Stack, CliError> {
        let read = async || {
            let region = self.sdk.region().map_or("", |region| region.as_ref());
            let stack = stack::read(self.cloudformation(), &self.stack_name, region).await?;
            self.release.check(&stack, &self.terminal)?;
            Ok(stack)
        };
        self.stack.get_or_try_init(read).await
    }

    /// Who the operator is to AWS, asked for once.
    pub(crate) async fn identity(&self) -> Result<&Identity, CliError> {
        self.identity.get_or_try_init(|| identity::read(&self.sdk)).await
    }

    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.sdk)
    }

    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.sdk)
    }

    pub(crate) fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.sdk)
    }

    pub(crate) fn cloudformation(&self) -> aws_sdk_cloudformation::Client {
        aws_sdk_cloudformation::Client::new(&self.sdk)
    }

    pub(crate) fn lambda(&self) -> aws_sdk_lambda::Client {
        aws_sdk_lambda::Client::new(&self.sdk)
    }

    pub(crate) fn cloudwatch(&self) -> aws_sdk_cloudwatch::Client {
        aws_sdk_cloudwatch::Client::new(&self.sdk)
    }
}

/// What `--config-env` names.
fn environment(globals: &Globals) -> Result<Option<Environment>, CliError> {
    let Some(name) = &globals.config_env else { return Ok(None) };
    let here = std::env::current_dir().map_err(|error| CliError::input(format!("this folder: {error}")))?;
    samconfig::read(name, &here).map(Some)
}

/// Whether the environment names a region, which outranks that of `samconfig.toml`, as with SAM.
fn has_region_variable() -> bool {
    ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().any(|name| std::env::var_os(name).is_some_and(|it| !it.is_empty()))
}
