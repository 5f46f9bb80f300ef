//! The running stack of a template: tables and queues on an AWS endpoint, the functions as child processes, the HTTP
//! front, the event sources and the schedule.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use time::OffsetDateTime;

use crate::aws_call::{AwsCalls, AwsError};
use crate::deployment::Deployment;
use crate::event_source::{EventSource, SourceSpec};
use crate::front::Front;
use crate::lambda::{Function, FunctionSpec, InvokeError, Launch};
use crate::provision::provision;
use crate::schedule::Scheduled;
use crate::template::{Context, Template, TemplateError};

/// Configures a stack.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct StackOptions {
    pub name: String,
    pub template: PathBuf,
    /// The AWS endpoint with tables, queues and secrets; it is running already.
    pub aws_endpoint: String,
    /// The parent of the functions' logs (`logs/<function>.log`).
    pub data_dir: PathBuf,
    /// How to start each function, by binary name.
    pub launches: BTreeMap<String, Launch>,
    /// The name or address of this machine for the HTTP front; 127.0.0.1 when absent.
    pub host: Option<String>,
    /// Port of the HTTP front; 0 for any.
    pub front_port: u16,
    /// The maximum number of execution environments per function.
    pub concurrency: usize,
    /// Replaces the template's interval of every schedule.
    pub schedule_every: Option<Duration>,
    /// Replaces the queues' visibility timeout, so that messages in flight when a run was killed are redelivered soon.
    pub visibility_timeout_s: Option<u64>,
    /// Values for the template's parameters.
    pub parameters: BTreeMap<String, String>,
    /// Environment variables for every function; they override the template's.
    pub environment: BTreeMap<String, String>,
}

impl StackOptions {
    /// The template's own values, two execution environments a function, any port.
    #[must_use]
    pub fn new(template: PathBuf, aws_endpoint: String, data_dir: PathBuf, launches: BTreeMap<String, Launch>) -> Self {
        Self {
            name: "local".to_owned(),
            template,
            aws_endpoint,
            data_dir,
            launches,
            host: None,
            front_port: 0,
            concurrency: 2,
            schedule_every: None,
            visibility_timeout_s: None,
            parameters: BTreeMap::new(),
            environment: BTreeMap::new(),
        }
    }
}

