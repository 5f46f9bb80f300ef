//! What a template declares, in plain structs. Names are physical names, `logical_id` is the id in the template.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::iam::{Policies, Statement};

/// A template, resolved for one stack.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Template {
    pub tables: Vec<Table>,
    /// SQS queues, including dead-letter queues.
    pub queues: Vec<Queue>,
    pub functions: Vec<Function>,
    pub routes: Vec<HttpRoute>,
    pub sqs_sources: Vec<SqsSource>,
    pub schedules: Vec<Schedule>,
    pub(super) raw: Value,
}

impl Template {
    /// The whole template as a tree with short tags expanded (`!Ref X` is `{"Ref": "X"}`), nothing resolved: for checks
    /// of what the local run does not use (encryption, alarms).
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

    /// The statements of each function's role, by access key id.
    #[must_use]
    pub fn policies(&self) -> Policies {
        let policy = |function: &Function| Some((function.access_key().to_owned(), function.role.clone()?.statements));
        self.functions.iter().filter_map(policy).collect()
    }

    /// The function with this logical id.
    #[must_use]
    pub fn function(&self, logical_id: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.logical_id == logical_id)
    }
}

/// A key attribute and its DynamoDB type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Key {
    pub name: String,
    /// `S`, `N` or `B`.
    pub kind: String,
}

/// A DynamoDB table.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Table {
    pub logical_id: String,
    pub name: String,
    pub hash: Key,
    pub range: Option<Key>,
    pub indexes: Vec<Index>,
    /// The attribute with an item's expiry (epoch seconds), if TTL is enabled.
    pub ttl_attribute: Option<String>,
    pub point_in_time_recovery: bool,
    pub on_demand: bool,
    pub deletion_protected: bool,
    /// `SSESpecification`, resolved, where there is one.
    pub encryption: Option<Value>,
}

/// A global secondary index.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Index {
    pub name: String,
    pub hash: Key,
    pub range: Option<Key>,
    /// `KEYS_ONLY`, `ALL` or `INCLUDE`.
    pub projection: String,
    /// Attributes of an `INCLUDE` projection.
    pub included: Vec<String>,
}

/// Moves a message to the dead-letter queue after `max_receive_count` receives.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Redrive {
    pub dead_letter_arn: String,
    pub max_receive_count: u64,
}

/// An SQS standard queue; absent properties carry SQS's defaults.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Queue {
    pub logical_id: String,
    pub name: String,
    pub arn: String,
    /// Its URL at the local endpoint.
    pub url: String,
    /// How long a received message stays invisible.
    pub visibility_timeout_s: u64,
    pub retention_s: u64,
    pub receive_wait_s: u64,
    pub redrive: Option<Redrive>,
    /// `RedriveAllowPolicy`: the queues that may use this one as their dead-letter queue.
    pub redrive_allow: Option<Value>,
    /// SQS-managed encryption is set.
    pub encrypted: bool,
}

/// A Lambda function, with the template's `Globals` applied.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Function {
    pub logical_id: String,
    pub name: String,
    pub arn: String,
    /// The cargo binary (and package) it is built from.
    pub binary: String,
    pub timeout_s: u64,
    pub memory_mib: u64,
    /// `LoggingConfig.LogFormat` is JSON.
    pub json_logs: bool,
    pub environment: BTreeMap<String, String>,
    pub role: Option<Role>,
    /// `Globals` and the function's own properties, merged as SAM merges them but not resolved.
    pub properties: Value,
}

impl Function {
    /// The access key id that identifies the function's role at the local endpoint: the function's name.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.name
    }
}

/// A function's IAM role.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Role {
    pub logical_id: String,
    /// The statements of its inline policies, resolved, without conditions: only statements on calls that never reach
    /// the local endpoint may have one.
    pub statements: Vec<Statement>,
}

/// A route of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct HttpRoute {
    /// The method in capitals.
    pub method: String,
    /// The path with `{name}` variables.
    pub path: String,
    pub function: String,
}

impl HttpRoute {
    /// The route key as API Gateway writes it: `POST /icims/events`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// An SQS event source of a function.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SqsSource {
    pub function: String,
    pub event: String,
    pub queue_arn: String,
    pub batch_size: u64,
    /// Concurrent invocations, `None` for no limit.
    pub max_concurrency: Option<u64>,
    /// Only the messages in the response's `batchItemFailures` are redelivered.
    pub reports_batch_item_failures: bool,
    pub enabled: bool,
}

/// A schedule of a function: an EventBridge rule.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Schedule {
    pub function: String,
    pub event: String,
    pub every_s: u64,
    pub enabled: bool,
}
