//! `connector customer edit`

use connector_core::domain::{CustomerId, Settings};
use serde::Serialize;
use serde_json::Value;

use crate::arguments::customer::{Edit, Verifying};
use crate::assignments;
use crate::failure::CliError;
use crate::records::audit::Entry;
use crate::records::diff::{Difference, between};
use crate::records::{Change, customers, write};
use crate::secrets_document;
use crate::session::Session;
use crate::settings_record::{self, checked, from_file, record_of};
use crate::terminal::{Report, Table, Terminal};
use crate::verification::{Verification, covers, verify};

const ACTION: &str = "customer edit";

#[derive(Serialize)]
struct Edited {
    customer: CustomerId,
    changed: bool,
    changes: Vec<Difference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<Verification>,
}

impl Report for Edited {
    fn tables(&self) -> Vec<Table> {
        vec![differences(&self.changes)]
    }
}

/// Changes settings.
///
/// # Errors
/// Whatever is wrong with the change; nothing is saved then.
pub(super) async fn edit(session: &Session, options: &Edit, terminal: &Terminal) -> Result<(), CliError> {
    let id = &options.customer;
    let stored = customers::load(session, id).await?.settings()?;
    let wanted = checked(&wanted(options, &stored.value, terminal).await?)?;
    if wanted.enabled != stored.value.enabled {
        let verb = if wanted.enabled { "enable" } else { "disable" };
        return Err(CliError::input("settings.enabled is not changed by editing")
            .fix(format!("use `connector customer {verb} {id}`")));
    }
    let mut changes = between("settings", Some(&stored.value), Some(&wanted))?;
    if changes.is_empty() {
        terminal.say("nothing differs; nothing was changed");
        return terminal.report(&Edited { customer: id.clone(), changed: false, changes, verification: None });
    }
    terminal.say(differences(&changes).render());
    if wanted.icims.hosts.is_some() && wanted.icims.region != stored.value.icims.region {
        terminal.warn("icims.hosts is set and wins over icims.region: --unset icims.hosts to use the region's");
    }
    refuse_unprovable(session, id, &stored.value, &wanted).await?;
    let asked = covers(changes.iter().map(|change| change.field.as_str()));
    let verification = if asked { verified(session, terminal, id, &wanted, &options.verifying).await? } else { None };
    terminal.confirm(&format!("save this for customer {id}?")).await?;
    let mut recorded = changes.clone();
    if asked {
        recorded.push(outcome(verification.as_ref()));
    }
    let entry = Entry::new(session, ACTION, recorded).await?;
    write(session, id, &[Change::PutSettings(Box::new(wanted), stored.version)], &entry).await?;
    terminal.done(format!("customer {id} is saved; the functions follow within a minute"));
    changes.retain(|change| change.field != "verification");
    terminal.report(&Edited { customer: id.clone(), changed: true, changes, verification })
}

/// Verifies with the secrets in force, unless the operator says not to.
///
/// # Errors
/// What does not verify.
pub(super) async fn verified(
    session: &Session,
    terminal: &Terminal,
    id: &CustomerId,
    settings: &Settings,
    verifying: &Verifying,
) -> Result<Option<Verification>, CliError> {
    if verifying.unverified {
        terminal.warn("skipping verification (--unverified)");
        return Ok(None);
    }
    let secrets = secrets_document::current(session, id).await?;
    let verification = verify(session, terminal, id, settings, &secrets, verifying.sample_workflow.as_ref()).await;
    verification.holds(id, "nothing was saved (--unverified saves all the same)")?;
    Ok(Some(verification))
}

/// How it went, for the audit log.
pub(super) fn outcome(verification: Option<&Verification>) -> Difference {
    Difference::set("verification", verification.map_or("skipped", Verification::word))
}

async fn wanted(options: &Edit, stored: &Settings, terminal: &Terminal) -> Result<Value, CliError> {
    if let Some(path) = &options.settings {
        return from_file(path);
    }
    if options.set.is_empty() && options.unset.is_empty() {
        return settings_record::edit(terminal, stored).await;
    }
    assignments::apply::<Settings>(&record_of(stored)?, &options.set, &options.unset)
}

/// A way of proving for which there is no secret would lock its sender out, or leave the door to nobody.
async fn refuse_unprovable(
    session: &Session,
    id: &CustomerId,
    stored: &Settings,
    wanted: &Settings,
) -> Result<(), CliError> {
    use connector_core::domain::{AuthMode, CallbackAuth};
    let added: Vec<_> =
        wanted.icims.push.accept.iter().filter(|mode| !stored.icims.push.accept.contains(mode)).collect();
    let callback = wanted.crosschq.callback_auth;
    if added.is_empty() && callback == stored.crosschq.callback_auth {
        return Ok(());
    }
    let secrets = secrets_document::current(session, id).await?;
    let lacking = |key: &str, field: &str| {
        CliError::input(format!("settings.{field}: the customer's secret has no {key} yet"))
            .fix(format!("make one first with `connector secrets rotate {id} {}`", key.replace(['.', '_'], "-")))
    };
    for mode in added {
        let push = &secrets.push;
        let (there, key) = match mode {
            AuthMode::Basic => (push.basic.is_some(), "push.basic"),
            AuthMode::Hmac => (push.hmac.is_some(), "push.hmac"),
            AuthMode::OAuth => (push.oauth.is_some() && push.token_key.is_some(), "push.oauth"),
            AuthMode::PathSecret => (push.path_secret.is_some(), "push.path_secret"),
        };
        if !there {
            return Err(lacking(key, "icims.push.accept"));
        }
    }
    if callback != CallbackAuth::None && secrets.callback.token.is_none() {
        return Err(lacking("callback.token", "crosschq.callback_auth"));
    }
    Ok(())
}

/// What differs, for people.
pub(super) fn differences(changes: &[Difference]) -> Table {
    let mut table = Table::new(["FIELD", "BEFORE", "AFTER"]);
    for change in changes {
        let (before, after) = change.texts();
        table.row([&change.field, &before, &after]);
    }
    table
}
