//! Lambda's functions and event sources, and the rules that call functions on time.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{DeployedFunction, DeployedRule, Describing, LAMBDA, epoch_s, written};
use crate::template::resolve::text;
use crate::template::{Function, ScheduleKind, SqsSource, TemplateError};

impl Describing<'_> {
    pub(super) fn functions(&self) -> Result<Vec<DeployedFunction>, TemplateError> {
        self.template.functions.iter().map(|function| self.function(function)).collect()
    }

    fn function(&self, function: &Function) -> Result<DeployedFunction, TemplateError> {
        let code = self.made.code.get(&function.binary).cloned();
        let built = code.as_deref().and_then(|path| path.metadata().ok()?.modified().ok()).map(OffsetDateTime::from);
        let property = |name: &str, default: Value| match function.properties.get(name) {
            None => Ok(default),
            Some(value) => self.resolver.resolve(value, &format!("{}.{name}", function.logical_id)),
        };
        let role = match &function.role {
            Some(role) => text(&self.resolver.reference(&role.logical_id, &function.logical_id)?),
            None => self.made_up(&format!("{}Role", function.logical_id)),
        };
        let mut variables = function.environment.clone();
        variables.extend(self.made.environment.clone());
        let logging = property("LoggingConfig", json!({"LogFormat": "Text"}))?;
        let configuration = json!({
            "FunctionName": function.name,
            "FunctionArn": function.arn,
            "Description": property("Description", json!(""))?,
            "Runtime": property("Runtime", Value::Null)?,
            "Handler": property("Handler", Value::Null)?,
            "Role": format!("arn:aws:iam::{}:role/{role}", self.context.account),
            "Timeout": function.timeout_s,
            "MemorySize": function.memory_mib,
            "LastModified": written(built.unwrap_or(self.made.at), LAMBDA),
            "Version": "$LATEST",
            "Environment": {"Variables": variables},
            "TracingConfig": {"Mode": property("Tracing", json!("PassThrough"))?},
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "PackageType": "Zip",
            "Architectures": property("Architectures", json!(["x86_64"]))?,
            "EphemeralStorage": property("EphemeralStorage", json!({"Size": 512}))?,
            "LoggingConfig": logging,
        });
        Ok(DeployedFunction { configuration, code })
    }

    pub(super) fn event_source_mappings(&self) -> Vec<Value> {
        let described = self.template.sqs_sources.iter().map(|source| {
            let uuid = self.mapping_uuid(source);
            let mut mapping = json!({
                "UUID": uuid,
                "EventSourceMappingArn": self.context.arn("lambda", &format!("event-source-mapping:{uuid}")),
                "EventSourceArn": source.queue_arn,
                "FunctionArn": self.template.function(&source.function).map(|function| &function.arn),
                "BatchSize": source.batch_size,
                "MaximumBatchingWindowInSeconds": source.batching_window_s,
                "LastModified": epoch_s(self.made.at),
                "State": if source.enabled { "Enabled" } else { "Disabled" },
                "StateTransitionReason": "USER_INITIATED",
                "FunctionResponseTypes":
                    if source.reports_batch_item_failures { vec!["ReportBatchItemFailures"] } else { vec![] },
            });
            if let Some(limit) = source.max_concurrency {
                mapping["ScalingConfig"] = json!({"MaximumConcurrency": limit});
            }
            mapping
        });
        described.collect()
    }

    /// The same in every run, so that what was noted stays true.
    pub(super) fn mapping_uuid(&self, source: &SqsSource) -> String {
        let digest = md5::compute(format!("{}/{}/{}", self.context.stack, source.function, source.event));
        uuid::Builder::from_md5_bytes(digest.0).into_uuid().to_string()
    }

    pub(super) fn rules(&self) -> Result<Vec<DeployedRule>, TemplateError> {
        let rules = self.template.schedules.iter().filter(|schedule| schedule.kind == ScheduleKind::Rule);
        rules
            .map(|schedule| {
                let function = self.template.function(&schedule.function);
                let name = self.rule_name(&schedule.function, &schedule.event)?;
                let rule = json!({
                    "Name": name,
                    "Arn": self.context.arn("events", &format!("rule/{name}")),
                    "ScheduleExpression": self.of_event(&schedule.function, &schedule.event, "Schedule")?,
                    "State": if schedule.enabled { "ENABLED" } else { "DISABLED" },
                    "Description": self.of_event(&schedule.function, &schedule.event, "Description")?,
                    "EventBusName": "default",
                    "CreatedBy": self.context.account,
                });
                let mut target = json!({
                    "Id": format!("{}{}LambdaTarget", schedule.function, schedule.event),
                    "Arn": function.map(|function| &function.arn),
                });
                if let Some(input) = &schedule.input {
                    target["Input"] = json!(input);
                }
                Ok(DeployedRule { rule, targets: vec![target] })
            })
            .collect()
    }

    /// A rule's name: the template's, else one made up.
    pub(super) fn rule_name(&self, function: &str, event: &str) -> Result<String, TemplateError> {
        let given = self.of_event(function, event, "Name")?;
        Ok(given.map_or_else(|| self.made_up(&format!("{function}{event}")), |name| text(&name)))
    }

    fn of_event(&self, function: &str, event: &str, property: &str) -> Result<Option<Value>, TemplateError> {
        let properties = self.template.function(function).map(|it| &it.properties["Events"][event]["Properties"]);
        let value = properties.and_then(|properties| properties.get(property));
        let place = format!("{function}.Events.{event}.{property}");
        value.map(|value| self.resolver.resolve(value, &place)).transpose()
    }
}
