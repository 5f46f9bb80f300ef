//! Texts that are changed in the operator's own editor.

use std::path::Path;

use crate::failure::CliError;

/// Lets a person change a TOML text in their editor (`VISUAL`, else `EDITOR`). The file's name begins with `prefix`; it is
/// the operator's alone, and goes away.
///
/// # Errors
/// If neither is set, or the editor fails.
pub(crate) async fn edit(text: &str, prefix: &str) -> Result<String, CliError> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = set("VISUAL").or_else(|| set("EDITOR")).ok_or_else(|| {
        CliError::input("there is nothing to change").fix("give --set FIELD=VALUE or --unset FIELD, or set EDITOR")
    })?;
    let trouble = |error: std::io::Error| CliError::internal(format!("the text for the editor: {error}"));
    let file = tempfile::Builder::new().prefix(prefix).suffix(".toml").tempfile().map_err(trouble)?;
    std::fs::write(file.path(), text).map_err(trouble)?;
    run(&editor, file.path()).await?;
    std::fs::read_to_string(file.path()).map_err(trouble)
}

/// Through the shell, as the variable may hold options: `code --wait`.
async fn run(editor: &str, file: &Path) -> Result<(), CliError> {
    let mut command = tokio::process::Command::new("sh");
    command.arg("-c").arg(format!("{editor} \"$1\"")).arg("editor").arg(file).kill_on_drop(true);
    let ended = command.status().await;
    let ended = ended.map_err(|error| CliError::internal(format!("the editor cannot be started: {error}")))?;
    if ended.success() {
        return Ok(());
    }
    Err(CliError::input("the editor failed; nothing was changed").fix("set EDITOR to an editor that can be started"))
}
