//! A person, as far as an order needs one (docs/vendors/icims.md §3.5). Neither `usssn` nor `birthdate` is ever asked
//! for.

use serde::Deserialize;

use super::node::{Choice, Entry};
use crate::domain::{Contact, Email, Name, Phone};
use crate::icims::lenient::{Lenient, Text};
use crate::icims::phone;

/// What to ask for.
pub(in crate::icims) const FIELDS: [&str; 4] = ["firstname", "lastname", "email", "phones"];

#[derive(Deserialize)]
pub(in crate::icims) struct Wire {
    #[serde(default)]
    firstname: Lenient<String>,
    #[serde(default)]
    lastname: Lenient<String>,
    #[serde(default)]
    email: Lenient<String>,
    #[serde(default)]
    phones: Lenient<Vec<Lenient<WirePhone>>>,
}

#[derive(Deserialize)]
struct WirePhone {
    #[serde(default)]
    phonetype: Lenient<Choice>,
    #[serde(default)]
    phonenumber: Lenient<Text>,
}

impl Wire {
    /// The contact; numbers without a country are taken for this one's.
    pub(in crate::icims) fn into_contact(self, phone_country: &str) -> Contact {
        let name = |field: &Lenient<String>| field.as_ref().and_then(|text| Name::parse(text));
        Contact {
            first_name: name(&self.firstname),
            last_name: name(&self.lastname),
            email: self.email.as_ref().and_then(|text| Email::parse(text)),
            mobile: self.best_phone(phone_country),
        }
    }

    fn best_phone(&self, country: &str) -> Option<Phone> {
        let phones = self.phones.as_ref()?.iter().filter_map(Lenient::as_ref);
        let mut ranked: Vec<(u8, &str)> =
            phones.filter_map(|phone| Some((phone.rank()?, phone.phonenumber.text()?))).collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        ranked.into_iter().find_map(|(_, text)| phone::read(text, country))
    }
}

impl WirePhone {
    /// Mobile first, then in the order of the profile; nothing for what rings nobody.
    fn rank(&self) -> Option<u8> {
        let texts = self.phonetype.as_ref().into_iter().flat_map(Choice::entries).flat_map(Entry::texts);
        let kind: String = texts.collect::<Vec<_>>().join(" ").to_lowercase();
        let is = |word: &str| kind.contains(word);
        match () {
            () if is("mobile") || is("cell") => Some(0),
            () if is("pager") || is("fax") => None,
            () => Some(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone_of(phones: &str) -> Option<String> {
        let wire: Wire = serde_json::from_str(&format!(r#"{{"phones":{phones}}}"#)).unwrap();
        wire.into_contact("US").mobile.map(|phone| phone.expose().to_owned())
    }

    #[test]
    fn mobile_is_preferred_and_what_cannot_be_read_is_passed_over() {
        let home = r#"{"phonetype":{"value":"Home"},"phonenumber":"302-555-0101"}"#;
        let mobile = r#"{"phonetype":{"value":"Mobile"},"phonenumber":"302-555-0102"}"#;
        let broken = r#"{"phonetype":{"value":"Mobile"},"phonenumber":"ask me"}"#;
        let pager = r#"{"phonetype":{"value":"Pager"},"phonenumber":"302-555-0103"}"#;
        let untyped = r#"{"phonenumber":3025550104}"#;
        for (phones, best) in [
            (format!("[{home},{mobile}]"), Some("+13025550102")),
            (format!("[{broken},{home}]"), Some("+13025550101")),
            (format!("[{pager},{untyped},7]"), Some("+13025550104")),
            (format!("[{pager}]"), None),
            ("[]".to_owned(), None),
            ("\"302-555-0101\"".to_owned(), None),
        ] {
            assert_eq!(phone_of(&phones).as_deref(), best, "{phones}");
        }
    }

    #[test]
    fn absent_blank_and_implausible_parts_are_absent() {
        let wire: Wire = serde_json::from_str(r#"{"firstname":" ","lastname":null,"email":"none"}"#).unwrap();
        assert_eq!(wire.into_contact("US"), Contact::default());
    }
}
