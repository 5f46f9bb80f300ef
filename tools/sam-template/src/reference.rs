//! What `Ref`, `Fn::GetAtt` and `Fn::Sub` stand for in the place a template is resolved for.

use serde_json::{Map, Value};

use super::TemplateError;
use super::resolve::{NO_VALUE, Resolver, fail, text, unknown};

impl Resolver<'_> {
    /// What `Ref` gives for a parameter, a pseudo parameter or a resource: its physical id.
    ///
    /// # Errors
    /// There is nothing of that name.
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
            "AWS::StackId" => {
                return Ok(context.arn("cloudformation", &format!("stack/{}/local", context.stack)).into());
            }
            _ => {
                let (kind, name) = self.named(name, place)?;
                return Ok(Value::String(match kind.as_str() {
                    "AWS::SQS::Queue" => {
                        format!("{}/{}/{name}", context.aws_endpoint, context.account)
                    }
                    _ => name,
                }));
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
            ("AWS::SQS::Queue", "QueueUrl") => {
                format!("{}/{}/{name}", context.aws_endpoint, context.account)
            }
            ("AWS::DynamoDB::Table" | "AWS::Serverless::SimpleTable", "Arn") => {
                context.arn("dynamodb", &format!("table/{name}"))
            }
            ("AWS::Serverless::Function" | "AWS::Lambda::Function", "Arn") => {
                context.arn("lambda", &format!("function:{name}"))
            }
            ("AWS::KMS::Key", "Arn") => context.arn("kms", &format!("key/{name}")),
            ("AWS::Logs::LogGroup", "Arn") => context.arn("logs", &format!("log-group:{name}:*")),
            _ => {
                return Err(unknown(place, &format!("attribute {attribute} of {kind} {resource}")));
            }
        };
        Ok(Value::String(value))
    }

    /// Type and physical name of a resource: the name its property gives, else `<stack>-<logical id>`.
    ///
    /// # Errors
    /// No such resource.
    pub fn named(&self, logical_id: &str, place: &str) -> Result<(String, String), TemplateError> {
        let resource =
            self.resources.get(logical_id).ok_or_else(|| fail(place, &format!("there is no {logical_id}")))?;
        let kind = resource.get("Type").map(text).unwrap_or_default();
        let property = match kind.as_str() {
            "AWS::SQS::Queue" => "QueueName",
            "AWS::DynamoDB::Table" | "AWS::Serverless::SimpleTable" => "TableName",
            "AWS::Serverless::Function" | "AWS::Lambda::Function" => "FunctionName",
            "AWS::Logs::LogGroup" => "LogGroupName",
            _ => "",
        };
        let given = resource.get("Properties").and_then(|properties| properties.get(property));
        let given = given.map(|name| self.resolve(name, &format!("{logical_id}.{property}"))).transpose()?;
        let name = match given {
            Some(name) if name != Value::String(NO_VALUE.to_owned()) => text(&name),
            _ => format!("{}-{logical_id}", self.context.stack),
        };
        Ok((kind, name))
    }

    /// `${Name}`, `${Resource.Attribute}`, `${!Literal}` and the two-argument form with its own variables.
    pub(super) fn substitute(&self, argument: &Value, place: &str) -> Result<Value, TemplateError> {
        let (pattern, variables) = match argument {
            Value::Array(parts) => match parts.as_slice() {
                [pattern, Value::Object(variables)] => (text(pattern), variables.clone()),
                _ => return Err(fail(place, "Fn::Sub wants text, or [text, variables]")),
            },
            pattern => (text(pattern), Map::new()),
        };
        let mut result = String::new();
        let mut rest = pattern.as_str();
        while let Some(start) = rest.find("${") {
            result.push_str(&rest[..start]);
            let inner = &rest[start + 2..];
            let end = inner.find('}').ok_or_else(|| fail(place, "${ without }"))?;
            let name = inner[..end].trim();
            rest = &inner[end + 1..];
            let value = if let Some(literal) = name.strip_prefix('!') {
                Value::String(format!("${{{literal}}}"))
            } else if let Some(variable) = variables.get(name) {
                self.resolve(variable, place)?
            } else if let Some((resource, attribute)) = name.split_once('.') {
                self.attribute(resource, attribute, place)?
            } else {
                self.reference(name, place)?
            };
            result.push_str(&text(&value));
        }
        result.push_str(rest);
        Ok(Value::String(result))
    }
}
