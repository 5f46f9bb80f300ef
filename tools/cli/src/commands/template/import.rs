//! `connector template import`

use std::path::Path;

use serde::Serialize;

use super::others;
use crate::arguments::template::Import;
use crate::failure::{CliError, Kind};
use crate::records::customers::{self, CustomerRecord};
use crate::records::diff::Difference;
use crate::session::Session;
use crate::templates::draft::{self, Draft};
use crate::templates::save::{Edit, differences, save};
use crate::templates::{check, clash};
use crate::terminal::{Report, Table, Terminal, input};

/// What importing means to one template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Meaning {
    New,
    Changed,
    Unchanged,
}

#[derive(Debug, Serialize)]
struct Line {
    tag: String,
    meaning: Meaning,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<Difference>,
}

#[derive(Debug, Serialize)]
struct Imported {
    customer: String,
    /// Whether it was saved.
    saved: bool,
    templates: Vec<Line>,
}

impl Report for Imported {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new(["TEMPLATE", "", "FIELDS"]);
        for line in &self.templates {
            let prefix = format!("template.{}.", line.tag);
            let fields: Vec<&str> =
                line.changes.iter().map(|it| it.field.strip_prefix(&prefix).unwrap_or(&it.field)).collect();
            let (word, fields) = match line.meaning {
                Meaning::New => ("new", String::new()),
                Meaning::Changed => ("changed", fields.join(", ")),
                Meaning::Unchanged => ("unchanged", String::new()),
            };
            table.row([&line.tag, &word, &fields]);
        }
        vec![table]
    }
}

/// Adds and changes templates from files, all of them or none.
///
/// # Errors
/// What is wrong with any of them; nothing was saved then.
pub(super) async fn import(arguments: &Import, session: &Session, terminal: &Terminal) -> Result<(), CliError> {
    let mut drafts = Vec::new();
    for file in &arguments.files {
        drafts.extend(draft::read(&text_of(file).await?, &input::name(file))?);
    }
    let id = &arguments.customer;
    let record = customers::load(session, id).await?;
    clashes(&drafts, &record)?;
    let customer = record.customer()?;
    let all: Vec<&Draft> = drafts.iter().collect();
    let verified = check::all(session, terminal, &customer, &all, arguments.unverified).await?;

    let (mut lines, mut edits) = (Vec::new(), Vec::new());
    for draft in drafts {
        let (line, edit) = compared(&record, draft)?;
        if line.meaning != Meaning::Unchanged {
            edits.push((line.tag.clone(), edit));
        }
        lines.push(line);
    }
    let saved = !arguments.dry_run && !edits.is_empty();
    let replaced: Vec<&str> =
        lines.iter().filter(|line| line.meaning == Meaning::Changed).map(|line| line.tag.as_str()).collect();
    if saved {
        if !replaced.is_empty() {
            terminal.confirm(&format!("change {} of customer {id}?", replaced.join(", "))).await?;
        }
        let count = edits.len();
        save(session, id, verified.action("template import"), edits).await?;
        terminal.done(format!("{count} saved; functions use them within a minute"));
    } else if arguments.dry_run {
        terminal.say("a dry run: everything was checked, nothing was saved");
    } else {
        terminal.say("everything is as it was; nothing was saved");
    }
    terminal.report(&Imported { customer: id.to_string(), saved, templates: lines })
}

/// What stands there now, and what the draft makes of it.
fn compared(record: &CustomerRecord, draft: Draft) -> Result<(Line, Edit), CliError> {
    let tag = draft.template.tag.as_str().to_owned();
    let Some(stored) = record.templates.get(&tag) else {
        return Ok((Line { tag, meaning: Meaning::New, changes: Vec::new() }, Edit::add(draft.template)));
    };
    let before = stored.value.as_ref().ok().cloned();
    // A template that cannot be read is replaced whole.
    let same = before.as_ref() == Some(&draft.template);
    let edit = Edit { before: (before, stored.version), after: Some(draft.template) };
    let changes = differences(&tag, &edit)?;
    let meaning = if same { Meaning::Unchanged } else { Meaning::Changed };
    Ok((Line { tag, meaning, changes }, edit))
}

/// Each template against the others of the files, and against those of the customer that the files leave alone.
fn clashes(drafts: &[Draft], record: &CustomerRecord) -> Result<(), CliError> {
    let mine: Vec<&str> = drafts.iter().map(|draft| draft.template.tag.as_str()).collect();
    for (index, draft) in drafts.iter().enumerate() {
        let before = drafts.iter().take(index);
        clash::find(draft, before.map(|other| (other.written_tag.trim(), Some(&other.template)))).map_err(|error| {
            if error.kind == Kind::Conflict {
                let message = format!("in the files, {}", error.message);
                return CliError::input(message).fix("keep one of the two");
            }
            error
        })?;
        clash::find(draft, others(record, &mine))?;
    }
    Ok(())
}

async fn text_of(file: &Path) -> Result<String, CliError> {
    input::read(file).await.map_err(|error| {
        CliError::input(format!("{}: {error}", input::name(file))).fix("name a TOML file, or - for standard input")
    })
}
