//! How a referee knows the candidate.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of references, by its key on the wire. Which keys there are is the Crosschq account's to say: five are known
/// (docs/vendors/crosschq.md §1.3), and a survey of the account may have others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Relationship(Cow<'static, str>);

/// A text that cannot be the key of a relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a relationship must be 1 to 40 lower-case letters, digits, '-' or '_', and begin with a letter")]
pub struct InvalidRelationship;

impl Relationship {
    /// A manager of the candidate.
    pub const MANAGERS: Self = Self(Cow::Borrowed("managers"));
    /// A direct report.
    pub const EMPLOYEES: Self = Self(Cow::Borrowed("employees"));
    /// A co-worker.
    pub const PEERS: Self = Self(Cow::Borrowed("peers"));
    /// A customer or supplier.
    pub const BUSINESS: Self = Self(Cow::Borrowed("business"));
    /// A mentor.
    pub const SOCIAL: Self = Self(Cow::Borrowed("social"));

    /// Those that every account seen so far has.
    pub const KNOWN: [Self; 5] = [Self::MANAGERS, Self::EMPLOYEES, Self::PEERS, Self::BUSINESS, Self::SOCIAL];

    const MAX_LEN: usize = 40;

    /// Takes a text as a key.
    ///
    /// # Errors
    /// [`InvalidRelationship`] if it is empty, too long, or has a character that keys do not have.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, InvalidRelationship> {
        let key = text.as_ref().trim();
        let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        let fits = key.len() <= Self::MAX_LEN
            && key.starts_with(|first: char| first.is_ascii_lowercase())
            && key.bytes().all(is_part);
        if fits { Ok(Self(Cow::Owned(key.to_owned()))) } else { Err(InvalidRelationship) }
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one of [`Self::KNOWN`].
    pub fn is_known(&self) -> bool {
        Self::KNOWN.contains(self)
    }

    /// Its name for a person, in the singular where it is known.
    pub fn label(&self) -> String {
        match self.as_str() {
            "managers" => "Manager".to_owned(),
            "employees" => "Direct report".to_owned(),
            "peers" => "Co-worker".to_owned(),
            "business" => "Customer or supplier".to_owned(),
            "social" => "Mentor".to_owned(),
            other => {
                let words = other.replace(['_', '-'], " ");
                let mut letters = words.chars();
                letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
            }
        }
    }
}

impl TryFrom<String> for Relationship {
    type Error = InvalidRelationship;
    fn try_from(text: String) -> Result<Self, InvalidRelationship> {
        Self::parse(text)
    }
}

impl From<Relationship> for String {
    fn from(relationship: Relationship) -> String {
        relationship.0.into_owned()
    }
}

impl fmt::Display for Relationship {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_key_of_an_account_is_a_relationship_and_the_five_have_names() {
        assert_eq!(Relationship::parse(" managers ").unwrap(), Relationship::MANAGERS);
        assert_eq!(Relationship::EMPLOYEES.label(), "Direct report");
        let own = Relationship::parse("former_clients").unwrap();
        assert_eq!((own.label().as_str(), own.is_known()), ("Former clients", false));
        assert!(Relationship::KNOWN.iter().all(|known| Relationship::parse(known.as_str()).as_ref() == Ok(known)));
    }

    #[test]
    fn what_cannot_be_a_key_is_refused() {
        let long = "a".repeat(41);
        for bad in ["", "Managers", "my peers", "1st", "-a", "é", "a.b", "a=b", &long] {
            assert_eq!(Relationship::parse(bad), Err(InvalidRelationship), "{bad}");
        }
    }
}
