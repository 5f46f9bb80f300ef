//! Why an order cannot be carried out, in one sentence that tells the recruiter what to fix.

use serde::{Deserialize, Serialize};

use super::Link;

/// A reason that only a person can remove. Holds no personal data, so it may be stored with the check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    /// The candidate's person profile has no usable e-mail address.
    NoEmail,
    /// The candidate's first or last name is missing.
    NoName,
    /// The requisition's template field is empty and the customer has no default template.
    NoTemplate { field: String },
    /// The requisition names only values that are no template of ours.
    UnknownTemplate { field: String },
    /// Neither recruiter, acting user nor the fixed address gave an e-mail for the requester.
    NoRequester,
    /// A reference check is already open for this workflow.
    AlreadyOpen,
    /// The earlier check for this workflow is being cancelled, and Crosschq has not confirmed it yet.
    BeingCancelled,
    /// Crosschq already has an open request for this candidate and survey that is not ours.
    OpenInCrosschq,
    /// Crosschq refused the order as invalid.
    Invalid {
        /// Names of the fields that Crosschq complained about; names only, never values.
        fields: Vec<String>,
    },
    /// The workflow, or the person, is gone from the ATS or hidden from the API user.
    GoneFromAts {
        /// What could not be read: `workflow`, `candidate` or `requisition`.
        what: String,
    },
    /// The candidate was moved on before the request went out.
    MovedOn,
    /// It could not be found out whether Crosschq took the order.
    OutcomeUnknown,
    /// Two creates went unanswered, and Crosschq's search shows that neither led to a request.
    NotTaken,
    /// The candidate's report is younger than the customer wants reports to be reused.
    ReportExists {
        /// For how many days a report is reused.
        days: u16,
        /// The report, for the recruiter alone: never stored.
        #[serde(skip)]
        report: Option<Link>,
    },
}

impl Refusal {
    /// The sentence for the recruiter, at most 172 characters: it also has to fit the note on the Screen tab, with the row's
    /// marker behind it (docs/vendors/icims.md §4.4).
    pub fn user_message(&self) -> String {
        match self {
            Self::NoEmail => {
                "Crosschq needs the candidate's e-mail address: add a valid one to the person profile, then \
                              move the candidate to Crosschq again."
                    .to_owned()
            }
            Self::NoName => {
                "Crosschq needs the candidate's first and last name: complete the person profile, then move \
                             the candidate to Crosschq again."
                    .to_owned()
            }
            Self::NoTemplate { field } => format!(
                "The requisition names no Crosschq template: choose one in its field {field}, save it, then move the \
                 candidate to Crosschq again."
            ),
            Self::UnknownTemplate { field } => format!(
                "No Crosschq template matches the requisition's field {field}: choose another value or have the \
                 template added, then try again."
            ),
            Self::NoRequester => {
                "Crosschq needs a requester with an e-mail address: set the requisition's recruiter, then \
                                  move the candidate to Crosschq again."
                    .to_owned()
            }
            Self::AlreadyOpen => "A Crosschq reference check is already open for this candidate on this requisition; \
                                  its progress is on the Screen tab. Nothing new was sent."
                .to_owned(),
            Self::BeingCancelled => "The candidate's earlier Crosschq request is still being cancelled: wait a few \
                                     minutes, then move the candidate to Crosschq again."
                .to_owned(),
            Self::OpenInCrosschq => "Crosschq already has an open request for this candidate and survey: finish or \
                                     cancel it in Crosschq, then move the candidate to Crosschq again."
                .to_owned(),
            Self::Invalid { fields } if fields.is_empty() => "Crosschq refused the order as invalid: check the \
                                                              template's survey and counts, then try again."
                .to_owned(),
            Self::Invalid { fields } => {
                let named = fields.join(", ");
                let named: String = named.chars().take(80).collect();
                format!("Crosschq refused the order: correct {named}, then move the candidate to Crosschq again.")
            }
            Self::GoneFromAts { what } => {
                format!("The {what} was not found, or the Crosschq API user may not see it: have its access checked.")
            }
            Self::MovedOn => {
                "The candidate had left the Crosschq status before the request went out; nothing was sent.".to_owned()
            }
            Self::OutcomeUnknown => "It is not known whether Crosschq took this order: look for the candidate in \
                                     Crosschq before ordering again, or contact support."
                .to_owned(),
            Self::NotTaken => {
                "Crosschq did not take this order: nothing was sent. Move the candidate to Crosschq again.".to_owned()
            }
            Self::ReportExists { days, report } => {
                let place = report.as_ref().map_or("see the Screen tab", Link::expose);
                format!(
                    "This candidate has a Crosschq report from the last {days} days, which is reused ({place}). \
                     Nothing new was sent."
                )
            }
        }
    }

    /// For the log and `debugErrorMessage`: the code and the names involved, no personal data.
    pub fn debug_message(&self) -> String {
        match self {
            Self::NoEmail => "the person has no plausible value in field email".to_owned(),
            Self::NoName => "the person lacks firstname or lastname".to_owned(),
            Self::NoTemplate { field } => format!("field {field} is empty and there is no default template"),
            Self::UnknownTemplate { field } => format!("no value of field {field} is a known ATS tag"),
            Self::NoRequester => "no source of the requester chain gave an e-mail address".to_owned(),
            Self::AlreadyOpen => "the latest attempt for this workflow is not terminal".to_owned(),
            Self::BeingCancelled => "the latest attempt for this workflow waits for its cancellation".to_owned(),
            Self::OpenInCrosschq => "Crosschq answered 409 to the first create".to_owned(),
            Self::Invalid { fields } => format!("Crosschq answered 400 or 422; fields: [{}]", fields.join(", ")),
            Self::GoneFromAts { what } => format!("{what}: 404 from the ATS (not found, or hidden from the API user)"),
            Self::MovedOn => "the workflow's status is not a trigger status any more".to_owned(),
            Self::OutcomeUnknown => "create outcome unknown; no look-up, callback or second try settled it".to_owned(),
            Self::NotTaken => "two creates without an answer; a search lists no request of this order".to_owned(),
            Self::ReportExists { days, .. } => format!("icims.reuse_report_days is {days}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_fits_the_note_on_the_screen_tab() {
        let long = "crosschq.template.field".to_owned();
        let all = [
            Refusal::NoEmail,
            Refusal::NoName,
            Refusal::NoTemplate { field: long.clone() },
            Refusal::UnknownTemplate { field: long.clone() },
            Refusal::NoRequester,
            Refusal::AlreadyOpen,
            Refusal::BeingCancelled,
            Refusal::OpenInCrosschq,
            Refusal::Invalid { fields: vec![] },
            Refusal::Invalid { fields: vec!["config_params.managers".to_owned(); 9] },
            Refusal::GoneFromAts { what: "requisition".to_owned() },
            Refusal::MovedOn,
            Refusal::OutcomeUnknown,
            Refusal::NotTaken,
            Refusal::ReportExists { days: 365, report: None },
        ];
        for refusal in all {
            let text = refusal.user_message();
            assert!(text.chars().count() <= 172, "{} characters: {text}", text.chars().count());
            assert!(!text.contains("  "), "{text}");
        }
    }
}
