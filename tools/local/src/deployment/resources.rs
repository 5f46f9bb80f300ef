//! CloudFormation's `StackResource`s. SAM makes further resources of a function's events, each under a name made of the
//! function's and the event's; `tests/fixtures/sam-resources.txt` holds what SAM itself makes of the repository's
//! template.

use serde_json::{Value, json};

use super::{Describing, ISO_8601, written};
use crate::template::TemplateError;
use crate::template::resolve::text;

/// Logical id, type and physical id.
type Named = (String, String, String);

impl Describing<'_> {
    pub(super) fn resources(&self) -> Result<Vec<Value>, TemplateError> {
        let mut named = Vec::new();
        for (id, resource) in self.template.raw()["Resources"].as_object().into_iter().flatten() {
            if let Some(condition) = resource.get("Condition")
                && !self.resolver.condition(&text(condition))?
            {
                continue;
            }
            let physical = text(&self.resolver.reference(id, id)?);
            match resource["Type"].as_str().unwrap_or_default() {
                "AWS::Serverless::Function" => {
                    named.extend(self.of_function(id)?);
                    named.push((id.clone(), "AWS::Lambda::Function".to_owned(), physical));
                }
                "AWS::Serverless::HttpApi" => {
                    let stage = format!("{id}ApiGatewayDefaultStage");
                    named.push((stage, "AWS::ApiGatewayV2::Stage".to_owned(), "$default".to_owned()));
                    named.push((id.clone(), "AWS::ApiGatewayV2::Api".to_owned(), physical));
                }
                kind => named.push((id.clone(), kind.to_owned(), physical)),
            }
        }
        named.sort();
        let stack_id = self.stack_id();
        let at = written(self.made.at, ISO_8601);
        let described = named.into_iter().map(|(id, kind, physical)| {
            json!({
                "StackName": self.context.stack,
                "StackId": stack_id,
                "LogicalResourceId": id,
                "PhysicalResourceId": physical,
                "ResourceType": kind,
                "Timestamp": at,
                "ResourceStatus": "CREATE_COMPLETE",
            })
        });
        Ok(described.collect())
    }

    /// What SAM makes of a function beside the function.
    fn of_function(&self, id: &str) -> Result<Vec<Named>, TemplateError> {
        let Some(function) = self.template.function(id) else { return Ok(Vec::new()) };
        let mut named = Vec::new();
        let mut add = |logical: String, kind: &str, physical: Option<String>| {
            let physical = physical.unwrap_or_else(|| self.made_up(&logical));
            named.push((logical, kind.to_owned(), physical));
        };
        for (event, body) in function.properties["Events"].as_object().into_iter().flatten() {
            let logical = format!("{id}{event}");
            match body["Type"].as_str().unwrap_or_default() {
                "HttpApi" => add(format!("{logical}Permission"), "AWS::Lambda::Permission", None),
                "SQS" => {
                    let mapping = self.template.sqs_sources.iter().find(|it| it.function == id && it.event == *event);
                    let uuid = mapping.map(|mapping| self.mapping_uuid(mapping));
                    add(logical, "AWS::Lambda::EventSourceMapping", uuid);
                }
                "Schedule" => {
                    add(format!("{logical}Permission"), "AWS::Lambda::Permission", None);
                    let name = self.rule_name(id, event)?;
                    add(logical, "AWS::Events::Rule", Some(name));
                }
                "ScheduleV2" => {
                    add(format!("{logical}Role"), "AWS::IAM::Role", None);
                    add(logical, "AWS::Scheduler::Schedule", None);
                }
                _ => {}
            }
        }
        if function.properties.get("EventInvokeConfig").is_some() {
            add(format!("{id}EventInvokeConfig"), "AWS::Lambda::EventInvokeConfig", None);
        }
        if function.properties.get("Role").is_none() {
            add(format!("{id}Role"), "AWS::IAM::Role", None);
        }
        Ok(named)
    }
}
