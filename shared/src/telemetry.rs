//! Logs: one JSON object a line, ours at the configured level, dependencies' at WARN at most: at lower levels they
//! print headers and bodies.

use tracing_subscriber::EnvFilter;

/// Crates whose own logs stay at WARN.
const QUIET: [&str; 9] =
    ["hyper", "hyper_util", "reqwest", "rustls", "h2", "tower", "aws_config", "aws_runtime", "aws_smithy_runtime"];

/// Starts logging; the level comes from `RUST_LOG` (`info` if it is not set or cannot be read).
pub fn init() {
    let level = std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned());
    let mut filter = EnvFilter::try_new(&level).unwrap_or_else(|_| EnvFilter::new("info"));
    for name in QUIET.into_iter().chain(["lambda_http", "lambda_runtime", "aws_smithy_runtime_api", "aws_sigv4"]) {
        if let Ok(directive) = format!("{name}=warn").parse() {
            filter = filter.add_directive(directive);
        }
    }
    let subscriber =
        tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false).with_env_filter(filter);
    // A second call, in tests, changes nothing.
    let _ = subscriber.with_target(true).try_init();
}
