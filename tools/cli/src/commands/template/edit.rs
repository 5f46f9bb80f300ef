//! `connector template edit`

use connector_core::domain::Template;
use serde::Serialize;

use super::{others, readable};
use crate::arguments::template::Edit as Arguments;
use crate::assignments;
use crate::editor;
use crate::failure::CliError;
use crate::records::customers;
use crate::records::diff::Difference;
use crate::session::Session;
use crate::templates::draft::{self, Draft};
use crate::templates::save::{Edit, differences, save};
use crate::templates::usage::{self, checks};
use crate::templates::{check, clash};
use crate::terminal::Terminal;

#[derive(Debug, Serialize)]
struct Edited {
    customer: String,
    tag: String,
    changes: Vec<Difference>,
    template: Template,
}

/// Changes a template.
///
/// # Errors
/// What is wrong with the change; nothing was saved then.
pub(super) async fn edit(arguments: &Arguments, session: &Session, terminal: &Terminal) -> Result<(), CliError> {
    let id = &arguments.customer;
    let record = customers::load(session, id).await?;
    let stored = readable(&record, &arguments.tag)?;
    let key = stored.value.tag.as_str().to_owned();
    let draft = changed(arguments, &stored.value).await?;
    let edit = Edit { before: (Some(stored.value), stored.version), after: Some(draft.template.clone()) };
    let changes = differences(&key, &edit)?;
    if changes.is_empty() {
        terminal.say(format!("template {key} is as it was; nothing was saved"));
        return Ok(());
    }
    clash::find(&draft, others(&record, &[&key]))?;
    let customer = record.customer()?;
    let verified = check::all(session, terminal, &customer, &[&draft], arguments.unverified).await?;
    let tag = draft.template.tag.as_str().to_owned();
    if tag != key {
        if customer.settings.icims.default_template.as_ref().is_some_and(|default| default.as_str() == key) {
            return Err(CliError::input(format!(
                "template {key} serves requisitions that name none (icims.default_template), and would be under another tag"
            ))
            .fix("name another default template with `connector customer edit` first"));
        }
        let count = usage::of(session, id, &Draft::tag(&key)?).await?.starting;
        let waiting =
            if count > 0 { format!("; {} not requested yet may be refused", checks(count)) } else { String::new() };
        terminal
            .confirm(&format!("requisitions that name {key} will be refused until they name {tag}{waiting}. Go on?"))
            .await?;
    }
    save(session, id, verified.action("template edit"), vec![(key.clone(), edit)]).await?;
    for change in &changes {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "…".to_owned());
        terminal.say(format!("  {}: {} -> {}", change.field, value(&change.before), value(&change.after)));
    }
    terminal.done(format!("template {tag} saved; functions use it within a minute, open requests stay as they are"));
    terminal.report_json(&Edited { customer: id.to_string(), tag, changes, template: draft.template })
}

/// The template as the operator wants it.
async fn changed(arguments: &Arguments, template: &Template) -> Result<Draft, CliError> {
    if arguments.set.is_empty() && arguments.unset.is_empty() {
        let text = editor::edit(&draft::write([template])?, "template-").await?;
        let mut drafts = draft::read(&text, "the edited text")?;
        let one = drafts.pop().filter(|_| drafts.is_empty());
        return one.ok_or_else(|| {
            CliError::input("the edited text holds several templates")
                .fix("use `connector template import` for more than one")
        });
    }
    let record = serde_json::to_value(draft::fields(template)?)
        .map_err(|error| CliError::internal(format!("the template is no record: {error}")))?;
    let changed = assignments::apply::<Template>(&record, &arguments.set, &arguments.unset)?;
    let fields = toml::Table::try_from(changed).map_err(|error| CliError::input(format!("--set: {error}")))?;
    Draft::from_fields(fields, "the changed template")
}
