//! What the AWS endpoint reports of the stack that was made from the template: CloudFormation's description, and the
//! functions' roles for STS.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use crate::template::resolve::{Resolver, text};
use crate::template::{Context, Template, TemplateError};

/// `2026-11-23T13:00:00.000Z`
const ISO_8601: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// A stack as the endpoint describes it. Empty before one was made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Deployment {
    /// CloudFormation's `Stack`: name, id, status, parameters, outputs.
    pub stack: Value,
    /// The name of each function's role, by the function's name.
    pub roles: BTreeMap<String, String>,
}

impl Deployment {
    /// Describes the stack of a template. `api_url` is the base of the HTTP API here; it replaces the API's address on
    /// AWS wherever an output has that.
    ///
    /// # Errors
    /// The template has something that this reader does not know.
    pub fn of(
        template: &Template,
        context: &Context,
        api_url: &str,
        at: OffsetDateTime,
    ) -> Result<Self, TemplateError> {
        let resolver = Resolver::new(template.raw(), context)?;
        let roles = template.functions.iter().filter_map(|function| {
            let role = resolver.reference(&function.role.as_ref()?.logical_id, &function.logical_id);
            Some(role.map(|role| (function.name.clone(), text(&role))))
        });
        Ok(Self { roles: roles.collect::<Result<_, _>>()?, stack: stack(template, context, &resolver, api_url, at)? })
    }
}

fn stack(
    template: &Template,
    context: &Context,
    resolver: &Resolver<'_>,
    api_url: &str,
    at: OffsetDateTime,
) -> Result<Value, TemplateError> {
    let raw = template.raw();
    let parameters: Vec<Value> = resolver
        .parameters()
        .map(|(name, value)| json!({"ParameterKey": name, "ParameterValue": text(value)}))
        .collect();
    let mut on_aws = Vec::new();
    for (id, resource) in raw["Resources"].as_object().into_iter().flatten() {
        if resource["Type"] == "AWS::Serverless::HttpApi" {
            let api = text(&resolver.reference(id, id)?);
            on_aws.push(format!("https://{api}.execute-api.{}.amazonaws.com", context.region));
        }
    }
    let mut outputs = Vec::new();
    for (key, output) in raw["Outputs"].as_object().into_iter().flatten() {
        if let Some(condition) = output.get("Condition")
            && !resolver.condition(&text(condition))?
        {
            continue;
        }
        let value = text(&resolver.resolve(&output["Value"], &format!("Outputs.{key}"))?);
        let value = on_aws.iter().fold(value, |value, address| value.replace(address, api_url));
        outputs.push(json!({"OutputKey": key, "OutputValue": value, "Description": output.get("Description")}));
    }
    Ok(json!({
        "StackName": context.stack,
        "StackId": context.arn("cloudformation", &format!("stack/{}/local", context.stack)),
        "Description": raw.get("Description"),
        "Parameters": parameters,
        "CreationTime": at.to_offset(UtcOffset::UTC).format(ISO_8601).unwrap_or_default(),
        "StackStatus": "CREATE_COMPLETE",
        "DisableRollback": false,
        "EnableTerminationProtection": false,
        "Capabilities": ["CAPABILITY_IAM"],
        "Outputs": outputs,
    }))
}
