//! Questions. Secrets are typed hidden; without a terminal nobody is asked, and the error says what to give instead.

use std::io::Write as _;

use secrecy::SecretString;

use super::input::spawn_blocking;
use super::{Terminal, hidden};
use crate::failure::CliError;

/// A secret to ask for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Secret {
    /// The prompt, e.g. `iCIMS client secret`.
    pub(crate) prompt: &'static str,
    /// Its place in the secrets document, e.g. `icims.oauth.client_secret`: named when there is no terminal.
    pub(crate) key: &'static str,
}

impl Terminal {
    /// Asks for a yes. `--yes` gives it.
    ///
    /// # Errors
    /// [`Kind::Declined`] on any other answer, or where nobody can be asked.
    pub(crate) async fn confirm(&self, question: &str) -> Result<(), CliError> {
        if self.yes {
            return Ok(());
        }
        let answer = self.ask(&format!("{question} [y/N]")).await?;
        if matches!(answer.to_lowercase().as_str(), "y" | "yes") {
            return Ok(());
        }
        Err(CliError::declined("not confirmed; nothing was changed"))
    }

    /// Asks to choose one of `choices`, the first being the default, which `--yes` and an empty answer take.
    ///
    /// # Errors
    /// [`Kind::Declined`] where nobody can be asked; [`Kind::Input`] for an answer that is no choice.
    pub(crate) async fn choose<'a>(&self, question: &str, choices: &[&'a str]) -> Result<&'a str, CliError> {
        let first = choices.first().copied().ok_or_else(|| CliError::internal("nothing to choose from"))?;
        if self.yes {
            return Ok(first);
        }
        let answer = self.ask(&format!("{question} [{}]", choices.join("/"))).await?;
        if answer.is_empty() {
            return Ok(first);
        }
        let chosen = choices.iter().find(|choice| choice.eq_ignore_ascii_case(&answer)).copied();
        chosen.ok_or_else(|| CliError::input(format!("the answer must be one of {}", choices.join(", "))))
    }

    /// Asks for a line of text.
    ///
    /// # Errors
    /// [`Kind::Declined`] where nobody can be asked.
    pub(crate) async fn ask(&self, question: &str) -> Result<String, CliError> {
        if !self.is_attended() {
            return Err(CliError::declined(format!("there is no terminal to ask: {question}"))
                .fix("add --yes to confirm without being asked, or give the value as an option"));
        }
        let mut err = std::io::stderr();
        write!(err, "{question} ").and_then(|()| err.flush()).map_err(unheard)?;
        let typed = || {
            let mut answer = String::new();
            std::io::stdin().read_line(&mut answer).map(|_| answer)
        };
        let answer = spawn_blocking(typed).await.map_err(unheard)?;
        Ok(answer.trim().to_owned())
    }

    /// Asks for a secret without showing what is typed.
    ///
    /// # Errors
    /// [`Kind::Declined`] where nobody can be asked; [`Kind::Input`] for an empty answer.
    pub(crate) async fn secret(&self, secret: Secret) -> Result<SecretString, CliError> {
        if !self.is_attended() {
            return Err(CliError::declined(format!("there is no terminal to ask for the {}", secret.prompt))
                .fix(format!("give `{}` in a file with --secrets FILE, or - for standard input", secret.key)));
        }
        let typed = hidden::line(&format!("{}: ", secret.prompt)).await.map_err(unheard)?;
        if typed.trim().is_empty() {
            return Err(CliError::input(format!("the {} must not be empty", secret.prompt)));
        }
        Ok(typed.into())
    }
}

fn unheard(error: std::io::Error) -> CliError {
    match error.kind() {
        std::io::ErrorKind::Interrupted => CliError::interrupted(),
        _ => CliError::internal(format!("terminal: {error}")),
    }
}
