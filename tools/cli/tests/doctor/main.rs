//! `connector doctor` on the local AWS. What drift detection, functions and alarms add on AWS is tested beside the code
//! (`src/doctor`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::allow_attributes, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod found;

use serde_json::Value;
use support::Stage;

/// A stack as `template.yaml` has it, with the demo's customer.
pub struct Deployed {
    stage: Stage,
}

impl Deployed {
    async fn whole() -> Self {
        Self { stage: Stage::with_demo().await }
    }

    /// What `doctor` finds beside the note that drift is not checked, and its exit code.
    async fn doctor(&self, arguments: &[&str]) -> (i32, Vec<Found>) {
        let ran = self.stage.connector(&[&["--output", "json", "doctor"], arguments].concat()).await;
        let findings = ran.json()["findings"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let found = findings.iter().map(|it| Found {
            severity: text(&it["severity"]),
            subject: text(&it["subject"]),
            what: text(&it["what"]),
            fix: text(&it["fix"]),
        });
        (ran.code, found.filter(|it| it.subject != "drift").collect())
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    severity: String,
    subject: String,
    what: String,
    fix: String,
}
