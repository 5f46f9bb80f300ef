//! A new value that a person brings: from a file, or typed hidden.

use connector_core::domain::{CustomerId, IcimsAuth, Settings};
use connector_core::ports::{BasicPair, IcimsCredential, SecretSet};
use secrecy::{ExposeSecret as _, SecretString};

use super::Credential;
use crate::failure::CliError;
use crate::onboarding::prompt::read;
use crate::secrets_document::GivenSecrets;
use crate::terminal::{Secret, Terminal};

/// The secret with the value of this credential that stands in `file`, or that somebody types for what a vendor makes;
/// nothing if it is ours and no file is given.
///
/// # Errors
/// If the file does not hold it, or nobody can be asked: the key is named.
pub(crate) async fn prompt(
    credential: Credential,
    customer: &CustomerId,
    settings: &Settings,
    current: &SecretSet,
    file: Option<&str>,
    terminal: &Terminal,
) -> Result<Option<SecretSet>, CliError> {
    let given = match file {
        Some(_) => read(file).await?,
        None if credential == Credential::Icims => {
            GivenSecrets { icims: Some(icims(settings, current, terminal).await?), ..GivenSecrets::default() }
        }
        None if credential == Credential::Crosschq => {
            let secret = Secret { prompt: "new Crosschq token", key: "crosschq.token" };
            GivenSecrets { crosschq_token: Some(terminal.secret(secret).await?), ..GivenSecrets::default() }
        }
        None => return Ok(None),
    };
    let set = merged(credential, current, given).ok_or_else(|| {
        CliError::input(format!("--secrets holds no {}", credential.key()))
            .fix(format!("give `{}` as it stands in the customer's secret, and nothing else", credential.key()))
    })?;
    check(credential, customer, &set)?;
    if !credential.differs(&set, current) {
        return Err(
            CliError::input(format!("this {} is the one in force", credential.word())).fix("give the new value")
        );
    }
    Ok(Some(set))
}

/// What our own endpoints need of a value that somebody else made up.
fn check(credential: Credential, customer: &CustomerId, set: &SecretSet) -> Result<(), CliError> {
    let is_segment = |secret: &SecretString| {
        let secret = secret.expose_secret();
        secret.len() >= 16 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let fits = match credential {
        Credential::PushOauth => set.push.oauth.as_ref().is_none_or(|pair| {
            let id = pair.user.expose_secret();
            id.rsplit_once('.').is_some_and(|(of, random)| of == customer.as_str() && !random.is_empty())
        }),
        Credential::PushPathSecret => set.push.path_secret.as_ref().is_none_or(is_segment),
        Credential::CallbackPath => is_segment(&set.callback.path_secret),
        _ => true,
    };
    if fits {
        return Ok(());
    }
    let key = credential.key();
    Err(if credential == Credential::PushOauth {
        CliError::input(format!("{key}: the client id must be {customer}, a dot and a random part"))
            .fix("by its beginning the token endpoint knows whose client it is; leave --secrets out to have one made")
    } else {
        CliError::input(format!("{key} must be at least 16 letters, digits, - or _"))
            .fix("it is a segment of a URL; leave --secrets out to have one made")
    })
}

fn merged(credential: Credential, current: &SecretSet, given: GivenSecrets) -> Option<SecretSet> {
    let mut set = current.clone();
    match credential {
        Credential::Icims => set.icims = given.icims?,
        Credential::Crosschq => set.crosschq_token = given.crosschq_token?,
        Credential::PushBasic => set.push.basic = Some(given.push.basic?),
        Credential::PushHmac => set.push.hmac = Some(given.push.hmac?),
        Credential::PushOauth => set.push.oauth = Some(given.push.oauth?),
        Credential::PushPathSecret => set.push.path_secret = Some(given.push.path_secret?),
        Credential::TokenKey => set.push.token_key = Some(given.push.token_key?),
        Credential::CallbackPath => set.callback.path_secret = given.callback_path_secret?,
        Credential::CallbackToken => set.callback.token = Some(given.callback_token?),
    }
    Some(set)
}

async fn icims(settings: &Settings, current: &SecretSet, terminal: &Terminal) -> Result<IcimsCredential, CliError> {
    Ok(match settings.icims.auth {
        IcimsAuth::OAuth => {
            let secret = Secret { prompt: "new iCIMS client secret", key: "icims.oauth.client_secret" };
            // Asked first: where nobody can be asked, the error names the key of the file.
            let client_secret = terminal.secret(secret).await?;
            let held = match &current.icims {
                IcimsCredential::OAuth { client_id, .. } => Some(client_id.clone()),
                IcimsCredential::Basic(_) => None,
            };
            let asked = terminal.ask("iCIMS client id (empty: the present one)").await?;
            let client_id = Some(asked).filter(|id| !id.is_empty()).or(held);
            let client_id = client_id.ok_or_else(|| CliError::input("the client id must not be empty"))?;
            IcimsCredential::OAuth { client_id, client_secret }
        }
        IcimsAuth::Basic => {
            let secret = Secret { prompt: "new iCIMS password", key: "icims.basic.password" };
            let password = terminal.secret(secret).await?;
            let held = match &current.icims {
                IcimsCredential::Basic(pair) => Some(pair.user.clone()),
                IcimsCredential::OAuth { .. } => None,
            };
            let asked = terminal.ask("iCIMS user (empty: the present one)").await?;
            let user = Some(asked).filter(|user| !user.is_empty()).map(SecretString::from).or(held);
            let user = user.ok_or_else(|| CliError::input("the user must not be empty"))?;
            IcimsCredential::Basic(BasicPair { user, password })
        }
    })
}
