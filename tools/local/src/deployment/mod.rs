//! What AWS would tell of a stack made from the template: CloudFormation's stack and resources, Lambda's functions and
//! event sources, EventBridge's rules, CloudWatch's alarms. Each is kept in the shape of the AWS call that shows it; the
//! local endpoint answers from it (`/__local/stack`).

mod alarms;
mod functions;
mod resources;
mod stack;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::template::resolve::Resolver;
use crate::template::{Context, Template, TemplateError};

/// A stack as its AWS services describe it. Empty before one was made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Deployment {
    /// CloudFormation's `Stack`: name, id, status, parameters, outputs.
    pub stack: Value,
    /// CloudFormation's `StackResource`s, those included that SAM makes of a function's events.
    pub resources: Vec<Value>,
    /// The functions.
    pub functions: Vec<DeployedFunction>,
    /// Lambda's `EventSourceMappingConfiguration`s.
    pub event_source_mappings: Vec<Value>,
    /// The rules.
    pub rules: Vec<DeployedRule>,
    /// CloudWatch's `MetricAlarm`s.
    pub alarms: Vec<Value>,
}

/// A function as Lambda knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeployedFunction {
    /// Lambda's `FunctionConfiguration`, without `CodeSha256` and `CodeSize`.
    pub configuration: Value,
    /// The executable, for those two: none where the function is no program.
    pub code: Option<PathBuf>,
}

/// A rule as EventBridge knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeployedRule {
    /// The answer to `DescribeRule`.
    pub rule: Value,
    /// Its `Target`s.
    pub targets: Vec<Value>,
}

/// What is known of a stack once it is made, beside its template.
#[derive(Debug)]
pub struct Made<'a> {
    /// Base of the HTTP API here; stands wherever the template builds the API's address on AWS.
    pub api_url: &'a str,
    /// The functions' executables, by binary name.
    pub code: BTreeMap<String, PathBuf>,
    /// Variables set for every function over those of the template.
    pub environment: &'a BTreeMap<String, String>,
    /// When.
    pub at: OffsetDateTime,
}

impl Deployment {
    /// Describes the stack that `made` tells of.
    ///
    /// # Errors
    /// The template says something that this reader does not know.
    pub fn of(template: &Template, context: &Context, made: &Made<'_>) -> Result<Self, TemplateError> {
        let resolver = Resolver::new(template.raw(), context)?;
        let of = Describing { template, context, made, resolver: &resolver };
        Ok(Self {
            stack: of.stack()?,
            resources: of.resources()?,
            functions: of.functions()?,
            event_source_mappings: of.event_source_mappings(),
            rules: of.rules()?,
            alarms: of.alarms()?,
        })
    }

    /// The function with this name.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&DeployedFunction> {
        self.functions.iter().find(|function| function.configuration["FunctionName"] == name)
    }
}

/// Everything that a description is made of.
struct Describing<'a> {
    template: &'a Template,
    context: &'a Context,
    made: &'a Made<'a>,
    resolver: &'a Resolver<'a>,
}

impl Describing<'_> {
    /// The stack's own id.
    fn stack_id(&self) -> String {
        self.context.arn("cloudformation", &format!("stack/{}/local", self.context.stack))
    }

    /// A name as CloudFormation makes one where the template gives none.
    fn made_up(&self, logical_id: &str) -> String {
        format!("{}-{logical_id}", self.context.stack)
    }
}

/// `2026-11-23T13:00:00.000Z`
const ISO_8601: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// `2026-11-23T13:00:00.000+0000`, as Lambda writes it.
const LAMBDA: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]+0000");

fn written(at: OffsetDateTime, format: &[BorrowedFormatItem<'_>]) -> String {
    at.to_offset(time::UtcOffset::UTC).format(format).unwrap_or_default()
}

/// Seconds since the epoch, as the JSON protocols write a time.
#[expect(clippy::cast_precision_loss, reason = "a float holds the milliseconds of the next ten thousand years")]
fn epoch_s(at: OffsetDateTime) -> f64 {
    (at.unix_timestamp_nanos() / 1_000_000) as f64 / 1_000.0
}
