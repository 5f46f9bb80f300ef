//! Faults on demand: which calls, how often, and what goes wrong.

use serde::{Deserialize, Serialize};

/// What goes wrong when a fault hits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// The call waits this long, then goes on as usual (other faults may hit it too).
    Latency {
        /// Milliseconds to wait.
        ms: u64,
        /// Wait after the work is done instead of before it.
        #[serde(default)]
        after: bool,
    },
    /// The call gets this status and is not handled.
    Status {
        /// The HTTP status.
        status: u16,
        /// The `Retry-After` header, verbatim (seconds or an HTTP date).
        #[serde(default)]
        retry_after: Option<String>,
        /// The message in the body, instead of a general one.
        #[serde(default)]
        message: Option<String>,
    },
    /// The connection is reset and the call not handled.
    Reset,
    /// The call is handled, then the connection is reset: a success that the caller never learns of.
    ReplyLost,
    /// The call is handled; its response has the right status and half a JSON document.
    MalformedJson,
    /// 401 as if the credentials were unknown.
    Unauthorized,
}

/// A fault and the calls it hits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Assigned by the sandbox.
    #[serde(default)]
    pub id: u64,
    /// Only this HTTP method; any when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// Only paths that match: `*` stands for any characters, everything else for itself. Any path when absent.
    #[serde(default)]
    pub path: Option<String>,
    /// Leave this many matching calls alone first.
    #[serde(default)]
    pub skip: u32,
    /// Hit this many calls; all of them when absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// What happens.
    pub fault: FaultKind,
    /// How often it has hit. Counted by the sandbox.
    #[serde(default)]
    pub hits: u32,
}

impl Fault {
    /// A fault on every call; narrow it with the other methods.
    #[must_use]
    pub fn new(fault: FaultKind) -> Self {
        Self { id: 0, method: None, path: None, skip: 0, times: None, fault, hits: 0 }
    }

    /// Only calls with this method and a path that matches this pattern.
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_owned());
        self.path = Some(path.to_owned());
        self
    }

    /// Hits this many calls only.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Leaves this many matching calls alone first.
    #[must_use]
    pub fn after(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }
}

/// The faults of one side.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Faults {
    pub(crate) next_id: u64,
    pub(crate) rules: Vec<Fault>,
}

/// What the faults do to one call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Injected {
    pub(crate) before_ms: u64,
    pub(crate) after_ms: u64,
    /// The first fault that is not a delay.
    pub(crate) kind: Option<FaultKind>,
    pub(crate) id: Option<u64>,
}

impl Faults {
    pub(crate) fn add(&mut self, mut fault: Fault) -> Fault {
        self.next_id += 1;
        fault.id = self.next_id;
        fault.hits = 0;
        self.rules.push(fault.clone());
        fault
    }

    /// Whether a fault hits this call or counts it down.
    pub(crate) fn apply_to(&self, method: &str, path: &str) -> bool {
        self.rules.iter().any(|rule| !rule.is_used_up() && rule.matches(method, path))
    }

    /// Finds and counts what hits this call: every delay that matches, and the first other fault.
    pub(crate) fn inject(&mut self, method: &str, path: &str) -> Injected {
        let mut injected = Injected::default();
        for rule in &mut self.rules {
            let is_delay = matches!(rule.fault, FaultKind::Latency { .. });
            if (!is_delay && injected.kind.is_some()) || !rule.matches(method, path) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            if rule.is_used_up() {
                continue;
            }
            rule.hits += 1;
            injected.id = injected.id.or(Some(rule.id));
            match rule.fault {
                FaultKind::Latency { ms, after: false } => injected.before_ms += ms,
                FaultKind::Latency { ms, after: true } => injected.after_ms += ms,
                ref other => {
                    injected.kind = Some(other.clone());
                    injected.id = Some(rule.id);
                }
            }
        }
        injected
    }
}

impl Fault {
    /// Whether it has hit as often as it may.
    fn is_used_up(&self) -> bool {
        self.times.is_some_and(|times| self.hits >= times)
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|m| m.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|p| path_matches(p, path))
    }
}

/// Whether `path` matches `pattern`, in which `*` stands for any characters, none included.
pub(crate) fn path_matches(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else {
        return false;
    };
    let mut tail: Option<&str> = None;
    for part in parts {
        if let Some(middle) = tail.replace(part) {
            match rest.find(middle) {
                Some(at) => rest = rest.get(at + middle.len()..).unwrap_or_default(),
                None => return false,
            }
        }
    }
    tail.map_or(rest.is_empty(), |tail| rest.ends_with(tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, path, matches) in [
            ("/a/b", "/a/b", true),
            ("/a/b", "/a/b/c", false),
            ("/a/*", "/a/b/c", true),
            ("*/cancel/", "/api/v2/reference-request/x/cancel/", true),
            ("/customers/*/people/*", "/customers/1/people/2", true),
            ("/customers/*/people/*", "/customers/1/jobs/2", false),
            ("*", "/", true),
            ("/a*a", "/a", false),
        ] {
            assert_eq!(path_matches(pattern, path), matches, "{pattern} {path}");
        }
    }
}
