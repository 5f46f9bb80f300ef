//! The secrets that only a person can bring: from a file, or typed hidden.

use std::path::Path;

use connector_core::domain::IcimsAuth;
use connector_core::ports::{BasicPair, IcimsCredential};
use secrecy::{ExposeSecret as _, SecretString};

use crate::failure::CliError;
use crate::secrets_document::{GivenSecrets, given_secrets};
use crate::terminal::{Secret, Terminal, input};

/// What must be there.
#[derive(Debug, Clone)]
pub(crate) struct ProvidedSecrets {
    /// Towards iCIMS.
    pub(crate) icims: IcimsCredential,
    /// Towards Crosschq.
    pub(crate) crosschq_token: SecretString,
    /// Whatever else the file holds, in place of what would be made up.
    pub(crate) rest: GivenSecrets,
}

/// Reads the secrets file, `-` for standard input; nothing without one.
///
/// # Errors
/// If it cannot be read, or a key does not hold; never a value is told.
pub(crate) async fn read(file: Option<&str>) -> Result<GivenSecrets, CliError> {
    let Some(file) = file.map(Path::new) else { return Ok(GivenSecrets::default()) };
    let name = input::name(file);
    let text = input::read(file).await.map(SecretString::from).map_err(|error| {
        CliError::input(format!("--secrets {name}: {error}"))
            .fix("name a readable TOML or JSON file, or - for standard input")
    })?;
    parse(&text).map_err(|why| {
        CliError::input(format!("--secrets {name}: {why}"))
            .fix("the keys are icims.oauth.client_id, icims.oauth.client_secret (or icims.basic.user, icims.basic.password) and crosschq.token")
    })
}

fn parse(text: &SecretString) -> Result<GivenSecrets, String> {
    let text = text.expose_secret();
    if text.trim_start().starts_with('{') {
        return given_secrets(serde_json::from_str(text).map_err(|_| "is neither TOML nor JSON".to_owned())?);
    }
    // The parser's own words quote the line.
    given_secrets(toml::from_str(text).map_err(|_| "is neither TOML nor JSON".to_owned())?)
}

/// Asks for what the file did not bring.
///
/// # Errors
/// If nobody can be asked: the missing key is named.
pub(crate) async fn complete(
    terminal: &Terminal,
    auth: IcimsAuth,
    given: GivenSecrets,
) -> Result<ProvidedSecrets, CliError> {
    let icims = match (&given.icims, auth) {
        (Some(credential), _) => fitting(credential, auth)?,
        (None, IcimsAuth::OAuth) => IcimsCredential::OAuth {
            client_id: asked(terminal, "iCIMS client id", "icims.oauth.client_id").await?.expose_secret().to_owned(),
            client_secret: asked(terminal, "iCIMS client secret", "icims.oauth.client_secret").await?,
        },
        (None, IcimsAuth::Basic) => IcimsCredential::Basic(BasicPair {
            user: asked(terminal, "iCIMS integration user", "icims.basic.user").await?,
            password: asked(terminal, "iCIMS integration user's password", "icims.basic.password").await?,
        }),
    };
    let crosschq_token = match &given.crosschq_token {
        Some(token) => token.clone(),
        None => asked(terminal, "Crosschq Partner API key", "crosschq.token").await?,
    };
    Ok(ProvidedSecrets { icims, crosschq_token, rest: given })
}

fn fitting(credential: &IcimsCredential, auth: IcimsAuth) -> Result<IcimsCredential, CliError> {
    match (credential, auth) {
        (IcimsCredential::OAuth { .. }, IcimsAuth::OAuth) | (IcimsCredential::Basic(_), IcimsAuth::Basic) => {
            Ok(credential.clone())
        }
        (IcimsCredential::Basic(_), IcimsAuth::OAuth) => {
            Err(CliError::input("icims.auth is oauth, but the secrets bring icims.basic")
                .fix("give --icims-auth basic, or icims.oauth"))
        }
        (IcimsCredential::OAuth { .. }, IcimsAuth::Basic) => {
            Err(CliError::input("icims.auth is basic, but the secrets bring icims.oauth")
                .fix("give icims.basic, or --icims-auth oauth"))
        }
    }
}

async fn asked(terminal: &Terminal, prompt: &'static str, key: &'static str) -> Result<SecretString, CliError> {
    terminal.secret(Secret { prompt, key }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_and_json_say_the_same() {
        for text in [
            "[icims.oauth]\nclient_id = \"id\"\nclient_secret = \"s\"\n[crosschq]\ntoken = \"t\"\n",
            r#"{"icims": {"oauth": {"client_id": "id", "client_secret": "s"}}, "crosschq": {"token": "t"}}"#,
        ] {
            let given = parse(&text.into()).unwrap();
            assert!(matches!(given.icims, Some(IcimsCredential::OAuth { .. })));
            assert_eq!(given.crosschq_token.unwrap().expose_secret(), "t");
        }
    }

    #[test]
    fn a_file_that_does_not_read_is_never_quoted() {
        for text in [
            "crosschq = hunter2",
            "{\"crosschq\": hunter2",
            "[crosschq]\nhunter2 = \"x\"",
            "[crosschq]\ntoken = [\"hunter2\"]",
        ] {
            let why = parse(&text.into()).unwrap_err();
            assert!(!why.contains("hunter2"), "{why}");
        }
    }
}
