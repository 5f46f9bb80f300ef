//! Writing templates with their lines in the audit log.

use connector_core::domain::{CustomerId, Template};

use crate::failure::CliError;
use crate::records::audit::Entry;
use crate::records::diff::{self, Difference};
use crate::records::{Change, Version, write};
use crate::session::Session;
use crate::templates::draft::Draft;

/// One template's change: what was there and what is to be.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    /// What was read, if it can be read, and its version.
    pub(crate) before: (Option<Template>, Version),
    /// What is to stand there; nothing to remove it.
    pub(crate) after: Option<Template>,
}

impl Edit {
    /// A template that is new.
    pub(crate) fn add(template: Template) -> Self {
        Self { before: (None, Version::Absent), after: Some(template) }
    }
}

/// Texts for candidates and what names members of staff: the audit log says only that they changed.
const NOT_KEPT: [&str; 7] =
    ["first_name", "last_name", "email", "notes", "candidate_message", "email_text", "sms_text"];

/// What an edit changes, for the audit log and for confirmations.
///
/// # Errors
/// If a template cannot be serialized.
pub(crate) fn differences(tag: &str, edit: &Edit) -> Result<Vec<Difference>, CliError> {
    let message = diff::between(&format!("template.{tag}"), edit.before.0.as_ref(), edit.after.as_ref())?;
    let may_be_kept = |it: &Difference| !it.field.rsplit('.').next().is_some_and(|last| NOT_KEPT.contains(&last));
    Ok(message.into_iter().map(|it| if may_be_kept(&it) { it } else { Difference::changed(it.field) }).collect())
}

/// Writes all of it, or nothing. `tag` of each edit is that of the record it changes.
///
/// # Errors
/// As [`write()`].
pub(crate) async fn save(
    session: &Session,
    customer: &CustomerId,
    action: String,
    edits: Vec<(String, Edit)>,
) -> Result<(), CliError> {
    let (mut changes, mut message) = (Vec::new(), Vec::new());
    for (tag, edit) in edits {
        if Draft::tag(&tag)?.as_str() != tag {
            return Err(CliError::input(format!(
                "the record template#{tag} of customer {customer} was not written by this command line: its key is not in lower case"
            ))
            .fix("delete that item of the customers table by hand, then add the template again"));
        }
        message.extend(differences(&tag, &edit)?);
        let version = edit.before.1;
        match edit.after {
            Some(template) if template.tag.as_str() == tag => {
                changes.push(Change::PutTemplate(Box::new(template), version));
            }
            Some(template) => {
                // The record's key is its tag: another tag is another record.
                changes.push(Change::DeleteTemplate(Draft::tag(&tag)?, version));
                changes.push(Change::PutTemplate(Box::new(template), Version::Absent));
            }
            None => changes.push(Change::DeleteTemplate(Draft::tag(&tag)?, version)),
        }
    }
    if changes.is_empty() {
        return Ok(());
    }
    let entry = Entry::new(session, action, message).await?;
    write(session, customer, &changes, &entry).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_for_candidates_and_names_of_staff_are_not_kept_in_the_log() {
        let text = "name = \"A\"\ntag = \"a\"\nsurvey = \"s\"\nany_references = 1\ncandidate_message = \"Dear you\"\n\
            hiring_manager = {fixed = {first_name = \"Pat\", last_name = \"Manager\", email = \"p@customer.example\"}}\n\
            notes = [{note = \"From Acme\"}]\nnotifications = {email_text = \"Hello\"}\n";
        let template = crate::templates::draft::read(text, "test").unwrap().remove(0).template;
        let message = differences("a", &Edit::add(template)).unwrap();
        let printed = serde_json::to_string(&message).unwrap();
        for kept in ["Dear", "Pat", "Manager", "customer.example", "Acme", "Hello"] {
            assert!(!printed.contains(kept), "{kept}: {printed}");
        }
        for field in ["candidate_message", "hiring_manager.fixed.email", "notes", "notifications.email_text"] {
            assert!(message.contains(&Difference::changed(format!("template.a.{field}"))), "{field}: {printed}");
        }
        assert!(printed.contains(r#""field":"template.a.survey","after":"s""#), "{printed}");
    }
}
