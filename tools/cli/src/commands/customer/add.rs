//! `connector customer add`

use connector_core::domain::{CustomerId, Settings};
use connector_core::ports::SecretSet;
use serde::Serialize;

use super::edit::outcome;
use super::new_settings;
use crate::arguments::customer::Add;
use crate::failure::{CliError, Kind};
use crate::onboarding::handover::{ForCrosschq, ForIcims};
use crate::onboarding::{generated, prompt};
use crate::records::audit::Entry;
use crate::records::diff::{Difference, between};
use crate::records::{Change, Version, customers, write};
use crate::secrets_document::{self, Stage};
use crate::session::Session;
use crate::settings_record::least;
use crate::terminal::{Report, Table, Terminal};
use crate::verification::{Verification, verify};

const ACTION: &str = "customer add";

/// The customer as it was added, and what is told only now.
#[derive(Serialize)]
struct Added {
    customer: CustomerId,
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<Verification>,
    for_icims: ForIcims,
    for_crosschq: ForCrosschq,
    next: Vec<String>,
}

impl Report for Added {
    fn tables(&self) -> Vec<Table> {
        let mut next = Table::pairs().title("Next");
        for step in &self.next {
            next.row([&step]);
        }
        vec![self.for_icims.table(), self.for_crosschq.table(), next]
    }
}

/// Onboards a customer.
///
/// # Errors
/// Whatever is wrong with it; nothing is saved then.
pub(super) async fn add(session: &Session, options: &Add, terminal: &Terminal) -> Result<(), CliError> {
    let id = &options.customer;
    let (mut settings, file_enables) = new_settings::build(&options.settings)?;
    // Before anybody types a secret.
    refuse_existing(session, id).await?;
    let over = secrets_document::load(session, id, Stage::Current).await;
    let given = prompt::read(options.secrets.as_deref()).await?;
    let provided = prompt::complete(terminal, settings.icims.auth, given).await?;
    let secrets = generated::whole(id, &settings, provided)?;

    let verification = if options.verifying.unverified {
        terminal.warn("skipping verification (--unverified)");
        None
    } else {
        let sample = options.verifying.sample_workflow.as_ref();
        let verification = verify(session, terminal, id, &settings, &secrets, sample).await;
        verification.holds(id, "nothing was saved")?;
        Some(verification)
    };
    settings.enabled = options.enabled.or(file_enables).unwrap_or(verification.is_some());

    let left_over = match over {
        Ok(left) => left.map(|set| set.version),
        // What does not read can be replaced all the same.
        Err(error) if error.kind == Kind::Input => secrets_document::versions(session, id)
            .await?
            .and_then(|versions| versions.into_iter().find(|version| version.stages.contains(&Stage::Current)))
            .map(|version| version.id),
        Err(error) => return Err(error),
    };
    save(session, terminal, id, &settings, &secrets, verification.as_ref(), left_over).await?;
    terminal
        .done(format!("customer {id} is saved{}", if settings.enabled { " and enabled" } else { ", switched off" }));

    let stack = session.stack().await?;
    terminal.report(&Added {
        customer: id.clone(),
        enabled: settings.enabled,
        verification,
        for_icims: ForIcims::of(stack, &settings, &secrets),
        for_crosschq: ForCrosschq::of(stack, id, &settings, &secrets),
        next: next(id, &settings),
    })
}

fn next(id: &CustomerId, settings: &Settings) -> Vec<String> {
    let mut next =
        vec![format!("connector template add {id} …   one for each Crosschq template that requisitions name")];
    if settings.icims.statuses.rejected.is_empty() && settings.icims.statuses.withdrawn.is_empty() {
        next.push(format!(
            "connector customer discover {id}   rejections cancel nothing yet: their statuses are not set"
        ));
    }
    if !settings.enabled {
        next.push(format!("connector customer enable {id}"));
    }
    next
}

async fn refuse_existing(session: &Session, id: &CustomerId) -> Result<(), CliError> {
    match customers::find(session, id).await? {
        Some(record) if record.settings.is_some() => Err(exists(id)),
        _ => Ok(()),
    }
}

fn exists(id: &CustomerId) -> CliError {
    CliError::conflict(format!("there already is a customer {id}; nothing was changed"))
        .fix(format!("change it with `connector customer edit {id}`, or remove it first"))
}

/// The secret first: settings without one would have every event refused.
async fn save(
    session: &Session,
    terminal: &Terminal,
    id: &CustomerId,
    settings: &Settings,
    secrets: &SecretSet,
    verification: Option<&Verification>,
    left_over: Option<String>,
) -> Result<(), CliError> {
    let base: Settings = serde_json::from_value(least()).map_err(|error| CliError::internal(error.to_string()))?;
    let mut changes = between("settings", Some(&base), Some(settings))?;
    changes.extend(["secret.icims", "secret.push", "secret.crosschq", "secret.callback"].map(Difference::changed));
    changes.push(outcome(verification));
    let entry = Entry::new(session, ACTION, changes).await?;

    let created = match left_over {
        None => match secrets_document::create(session, id, secrets).await {
            // Somebody was quicker: which of the two records is there by now does not matter.
            Err(error) if error.kind == Kind::Conflict => return Err(exists(id)),
            other => other?,
        },
        Some(over) => {
            terminal
                .warn(format!("customer {id} has a secret, and no settings: it was left over, or put there by hand"));
            terminal.confirm("replace that secret?").await?;
            let replaced = secrets_document::replace(session, id, secrets, &over).await?;
            secrets_document::take_stage_off(session, id, Stage::Previous, &replaced.previous).await?;
            replaced.current
        }
    };
    let put = Change::PutSettings(Box::new(settings.clone()), Version::Absent);
    let saved = write(session, id, &[put], &entry).await;
    if let Err(error) = saved {
        // Nobody uses it without settings; the next attempt finds it and asks.
        terminal.warn(format!("the secret of customer {id} was written (version {created}), its settings were not"));
        return Err(error);
    }
    Ok(())
}
