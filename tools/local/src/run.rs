//! Starts everything on this machine: sandbox, AWS endpoint, function binaries, stack.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sandbox::{Sandbox, SandboxOptions};

use crate::args::RunArgs;
use crate::aws::{AwsOptions, AwsServer};
use crate::binaries;
use crate::console;
use crate::data_dir::{DataDir, DataDirError};
use crate::demo::Endpoints;
use crate::lambda::Launch;
use crate::sam_local;
use crate::stack::{Stack, StackError, StackOptions};
use crate::template::{Context, Template};

/// The default of `--port` with `--serve`: one port each for HTTP API, iCIMS, Crosschq and AWS.
const SERVE_PORT: u16 = 9400;

/// The local stack's name.
pub const STACK_NAME: &str = "crosschq-connector";

/// Replaces the template's minutes: enough for the longest function, and the messages of a run that was killed are
/// redelivered soon after the next start.
const VISIBILITY_TIMEOUT_S: u64 = 40;

/// The reconciler's interval, short enough that a lost callback is found while somebody watches.
const SCHEDULE_EVERY: Duration = Duration::from_secs(20);

/// Why a run did not start.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the names say it")]
pub enum RunError {
    #[error("data directory: {0}")]
    Data(#[from] DataDirError),
    #[error("cannot empty {0}: {1}")]
    Empty(PathBuf, std::io::Error),
    #[error(transparent)]
    Build(#[from] binaries::BuildError),
    #[error("sandbox: {0}")]
    Sandbox(#[from] sandbox::StartError),
    #[error("AWS endpoint: {0}")]
    Aws(#[from] crate::aws::StartError),
    #[error(transparent)]
    Stack(#[from] StackError),
    #[error("cannot write {0}: {1}")]
    SamLocal(&'static str, std::io::Error),
}

/// The running sandbox, AWS endpoint and stack. A drop ends them at once, [`LocalRun::down`] in order.
pub struct LocalRun {
    stack: Stack,
    aws: AwsServer,
    sandbox: Sandbox,
    data: DataDir,
}

impl LocalRun {
    /// Builds the functions and starts everything, printing its progress.
    ///
    /// # Errors
    /// Every variant of [`RunError`].
    pub async fn start(arguments: &RunArgs) -> Result<Self, RunError> {
        let root = binaries::workspace_root();
        let name = match arguments {
            RunArgs { empty: true, .. } => "empty",
            RunArgs { serve: true, .. } => "serve",
            _ => "demo",
        };
        let path = arguments.data.clone().unwrap_or_else(|| root.join("target/local").join(name));
        let data = DataDir::open(&path)?;
        if (arguments.empty || !arguments.serve) && !arguments.keep {
            data.empty().map_err(|error| RunError::Empty(path.clone(), error))?;
        }
        console::print(&format!("data in {}", path.display()));

        let launches = launches(&root).await?;
        let first_port = arguments.port.or(arguments.serve.then_some(SERVE_PORT));
        let port = |offset: u16| first_port.map_or(0, |port| port + offset);
        console::print("starting");
        let sandbox = Sandbox::start(SandboxOptions {
            host: arguments.host.clone(),
            icims_port: port(1),
            crosschq_port: port(2),
            state: Some(path.join("sandbox.json")),
        })
        .await?;
        console::print(&format!("  sandbox: iCIMS at {}, Crosschq at {}", sandbox.icims_url(), sandbox.crosschq_url()));
        let aws = AwsServer::start(AwsOptions {
            host: arguments.host.clone(),
            port: port(3),
            data_dir: Some(path.join("aws")),
        })
        .await?;
        console::print(&format!("  AWS at {}", aws.endpoint_url()));
        let mut options = StackOptions::new(root.join("template.yaml"), aws.endpoint_url().to_owned(), path, launches);
        options.name = STACK_NAME.to_owned();
        options.host.clone_from(&arguments.host);
        options.front_port = port(0);
        // The functions are built for this machine.
        let processor = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
        options.parameters.insert("Architecture".to_owned(), processor.to_owned());
        options.visibility_timeout_s = Some(VISIBILITY_TIMEOUT_S);
        options.schedule_every = Some(SCHEDULE_EVERY);
        if let Some(level) = arguments.log_level {
            options.parameters.insert("LogLevel".to_owned(), level.to_owned());
        }
        let stack = Stack::up(options).await?;
        sam_local::write(data.path(), stack.template(), aws.endpoint_url())
            .map_err(|error| RunError::SamLocal(sam_local::FILE, error))?;
        Ok(Self { stack, aws, sandbox, data })
    }

    /// The URLs and names that a player needs.
    #[must_use]
    pub fn endpoints(&self) -> Endpoints {
        let template = self.stack.template();
        let webhook = template.function("IcimsWebhook");
        let prefix = webhook.and_then(|function| function.environment.get("SECRETS_PREFIX"));
        Endpoints {
            api: self.stack.api_url().to_owned(),
            aws_endpoint: self.aws.endpoint_url().to_owned(),
            icims: self.sandbox.icims_url().to_owned(),
            crosschq: self.sandbox.crosschq_url().to_owned(),
            customers_table: template.table("CustomersTable").map_or("customers", |table| &table.name).to_owned(),
            secrets_prefix: prefix.map_or("crosschq-connector", String::as_str).to_owned(),
        }
    }

    /// The AWS endpoint, with its counts of calls.
    #[must_use]
    pub fn aws(&self) -> &AwsServer {
        &self.aws
    }

    /// The data directory.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Ends everything in order.
    pub async fn down(self) {
        self.stack.down().await;
    }
}

/// Builds the template's functions.
async fn launches(root: &Path) -> Result<BTreeMap<String, Launch>, RunError> {
    let template = Template::read_file(&root.join("template.yaml"), &Context::local("http://127.0.0.1"))
        .map_err(StackError::from)?;
    let packages: Vec<&str> = template.functions.iter().map(|function| function.binary.as_str()).collect();
    console::print(&format!("building {} functions", packages.len()));
    let built = binaries::build(&packages).await?;
    Ok(built.into_iter().map(|(name, path)| (name, Launch::Executable(path))).collect())
}
