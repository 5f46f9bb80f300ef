//! Editing in `$VISUAL` or `$EDITOR`. Settings hold no secret, and the file is the operator's alone all the same.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use connector::domain::Settings;
use serde_json::Value;

use super::{checked, from_text, record_of, to_toml};
use crate::failure::{CliError, Kind};
use crate::terminal::Terminal;

/// A file that goes away when it is dropped.
struct Draft(PathBuf);

impl Draft {
    fn of(text: &str) -> Result<Self, CliError> {
        let path = std::env::temp_dir().join(format!("connector-settings-{:016x}.toml", fastrand::u64(..)));
        let failed = |error: std::io::Error| CliError::internal(format!("{}: {error}", path.display()));
        let mut file =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        Ok(Self(path))
    }

    fn text(&self) -> Result<String, CliError> {
        std::fs::read_to_string(&self.0).map_err(|error| CliError::internal(format!("{}: {error}", self.0.display())))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // It lies in a folder that is cleaned anyway.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Lets the operator edit settings until they hold, and gives them back as a record.
///
/// # Errors
/// [`Kind::Declined`] if there is nobody to edit, or they give up.
pub fn edit(terminal: &Terminal, settings: &Settings) -> Result<Value, CliError> {
    let editor =
        ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    if !terminal.is_attended() {
        return Err(CliError::new(Kind::Declined, "there is no terminal to edit in")
            .fix("say what to change with --set, --unset or --settings FILE"));
    }
    let draft = Draft::of(&to_toml(settings)?)?;
    loop {
        open(editor.as_deref().unwrap_or("vi"), &draft.0)?;
        let text = draft.text()?;
        if text.trim().is_empty() {
            return Err(CliError::new(Kind::Declined, "the file was emptied; nothing was changed"));
        }
        match from_text(&text).map_err(|why| CliError::input(format!("the file {why}"))).and_then(|it| checked(&it)) {
            Ok(settings) => return record_of(&settings),
            Err(error) => {
                terminal.complain(&error);
                terminal.confirm("edit again?")?;
            }
        }
    }
}

fn open(editor: &str, file: &Path) -> Result<(), CliError> {
    // As git does it: the variable may hold arguments.
    let status = Command::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(file).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(CliError::new(Kind::Declined, format!("the editor {editor} failed; nothing was changed"))
            .fix("set EDITOR to your editor")),
    }
}
