//! `connector template remove`

use connector_core::domain::CustomerId;
use serde::Serialize;

use super::find;
use crate::failure::CliError;
use crate::records::customers;
use crate::session::Session;
use crate::templates::draft::Draft;
use crate::templates::save::{Edit, save};
use crate::templates::usage::{self, Usage, checks};
use crate::terminal::Terminal;

#[derive(Debug, Serialize)]
struct Removed {
    tag: String,
    open_checks: Usage,
}

#[derive(Debug, Serialize)]
struct AllRemoved {
    customer: String,
    removed: Vec<Removed>,
}

/// Removes templates, once the operator knows which open checks use them.
///
/// # Errors
/// If one of them is not there, or is needed; nothing was removed then.
pub(super) async fn remove(
    customer: &CustomerId,
    tags: &[String],
    session: &Session,
    terminal: &Terminal,
) -> Result<(), CliError> {
    let record = customers::load(session, customer).await?;
    let default = record.settings().ok().and_then(|settings| settings.value.icims.default_template);
    let (mut edits, mut removed) = (Vec::new(), Vec::new());
    for tag in tags {
        let (key, stored) = find(&record, tag)?;
        if edits.iter().any(|(known, _)| known == key) {
            continue;
        }
        if default.as_ref().is_some_and(|default| default.as_str() == key) {
            return Err(CliError::input(format!(
                "template {key} serves requisitions that name none (icims.default_template)"
            ))
            .fix("name another default template, or none, with `connector customer edit` first"));
        }
        let open_checks = usage::of(session, customer, &Draft::tag(key)?).await?;
        if open_checks.total() == 0 {
            terminal.say(format!("template {key}: no open check uses it"));
        } else {
            terminal.warn(format!("template {key}: {} may use it", checks(open_checks.total())));
            for fate in open_checks.fate() {
                terminal.say(format!("    {fate}"));
            }
        }
        edits.push((key.to_owned(), Edit { before: (stored.value.clone().ok(), stored.version), after: None }));
        removed.push(Removed { tag: key.to_owned(), open_checks });
    }
    let names = removed.iter().map(|it| it.tag.as_str()).collect::<Vec<_>>().join(", ");
    terminal
        .confirm(&format!(
            "remove {names} of customer {customer}? Orders for requisitions that name it will be refused."
        ))
        .await?;
    save(session, customer, "template remove".to_owned(), edits).await?;
    terminal.done(format!("removed {names}; `connector template sync {customer}` tells which requisitions name it"));
    terminal.report_json(&AllRemoved { customer: customer.to_string(), removed })
}
