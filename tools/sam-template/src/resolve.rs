//! Evaluates parameters, conditions and intrinsic functions for one stack.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::error::TemplateError;

/// The stack that a template is resolved for.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Context {
    pub region: String,
    pub account: String,
    /// `AWS::StackName`; also the prefix for resources without a name.
    pub stack: String,
    /// Base of the queue URLs, without a trailing slash.
    pub aws_endpoint: String,
    /// Values that replace the parameters' defaults.
    pub parameters: BTreeMap<String, String>,
}

impl Context {
    /// The local account and region, with the AWS endpoint at `aws_endpoint`.
    #[must_use]
    pub fn local(aws_endpoint: &str) -> Self {
        Self {
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            stack: "local".to_owned(),
            aws_endpoint: aws_endpoint.trim_end_matches('/').to_owned(),
            // The local run has the account to itself: plain names.
            parameters: BTreeMap::from([("NamePrefix".to_owned(), String::new())]),
        }
    }

    /// `arn:aws:<service>:<region>:<account>:<resource>`.
    #[must_use]
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    pub(super) fn queue_url(&self, name: &str) -> String {
        format!("{}/{}/{name}", self.aws_endpoint, self.account)
    }
}

/// Represents `AWS::NoValue` until its property is dropped.
pub(super) const NO_VALUE: &str = "\u{0}AWS::NoValue";

/// Evaluates expressions of one template.
#[derive(Debug)]
pub struct Resolver<'a> {
    pub(super) context: &'a Context,
    pub(super) parameters: BTreeMap<String, Value>,
    conditions: Map<String, Value>,
    mappings: Map<String, Value>,
    pub(super) resources: Map<String, Value>,
}

impl<'a> Resolver<'a> {
    /// Takes parameters, conditions, mappings and resources from the template's root.
    ///
    /// # Errors
    /// A parameter without default and value.
    pub fn new(root: &Value, context: &'a Context) -> Result<Self, TemplateError> {
        let section = |name: &str| root.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
        let mut parameters = BTreeMap::new();
        for (name, declaration) in section("Parameters") {
            let value = match (context.parameters.get(&name), declaration.get("Default")) {
                (Some(value), _) => Value::String(value.clone()),
                (None, Some(default)) => default.clone(),
                (None, None) => {
                    return Err(TemplateError::resolve(
                        &format!("Parameters.{name}"),
                        "has neither a default nor a value",
                    ));
                }
            };
            parameters.insert(name, value);
        }
        Ok(Self {
            context,
            parameters,
            conditions: section("Conditions"),
            mappings: section("Mappings"),
            resources: section("Resources"),
        })
    }

    /// The parameters' values, by name.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether the condition named `name` holds.
    ///
    /// # Errors
    /// An unknown condition, or one that cannot be evaluated.
    pub fn condition(&self, name: &str) -> Result<bool, TemplateError> {
        let place = format!("Conditions.{name}");
        let body = self.conditions.get(name).ok_or_else(|| TemplateError::resolve(&place, "no such condition"))?;
        self.truth(body, &place)
    }

    /// Evaluates a tree; entries that become `AWS::NoValue` disappear.
    ///
    /// # Errors
    /// A reference to something outside the template, or an unknown function.
    pub fn resolve(&self, value: &Value, place: &str) -> Result<Value, TemplateError> {
        match value {
            Value::Object(entries) => {
                if let Some((name, argument)) = intrinsic(entries) {
                    return self.call(name, argument, place);
                }
                let mut resolved = Map::new();
                for (key, value) in entries {
                    if let Some(value) = self.resolve_optional(value, &format!("{place}.{key}"))? {
                        resolved.insert(key.clone(), value);
                    }
                }
                Ok(Value::Object(resolved))
            }
            Value::Array(items) => {
                let mut resolved = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    resolved.extend(self.resolve_optional(item, &format!("{place}[{index}]"))?);
                }
                Ok(Value::Array(resolved))
            }
            plain => Ok(plain.clone()),
        }
    }

    /// `None` for what becomes `AWS::NoValue`.
    pub(super) fn resolve_optional(&self, value: &Value, place: &str) -> Result<Option<Value>, TemplateError> {
        let value = self.resolve(value, place)?;
        Ok(if value.as_str() == Some(NO_VALUE) { None } else { Some(value) })
    }

    fn call(&self, name: &str, argument: &Value, place: &str) -> Result<Value, TemplateError> {
        match (name, argument.as_array().map(Vec::as_slice)) {
            ("Ref", _) => self.reference(&text(argument), place),
            ("Fn::Sub", _) => self.substitute(argument, place),
            ("Fn::GetAtt", Some([resource, attribute])) => self.attribute(&text(resource), &text(attribute), place),
            ("Fn::If", Some([condition, yes, no])) => {
                self.resolve(if self.condition(&text(condition))? { yes } else { no }, place)
            }
            ("Fn::FindInMap", Some([map, first, second])) => {
                let first = text(&self.resolve(first, place)?);
                let entry = self.mappings.get(&text(map)).and_then(|map| map.get(first)?.get(text(second)));
                entry.cloned().ok_or_else(|| TemplateError::resolve(place, "Fn::FindInMap finds no entry"))
            }
            ("Fn::GetAtt" | "Fn::If" | "Fn::FindInMap", _) => {
                Err(TemplateError::resolve(place, &format!("{name}: wrong number of arguments")))
            }
            (other, _) => Err(TemplateError::unknown(place, &format!("intrinsic function {other}"))),
        }
    }

    fn truth(&self, body: &Value, place: &str) -> Result<bool, TemplateError> {
        let (name, argument) =
            body.as_object().and_then(intrinsic).ok_or_else(|| TemplateError::resolve(place, "not a condition"))?;
        match (name, argument.as_array().map(Vec::as_slice)) {
            ("Fn::Equals", Some([left, right])) => {
                Ok(text(&self.resolve(left, place)?) == text(&self.resolve(right, place)?))
            }
            ("Fn::Not", Some([part])) => Ok(!self.truth(part, place)?),
            ("Fn::And", Some(parts)) => parts.iter().try_fold(true, |all, part| Ok(self.truth(part, place)? && all)),
            ("Condition", _) => self.condition(&text(argument)),
            (other, _) => Err(TemplateError::unknown(place, &format!("condition {other}"))),
        }
    }
}

pub(super) fn intrinsic(entries: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = entries.iter().next()?;
    let known = name == "Ref" || (name == "Condition" && argument.is_string()) || name.starts_with("Fn::");
    (entries.len() == 1 && known).then_some((name.as_str(), argument))
}

/// A scalar, or a list of scalars, as CloudFormation renders it into text.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
