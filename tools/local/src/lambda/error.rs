//! Why an invocation failed.

/// Why an invocation failed. The texts contain no payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// The handler reported an error (Lambda's `FunctionError`). Its message may contain data that must not be printed.
    #[error("the handler failed: {kind}")]
    #[expect(missing_docs, reason = "the names say it")]
    Handler { kind: String, message: String },
    /// The execution environment was killed after the time limit.
    #[error("task timed out after {0} ms")]
    TimedOut(u128),
    /// The process ended during the invocation.
    #[error("the process ended during the invocation: {0}")]
    Crashed(String),
    /// No execution environment started.
    #[error("cannot start: {0}")]
    Init(String),
}
