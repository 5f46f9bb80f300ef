//! Parses a template's text into a JSON tree. CloudFormation's short tags become the long form of JSON templates.
//!
//! On parser events instead of a serde YAML crate: those resolve aliases, and lose the line of a bad tag.

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Number, Value};

use crate::error::TemplateError;

/// Parses one YAML document.
///
/// # Errors
/// `TemplateError::Yaml` for invalid YAML, several documents, aliases, keys that are not text, and duplicate keys.
pub fn parse(text: &str) -> Result<Value, TemplateError> {
    let mut events = Events { parser: Parser::new_from_str(text), line: 1 };
    let first = loop {
        match events.next()? {
            Event::StreamStart | Event::DocumentStart(_) => {}
            Event::StreamEnd => return Err(events.error("the file is empty")),
            first => break first,
        }
    };
    let value = events.node(first)?;
    match (events.next()?, events.next()?) {
        (Event::DocumentEnd, Event::StreamEnd) => Ok(value),
        _ => Err(events.error("more than one document")),
    }
}

struct Events<'input> {
    parser: Parser<'input, saphyr_parser::StrInput<'input>>,
    line: usize,
}

impl<'input> Events<'input> {
    fn error(&self, problem: &str) -> TemplateError {
        TemplateError::Yaml(format!("line {}: {problem}", self.line))
    }

    fn next(&mut self) -> Result<Event<'input>, TemplateError> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                self.line = span.start.line();
                Ok(event)
            }
            Some(Err(error)) => Err(TemplateError::Yaml(error.to_string())),
            None => Err(self.error("unexpected end of file")),
        }
    }

    fn node(&mut self, event: Event<'input>) -> Result<Value, TemplateError> {
        let (tag, value) = match event {
            Event::Scalar(text, style, _, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                (tag, if plain { plain_scalar(&text) } else { Value::String(text.into_owned()) })
            }
            Event::SequenceStart(_, tag) => (tag, self.sequence()?),
            Event::MappingStart(_, tag) => (tag, self.mapping()?),
            Event::Alias(_) => return Err(self.error("aliases are not allowed in CloudFormation templates")),
            other => return Err(self.error(&format!("unexpected {other:?}"))),
        };
        match tag {
            Some(tag) => self.tagged(&tag, value),
            None => Ok(value),
        }
    }

    fn sequence(&mut self) -> Result<Value, TemplateError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(Value::Array(items)),
                event => items.push(self.node(event)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<Value, TemplateError> {
        let mut entries = Map::new();
        loop {
            let key = match self.next()? {
                Event::MappingEnd => return Ok(Value::Object(entries)),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return Err(self.error("a key must be text")),
            };
            let event = self.next()?;
            let value = self.node(event)?;
            if entries.insert(key.clone(), value).is_some() {
                return Err(self.error(&format!("duplicate key {key}")));
            }
        }
    }

    /// `!Ref X` → `{"Ref": "X"}`, `!GetAtt A.B` → `{"Fn::GetAtt": ["A", "B"]}`, `!X v` → `{"Fn::X": v}`.
    fn tagged(&self, tag: &Tag, value: Value) -> Result<Value, TemplateError> {
        if tag.is_yaml_core_schema() {
            return Ok(value);
        }
        if tag.handle != "!" {
            return Err(self.error(&format!("unknown tag {tag}")));
        }
        let (key, value) = match (tag.suffix.as_str(), value) {
            ("Ref", value) => ("Ref".to_owned(), value),
            ("GetAtt", Value::String(path)) => {
                let (resource, attribute) =
                    path.split_once('.').ok_or_else(|| self.error("!GetAtt expects Resource.Attribute"))?;
                ("Fn::GetAtt".to_owned(), Value::from(vec![resource, attribute]))
            }
            ("Condition", value) => ("Condition".to_owned(), value),
            (name, value) => (format!("Fn::{name}"), value),
        };
        Ok(Value::Object(Map::from_iter([(key, value)])))
    }
}

/// YAML 1.2's core schema; a date such as `2012-10-17` stays text.
fn plain_scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    if let Ok(integer) = text.parse::<i64>() {
        // "0123" and "+1" are more likely identifiers than numbers: account ids can begin with zeros.
        if integer.to_string() == text {
            return Value::from(integer);
        }
        return Value::String(text.to_owned());
    }
    let decimal = text.contains('.') && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-'));
    if let Some(number) = decimal.then(|| text.parse().ok()).flatten().and_then(Number::from_f64) {
        return Value::Number(number);
    }
    Value::String(text.to_owned())
}
