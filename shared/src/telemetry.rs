//! Logs: one JSON object a line on stdout, as Lambda's JSON log format wants them (`timestamp`, `level`, `message`),
//! with the fields of the event and of the spans round it side by side. Metrics are made from these lines.
//!
//! What dependencies log is cut at a level at which they name no header, body or URL, whatever the filter says.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterFn, Targets, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// Our crates: nothing is cut.
const OURS: [&str; 7] = [
    "connector_core",
    "icims_webhook",
    "reference_requester",
    "crosschq_callback",
    "icims_updater",
    "rejection_canceller",
    "reconciler",
];

/// The runtime, whose span carries the request id. Below INFO it logs whole events.
const RUNTIME: [&str; 2] = ["lambda_runtime", "lambda_http"];

/// Starts logging to stdout. A second call changes nothing, which tests rely on.
///
/// `filter` is a level or the directives of `RUST_LOG` (see `Config::log_filter`); one that cannot be read is `info`.
pub fn init(filter: &str) {
    let layer = JsonLines { make_writer: io::stdout }.with_filter(capped(filter));
    let already_set = tracing_subscriber::registry().with(layer).try_init().is_err();
    if already_set {
        tracing::debug!("logging had been set up before");
    }
}

/// Writes what this thread logs elsewhere until the guard is dropped, for tests that read or count the lines.
pub fn of_this_thread<W>(filter: &str, make_writer: W) -> DefaultGuard
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = JsonLines { make_writer }.with_filter(capped(filter));
    tracing::subscriber::set_default(tracing_subscriber::registry().with(layer))
}

/// The filter, with dependencies cut.
fn capped(filter: &str) -> FilterFn<impl Fn(&Metadata<'_>) -> bool + use<>> {
    let wanted = filter.parse::<Targets>().unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    filter_fn(move |metadata| {
        *metadata.level() <= cap(metadata.target()) && wanted.would_enable(metadata.target(), metadata.level())
    })
}

fn cap(target: &str) -> LevelFilter {
    let krate = target.split("::").next().unwrap_or(target);
    if OURS.contains(&krate) {
        LevelFilter::TRACE
    } else if RUNTIME.contains(&krate) {
        LevelFilter::INFO
    } else {
        LevelFilter::WARN
    }
}

/// Writes events as lines of JSON.
struct JsonLines<W> {
    make_writer: W,
}

/// A span's or an event's fields, by name.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, Value>);

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name(), value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name(), value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name(), value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name(), value.into());
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.into());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}").into());
    }
}

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Fields::default();
        // The inner span's word counts over the outer one's, and the event's over both.
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(fields) = span.extensions().get::<Fields>() {
                line.0.extend(fields.0.iter().map(|(name, value)| (*name, value.clone())));
            }
        }
        event.record(&mut line);
        let metadata = event.metadata();
        let now = OffsetDateTime::now_utc();
        let now = now.replace_millisecond(now.millisecond()).unwrap_or(now).format(&Rfc3339).unwrap_or_default();
        line.0.insert("timestamp", now.into());
        line.0.insert("level", metadata.level().as_str().into());
        line.0.insert("target", metadata.target().into());
        let Ok(mut bytes) = serde_json::to_vec(&line.0) else { return };
        bytes.push(b'\n');
        // One write a line, so that lines of concurrent tasks do not mix. A log that cannot be written has no place
        // where that could be told.
        let _ = self.make_writer.make_writer().write_all(&bytes);
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What a test's thread logs.
    #[derive(Clone, Default)]
    pub(crate) struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Captured {
        /// Captures until the guard is dropped.
        pub(crate) fn subscribe(&self, filter: &str) -> DefaultGuard {
            let writer = self.clone();
            of_this_thread(filter, move || writer.clone())
        }

        pub(crate) fn lines(&self) -> Vec<Value> {
            let bytes = self.0.lock().unwrap().clone();
            String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        }
    }

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::Captured;
    use super::*;

    fn lines(filter: &str, log: impl FnOnce()) -> Vec<Value> {
        let captured = Captured::default();
        let guard = captured.subscribe(filter);
        log();
        drop(guard);
        captured.lines()
    }

    #[test]
    fn a_line_holds_the_fields_of_the_event_and_of_its_spans_side_by_side() {
        let lines = lines("info", || {
            let outer = tracing::info_span!("invocation", requestId = "r-1", customer.id = "outer");
            let inner =
                outer.in_scope(|| tracing::info_span!("record", customer.id = "1", outcome = tracing::field::Empty));
            inner.record("outcome", "done");
            inner.in_scope(|| tracing::warn!(duration_ms = 12, late = true, name = ?Some(1), "check.attempted"));
        });
        let line = &lines[0];
        for (name, value) in [
            ("level", Value::from("WARN")),
            ("message", "check.attempted".into()),
            ("target", "connector_core::telemetry::tests".into()),
            ("requestId", "r-1".into()),
            ("customer.id", "1".into()),
            ("outcome", "done".into()),
            ("duration_ms", 12.into()),
            ("late", true.into()),
            ("name", "Some(1)".into()),
        ] {
            assert_eq!(line[name], value, "{name} in {line}");
        }
        assert!(OffsetDateTime::parse(line["timestamp"].as_str().unwrap(), &Rfc3339).is_ok(), "{line}");
    }

    #[test]
    fn dependencies_are_cut_whatever_the_filter_says() {
        for filter in [
            "trace",
            "hyper_util=trace,reqwest=trace,aws_smithy_runtime=trace,lambda_runtime=trace,connector_core=trace",
        ] {
            let lines = lines(filter, || {
                tracing::trace!("ours");
                tracing::info!(target: "hyper_util::client", "headers");
                tracing::debug!(target: "reqwest::connect", "url");
                tracing::debug!(target: "aws_smithy_runtime::client", "body");
                tracing::trace!(target: "lambda_runtime::layers", "event");
                tracing::info!(target: "lambda_runtime::layers", "started");
            });
            let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
            let expected: &[&str] = &["ours", "started"];
            assert_eq!(messages, expected, "{filter}");
        }
    }

    #[test]
    fn dependencies_may_warn_and_the_level_of_the_function_counts_in_any_case() {
        let lines = lines("WARN", || {
            tracing::info!("quiet");
            tracing::warn!(target: "rustls", "odd");
        });
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["message"], "odd");
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_info() {
        let lines = lines("connector_core=loud", || {
            tracing::debug!("no");
            tracing::info!("yes");
        });
        assert_eq!(lines.len(), 1);
    }
}
