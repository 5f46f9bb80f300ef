//! What can happen to a request, as the control plane names it.

use serde::{Deserialize, Serialize};

/// A reference as the candidate names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewReference {
    /// First name.
    pub first_name: String,
    /// Last name.
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
pub enum Step {
    /// The candidate opens the invitation.
    CandidateOpens,
    /// The candidate names references, who are asked at once.
    AddReferences {
        /// Who.
        references: Vec<NewReference>,
    },
    /// The candidate takes a reference back.
    RemoveReference {
        /// Whose.
        email: String,
    },
    /// The candidate fills in the self-survey.
    SelfSurvey,
    /// A reference answers.
    ReferenceCompletes {
        /// Whose.
        email: String,
    },
    /// A reference refuses.
    ReferenceDeclines {
        /// Whose.
        email: String,
    },
    /// The e-mail to a reference comes back.
    ReferenceBounces {
        /// Whose.
        email: String,
    },
    /// A reference is late.
    ReferencePastDue {
        /// Whose.
        email: String,
    },
    /// The request as a whole is late.
    PastDue,
    /// A user concludes it early: needs an answered reference and, where required, the self-survey.
    Conclude,
    /// Whatever is missing happens, one step after the other, up to the report.
    CompleteAll,
    /// The report links of a request that completed without them appear.
    ReportReady,
    /// The report is made again; the request stays completed.
    ReissueReport,
    /// The candidate refuses.
    Decline,
    /// It took too long.
    Expire,
    /// Crosschq cannot go on.
    Fail,
    /// A user calls it off at Crosschq.
    Cancel,
    /// A user opens a cancelled request again.
    Reopen,
    /// The wire tells this status word and progress from now on, whatever the state is; without a word, the usual ones.
    RawStatus {
        /// The word.
        #[serde(default)]
        word: Option<String>,
        /// The progress, of any JSON type.
        #[serde(default)]
        progress: Option<serde_json::Value>,
    },
    /// Nothing changes; the present state is told once more.
    Callback,
}
