//! What can happen to a request, as the control plane names it.

use serde::{Deserialize, Serialize};

/// A reference as the candidate names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct NewReference {
    pub first_name: String,
    pub last_name: String,
    /// E-mail address; it identifies the reference in later steps.
    pub email: String,
    /// Phone, for text messages.
    #[serde(default)]
    pub mobile_phone: Option<String>,
    /// A relationship id of the survey.
    #[serde(default = "managers")]
    pub relationship: String,
}

fn managers() -> String {
    "managers".to_owned()
}

/// One step in the life of a request, taken by a candidate, a reference, a user or Crosschq itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Step {
    /// The candidate opens the invitation.
    CandidateOpens,
    /// The candidate names references, who are written to at once.
    AddReferences { references: Vec<NewReference> },
    /// The candidate removes a reference.
    RemoveReference { email: String },
    /// The candidate fills in the self-survey.
    SelfSurvey,
    /// A reference answers.
    ReferenceCompletes { email: String },
    /// A reference refuses.
    ReferenceDeclines { email: String },
    /// The e-mail to a reference comes back.
    ReferenceBounces { email: String },
    /// A reference is late.
    ReferencePastDue { email: String },
    /// The request as a whole is late.
    PastDue,
    /// A user concludes it early: needs an answered reference and, where required, the self-survey.
    Conclude,
    /// Whatever is missing happens, one step after the other, up to the report.
    CompleteAll,
    /// The report links of a request that completed without them appear.
    ReportReady,
    /// The report is issued again; the request stays completed.
    ReissueReport,
    /// The candidate refuses.
    Decline,
    /// It took too long.
    Expire,
    /// Crosschq cannot go on.
    Fail,
    /// A user cancels it at Crosschq.
    Cancel,
    /// A user opens a cancelled request again.
    Reopen,
    /// This status word and progress are sent from now on, whatever the state is; without a word, the usual ones.
    RawStatus {
        #[serde(default)]
        word: Option<String>,
        /// The progress, of any JSON type.
        #[serde(default)]
        progress: Option<serde_json::Value>,
    },
    /// Nothing changes; the present state is sent once more.
    Callback,
}