/// Why a stack did not start.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the names say it")]
pub enum StackError {
    #[error("template: {0}")]
    Template(#[from] TemplateError),
    #[error("AWS endpoint: {0}")]
    Aws(#[from] AwsError),
    #[error("HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    #[error("no executable for {0}")]
    NoBinary(String),
    /// A function does not initialize.
    #[error("{function} does not start: {source}")]
    Function { function: String, source: InvokeError },
}

/// A running stack. A drop kills the functions at once, [`Stack::down`] stops in order.
#[derive(Debug)]
pub struct Stack {
    front: Front,
    event_sources: Vec<EventSource>,
    schedules: Vec<Scheduled>,
    functions: BTreeMap<String, Function>,
    template: Template,
}

impl Stack {
    /// Starts everything and returns when every function is waiting for its first event. Prints its progress.
    ///
    /// # Errors
    /// Every variant of [`StackError`]; what was started is stopped again.
    pub async fn up(options: StackOptions) -> Result<Self, StackError> {
        let mut context = Context::local(&options.aws_endpoint);
        context.stack.clone_from(&options.name);
        context.parameters.extend(options.parameters.clone());
        let template = Template::read_file(&options.template, &context)?;
        let calls = AwsCalls::new(&options.aws_endpoint)?;
        crate::console::print(&format!("  {} tables, {} queues", template.tables.len(), template.queues.len()));
        provision(&calls, &template).await?;

        let logs = options.data_dir.join("logs");
        std::fs::create_dir_all(&logs).map_err(|source| StackError::Io { what: logs.display().to_string(), source })?;
        let functions = functions(&template, &options, &context)?;
        let names: Vec<&str> = functions.values().map(Function::name).collect();
        crate::console::print(&format!("  functions: {}", names.join(", ")));
        let warm = functions.values().map(|function| async move {
            function
                .warm()
                .await
                .map_err(|source| StackError::Function { function: function.name().to_owned(), source })
        });
        futures_util::future::try_join_all(warm).await?;

        let front =
            Front::start(options.host.as_deref(), options.front_port, template.routes.clone(), functions.clone())
                .await
                .map_err(|source| StackError::Io { what: format!("port {}", options.front_port), source })?;
        let event_sources = event_sources(&template, &options, &context, &calls, &functions);
        let schedules = template
            .schedules
            .iter()
            .filter(|schedule| schedule.enabled)
            .filter_map(|schedule| {
                let every = options.schedule_every.unwrap_or(Duration::from_secs(schedule.every_s));
                Some(Scheduled::start(schedule.clone(), every, functions.get(&schedule.function)?.clone()))
            })
            .collect();
        calls.describe(&Deployment::of(&template, &context, front.url(), OffsetDateTime::now_utc())?).await?;
        crate::console::print(&format!("  HTTP API at {}", front.url()));
        Ok(Self { front, event_sources, schedules, functions, template })
    }

    /// Base of the HTTP API.
    #[must_use]
    pub fn api_url(&self) -> &str {
        self.front.url()
    }

    /// The stack's template.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// A function by logical id.
    #[must_use]
    pub fn function(&self, logical_id: &str) -> Option<&Function> {
        self.functions.get(logical_id)
    }

    /// Stops in order: first the front and the schedules, then the event sources after their running batches, then the
    /// functions.
    pub async fn down(self) {
        let Self { front, event_sources, schedules, functions, .. } = self;
        drop(front);
        drop(schedules);
        futures_util::future::join_all(event_sources.into_iter().map(EventSource::stop)).await;
        for function in functions.values() {
            function.shut_down();
        }
    }
}

fn functions(
    template: &Template,
    options: &StackOptions,
    context: &Context,
) -> Result<BTreeMap<String, Function>, StackError> {
    let mut functions = BTreeMap::new();
    for function in &template.functions {
        let launch = options.launches.get(&function.binary);
        let launch = launch.ok_or_else(|| StackError::NoBinary(function.binary.clone()))?;
        let mut environment = BTreeMap::from_iter(
            [
                ("AWS_ENDPOINT_URL", context.aws_endpoint.as_str()),
                ("AWS_REGION", &context.region),
                ("AWS_DEFAULT_REGION", &context.region),
                ("AWS_ACCESS_KEY_ID", function.access_key()),
                ("AWS_SECRET_ACCESS_KEY", "local"),
                ("AWS_SESSION_TOKEN", "local"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        if function.json_logs {
            environment.insert("AWS_LAMBDA_LOG_FORMAT".to_owned(), "JSON".to_owned());
        }
        environment.extend(function.environment.clone());
        environment.extend(options.environment.clone());
        let spec = FunctionSpec {
            name: function.name.clone(),
            arn: function.arn.clone(),
            launch: launch.clone(),
            timeout: Duration::from_secs(function.timeout_s),
            memory_mib: function.memory_mib,
            concurrency: options.concurrency,
            environment,
            log: options.data_dir.join("logs").join(format!("{}.log", function.name)),
        };
        functions.insert(function.logical_id.clone(), Function::new(spec));
    }
    Ok(functions)
}

fn event_sources(
    template: &Template,
    options: &StackOptions,
    context: &Context,
    calls: &AwsCalls,
    functions: &BTreeMap<String, Function>,
) -> Vec<EventSource> {
    let environments = options.concurrency as u64;
    template
        .sqs_sources
        .iter()
        .filter(|source| source.enabled)
        .filter_map(|source| {
            let queue = template.queues.iter().find(|queue| queue.arn == source.queue_arn)?;
            // Lambda's poller acts in the function's role.
            let calls = calls.as_caller(template.function(&source.function)?.access_key());
            let spec = SourceSpec {
                queue_url: queue.url.clone(),
                queue_arn: queue.arn.clone(),
                region: context.region.clone(),
                visibility_timeout_s: options.visibility_timeout_s,
                batch_size: source.batch_size,
                // Not more batches than environments: a waiting batch would only use up its visibility timeout.
                max_concurrency: Some(source.max_concurrency.map_or(environments, |limit| limit.min(environments))),
                reports_batch_item_failures: source.reports_batch_item_failures,
            };
            Some(EventSource::start(spec, calls, functions.get(&source.function)?.clone()))
        })
        .collect()
}
