//! `connector template`

mod add;
mod edit;
mod export;
mod import;
mod list;
mod remove;
mod show;
mod sync;

use connector_core::domain::Template;

use crate::arguments::template::Verb;
use crate::failure::CliError;
use crate::records::Stored;
use crate::records::customers::CustomerRecord;
use crate::session::Session;
use crate::templates::draft::Draft;
use crate::templates::nearest;
use crate::terminal::Terminal;

/// Carries a verb out.
pub(crate) async fn carry_out(verb: &Verb, session: &Session, terminal: &Terminal) -> Result<(), CliError> {
    match verb {
        Verb::Add(arguments) => add::add(arguments, session, terminal).await,
        Verb::Show(one) => show::show(one, session, terminal).await,
        Verb::List { customer } => list::list(customer, session, terminal).await,
        Verb::Edit(arguments) => edit::edit(arguments, session, terminal).await,
        Verb::Remove { customer, tags } => remove::remove(customer, tags, session, terminal).await,
        Verb::Import(arguments) => import::import(arguments, session, terminal).await,
        Verb::Export { customer, tags } => export::export(customer, tags, session, terminal).await,
        Verb::Sync(arguments) => sync::sync(arguments, session, terminal).await,
    }
}

/// A template as it is stored; what cannot be read of it is the reason why.
type Found = Stored<Result<Template, String>>;

/// The record of the template with this tag; what cannot be read of it is the reason why.
fn find<'a>(record: &'a CustomerRecord, tag: &str) -> Result<(&'a str, &'a Found), CliError> {
    let wanted = Draft::tag(tag)?;
    let stored = record.templates.iter().find(|(key, _)| key.trim().to_lowercase() == wanted.as_str());
    stored.map(|(key, stored)| (key.as_str(), stored)).ok_or_else(|| {
        let error = CliError::not_found(format!("customer {} has no template with the tag {wanted}", record.id));
        match nearest(wanted.as_str(), record.templates.keys().map(String::as_str)) {
            Some(near) => error.fix(format!("did you mean {near}?")),
            None => error.fix(format!("`connector template list {}` shows them", record.id)),
        }
    })
}

/// The template with this tag and its version.
fn readable(record: &CustomerRecord, tag: &str) -> Result<Stored<Template>, CliError> {
    let (key, stored) = find(record, tag)?;
    match &stored.value {
        Ok(template) => Ok(Stored { value: template.clone(), version: stored.version }),
        Err(why) => Err(CliError::input(format!("template {key} of customer {} cannot be used: {why}", record.id))
            .fix("write it again with `connector template import`, which replaces it")),
    }
}

/// The other templates of a customer: all but those in `without`.
fn others<'a>(
    record: &'a CustomerRecord,
    without: &'a [&'a str],
) -> impl Iterator<Item = (&'a str, Option<&'a Template>)> {
    record
        .templates
        .iter()
        .filter(move |(key, _)| !without.contains(&key.as_str()))
        .map(|(key, stored)| (key.as_str(), stored.value.as_ref().ok()))
}

/// `managers 1, peers 2, any 1`.
fn references(template: &Template) -> String {
    let kinds = template.references.iter().filter(|(_, count)| **count > 0);
    let mut message: Vec<String> = kinds.map(|(kind, count)| format!("{kind} {count}")).collect();
    if template.any_references > 0 {
        message.push(format!("any {}", template.any_references));
    }
    message.join(", ")
}
