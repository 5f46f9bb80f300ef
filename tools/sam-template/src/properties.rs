//! Strict reading of one mapping of properties: each is read, or ignored by name, or an error.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::error::TemplateError;
use crate::resolve::{Resolver, text};

/// The properties at one place in a template.
pub(super) struct Properties<'a> {
    place: String,
    values: Map<String, Value>,
    resolver: &'a Resolver<'a>,
    seen: RefCell<BTreeSet<String>>,
}

impl<'a> Properties<'a> {
    pub(super) fn new(value: Option<&Value>, place: &str, resolver: &'a Resolver<'a>) -> Result<Self, TemplateError> {
        let values = match value {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(values)) => values.clone(),
            Some(_) => return Err(TemplateError::invalid(place, "must be a mapping")),
        };
        Ok(Self { place: place.to_owned(), values, resolver, seen: RefCell::default() })
    }

    /// The resolved property, `None` where it is absent or resolves to `AWS::NoValue`.
    pub(super) fn get(&self, name: &str) -> Result<Option<Value>, TemplateError> {
        self.seen.borrow_mut().insert(name.to_owned());
        let Some(value) = self.values.get(name) else {
            return Ok(None);
        };
        self.resolver.resolve_optional(value, &format!("{}.{name}", self.place))
    }

    pub(super) fn string(&self, name: &str) -> Result<Option<String>, TemplateError> {
        match self.get(name)? {
            None => Ok(None),
            Some(value @ (Value::String(_) | Value::Number(_) | Value::Bool(_))) => Ok(Some(text(&value))),
            Some(_) => Err(self.invalid(name, "must be text")),
        }
    }

    pub(super) fn required(&self, name: &str) -> Result<String, TemplateError> {
        self.string(name)?.ok_or_else(|| self.invalid(name, "is missing"))
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, TemplateError> {
        self.string(name)?
            .map(|value| value.parse().map_err(|_| self.invalid(name, "must be a whole number")))
            .transpose()
    }

    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, TemplateError> {
        self.string(name)?
            .map(|value| value.parse().map_err(|_| self.invalid(name, "must be true or false")))
            .transpose()
    }

    pub(super) fn list(&self, name: &str) -> Result<Vec<Value>, TemplateError> {
        match self.get(name)? {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(self.invalid(name, "must be a list")),
        }
    }

    pub(super) fn nested(&self, name: &str) -> Result<Option<Properties<'a>>, TemplateError> {
        let place = format!("{}.{name}", self.place);
        self.get(name)?.map(|value| Properties::new(Some(&value), &place, self.resolver)).transpose()
    }

    /// Checks that every property was read.
    ///
    /// # Errors
    /// `Unknown` for a property that was neither read nor is `ignored`.
    pub(super) fn finish(self, ignored: &[&str]) -> Result<(), TemplateError> {
        let seen = self.seen.borrow();
        match self.values.keys().find(|name| !seen.contains(*name) && !ignored.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(TemplateError::unknown(&self.place, &format!("property {name}"))),
        }
    }

    pub(super) fn invalid(&self, name: &str, problem: &str) -> TemplateError {
        TemplateError::invalid(&format!("{}.{name}", self.place), problem)
    }
}
