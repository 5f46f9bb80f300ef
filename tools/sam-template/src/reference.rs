//! Evaluates `Ref`, `Fn::GetAtt` and `Fn::Sub`.

use serde_json::Value;

use crate::error::TemplateError;
use crate::resolve::{NO_VALUE, Resolver, text};

impl Resolver<'_> {
    /// The value of `Ref` for a parameter, a pseudo parameter or a resource (its physical id).
    ///
    /// # Errors
    /// An unknown name.
    pub fn reference(&self, name: &str, place: &str) -> Result<Value, TemplateError> {
        if let Some(value) = self.parameters.get(name) {
            return Ok(value.clone());
        }
        let context = self.context;
        let pseudo = match name {
            "AWS::Region" => &context.region,
            "AWS::AccountId" => &context.account,
            "AWS::StackName" => &context.stack,
            "AWS::Partition" => "aws",
            "AWS::URLSuffix" => "amazonaws.com",
            "AWS::NoValue" => NO_VALUE,
            _ => {
                let (kind, name) = self.named(name, place)?;
                return Ok(Value::String(if kind == "AWS::SQS::Queue" { context.queue_url(&name) } else { name }));
            }
        };
        Ok(Value::String(pseudo.to_owned()))
    }

    pub(super) fn attribute(&self, resource: &str, attribute: &str, place: &str) -> Result<Value, TemplateError> {
        let (kind, name) = self.named(resource, place)?;
        let context = self.context;
        let value = match (kind.as_str(), attribute) {
            ("AWS::SQS::Queue", "Arn") => context.arn("sqs", &name),
            ("AWS::SQS::Queue", "QueueName") => name,
            ("AWS::DynamoDB::Table", "Arn") => context.arn("dynamodb", &format!("table/{name}")),
            ("AWS::Serverless::Function", "Arn") => context.arn("lambda", &format!("function:{name}")),
            ("AWS::KMS::Key", "Arn") => context.arn("kms", &format!("key/{name}")),
            ("AWS::Logs::LogGroup", "Arn") => context.arn("logs", &format!("log-group:{name}:*")),
            _ => {
                let what = format!("attribute {attribute} of {kind} {resource}");
                return Err(TemplateError::unknown(place, &what));
            }
        };
        Ok(Value::String(value))
    }

    /// Type and physical name of a resource: the name in its properties, else `<stack>-<logical id>`.
    ///
    /// # Errors
    /// No such resource.
    pub fn named(&self, logical_id: &str, place: &str) -> Result<(String, String), TemplateError> {
        let resource = self
            .resources
            .get(logical_id)
            .ok_or_else(|| TemplateError::resolve(place, &format!("there is no {logical_id}")))?;
        let kind = resource.get("Type").map(text).unwrap_or_default();
        let property = match kind.as_str() {
            "AWS::SQS::Queue" => "QueueName",
            "AWS::DynamoDB::Table" => "TableName",
            "AWS::Serverless::Function" => "FunctionName",
            "AWS::Logs::LogGroup" => "LogGroupName",
            _ => "",
        };
        let name = match resource.get("Properties").and_then(|properties| properties.get(property)) {
            Some(name) => self.resolve_optional(name, &format!("{logical_id}.{property}"))?,
            None => None,
        };
        Ok((kind, name.map_or_else(|| format!("{}-{logical_id}", self.context.stack), |name| text(&name))))
    }

    /// `${Name}` and `${Resource.Attribute}`.
    pub(super) fn substitute(&self, argument: &Value, place: &str) -> Result<Value, TemplateError> {
        let mut rest = argument.as_str().ok_or_else(|| TemplateError::resolve(place, "Fn::Sub expects text"))?;
        let mut result = String::new();
        while let Some(start) = rest.find("${") {
            result.push_str(&rest[..start]);
            let inner = &rest[start + 2..];
            let end = inner.find('}').ok_or_else(|| TemplateError::resolve(place, "${ without }"))?;
            let name = inner[..end].trim();
            rest = &inner[end + 1..];
            let value = match name.split_once('.') {
                Some((resource, attribute)) => self.attribute(resource, attribute, place)?,
                None => self.reference(name, place)?,
            };
            result.push_str(&text(&value));
        }
        result.push_str(rest);
        Ok(Value::String(result))
    }
}
