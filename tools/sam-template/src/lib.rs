//! Reads the repository's `template.yaml` (AWS SAM) into plain structs, so that the local run is made of what is
//! deployed, and `connector doctor` compares what is deployed with it: the same tables, queues, functions, environment,
//! routes, event sources and schedule.
//!
//! Three steps, a file each: [`yaml`] turns the text into a tree, [`resolve`] evaluates parameters, conditions and
//! intrinsic functions, [`model`] names what comes out. `read` joins them. The reader is strict: a resource, property or
//! event it does not know is an error when it could change what runs, and is passed over only where this module
//! says so by name.

pub mod iam;
pub mod model;
mod properties;
mod read;
mod reference;
pub mod resolve;
mod roles;
mod tables;
pub mod yaml;

use std::path::Path;

use serde_json::Value;

use crate::iam::Policies;

pub use model::{Function, HttpRoute, Index, Key, Queue, Redrive, Role, Schedule, ScheduleKind, SqsSource, Table};
pub use resolve::Context;

/// Why a template could not be read; the text names the place in the template.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file is not there or not readable.
    #[error("cannot read {path}: {source}")]
    File {
        /// The path as it was given.
        path: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// Not YAML, or YAML that no template uses (anchors, several documents, non-text keys).
    #[error("not a template: {0}")]
    Yaml(String),
    /// A reference, condition or intrinsic function that cannot be evaluated.
    #[error("{place}: {problem}")]
    Resolve {
        /// Logical id and property path.
        place: String,
        /// What is wrong there.
        problem: String,
    },
    /// A resource, property or event whose meaning the local run does not know.
    #[error("{place}: {problem}; the local run does not know it (tools/sam-template)")]
    Unknown {
        /// Logical id and property path.
        place: String,
        /// What was found there.
        problem: String,
    },
    /// A property that must be there is missing or of another type.
    #[error("{place}: {problem}")]
    Invalid {
        /// Logical id and property path.
        place: String,
        /// What was expected.
        problem: String,
    },
}

/// A template, read and resolved for one place to run in.
#[derive(Debug, Clone)]
pub struct Template {
    /// DynamoDB tables, by logical id.
    pub tables: Vec<Table>,
    /// SQS queues, dead-letter queues included, by logical id.
    pub queues: Vec<Queue>,
    /// Functions with their environment resolved.
    pub functions: Vec<Function>,
    /// Routes of the HTTP API.
    pub routes: Vec<HttpRoute>,
    /// Queue → function.
    pub sqs_sources: Vec<SqsSource>,
    /// Clock → function.
    pub schedules: Vec<Schedule>,
    raw: Value,
}

impl Template {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// Every variant of [`TemplateError`].
    pub fn read_file(path: &Path, context: &Context) -> Result<Self, TemplateError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| TemplateError::File { path: path.display().to_string(), source })?;
        Self::read(&text, context)
    }

    /// Reads a template's text.
    ///
    /// # Errors
    /// Every variant of [`TemplateError`] but `File`.
    pub fn read(text: &str, context: &Context) -> Result<Self, TemplateError> {
        read::template(yaml::parse(text)?, context)
    }

    /// The whole template as a tree, short tags written out (`!Ref X` is `{"Ref": "X"}`), nothing resolved: for checks
    /// of what the local run itself does not use (encryption, alarms).
    #[must_use]
    pub fn raw(&self) -> &Value {
        &self.raw
    }

    /// The queue with this logical id.
    #[must_use]
    pub fn queue(&self, logical_id: &str) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.logical_id == logical_id)
    }

    /// The table with this logical id.
    #[must_use]
    pub fn table(&self, logical_id: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.logical_id == logical_id)
    }

    /// What each function may call, by its access key id.
    #[must_use]
    pub fn policies(&self) -> Policies {
        let of = |function: &Function| Some((function.access_key().to_owned(), function.role.clone()?.statements));
        self.functions.iter().filter_map(of).collect()
    }

    /// The function with this logical id.
    #[must_use]
    pub fn function(&self, logical_id: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.logical_id == logical_id)
    }
}
