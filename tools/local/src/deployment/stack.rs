//! CloudFormation's `Stack`.

use serde_json::{Value, json};

use super::{Describing, ISO_8601, written};
use crate::template::TemplateError;
use crate::template::resolve::text;

impl Describing<'_> {
    pub(super) fn stack(&self) -> Result<Value, TemplateError> {
        let raw = self.template.raw();
        let parameters: Vec<Value> = self
            .resolver
            .parameters()
            .map(|(name, value)| json!({"ParameterKey": name, "ParameterValue": text(value)}))
            .collect();
        let mut outputs = Vec::new();
        for (key, output) in raw["Outputs"].as_object().into_iter().flatten() {
            if let Some(condition) = output.get("Condition")
                && !self.resolver.condition(&text(condition))?
            {
                continue;
            }
            let value = self.resolver.resolve(&output["Value"], &format!("Outputs.{key}"))?;
            outputs.push(json!({
                "OutputKey": key,
                "OutputValue": self.with_api_here(&text(&value))?,
                "Description": output.get("Description"),
            }));
        }
        Ok(json!({
            "StackName": self.context.stack,
            "StackId": self.stack_id(),
            "Description": raw.get("Description"),
            "Parameters": parameters,
            "CreationTime": written(self.made.at, ISO_8601),
            "StackStatus": "CREATE_COMPLETE",
            "DisableRollback": false,
            "EnableTerminationProtection": false,
            "Capabilities": ["CAPABILITY_IAM"],
            "Outputs": outputs,
        }))
    }

    /// API Gateway's address of each HTTP API becomes the address that the API has here.
    fn with_api_here(&self, value: &str) -> Result<String, TemplateError> {
        let mut value = value.to_owned();
        for (id, resource) in self.template.raw()["Resources"].as_object().into_iter().flatten() {
            if resource["Type"] == "AWS::Serverless::HttpApi" {
                let api = text(&self.resolver.reference(id, id)?);
                let on_aws = format!("https://{api}.execute-api.{}.amazonaws.com", self.context.region);
                value = value.replace(&on_aws, self.made.api_url);
            }
        }
        Ok(value)
    }
}
