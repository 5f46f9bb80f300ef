//! Editing the whole record. Settings hold no secret.

use connector_core::domain::Settings;
use serde_json::Value;

use super::{checked, from_text, record_of, to_toml};
use crate::editor;
use crate::failure::CliError;
use crate::terminal::Terminal;

/// Lets the operator edit settings until they hold, and gives them back as a record.
///
/// # Errors
/// [`Kind::Declined`] if there is nobody to edit, or they give up.
pub(crate) async fn edit(terminal: &Terminal, settings: &Settings) -> Result<Value, CliError> {
    if !terminal.is_attended() {
        return Err(CliError::declined("there is no terminal to edit in")
            .fix("say what to change with --set, --unset or --settings FILE"));
    }
    let mut text = to_toml(settings)?;
    loop {
        text = editor::edit(&text, "settings-").await?;
        if text.trim().is_empty() {
            return Err(CliError::declined("the file was emptied; nothing was changed"));
        }
        match from_text(&text).map_err(|why| CliError::input(format!("the file {why}"))).and_then(|it| checked(&it)) {
            Ok(settings) => return record_of(&settings),
            // With --yes nobody is asked, and an editor that is a script would go on for ever.
            Err(error) if terminal.assume_yes() => return Err(error),
            Err(error) => {
                terminal.print_error(&error);
                terminal.confirm("edit again?").await?;
            }
        }
    }
}
