//! `connector template add`

use connector_core::domain::{Relationship, Template};
use serde::Serialize;
use toml::{Table, Value};

use super::others;
use crate::arguments::template::Add;
use crate::failure::CliError;
use crate::records::customers;
use crate::session::Session;
use crate::templates::check::{self, Verified};
use crate::templates::clash;
use crate::templates::draft::Draft;
use crate::templates::save::{Edit, save};
use crate::terminal::Terminal;

#[derive(Debug, Serialize)]
struct Added {
    customer: String,
    tag: String,
    verified: bool,
    template: Template,
}

/// Adds a template.
///
/// # Errors
/// What is wrong with it; nothing was saved then.
pub(super) async fn add(arguments: &Add, session: &Session, terminal: &Terminal) -> Result<(), CliError> {
    let draft = Draft::from_fields(fields(arguments)?, "the template")?;
    let record = customers::load(session, &arguments.customer).await?;
    clash::find(&draft, others(&record, &[]))?;
    let verified = check::all(session, terminal, &record.customer()?, &[&draft], arguments.unverified).await?;
    let (template, tag) = (draft.template, draft.written_tag);
    let key = template.tag.as_str().to_owned();
    if key != tag.trim() {
        terminal.say(format!("the tag is kept as {key}: requisitions are matched whatever the case"));
    }
    let edits = vec![(key.clone(), Edit::add(template.clone()))];
    save(session, &arguments.customer, verified.action("template add"), edits).await?;
    terminal.done(format!("template {key} added; functions use it within a minute"));
    let verified = verified == Verified::ByCrosschq;
    terminal.report_json(&Added { customer: arguments.customer.to_string(), tag: key, verified, template })
}

/// The options as TOML has them, so that there is one way in.
fn fields(add: &Add) -> Result<Table, CliError> {
    let mut fields = Table::new();
    let mut text = |name: &str, value: Option<&String>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), Value::String(value.clone()));
        }
    };
    text("tag", Some(&add.tag));
    text("name", Some(&add.name));
    text("survey", Some(&add.survey));
    text("description", Some(&add.description));
    text("position", add.position.as_ref());
    text("candidate_message", add.message.as_ref());
    fields.insert("references".to_owned(), Value::Table(counts("--references", &add.references)?));
    fields.insert("any_references".to_owned(), Value::Integer(add.any.into()));
    let notes: Result<Vec<Value>, CliError> = add.notes.iter().map(|(kind, text)| note(kind, text)).collect();
    fields.insert("notes".to_owned(), Value::Array(notes?));
    if let Some(who) = &add.hiring_manager {
        fields.insert("hiring_manager".to_owned(), hiring_manager(who)?);
    }
    let mut notifications = Table::new();
    for (name, on) in [("sms", !add.no_sms), ("past_due", !add.no_past_due), ("completed", add.completed)] {
        notifications.insert(name.to_owned(), Value::Boolean(on));
    }
    for (name, text) in [("email_text", &add.email_text), ("sms_text", &add.sms_text)] {
        if let Some(text) = text {
            notifications.insert(name.to_owned(), Value::String(text.clone()));
        }
    }
    fields.insert("notifications".to_owned(), Value::Table(notifications));
    if let Some(least) = add.auto_conclude {
        let mut rule = Table::new();
        rule.insert("min_total".to_owned(), Value::Integer(least.into()));
        rule.insert("after_days".to_owned(), Value::Integer(add.auto_conclude_days.into()));
        let with = counts("--auto-conclude-with", &add.auto_conclude_with)?;
        rule.insert("by_relationship".to_owned(), Value::Table(with));
        fields.insert("auto_conclude".to_owned(), Value::Table(rule));
    }
    Ok(fields)
}

fn counts(option: &str, given: &[(String, u8)]) -> Result<Table, CliError> {
    let mut counts = Table::new();
    for (kind, count) in given {
        check_kind(option, kind)?;
        if counts.insert(kind.clone(), Value::Integer((*count).into())).is_some() {
            return Err(CliError::input(format!("{option}: {kind} is given twice")).fix("give each kind once"));
        }
    }
    Ok(counts)
}

