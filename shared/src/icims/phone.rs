//! From the free text of an iCIMS phone field to E.164 (docs/vendors/icims.md §3.5).

use phonenumber::Mode;
use phonenumber::country::Id;

use crate::domain::Phone;

/// Reads a number written for people; `country` (ISO 3166 alpha-2) is assumed where it names none. Nothing if it
/// cannot be read or exists in no numbering plan: an invitation without a text message beats a refused order.
pub(super) fn read(text: &str, country: &str) -> Option<Phone> {
    let country: Option<Id> = country.trim().to_ascii_uppercase().parse().ok();
    let number = phonenumber::parse(country, text.trim()).ok()?;
    if !number.is_valid() {
        return None;
    }
    Phone::parse_e164(&number.format().mode(Mode::E164).to_string())
}

/// Loads the numbering plans, which the first number read would otherwise wait for: for a function's start-up, where
/// waiting costs nobody anything.
pub fn warm_up() {
    // Any number will do; the plans are loaded by reading it.
    let _ = read("+13025550142", "US");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_as_people_write_them_become_e164_or_nothing() {
        for (text, country, e164) in [
            ("302-555-5555", "US", Some("+13025555555")),
            ("(302) 555-0142", "us", Some("+13025550142")),
            ("1 302 555 0142", "US", Some("+13025550142")),
            ("302.555.0142 x5", "US", Some("+13025550142")),
            (" +44 20 7946 0958 ", "US", Some("+442079460958")),
            ("020 7946 0958", "GB", Some("+442079460958")),
            ("+49 30 901820", "US", Some("+4930901820")),
            ("0171 1234567", "DE", Some("+491711234567")),
            ("+13025550142", "", Some("+13025550142")),
            ("302-555-0142", "", None),
            ("302-555-0142", "Utopia", None),
            ("555-0142", "US", None),
            ("555-555-0100", "US", None),
            ("call me", "US", None),
            ("", "US", None),
            ("12", "US", None),
            ("+999 123456789012345678", "US", None),
        ] {
            assert_eq!(read(text, country).as_ref().map(Phone::expose), e164, "{text:?} in {country:?}");
        }
    }
}
