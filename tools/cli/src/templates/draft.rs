//! Templates in TOML: `[[template]]`, once for each, with the fields of [`Template`]; or one template's fields alone.

use connector_core::domain::{AtsTag, Template};
use serde::Serialize;
use toml::{Table, Value};

use crate::failure::CliError;

/// A template that is not saved yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draft {
    /// The tag as it was written: stored tags are trimmed and in lower case.
    pub(crate) written_tag: String,
    pub(crate) template: Template,
}

impl Draft {
    /// From fields as they stand in TOML. `place` says where they are, for messages.
    ///
    /// # Errors
    /// What is wrong with which field.
    pub(crate) fn from_fields(fields: Table, place: &str) -> Result<Self, CliError> {
        let written_tag = match fields.get("tag") {
            Some(Value::String(tag)) => tag.clone(),
            Some(_) => return Err(CliError::input(format!("{place}: `tag` must be a text"))),
            None => {
                return Err(CliError::input(format!("{place}: `tag` is missing"))
                    .fix("give the tag that requisitions carry, e.g. tag = \"sales-ae\""));
            }
        };
        let unreadable = |error: toml::de::Error| {
            let shown = error.message().trim_end_matches('\n').replace('\n', " ");
            CliError::input(format!("{place}: {shown}"))
                .fix("`connector template export` shows a template with its fields, `connector template add --help` tells what they mean")
        };
        let template: Template = Value::Table(fields).try_into().map_err(unreadable)?;
        // The same rules by which the functions leave a template out.
        template
            .validate()
            .map_err(|error| CliError::input(error.to_string()).fix(format!("correct that field ({place})")))?;
        Ok(Self { written_tag, template })
    }

    /// From a tag that an operator gave.
    ///
    /// # Errors
    /// If it cannot be one.
    pub(crate) fn tag(written: &str) -> Result<AtsTag, CliError> {
        AtsTag::parse(written).map_err(|error| CliError::input(format!("the tag cannot be used: {error}")))
    }
}

/// Reads all templates of a TOML text. `source` is its name, for messages.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub(crate) fn read(text: &str, source: &str) -> Result<Vec<Draft>, CliError> {
    let mut document: Table = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| text.get(..span.start).unwrap_or_default().lines().count().max(1));
        CliError::input(format!("{source} line {line}: {}", error.message().replace('\n', " ")))
            .fix("correct the TOML; texts stand in quotes, tables in [brackets]")
    })?;
    let Some(several) = document.remove("template") else {
        if document.is_empty() {
            return Err(CliError::input(format!("{source} holds no template"))
                .fix("begin each template with a line [[template]]"));
        }
        return Ok(vec![Draft::from_fields(document, source)?]);
    };
    if let Some(stray) = document.keys().next() {
        return Err(CliError::input(format!("{source}: `{stray}` stands outside of a template"))
            .fix("put it below the line [[template]] of the template that it belongs to"));
    }
    let Value::Array(several) = several else {
        return Err(CliError::input(format!("{source}: `template` must be written [[template]], with two brackets"))
            .fix("begin each template with a line [[template]]"));
    };
    several
        .into_iter()
        .enumerate()
        .map(|(index, fields)| {
            let place = format!("{source}, template {}", index + 1);
            match fields {
                Value::Table(fields) => Draft::from_fields(fields, &place),
                _ => Err(CliError::input(format!("{place}: is no table"))
                    .fix("begin each template with a line [[template]]")),
            }
        })
        .collect()
}

#[derive(Serialize)]
struct Document<'a> {
    template: Vec<&'a Template>,
}

/// Writes templates so that [`read`] reads the same.
pub(crate) fn write<'a>(templates: impl IntoIterator<Item = &'a Template>) -> Result<String, CliError> {
    toml::to_string_pretty(&Document { template: templates.into_iter().collect() })
        .map_err(|error| CliError::internal(format!("the templates cannot be written as TOML: {error}")))
}

