//! Templates as operators write them: as TOML, checked against each other and against what Crosschq offers, before
//! anything is saved.

pub(crate) mod check;
pub(crate) mod clash;
pub(crate) mod draft;
pub(crate) mod fit;
pub(crate) mod save;
pub(crate) mod usage;

/// Something that keeps a template from working, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// What is wrong, as a sentence that names the template, without its full stop.
    pub(crate) message: String,
    pub(crate) fix: String,
}

/// The text of `known` that is nearest to what was written, if it is near.
pub(crate) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// From here on a text looks like a slip of another one.
    const NEAR: f64 = 0.8;
    let written = written.trim().to_lowercase();
    known
        .into_iter()
        .map(|text| (strsim::jaro_winkler(&written, &text.to_lowercase()), text))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_what_was_meant_and_something_else_finds_nothing() {
        let known = ["account-executive", "software-engineer"];
        assert_eq!(nearest("Acount-Executive", known), Some("account-executive"));
        assert_eq!(nearest("nurse", known), None);
    }
}
