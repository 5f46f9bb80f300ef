//! What a template says, in plain structs. Times carry their unit in their name.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::iam::Statement;

/// A key attribute and its DynamoDB type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The attribute's name.
    pub name: String,
    /// `S`, `N` or `B`.
    pub kind: String,
}

/// A DynamoDB table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its id in the template.
    pub logical_id: String,
    /// Its physical name.
    pub name: String,
    /// Partition key.
    pub hash: Key,
    /// Sort key.
    pub range: Option<Key>,
    /// Global secondary indexes.
    pub indexes: Vec<Index>,
    /// The attribute that DynamoDB expires items by (epoch seconds), where expiry is on.
    pub ttl_attribute: Option<String>,
    /// Whether point-in-time recovery is on.
    pub point_in_time_recovery: bool,
    /// Whether billing is on demand.
    pub on_demand: bool,
    /// Whether the table refuses to be deleted.
    pub deletion_protected: bool,
    /// `SSESpecification`, resolved, where there is one.
    pub encryption: Option<Value>,
}

/// A global secondary index.
#[derive(Debug, Clone)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Partition key.
    pub hash: Key,
    /// Sort key.
    pub range: Option<Key>,
    /// `KEYS_ONLY`, `ALL` or `INCLUDE`.
    pub projection: String,
    /// Attributes of an `INCLUDE` projection.
    pub included: Vec<String>,
}

/// Where a message goes that was received too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    /// The dead-letter queue's ARN.
    pub dead_letter_arn: String,
    /// Receives before the move.
    pub max_receive_count: u64,
}

/// An SQS standard queue; absent properties carry SQS's defaults.
#[derive(Debug, Clone)]
pub struct Queue {
    /// Its id in the template.
    pub logical_id: String,
    /// Its physical name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its URL at the local endpoint.
    pub url: String,
    /// How long a received message stays invisible.
    pub visibility_timeout_s: u64,
    /// How long a message is kept.
    pub retention_s: u64,
    /// How long a sent message waits before it can be received.
    pub delay_s: u64,
    /// How long a receive waits by default.
    pub receive_wait_s: u64,
    /// The dead-letter queue, where there is one.
    pub redrive: Option<Redrive>,
    /// Which queues may name it as their dead-letter queue, where that is limited.
    pub redrive_allow: Option<Value>,
    /// Whether a KMS key or SQS's own encryption is named.
    pub encrypted: bool,
}

/// A Lambda function, with the template's `Globals` applied.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its id in the template.
    pub logical_id: String,
    /// Its physical name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The cargo binary (and package) it is built from.
    pub binary: String,
    /// Time it gets for one invocation.
    pub timeout_s: u64,
    /// Memory, in MiB.
    pub memory_mib: u64,
    /// `ReservedConcurrentExecutions`.
    pub reserved_concurrency: Option<u64>,
    /// `LoggingConfig.LogFormat` is JSON.
    pub json_logs: bool,
    /// Environment with every value resolved.
    pub environment: BTreeMap<String, String>,
    /// Its role, where the template declares one.
    pub role: Option<Role>,
    /// `Globals` and the function's own properties, merged as SAM merges them and not resolved: policies, architectures
    /// and the like, for checks.
    pub properties: Value,
}

impl Function {
    /// The access key id that stands for the function's role at the local endpoint: its name.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.name
    }
}

/// What a function may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its id in the template.
    pub logical_id: String,
    /// The statements of its inline policies, resolved. Conditions are left out: only statements on calls that never
    /// reach the local endpoint may have one.
    pub statements: Vec<Statement>,
}

/// A route of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRoute {
    /// The method in capitals, or `ANY`.
    pub method: String,
    /// The path with `{name}` and `{name+}` variables.
    pub path: String,
    /// Logical id of the function behind it.
    pub function: String,
}

impl HttpRoute {
    /// The route key as API Gateway writes it: `POST /icims/events`.
    #[must_use]
    pub fn key(&self) -> String {
        if self.path == "$default" { self.path.clone() } else { format!("{} {}", self.method, self.path) }
    }
}

/// An SQS event source of a function.
#[derive(Debug, Clone)]
pub struct SqsSource {
    /// Logical id of the function it feeds.
    pub function: String,
    /// Name of the event in the template.
    pub event: String,
    /// ARN of the queue it reads.
    pub queue_arn: String,
    /// Most records in one invocation.
    pub batch_size: u64,
    /// How long records are gathered before an invocation.
    pub batching_window_s: u64,
    /// Most invocations at once, where the template limits them.
    pub max_concurrency: Option<u64>,
    /// Whether the function's `batchItemFailures` are read.
    pub reports_batch_item_failures: bool,
    /// Whether the source is switched on.
    pub enabled: bool,
}

/// Which service calls the function on time; the event's shape depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleKind {
    /// SAM `Schedule`: an EventBridge rule.
    Rule,
    /// SAM `ScheduleV2`: EventBridge Scheduler.
    Scheduler,
}

/// A schedule of a function.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Logical id of the function it calls.
    pub function: String,
    /// Name of the event in the template.
    pub event: String,
    /// Who calls.
    pub kind: ScheduleKind,
    /// The time between two calls.
    pub every_s: u64,
    /// `Input`: the payload instead of the service's own event.
    pub input: Option<String>,
    /// Whether the schedule is switched on.
    pub enabled: bool,
}
