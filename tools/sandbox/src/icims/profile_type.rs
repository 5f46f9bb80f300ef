//! The kinds of profile, and their four names.

use serde::{Deserialize, Serialize};

/// The kinds of profile that the fake keeps. The Profiles API and the Schema API name them differently
/// (docs/vendors/icims.md §3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProfileType {
    /// Candidates, recruiters, hiring managers.
    People,
    /// Requisitions.
    Jobs,
    /// Companies; their addresses are the jobs' locations.
    Companies,
    /// Recruiting workflows: one candidate on one job.
    ApplicantWorkflows,
}

impl ProfileType {
    pub(crate) const ALL: [Self; 4] = [Self::People, Self::Jobs, Self::Companies, Self::ApplicantWorkflows];

    /// Its name in the Profiles API's paths.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Jobs => "jobs",
            Self::Companies => "companies",
            Self::ApplicantWorkflows => "applicantworkflows",
        }
    }

    /// Its name in the Schema API's paths.
    pub(crate) fn schema_name(self) -> &'static str {
        match self {
            Self::People => "person",
            Self::Jobs => "job",
            Self::Companies => "company",
            Self::ApplicantWorkflows => "submittal",
        }
    }

    /// The word in the Search API's filter names.
    pub(crate) fn search_name(self) -> &'static str {
        match self {
            Self::ApplicantWorkflows => "applicantworkflow",
            other => other.schema_name(),
        }
    }

    /// The word in messages.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::People => "Person",
            Self::Jobs => "Job",
            Self::Companies => "Company",
            Self::ApplicantWorkflows => "Applicant Workflow",
        }
    }

    pub(crate) fn from_path(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.path() == text)
    }
}