/// A template's fields as TOML has them.
pub(crate) fn fields(template: &Template) -> Result<Table, CliError> {
    Table::try_from(template).map_err(|error| CliError::internal(format!("the template is no table: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Kind;

    /// Every setting that a template has (docs/vendors/crosschq.md §4).
    pub(crate) const EVERYTHING: &str = r#"
[[template]]
name = "Sales AE"
tag = "Sales-AE"
description = "Account executives \"north\""
position = "Account Executive"
survey = "account-executive"
any_references = 1
candidate_message = """
Dear candidate,
thank you."""

[template.references]
managers = 1
peers = 2

[[template.notes]]
relationship = "managers"
note = "From your last employer"

[[template.notes]]
note = "Anyone who knows your work"

[template.hiring_manager.fixed]
first_name = "Pat"
last_name = "Manager"
email = "pat.manager@customer.example"

[template.notifications]
sms = true
past_due = false
completed = true
email_text = "By e-mail"
sms_text = "By SMS"

[template.auto_conclude]
min_total = 2
after_days = 3

[template.auto_conclude.by_relationship]
managers = 1

[[template]]
name = "Engineering"
tag = "engineering"
survey = "software-engineer"
references = { managers = 1, peers = 2 }
hiring_manager = "none"
"#;

    #[test]
    fn every_setting_is_read_and_the_tag_is_kept_as_it_was_written() {
        let drafts = read(EVERYTHING, "templates.toml").unwrap();
        assert_eq!(drafts.len(), 2);
        assert_eq!((drafts[0].written_tag.as_str(), drafts[0].template.tag.as_str()), ("Sales-AE", "sales-ae"));
        assert_eq!(drafts[0].template.auto_conclude.as_ref().unwrap().after_days, 3);
    }

    #[test]
    fn what_is_written_reads_back_the_same_and_writes_the_same_again() {
        let templates: Vec<Template> =
            read(EVERYTHING, "first").unwrap().into_iter().map(|draft| draft.template).collect();
        let written = write(&templates).unwrap();
        let again: Vec<Template> = read(&written, "again").unwrap().into_iter().map(|draft| draft.template).collect();
        assert_eq!(again, templates, "{written}");
        assert_eq!(write(&again).unwrap(), written);
    }

    #[test]
    fn a_file_may_hold_one_template_without_a_heading() {
        let text = "name = \"A\"\ntag = \"a\"\nsurvey = \"s\"\nany_references = 2\n";
        assert_eq!(read(text, "a.toml").unwrap()[0].template.any_references, 2);
    }

    #[test]
    fn what_is_wrong_is_reported_with_its_place() {
        for (text, shown) in [
            ("", "x.toml holds no template"),
            ("a = [", "x.toml line 1:"),
            ("[template]\nname = \"A\"", "[[template]], with two brackets"),
            ("stray = 1\n[[template]]\ntag = \"a\"", "`stray` stands outside of a template"),
            ("[[template]]\nname = \"A\"", "template 1: `tag` is missing"),
            ("[[template]]\ntag = 7", "template 1: `tag` must be a text"),
            ("[[template]]\ntag = \"a\"\nname = \"A\"\nsurvey = \"s\"\nsurwey = 1", "unknown field `surwey`"),
            ("[[template]]\ntag = \"a\"\nname = \"A\"", "missing field `survey`"),
            (
                "[[template]]\ntag = \"a\"\nname = \"A\"\nsurvey = \"s\"\nreferences = {Friends = 1}",
                "a relationship must be 1 to 40 lower-case letters",
            ),
            ("[[template]]\ntag = \"a\"\nname = \"A\"\nsurvey = \"s\"", "at least one reference"),
            (
                "[[template]]\ntag = \"a\"\nname = \"A\"\nsurvey = \"s\"\nany_references = 1\n\
                 hiring_manager = {fixed = {first_name = \"P\", last_name = \"M\", email = \"pat\"}}",
                "`hiring_manager.fixed.email` is not an e-mail address",
            ),
        ] {
            let error = read(text, "x.toml").unwrap_err();
            assert_eq!(error.kind, Kind::Input);
            assert!(error.message.contains(shown), "{text}\n{error}");
        }
    }
}
