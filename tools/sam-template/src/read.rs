//! Fills the structs from the resolved tree. What the local run ignores is listed here by name.

use std::path::Path;

use serde_json::Value;

use crate::error::TemplateError;
use crate::model::{Function, HttpRoute, Queue, Redrive, Schedule, SqsSource, Template};
use crate::properties::Properties;
use crate::resolve::{Context, Resolver, intrinsic, text};
use crate::{roles, tables, yaml};

/// Resource types without an effect on the local run.
const IGNORED: [&str; 8] = [
    "AWS::KMS::",
    "AWS::Logs::",
    "AWS::CloudWatch::",
    "AWS::IAM::Role",
    "AWS::IAM::ManagedPolicy",
    "AWS::SNS::",
    "AWS::ApiGatewayV2::",
    "AWS::Route53::",
];

/// Function properties that matter to the deployment only, or are read elsewhere.
const IGNORED_IN_FUNCTIONS: [&str; 14] = [
    "FunctionName",
    "Events",
    "CodeUri",
    "Handler",
    "Runtime",
    "Architectures",
    "Role",
    "Description",
    "Tags",
    "Tracing",
    "EventInvokeConfig",
    "AutoPublishAlias",
    "DeploymentPreference",
    "ReservedConcurrentExecutions",
];

impl Template {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// Every variant of [`TemplateError`].
    pub fn read_file(path: &Path, context: &Context) -> Result<Self, TemplateError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| TemplateError::File { path: path.display().to_string(), source })?;
        Self::read(&text, context)
    }

    /// Reads a template's text.
    ///
    /// # Errors
    /// Every variant of [`TemplateError`] but `File`.
    pub fn read(text: &str, context: &Context) -> Result<Self, TemplateError> {
        template(yaml::parse(text)?, context)
    }
}

fn template(root: Value, context: &Context) -> Result<Template, TemplateError> {
    let mut read = Template::default();
    let resolver = Resolver::new(&root, context)?;
    let resources = root
        .get("Resources")
        .and_then(Value::as_object)
        .ok_or_else(|| TemplateError::invalid("Resources", "is missing"))?;
    for (id, resource) in resources {
        if let Some(condition) = resource.get("Condition")
            && !resolver.condition(&text(condition))?
        {
            continue;
        }
        let kind = resource.get("Type").map(text).unwrap_or_default();
        let properties = resource.get("Properties");
        match kind.as_str() {
            "AWS::DynamoDB::Table" => {
                read.tables.push(tables::table(id, &Properties::new(properties, id, &resolver)?, &resolver)?);
            }
            "AWS::SQS::Queue" => read.queues.push(queue(id, properties, &resolver, context)?),
            "AWS::Serverless::Function" => function(id, resource, &root, &resolver, context, &mut read)?,
            "AWS::Serverless::HttpApi" => http_api(id, properties)?,
            other if IGNORED.iter().any(|prefix| other.starts_with(prefix)) => {}
            other => return Err(TemplateError::unknown(id, &format!("resource type {other:?}"))),
        }
    }
    for source in &read.sqs_sources {
        if !read.queues.iter().any(|queue| queue.arn == source.queue_arn) {
            let place = format!("{}.Events.{}.Queue", source.function, source.event);
            return Err(TemplateError::invalid(&place, "is not a queue of this template"));
        }
    }
    read.raw = root;
    Ok(read)
}

fn queue(id: &str, value: Option<&Value>, resolver: &Resolver<'_>, context: &Context) -> Result<Queue, TemplateError> {
    let properties = Properties::new(value, id, resolver)?;
    let (_, name) = resolver.named(id, id)?;
    let redrive = match properties.nested("RedrivePolicy")? {
        None => None,
        Some(policy) => {
            let dead_letter_arn = policy.required("deadLetterTargetArn")?;
            let count = policy.number("maxReceiveCount")?;
            let max_receive_count = count.ok_or_else(|| policy.invalid("maxReceiveCount", "is missing"))?;
            policy.finish(&[])?;
            Some(Redrive { dead_letter_arn, max_receive_count })
        }
    };
    let queue = Queue {
        logical_id: id.to_owned(),
        arn: context.arn("sqs", &name),
        url: context.queue_url(&name),
        name,
        visibility_timeout_s: properties.number("VisibilityTimeout")?.unwrap_or(30),
        retention_s: properties.number("MessageRetentionPeriod")?.unwrap_or(345_600),
        receive_wait_s: properties.number("ReceiveMessageWaitTimeSeconds")?.unwrap_or(0),
        redrive,
        redrive_allow: properties.get("RedriveAllowPolicy")?,
        encrypted: properties.boolean("SqsManagedSseEnabled")?.unwrap_or(false),
    };
    properties.finish(&["QueueName", "Tags"])?;
    Ok(queue)
}

/// Routes come from the functions' events: an OpenAPI body would be a second source of routes.
fn http_api(id: &str, properties: Option<&Value>) -> Result<(), TemplateError> {
    for name in ["DefinitionBody", "DefinitionUri", "CorsConfiguration"] {
        if properties.is_some_and(|properties| properties.get(name).is_some()) {
            return Err(TemplateError::unknown(id, &format!("property {name}")));
        }
    }
    Ok(())
}

