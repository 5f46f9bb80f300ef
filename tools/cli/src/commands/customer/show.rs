//! `connector customer show`

use connector_core::domain::{CustomerId, Settings};
use connector_core::ports::SecretSet;
use serde::Serialize;
use time::OffsetDateTime;

use super::history;
use crate::arguments::customer::Show;
use crate::failure::CliError;
use crate::onboarding::handover;
use crate::records::customers;
use crate::records::diff::{Difference, between};
use crate::secrets_document::{self, Stage};
use crate::session::Session;
use crate::settings_record::least;
use crate::terminal::{Report, Table, Terminal};

/// A customer without its secrets' values.
#[derive(Serialize)]
struct Shown {
    customer: CustomerId,
    enabled: bool,
    settings: Settings,
    templates: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<String>,
    secrets: Secrets,
    urls: Urls,
    #[serde(skip)]
    not_default: Vec<Difference>,
}

/// Which secrets there are.
#[derive(Default, Serialize)]
struct Secrets {
    versions: Vec<Aged>,
    /// What each key holds: only whether it is set, in the version in force.
    set: Vec<Key>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

#[derive(Serialize)]
struct Aged {
    version: String,
    stages: Vec<Stage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    written_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_days: Option<i64>,
}

#[derive(Serialize)]
struct Key {
    key: &'static str,
    set: bool,
}

/// What the vendors were given; a secret part is named and not shown.
#[derive(Serialize)]
struct Urls {
    events: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    callback: String,
}

impl Report for Shown {
    fn tables(&self) -> Vec<Table> {
        let mut tables = vec![self.head()];
        for (section, title) in
            [("settings.icims.", "iCIMS"), ("settings.crosschq.", "Crosschq"), ("settings.", "Settings")]
        {
            let mut table = Table::pairs().title(format!("{title}, what is not default"));
            let mut any = false;
            for change in &self.not_default {
                let Some(field) = change.field.strip_prefix(section) else { continue };
                let elsewhere =
                    section == "settings." && (field.starts_with("icims.") || field.starts_with("crosschq."));
                if elsewhere || field == "enabled" {
                    continue;
                }
                any = true;
                table.row([&field, &change.after.clone().unwrap_or_else(|| "(set)".to_owned())]);
            }
            if any {
                tables.push(table);
            }
        }
        tables.push(self.secrets_table());
        tables.push(self.versions_table());
        tables
    }
}

impl Shown {
    fn head(&self) -> Table {
        let mut table = Table::pairs().title(format!("Customer {}", self.customer));
        let mut row = |name: &str, value: &str| table.row([&name, &value]);
        row("enabled", if self.enabled { "yes" } else { "no" });
        row("templates", &if self.templates.is_empty() { "none".to_owned() } else { self.templates.join(", ") });
        row("events", &self.urls.events);
        if let Some(token) = &self.urls.token {
            row("token", token);
        }
        row("callbacks", &self.urls.callback);
        for problem in &self.problems {
            row("problem", problem);
        }
        table
    }

    fn secrets_table(&self) -> Table {
        let mut table = Table::pairs().title("Secrets");
        for key in &self.secrets.set {
            table.row([&key.key, &if key.set { "set" } else { "not set" }]);
        }
        if let Some(problem) = &self.secrets.problem {
            table.row([&"problem", &problem]);
        }
        table
    }

    fn versions_table(&self) -> Table {
        let mut table = Table::new(["VERSION", "IN FORCE", "AGE"]);
        for version in &self.secrets.versions {
            let stages: Vec<&str> = version.stages.iter().map(|stage| stage.label()).collect();
            let age = version.age_days.map_or(String::new(), |days| format!("{days} d"));
            table.row([&version.version, &stages.join(", "), &age]);
        }
        table
    }
}

/// Shows a customer, or its history; the history also of one that was removed, or whose settings cannot be used.
///
/// # Errors
/// If there is none; else what AWS says.
pub(super) async fn show(session: &Session, options: &Show, terminal: &Terminal) -> Result<(), CliError> {
    if options.history {
        return history::show(session, &options.customer, terminal).await;
    }
    terminal.report(&shown(session, &options.customer).await?)
}

async fn shown(session: &Session, id: &CustomerId) -> Result<Shown, CliError> {
    let record = customers::load(session, id).await?;
    let settings = record.settings()?.value;
    let base: Settings = serde_json::from_value(least()).map_err(|error| CliError::internal(error.to_string()))?;
    let stack = session.stack().await?;
    Ok(Shown {
        customer: id.clone(),
        enabled: settings.enabled,
        templates: record.templates.keys().cloned().collect(),
        problems: record.broken_templates().chain(record.passed_over()).collect(),
        secrets: secrets(session, id).await?,
        urls: Urls {
            events: handover::event_url(stack),
            token: settings
                .icims
                .push
                .accept
                .contains(&connector_core::domain::AuthMode::OAuth)
                .then(|| handover::token_url(stack)),
            callback: handover::callback_url(stack, id, "<callback.path_secret>"),
        },
        not_default: between("settings", Some(&base), Some(&settings))?,
        settings,
    })
}

async fn secrets(session: &Session, id: &CustomerId) -> Result<Secrets, CliError> {
    let Some(versions) = secrets_document::versions(session, id).await? else {
        let problem = Some("the customer has no secret: nothing can be sent or taken".to_owned());
        return Ok(Secrets { problem, ..Secrets::default() });
    };
    let now = OffsetDateTime::now_utc();
    let aged = versions.into_iter().map(|version| Aged {
        version: version.id,
        stages: version.stages,
        written_at: version.created_at.map(|at| at.to_string()),
        age_days: version.created_at.map(|at| (now - at.utc()).whole_days()),
    });
    let (set, problem) = match secrets_document::load(session, id, Stage::Current).await {
        Ok(set) => (set.map(|set| keys(&set)).unwrap_or_default(), None),
        Err(error) if error.kind == crate::failure::Kind::Input => (Vec::new(), Some(error.message)),
        Err(error) => return Err(error),
    };
    Ok(Secrets { versions: aged.collect(), set, problem })
}

fn keys(set: &SecretSet) -> Vec<Key> {
    use connector_core::ports::IcimsCredential;
    let oauth = matches!(set.icims, IcimsCredential::OAuth { .. });
    [
        ("icims.oauth", oauth),
        ("icims.basic", !oauth),
        ("push.basic", set.push.basic.is_some()),
        ("push.hmac", set.push.hmac.is_some()),
        ("push.oauth", set.push.oauth.is_some()),
        ("push.token_key", set.push.token_key.is_some()),
        ("push.path_secret", set.push.path_secret.is_some()),
        ("crosschq.token", true),
        ("callback.path_secret", true),
        ("callback.token", set.callback.token.is_some()),
    ]
    .map(|(key, set)| Key { key, set })
    .into_iter()
    .collect()
}
