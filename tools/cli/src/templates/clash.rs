//! Requisitions name a template by its tag or its name, whatever the case: no two templates may answer to one value.

use connector_core::domain::{AtsTag, Template};

use super::draft::Draft;
use crate::failure::CliError;

/// Whether a new template, or one under a new tag or name, could be taken for another one of the customer's.
/// `existing` are the others: the tag in the key of its record, and the template if it can be read.
///
/// # Errors
/// [`Kind::Conflict`] for a tag that is taken, [`Kind::Input`] for a name or tag that means another template too.
pub(crate) fn find<'a>(
    draft: &Draft,
    existing: impl IntoIterator<Item = (&'a str, Option<&'a Template>)>,
) -> Result<(), CliError> {
    let tag = &draft.template.tag;
    for (other_key, other) in existing {
        let other_tag = AtsTag::parse(other_key).ok();
        if other_tag.as_ref() == Some(tag) {
            return Err(taken(&draft.written_tag, other_key));
        }
        let name = AtsTag::parse(&draft.template.name).ok();
        if name.is_some() && name == other_tag {
            return Err(CliError::input(format!(
                "template {tag}: its name is the tag of template {other_key}: a requisition that says so could mean either"
            ))
            .fix("give it another name"));
        }
        let other_name = other.and_then(|other| AtsTag::parse(&other.name).ok());
        if other_name.as_ref() == Some(tag) {
            return Err(CliError::input(format!(
                "template {tag}: its tag is the name of template {other_key}: a requisition that says so could mean either"
            ))
            .fix("give it another tag, or the other template another name"));
        }
        if name.is_some() && name == other_name {
            return Err(CliError::input(format!(
                "template {tag}: template {other_key} has the same name: a requisition that says so could mean either"
            ))
            .fix("give it another name"));
        }
    }
    Ok(())
}

fn taken(written: &str, existing: &str) -> CliError {
    if written.trim() == existing {
        return CliError::conflict(format!("there already is a template with the tag {existing}"))
            .fix("change it with `connector template edit`, or choose another tag");
    }
    CliError::conflict(format!(
        "the tag {} differs from the tag {existing} only in its case, and requisitions are matched whatever the case",
        written.trim()
    ))
    .fix(format!("change template {existing} with `connector template edit`, or choose another tag"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Kind;

    fn draft(name: &str, tag: &str) -> Draft {
        crate::testing::draft(name, tag, "any_references = 1")
    }

    #[test]
    fn each_way_to_be_taken_for_another_template_has_its_own_message() {
        let other = draft("Sales AE", "sales-ae").template;
        for (name, tag, kind, shown) in [
            ("New", "sales-ae", Kind::Conflict, "there already is a template with the tag sales-ae"),
            ("New", "Sales-AE", Kind::Conflict, "differs from the tag sales-ae only in its case"),
            ("SALES-ae", "new", Kind::Input, "its name is the tag of template sales-ae"),
            ("New", "sales ae", Kind::Input, "its tag is the name of template sales-ae"),
            ("sales AE ", "new", Kind::Input, "template sales-ae has the same name"),
        ] {
            let error = find(&draft(name, tag), [("sales-ae", Some(&other))]).unwrap_err();
            assert_eq!(error.kind, kind, "{error}");
            assert!(error.message.contains(shown), "{error}");
        }
        assert_eq!(find(&draft("New", "new"), [("sales-ae", Some(&other))]), Ok(()));
    }

    #[test]
    fn the_tag_of_a_template_that_cannot_be_read_is_taken_all_the_same() {
        assert!(find(&draft("New", "broken"), [("broken", None)]).is_err());
    }
}