fn function(
    id: &str,
    resource: &Value,
    root: &Value,
    resolver: &Resolver<'_>,
    context: &Context,
    read: &mut Template,
) -> Result<(), TemplateError> {
    let own = resource.get("Properties").cloned().unwrap_or_default();
    let globals = root.get("Globals").and_then(|globals| globals.get("Function")).cloned().unwrap_or_default();
    let merged = merge(globals, own);
    let properties = Properties::new(Some(&merged), id, resolver)?;
    let (_, name) = resolver.named(id, id)?;
    let binary = resource
        .pointer("/Metadata/BuildProperties/Binary")
        .map(text)
        .ok_or_else(|| TemplateError::invalid(&format!("{id}.Metadata.BuildProperties.Binary"), "is missing"))?;
    let mut environment = std::collections::BTreeMap::new();
    if let Some(variables) = properties.get("Environment")?.and_then(|value| value.get("Variables").cloned()) {
        for (key, value) in variables.as_object().cloned().unwrap_or_default() {
            environment.insert(key, text(&value));
        }
    }
    let json_logs = properties.get("LoggingConfig")?.and_then(|value| value.get("LogFormat").map(text));
    for (event, body) in merged.get("Events").and_then(Value::as_object).cloned().unwrap_or_default() {
        self::event(id, &event, &body, resolver, read)?;
    }
    read.functions.push(Function {
        logical_id: id.to_owned(),
        arn: context.arn("lambda", &format!("function:{name}")),
        name,
        binary,
        timeout_s: properties.number("Timeout")?.unwrap_or(3),
        memory_mib: properties.number("MemorySize")?.unwrap_or(128),
        json_logs: json_logs.is_some_and(|format| format.eq_ignore_ascii_case("json")),
        environment,
        role: roles::of_function(id, merged.get("Role"), resolver)?,
        properties: merged.clone(),
    });
    properties.finish(&IGNORED_IN_FUNCTIONS)
}

fn event(
    function: &str,
    event: &str,
    body: &Value,
    resolver: &Resolver<'_>,
    read: &mut Template,
) -> Result<(), TemplateError> {
    let place = format!("{function}.Events.{event}");
    let properties = Properties::new(body.get("Properties"), &place, resolver)?;
    match body.get("Type").map(text).unwrap_or_default().as_str() {
        "HttpApi" => {
            let path = properties.required("Path")?;
            let method = properties.required("Method")?.to_uppercase();
            if properties.string("PayloadFormatVersion")?.is_some_and(|version| version != "2.0") {
                return Err(properties.invalid("PayloadFormatVersion", "must be 2.0"));
            }
            read.routes.push(HttpRoute { method, path, function: function.to_owned() });
            properties.finish(&["ApiId"])
        }
        "SQS" => {
            let reports = properties.list("FunctionResponseTypes")?;
            let scaling = properties.nested("ScalingConfig")?;
            read.sqs_sources.push(SqsSource {
                function: function.to_owned(),
                event: event.to_owned(),
                queue_arn: properties.required("Queue")?,
                batch_size: properties.number("BatchSize")?.unwrap_or(10),
                max_concurrency: scaling.map(|scaling| scaling.number("MaximumConcurrency")).transpose()?.flatten(),
                reports_batch_item_failures: reports.iter().any(|kind| text(kind) == "ReportBatchItemFailures"),
                enabled: properties.boolean("Enabled")?.unwrap_or(true),
            });
            properties.finish(&[])
        }
        "Schedule" => {
            let rate = properties.required("Schedule")?;
            read.schedules.push(Schedule {
                function: function.to_owned(),
                event: event.to_owned(),
                every_s: rate_s(&rate).ok_or_else(|| {
                    properties.invalid("Schedule", &format!("{rate:?} is not rate(n minutes|hours|days)"))
                })?,
                enabled: properties.boolean("Enabled")?.unwrap_or(true),
            });
            properties.finish(&["Name", "Description"])
        }
        other => Err(TemplateError::unknown(&place, &format!("event type {other:?}"))),
    }
}

fn rate_s(expression: &str) -> Option<u64> {
    let inner = expression.strip_prefix("rate(")?.strip_suffix(')')?;
    let (count, unit) = inner.trim().split_once(' ')?;
    let seconds = match unit.trim().trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return None,
    };
    count.parse::<u64>().ok()?.checked_mul(seconds).filter(|seconds| *seconds > 0)
}

/// SAM's rule for `Globals`: mappings merge, lists are joined, anything else the function's own value replaces.
fn merge(global: Value, own: Value) -> Value {
    match (global, own) {
        (Value::Object(global), Value::Object(own)) if intrinsic(&own).is_none() && intrinsic(&global).is_none() => {
            let mut merged = global;
            for (key, value) in own {
                let value = match merged.remove(&key) {
                    Some(global) => merge(global, value),
                    None => value,
                };
                merged.insert(key, value);
            }
            Value::Object(merged)
        }
        (Value::Array(mut global), Value::Array(own)) => {
            global.extend(own);
            Value::Array(global)
        }
        (global, Value::Null) => global,
        (_, own) => own,
    }
}
