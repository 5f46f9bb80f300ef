//! Whether a customer's settings and secrets work: both vendors are asked, and nothing is changed.
//!
//! What is asked: a token, one profile of each kind that an order reads, and Crosschq's surveys. A profile needs an id:
//! it comes from iCIMS' search, or from the operator. What cannot be asked is told as such and counts as neither.

mod crosschq;
pub(crate) mod held;
mod icims;

use connector_core::domain::{Customer, CustomerId, Settings, WorkflowId};
use connector_core::ports::SecretSet;
use serde::Serialize;

use crate::failure::{CliError, Kind};
use crate::session::Session;
use crate::terminal::Terminal;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It works.
    Passed,
    /// It does not.
    Failed,
    /// It could not be asked.
    NotChecked,
}

/// One thing that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Step {
    /// What was asked for, e.g. `icims_person`.
    pub(crate) step: &'static str,
    pub(crate) outcome: Outcome,
    /// What was found, as a sentence without its full stop; ids only.
    pub(crate) text: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fix: Option<String>,
    /// Which kind of trouble it is, if it failed.
    #[serde(skip)]
    pub(crate) kind: Kind,
}

impl Step {
    fn passed(step: &'static str, text: impl Into<String>) -> Self {
        Self { step, outcome: Outcome::Passed, text: text.into(), fix: None, kind: Kind::Findings }
    }

    fn failed(step: &'static str, kind: Kind, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { step, outcome: Outcome::Failed, text: text.into(), fix: Some(fix.into()), kind }
    }

    fn refused(step: &'static str, error: CliError) -> Self {
        Self { step, outcome: Outcome::Failed, text: error.message, fix: error.fix, kind: error.kind }
    }

    fn not_checked(step: &'static str, text: impl Into<String>, fix: Option<&str>) -> Self {
        let fix = fix.map(str::to_owned);
        Self { step, outcome: Outcome::NotChecked, text: text.into(), fix, kind: Kind::Findings }
    }
}

/// All that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Verification(Vec<Step>);

impl Verification {
    /// The first thing that does not work, as an error; `consequence` says what was therefore not done.
    ///
    /// # Errors
    /// If anything failed: of the kind of a refusal rather than of an outage, for that is what will not pass by itself.
    pub(crate) fn holds(&self, customer: &CustomerId, consequence: &str) -> Result<(), CliError> {
        let failed: Vec<&Step> = self.0.iter().filter(|step| step.outcome == Outcome::Failed).collect();
        let Some(worst) = failed.iter().find(|step| step.kind != Kind::Busy).or(failed.first()) else { return Ok(()) };
        let others = match failed.len() {
            1 => String::new(),
            more => format!(" (and {} more)", more - 1),
        };
        let error = CliError::new(
            worst.kind,
            format!("customer {customer} does not verify: {}{others}; {consequence}", worst.text),
        );
        Err(worst.fix.iter().fold(error, |error, fix| error.fix(fix.as_str())))
    }

    /// In a word, for the audit log.
    pub(crate) fn word(&self) -> &'static str {
        let any = |outcome| self.0.iter().any(|step| step.outcome == outcome);
        match (any(Outcome::Failed), any(Outcome::NotChecked)) {
            (true, _) => "failed",
            (false, true) => "passed in part",
            (false, false) => "passed",
        }
    }

    /// What was asked, in its order.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.0
    }

    fn print(&self, terminal: &Terminal) {
        for step in &self.0 {
            match step.outcome {
                Outcome::Passed => terminal.done(&step.text),
                Outcome::Failed | Outcome::NotChecked => {
                    terminal.warn(&step.text);
                    if let Some(fix) = &step.fix {
                        terminal.say(format!("  fix: {fix}"));
                    }
                }
            }
        }
    }
}

/// Asks both vendors, with `secrets` as if they were in force, and tells on the way. `sample` is a workflow to read where
/// iCIMS' search names none.
///
/// # Errors
/// None of the vendors' doing: what they refuse is in the result.
pub(crate) async fn verify(
    session: &Session,
    terminal: &Terminal,
    id: &CustomerId,
    settings: &Settings,
    secrets: &SecretSet,
    sample: Option<&WorkflowId>,
) -> Verification {
    let customer = Customer { id: id.clone(), settings: settings.clone(), templates: Vec::new() };
    let mut steps = icims::steps(session, &customer, secrets, sample).await;
    steps.push(crosschq::surveys(session, &customer, secrets).await);
    let verification = Verification(steps);
    verification.print(terminal);
    verification
}

/// Whether any of these changes touches what [`verify`] asks about. Fields are paths as in `Difference::field`.
pub(crate) fn covers<'a>(changed: impl IntoIterator<Item = &'a str>) -> bool {
    const COVERED: [&str; 9] = [
        "settings.icims.region",
        "settings.icims.hosts",
        "settings.icims.auth",
        "settings.icims.template_field",
        "settings.icims.find_missed_pushes",
        "settings.crosschq.profile",
        "settings.crosschq.base_url",
        "settings.crosschq.auth_header",
        "settings.crosschq.auth_scheme",
    ];
    changed.into_iter().any(|field| {
        COVERED
            .iter()
            .any(|covered| field.strip_prefix(covered).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_reported_only_where_nothing_is_refused() {
        let id: CustomerId = "1234".parse().unwrap();
        let busy = Step::failed("icims_sign_in", Kind::Busy, "away", "wait");
        let refused = Step::failed("crosschq_surveys", Kind::Vendor, "wrong key", "another key");
        let both = Verification(vec![busy.clone(), refused]).holds(&id, "nothing was saved").unwrap_err();
        assert_eq!((both.kind, both.fix.as_deref()), (Kind::Vendor, Some("another key")));
        assert!(both.message.contains("wrong key (and 1 more); nothing was saved"), "{both}");
        assert_eq!(Verification(vec![busy]).holds(&id, "").unwrap_err().kind, Kind::Busy);
    }

    #[test]
    fn what_could_not_be_asked_is_no_failure_and_is_not_called_passed() {
        let verification = Verification(vec![Step::not_checked("icims_person", "no sample", None)]);
        assert!(verification.holds(&"1".parse().unwrap(), "").is_ok());
        assert_eq!(verification.word(), "passed in part");
    }

    #[test]
    fn only_what_was_asked_about_asks_again() {
        assert!(covers(["settings.icims.hosts.api_base"]) && covers(["settings.icims.find_missed_pushes.every_min"]));
        assert!(covers(["settings.retention_days", "settings.crosschq.profile"]));
        assert!(!covers(["settings.icims.auth_modes", "settings.icims.statuses.trigger"]));
    }
}
