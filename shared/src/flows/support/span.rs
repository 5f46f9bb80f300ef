//! The check in the log: a record's span has its fields, and a message may name only the request or the workflow.

use tracing::Span;
use tracing::field::display;

use crate::domain::CheckKey;

/// Names a check in the current span, for all that is logged in it from now on.
pub(in crate::flows) fn record(key: &CheckKey) {
    let span = Span::current();
    span.record("workflow.id", display(&key.workflow)).record("check.attempt", key.attempt);
}
