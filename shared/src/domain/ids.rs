//! Identifiers. Each is checked once, where it enters; after that it is safe in a URL path, a key and a log line.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that cannot be an identifier. Carries what was expected, never the text itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must be 1 to {max} characters of letters, digits, '-', '_', '.' or ':'")]
pub struct InvalidId {
    kind: &'static str,
    max: usize,
}

fn is_id(text: &str, max: usize) -> bool {
    !text.is_empty()
        && text.len() <= max
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
        && text.bytes().any(|b| b != b'.')
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident: $kind:literal, $max:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes a text as this kind of identifier.
            ///
            /// # Errors
            /// [`InvalidId`] if it is empty, too long, or has a character that is not safe in a URL path.
            pub fn parse(text: impl AsRef<str>) -> Result<Self, InvalidId> {
                let text = text.as_ref().trim();
                if is_id(text, $max) { Ok(Self(text.to_owned())) } else { Err(InvalidId { kind: $kind, max: $max }) }
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// One iCIMS tenant: the `customerId` of its platform (docs/vendors/icims.md §1.6).
    CustomerId: "a customer id", 40;
    /// One candidate on one requisition: the event's `systemId` (docs/vendors/icims.md §2.3).
    WorkflowId: "a recruiting workflow id", 40;
    /// A person of the ATS: candidate, recruiter, hiring manager or user.
    PersonId: "a person id", 40;
    /// The opening: iCIMS' system id of a job, not its human `jobid`.
    RequisitionId: "a requisition id", 40;
    /// A status of a recruiting workflow, possibly with its `C` or `D` prefix (docs/vendors/icims.md §3.3).
    StatusId: "a status id", 40;
    /// One entry of a collection, kept from the `Location` of its creation (docs/vendors/icims.md §4.3).
    EntryId: "an entry id", 40;
    /// Crosschq's id of a reference request: a UUID wherever seen, kept opaque (docs/vendors/crosschq.md §1.5).
    RequestId: "a reference request id", 100;
    /// Crosschq's code name of a survey ("job role", docs/vendors/crosschq.md §1.4).
    SurveyId: "a survey id", 100;
    /// Ties together the log lines and messages that one event caused.
    CorrelationId: "a correlation id", 100;
}

impl CorrelationId {
    /// That of an invocation, by the request id that Lambda gave it.
    pub fn of_invocation(request_id: Option<&str>) -> Self {
        request_id.and_then(|id| Self::parse(id).ok()).unwrap_or_else(Self::untraced)
    }

    /// For what reached us without any id of its own.
    pub fn untraced() -> Self {
        Self("untraced".to_owned())
    }
}

impl StatusId {
    fn bare(&self) -> &str {
        self.0.strip_prefix(['C', 'D', 'c', 'd']).unwrap_or(&self.0)
    }

    /// Whether it has its `C` or `D`, as list nodes have in iCIMS' API (docs/vendors/icims.md §3.3); events may leave
    /// it out.
    pub fn is_prefixed(&self) -> bool {
        self.bare().len() < self.0.len()
    }

    /// Whether both name the same status, if a missing `C` or `D` prefix counts as either (docs/vendors/icims.md §2.3
    /// "Trap").
    ///
    /// `C123` and `D123` differ; `123` may be either, so what follows from a match must be confirmed by a read.
    pub fn may_be(&self, other: &StatusId) -> bool {
        let (mine, theirs) = (self.bare(), other.bare());
        let one_is_bare = mine.len() == self.0.len() || theirs.len() == other.0.len();
        mine == theirs && (one_is_bare || self.0.eq_ignore_ascii_case(&other.0))
    }
}

/// The join key between a requisition and a template: compared trimmed and without regard to case
/// (docs/vendors/crosschq.md §4).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AtsTag(String);

impl AtsTag {
    /// The longest tag we keep, in characters.
    pub const MAX_CHARS: usize = 120;

    /// Takes a text as a tag: trimmed, lower-cased.
    ///
    /// # Errors
    /// [`InvalidId`] if nothing is left of it or more than [`Self::MAX_CHARS`] characters are.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, InvalidId> {
        let tag = text.as_ref().trim().to_lowercase();
        if tag.is_empty() || tag.chars().count() > Self::MAX_CHARS || tag.chars().any(char::is_control) {
            return Err(InvalidId { kind: "an ATS tag", max: Self::MAX_CHARS });
        }
        Ok(Self(tag))
    }

    /// The tag in the form in which tags are compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AtsTag {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(text)
    }
}

impl From<AtsTag> for String {
    fn from(tag: AtsTag) -> String {
        tag.0
    }
}

impl fmt::Display for AtsTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(text: &str) -> StatusId {
        StatusId::parse(text).unwrap()
    }

    #[test]
    fn an_id_that_could_leave_its_path_segment_is_refused() {
        for bad in ["", " ", "..", "a/b", "a?b", "a#b", "é", "a b", "%2e"] {
            assert!(WorkflowId::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(WorkflowId::parse(" 13437 ").unwrap().as_str(), "13437");
    }

    #[test]
    fn a_status_without_prefix_matches_either_and_prefixes_never_match_each_other() {
        assert!(status("20786").may_be(&status("C20786")));
        assert!(status("D10100").may_be(&status("10100")));
        assert!(status("c20786").may_be(&status("C20786")));
        assert!(!status("C123").may_be(&status("D123")));
        assert!(!status("C123").may_be(&status("C124")));
    }

    #[test]
    fn tags_match_whatever_their_case_and_surrounding_space() {
        assert_eq!(AtsTag::parse(" Sales-AE ").unwrap(), AtsTag::parse("sales-ae").unwrap());
        assert!(AtsTag::parse("   ").is_err());
    }
}
