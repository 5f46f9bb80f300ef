//! People, while we hold them: read when needed, never stored, never printed.
//!
//! None of these types can be serialized, and their `Debug` says only what kind of thing they are.

use std::fmt;

macro_rules! personal {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The text itself, for the one place that sends it. Never to be logged or stored.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    )*};
}

personal! {
    /// A first or last name: not empty, trimmed.
    Name;
    /// An e-mail address of plausible form: one `@`, something on either side, a dot in the domain, no blanks.
    Email;
    /// A phone number in E.164, e.g. `+15555550100`.
    Phone;
}

impl Name {
    /// The trimmed text, or nothing if it is blank.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }
}

impl Email {
    /// The trimmed text if it can be an address. iCIMS does not validate its e-mail fields (docs/vendors/icims.md
    /// §3.2).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@')?;
        let labels_ok = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
        let clean = !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>'));
        (!local.is_empty() && !local.contains('@') && labels_ok && clean && text.len() <= 254)
            .then(|| Self(text.to_owned()))
    }
}

impl Phone {
    /// A text that already is E.164: `+`, then 7 to 15 digits, the first not zero.
    pub fn parse_e164(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let ok =
            (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        ok.then(|| Self(text.to_owned()))
    }
}

/// A person as the ATS tells of them: any part may be absent or hidden (docs/vendors/icims.md §3.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    pub first_name: Option<Name>,
    pub last_name: Option<Name>,
    /// The address, if there is one of plausible form.
    pub email: Option<Email>,
    /// The best phone number that could be read as E.164, mobile preferred.
    pub mobile: Option<Phone>,
}

/// The person being checked, with all that a reference request must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub first_name: Name,
    pub last_name: Name,
    /// Where the invitation goes.
    pub email: Email,
    /// For the text message, if known.
    pub mobile: Option<Phone>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_what_cannot_be_one() {
        for good in ["ada@example.com", " a.b+c@mail.example.co.uk "] {
            assert!(Email::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "a b@example.com",
            "a@b@c.d",
            "ada@example..com",
            "a@b.c, d@e.f",
        ] {
            assert!(Email::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn people_cannot_be_printed() {
        let contact = Contact {
            first_name: Name::parse("Ada"),
            email: Email::parse("ada@example.com"),
            mobile: Phone::parse_e164("+15555550100"),
            ..Contact::default()
        };
        let printed = format!("{contact:?}");
        assert!(!printed.contains("Ada") && !printed.contains("ada@") && !printed.contains("555"), "{printed}");
    }
}