fn note(kind: &str, text: &str) -> Result<Value, CliError> {
    let mut note = Table::new();
    if kind != "any" {
        check_kind("--note", kind)?;
        note.insert("relationship".to_owned(), Value::String(kind.to_owned()));
    }
    note.insert("note".to_owned(), Value::String(text.to_owned()));
    Ok(Value::Table(note))
}

fn check_kind(option: &str, kind: &str) -> Result<(), CliError> {
    match Relationship::parse(kind) {
        Ok(_) => Ok(()),
        Err(error) => Err(CliError::input(format!("{option}: {error}"))
            .fix(format!("use a kind of the survey: {} are usual", Relationship::KNOWN.map(String::from).join(", ")))),
    }
}

/// `from-requisition`, `none` or `First Last <address>`.
fn hiring_manager(who: &str) -> Result<Value, CliError> {
    match who.trim() {
        "from-requisition" | "from_requisition" => return Ok(Value::String("from_requisition".to_owned())),
        "none" => return Ok(Value::String("none".to_owned())),
        _ => {}
    }
    let malformed = || {
        CliError::input("--hiring-manager: neither from-requisition, nor none, nor a person")
            .fix("write a person as \"First Last <address>\"")
    };
    let (name, rest) = who.split_once('<').ok_or_else(malformed)?;
    let email = rest.trim().strip_suffix('>').ok_or_else(malformed)?;
    let (first, last) = name.trim().split_once(' ').ok_or_else(malformed)?;
    let person = [("first_name", first), ("last_name", last), ("email", email)];
    let person: Table =
        person.into_iter().map(|(name, text)| (name.to_owned(), Value::String(text.trim().to_owned()))).collect();
    Ok(Value::Table(Table::from_iter([("fixed".to_owned(), Value::Table(person))])))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::{Cli, Command, template::Verb};

    fn draft(options: &[&str]) -> Result<Draft, CliError> {
        let base = ["connector", "template", "add", "1234", "AE", "--name", "Sales AE", "--survey", "sales"];
        let cli = Cli::try_parse_from(base.iter().chain(options)).unwrap();
        let Command::Template(Verb::Add(add)) = cli.command else { panic!("another command") };
        Draft::from_fields(fields(&add)?, "the template")
    }

    #[test]
    fn every_setting_has_an_option() {
        let by_options = draft(&[
            "--references",
            "managers=1,peers=2",
            "--any",
            "1",
            "--note",
            "managers=From Acme, if you can",
            "--note",
            "any=Who knows you",
            "--description",
            "d",
            "--position",
            "p",
            "--hiring-manager",
            "Pat Van Manager <pat@customer.example>",
            "--message",
            "m",
            "--email-text",
            "e",
            "--sms-text",
            "s",
            "--no-sms",
            "--no-past-due",
            "--completed",
            "--auto-conclude",
            "2",
            "--auto-conclude-days",
            "3",
            "--auto-conclude-with",
            "managers=1",
        ])
        .unwrap();
        let text = r#"
            name = "Sales AE"
            tag = "AE"
            survey = "sales"
            description = "d"
            position = "p"
            candidate_message = "m"
            any_references = 1
            references = {managers = 1, peers = 2}
            notes = [{relationship = "managers", note = "From Acme, if you can"}, {note = "Who knows you"}]
            hiring_manager = {fixed = {first_name = "Pat", last_name = "Van Manager", email = "pat@customer.example"}}
            notifications = {sms = false, past_due = false, completed = true, email_text = "e", sms_text = "s"}
            auto_conclude = {min_total = 2, after_days = 3, by_relationship = {managers = 1}}
        "#;
        assert_eq!(by_options, crate::templates::draft::read(text, "test").unwrap().remove(0));
    }

    #[test]
    fn options_that_cannot_work_name_themselves() {
        for (options, shown) in [
            (&["--references", "my peers=1"][..], "--references: a relationship must be 1 to 40 lower-case letters"),
            (&["--references", "peers=1,peers=2"], "peers is given twice"),
            (&["--any", "1", "--note", "1st=x"], "--note: a relationship must be"),
            (&["--any", "1", "--hiring-manager", "Pat"], "--hiring-manager: neither"),
            (&["--any", "1", "--hiring-manager", "Pat M <pat>"], "is not an e-mail address"),
            (&[], "ask for at least one reference"),
        ] {
            let error = draft(options).unwrap_err();
            assert!(error.message.contains(shown), "{error}");
        }
    }
}
