//! Evaluates parameters, conditions, mappings and intrinsic functions for one place to run in.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::TemplateError;

/// The place a template is resolved for.
#[derive(Debug, Clone)]
pub struct Context {
    /// `AWS::Region`.
    pub region: String,
    /// `AWS::AccountId`.
    pub account: String,
    /// `AWS::StackName`; also the prefix of resources that the template leaves unnamed.
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
            parameters: BTreeMap::new(),
        }
    }

    /// `arn:aws:<service>:<region>:<account>:<resource>`.
    #[must_use]
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }
}

/// Stands for `AWS::NoValue` until the property that held it is dropped.
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
    /// A parameter that has neither default nor value.
    pub fn new(root: &Value, context: &'a Context) -> Result<Self, TemplateError> {
        let section = |name: &str| root.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
        let mut parameters = BTreeMap::new();
        for (name, declaration) in section("Parameters") {
            let value = match (context.parameters.get(&name), declaration.get("Default")) {
                (Some(given), _) => Value::String(given.clone()),
                (None, Some(default)) => default.clone(),
                (None, None) => {
                    return Err(fail(&format!("Parameters.{name}"), "has no default and no value was given"));
                }
            };
            let list = declaration
                .get("Type")
                .and_then(Value::as_str)
                .is_some_and(|kind| kind == "CommaDelimitedList" || kind.starts_with("List<"));
            parameters.insert(name, if list { split_list(&text(&value)) } else { value });
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
        let body = self.conditions.get(name).ok_or_else(|| fail(&place, "no such condition"))?;
        self.truth(body, &place)
    }

    /// Evaluates a tree; entries that become `AWS::NoValue` disappear.
    ///
    /// # Errors
    /// A reference to something that is not in the template, or a function this reader does not know.
    pub fn resolve(&self, value: &Value, place: &str) -> Result<Value, TemplateError> {
        match value {
            Value::Object(entries) => {
                if let Some((name, argument)) = intrinsic(entries) {
                    return self.call(name, argument, place);
                }
                let mut resolved = Map::new();
                for (key, value) in entries {
                    let value = self.resolve(value, &format!("{place}.{key}"))?;
                    if value != Value::String(NO_VALUE.to_owned()) {
                        resolved.insert(key.clone(), value);
                    }
                }
                Ok(Value::Object(resolved))
            }
            Value::Array(items) => {
                let mut resolved = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    let value = self.resolve(item, &format!("{place}[{index}]"))?;
                    if value != Value::String(NO_VALUE.to_owned()) {
                        resolved.push(value);
                    }
                }
                Ok(Value::Array(resolved))
            }
            plain => Ok(plain.clone()),
        }
    }

    fn call(&self, name: &str, argument: &Value, place: &str) -> Result<Value, TemplateError> {
        let string = |value: &Value| self.resolve(value, place).map(|value| text(&value));
        let list = |value: &Value| match self.resolve(value, place)? {
            Value::Array(items) => Ok(items),
            _ => Err(fail(place, &format!("{name} wants a list"))),
        };
        match name {
            "Ref" => self.reference(&text(argument), place),
            "Fn::GetAtt" => {
                let parts = list(argument)?;
                match parts.as_slice() {
                    [resource, attribute] => self.attribute(&text(resource), &text(attribute), place),
                    _ => Err(fail(place, "Fn::GetAtt wants [Resource, Attribute]")),
                }
            }
            "Fn::Sub" => self.substitute(argument, place),
            "Fn::Join" => match argument.as_array().map(Vec::as_slice) {
                Some([separator, items]) => {
                    let items: Vec<String> = list(items)?.iter().map(text).collect();
                    Ok(Value::String(items.join(&text(separator))))
                }
                _ => Err(fail(place, "Fn::Join wants [separator, list]")),
            },
            "Fn::Split" => match argument.as_array().map(Vec::as_slice) {
                Some([separator, source]) => {
                    let source = string(source)?;
                    Ok(source.split(&text(separator)).map(Value::from).collect())
                }
                _ => Err(fail(place, "Fn::Split wants [separator, text]")),
            },
            "Fn::Select" => match argument.as_array().map(Vec::as_slice) {
                Some([index, items]) => {
                    let index: usize =
                        string(index)?.parse().map_err(|_| fail(place, "Fn::Select wants a number first"))?;
                    list(items)?.get(index).cloned().ok_or_else(|| fail(place, "Fn::Select is out of range"))
                }
                _ => Err(fail(place, "Fn::Select wants [index, list]")),
            },
            "Fn::If" => match argument.as_array().map(Vec::as_slice) {
                Some([condition, yes, no]) => {
                    self.resolve(if self.condition(&text(condition))? { yes } else { no }, place)
                }
                _ => Err(fail(place, "Fn::If wants [condition, then, else]")),
            },
            "Fn::FindInMap" => match list(argument)?.as_slice() {
                [map, first, second] => self
                    .mappings
                    .get(&text(map))
                    .and_then(|map| map.get(text(first)))
                    .and_then(|entry| entry.get(text(second)))
                    .cloned()
                    .ok_or_else(|| fail(place, "Fn::FindInMap finds nothing")),
                _ => Err(fail(place, "Fn::FindInMap wants [map, key, key]")),
            },
            "Condition" | "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" => {
                let whole = Value::Object(Map::from_iter([(name.to_owned(), argument.clone())]));
                self.truth(&whole, place).map(Value::Bool)
            }
            other => Err(unknown(place, &format!("intrinsic function {other}"))),
        }
    }

    fn truth(&self, body: &Value, place: &str) -> Result<bool, TemplateError> {
        let Some((name, argument)) = body.as_object().and_then(intrinsic) else {
            return match self.resolve(body, place)? {
                Value::Bool(value) => Ok(value),
                Value::String(value) if value == "true" => Ok(true),
                Value::String(value) if value == "false" => Ok(false),
                _ => Err(fail(place, "not a condition")),
            };
        };
        let parts = argument.as_array().cloned().unwrap_or_default();
        match name {
            "Condition" => self.condition(&text(argument)),
            "Fn::Equals" if parts.len() == 2 => {
                Ok(text(&self.resolve(&parts[0], place)?) == text(&self.resolve(&parts[1], place)?))
            }
            "Fn::Not" if parts.len() == 1 => Ok(!self.truth(&parts[0], place)?),
            "Fn::And" => parts.iter().try_fold(true, |all, part| Ok(self.truth(part, place)? && all)),
            "Fn::Or" => parts.iter().try_fold(false, |any, part| Ok(self.truth(part, place)? || any)),
            other => Err(unknown(place, &format!("condition {other}"))),
        }
    }
}

fn intrinsic(entries: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = entries.iter().next()?;
    let known = name == "Ref" || (name == "Condition" && argument.is_string()) || name.starts_with("Fn::");
    (entries.len() == 1 && known).then_some((name.as_str(), argument))
}

fn split_list(value: &str) -> Value {
    value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Value::from).collect()
}

/// A scalar as CloudFormation writes it into text.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

pub(super) fn fail(place: &str, problem: &str) -> TemplateError {
    TemplateError::Resolve { place: place.to_owned(), problem: problem.to_owned() }
}

pub(super) fn unknown(place: &str, problem: &str) -> TemplateError {
    TemplateError::Unknown { place: place.to_owned(), problem: problem.to_owned() }
}
