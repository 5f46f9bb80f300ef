//! Writing versions. Secrets Manager has no conditional write, but it moves a label only from the version that is named:
//! so a version is written aside first and becomes current only over the one that was seen.

use connector_core::domain::CustomerId;
use connector_core::ports::SecretSet;
use secrecy::ExposeSecret as _;

use super::Stage;
use super::document::secret_json;
use super::explained::Trouble;
use crate::failure::CliError;
use crate::session::Session;

/// What a replacement did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replaced {
    /// The version in force now.
    pub(crate) current: String,
    /// The one that was in force before, and is still accepted from outside.
    pub(crate) previous: String,
}

/// Creates a customer's secret, and says the version's id. One that waits to be deleted is restored for this, and nothing
/// of what it held stays accepted.
///
/// # Errors
/// A conflict if there is one; else what AWS says.
pub(crate) async fn create(session: &Session, customer: &CustomerId, set: &SecretSet) -> Result<String, CliError> {
    let stack = session.stack().await?;
    let name = stack.secret_name(customer);
    let created = session
        .secrets()
        .create_secret()
        .name(&name)
        .description(format!("Everything secret of customer {customer} of the iCIMS connector for Crosschq 360"))
        .kms_key_id(&stack.data_key_arn)
        .secret_string(secret_json(set).expose_secret())
        .send()
        .await;
    match created.map_err(|error| Trouble::of("SecretsManager CreateSecret", &error)) {
        Ok(answer) => Ok(answer.version_id.unwrap_or_default()),
        Err(Trouble::Deleted) => restore(session, customer, set).await,
        Err(trouble) => Err(trouble.into_error(customer)),
    }
}

async fn restore(session: &Session, customer: &CustomerId, set: &SecretSet) -> Result<String, CliError> {
    let name = session.stack().await?.secret_name(customer);
    let message = |trouble: Trouble| trouble.into_error(customer);
    let restored = session.secrets().restore_secret().secret_id(&name).send().await;
    restored.map_err(|error| message(Trouble::of("SecretsManager RestoreSecret", &error)))?;
    let put = session
        .secrets()
        .put_secret_value()
        .secret_id(&name)
        .secret_string(secret_json(set).expose_secret())
        .version_stages(Stage::Current.label())
        .send()
        .await
        .map_err(|error| message(Trouble::of("SecretsManager PutSecretValue", &error)))?;
    for version in super::versions(session, customer).await?.unwrap_or_default() {
        for stage in [Stage::Previous, Stage::Pending] {
            if version.stages.contains(&stage) {
                take_stage_off(session, customer, stage, &version.id).await?;
            }
        }
    }
    Ok(put.version_id.unwrap_or_default())
}

/// Writes a version that is not in force, and says its id.
pub(crate) async fn put_pending(session: &Session, customer: &CustomerId, set: &SecretSet) -> Result<String, CliError> {
    let put = session
        .secrets()
        .put_secret_value()
        .secret_id(session.stack().await?.secret_name(customer))
        .secret_string(secret_json(set).expose_secret())
        .version_stages(Stage::Pending.label())
        .send()
        .await
        .map_err(|error| Trouble::of("SecretsManager PutSecretValue", &error).into_error(customer))?;
    Ok(put.version_id.unwrap_or_default())
}

/// Puts a version in force over the one that was seen to be; that one stays accepted from outside.
///
/// # Errors
/// A conflict if another one is in force by now.
pub(crate) async fn promote(
    session: &Session,
    customer: &CustomerId,
    version: &str,
    over: &str,
) -> Result<(), CliError> {
    move_stage(session, customer, Stage::Current, Some(version), Some(over)).await
}

/// Has a version accepted from outside beside the one in force, in the place of `over`, the one accepted so far.
///
/// # Errors
/// A conflict if another one is accepted by now.
pub(crate) async fn accept(
    session: &Session,
    customer: &CustomerId,
    version: &str,
    over: Option<&str>,
) -> Result<(), CliError> {
    move_stage(session, customer, Stage::Previous, Some(version), over).await
}

/// Takes a label off a version: without `AWSPREVIOUS` it is not accepted any more.
///
/// # Errors
/// A conflict if it does not carry the label.
pub(crate) async fn take_stage_off(
    session: &Session,
    customer: &CustomerId,
    stage: Stage,
    version: &str,
) -> Result<(), CliError> {
    move_stage(session, customer, stage, None, Some(version)).await
}

async fn move_stage(
    session: &Session,
    customer: &CustomerId,
    stage: Stage,
    to: Option<&str>,
    from: Option<&str>,
) -> Result<(), CliError> {
    let moved = session
        .secrets()
        .update_secret_version_stage()
        .secret_id(session.stack().await?.secret_name(customer))
        .version_stage(stage.label())
        .set_move_to_version_id(to.map(str::to_owned))
        .set_remove_from_version_id(from.map(str::to_owned))
        .send()
        .await;
    moved.map(drop).map_err(|error| Trouble::of_move(&error).into_error(customer))
}

/// Puts `set` in force over the version `over`; that one stays accepted from outside.
///
/// # Errors
/// A conflict if another one is in force by now: `set` is written then, but not in force.
pub(crate) async fn replace(
    session: &Session,
    customer: &CustomerId,
    set: &SecretSet,
    over: &str,
) -> Result<Replaced, CliError> {
    let version = put_pending(session, customer, set).await?;
    promote(session, customer, &version, over).await?;
    take_stage_off(session, customer, Stage::Pending, &version).await?;
    Ok(Replaced { current: version, previous: over.to_owned() })
}

/// Has the secret deleted after `window_days` days (7 to 30), until when it can be restored. Tells whether there was one.
pub(crate) async fn remove(session: &Session, customer: &CustomerId, window_days: i64) -> Result<bool, CliError> {
    let deleted = session
        .secrets()
        .delete_secret()
        .secret_id(session.stack().await?.secret_name(customer))
        .recovery_window_in_days(window_days)
        .send()
        .await;
    match deleted.map_err(|error| Trouble::of("SecretsManager DeleteSecret", &error)) {
        Ok(_) => Ok(true),
        Err(Trouble::NoSecret | Trouble::Deleted) => Ok(false),
        Err(trouble) => Err(trouble.into_error(customer)),
    }
}
