//! The customers: whether their records and secrets can be used, and, where asked for, whether the vendors answer.

use std::sync::Arc;

use connector_core::aws::ManagedSecrets;
use connector_core::domain::CustomerId;
use connector_core::ports::{CustomerSecrets, Secrets as _};

use super::compressed;
use super::finding::Findings;
use crate::arguments::doctor::Doctor;
use crate::failure::{CliError, explain};
use crate::records::customers::{self, CustomerRecord};
use crate::session::Session;
use crate::templates::fit;
use crate::terminal::Terminal;
use crate::vendors;
use crate::verification::{self, Outcome};

/// Gives how many customers there are.
///
/// # Errors
/// If a customer that was asked for is not there.
pub(super) async fn check(
    arguments: &Doctor,
    session: &Session,
    terminal: &Terminal,
    findings: &mut Findings,
) -> Result<usize, CliError> {
    let records = match customers::all(session).await {
        Ok(records) => records,
        Err(error) => {
            findings.unseen("customers", error);
            return Ok(0);
        }
    };
    for wanted in &arguments.customers {
        if !records.iter().any(|record| record.id == *wanted) {
            return Err(CliError::not_found(format!("there is no customer {wanted}"))
                .fix("`connector customer list` shows the customers"));
        }
    }
    if records.is_empty() {
        findings.note("customers", "there are none yet: `connector customer add` adds one");
    }
    for record in &records {
        let subject = format!("customer {}", record.id);
        let usable = check_record(record, &subject, findings);
        let secrets = check_secret(session, &record.id, &subject, findings).await;
        let named = arguments.customers.contains(&record.id);
        let enabled = record.settings().is_ok_and(|settings| settings.value.enabled);
        if let Some(secrets) = secrets
            && usable
            && (named || (arguments.verify && enabled))
        {
            check_vendors(session, terminal, record, &secrets, &subject, findings).await;
        }
    }
    findings.checked("customers", records.len());
    Ok(records.len())
}

/// Whether the settings can be used.
fn check_record(record: &CustomerRecord, subject: &str, findings: &mut Findings) -> bool {
    for broken in record.broken_templates() {
        findings.error(
            subject,
            format!("{broken}; orders for it are refused"),
            "write it again with `connector template import`",
        );
    }
    for ignored in record.passed_over() {
        findings.warning(
            subject,
            ignored,
            "deploy the release that wrote it; if it is a mistake, remove that attribute in the customers table",
        );
    }
    match record.settings() {
        Ok(settings) => {
            if !settings.value.enabled {
                findings.note(subject, "is disabled: its orders are ignored");
            } else if record.templates.is_empty() {
                let fix = format!("`connector template add {}`", record.id);
                findings.warning(subject, "has no template: every order is refused", fix);
            }
            if let Some(default) = &settings.value.icims.default_template
                && !record.templates.contains_key(default.as_str())
            {
                findings.error(
                    subject,
                    format!("its default template {default} is not there: requisitions that name none are refused"),
                    "add the template, or name another default with `connector customer edit`",
                );
            }
            true
        }
        Err(error) => {
            findings.error(subject, error.message, error.fix.unwrap_or_default());
            false
        }
    }
}

/// The secrets, if they can be used.
async fn check_secret(
    session: &Session,
    id: &CustomerId,
    subject: &str,
    findings: &mut Findings,
) -> Option<Arc<CustomerSecrets>> {
    let stack = match session.stack().await {
        Ok(stack) => stack,
        Err(error) => {
            findings.unseen(subject, error);
            return None;
        }
    };
    let name = stack.secret_name(id);
    let secret = format!("secret {name}");
    if let Err(error) = session.secrets().get_secret_value().secret_id(&name).send().await {
        if error.as_service_error().is_some_and(|it| it.is_resource_not_found_exception()) {
            findings.error(
                subject,
                format!("has no {secret}: its events are answered 401"),
                "`connector customer edit` writes it",
            );
        } else {
            findings.unseen(&secret, explain("Secrets Manager GetSecretValue", &error));
        }
        return None;
    }
    match ManagedSecrets::new(session.secrets(), &stack.secrets_prefix).of(id).await {
        Ok(Some(secrets)) => Some(secrets),
        Ok(None) => None,
        Err(failure) => {
            findings.error(
                subject,
                format!("its secret cannot be used: {failure}"),
                "`connector customer edit` writes it again",
            );
            None
        }
    }
}

/// What saving the customer asks of both vendors; then every template against the surveys that are on now.
async fn check_vendors(
    session: &Session,
    terminal: &Terminal,
    record: &CustomerRecord,
    secrets: &CustomerSecrets,
    subject: &str,
    findings: &mut Findings,
) {
    let customer = match record.customer() {
        Ok(customer) => customer,
        Err(error) => return findings.unseen(subject, error),
    };
    terminal.say(format!("{subject}:"));
    let report = verification::verify(session, terminal, &record.id, &customer.settings, &secrets.current, None).await;
    for step in report.steps() {
        match step.outcome {
            Outcome::Passed => {}
            Outcome::Failed => findings.error(subject, &step.text, step.fix.clone().unwrap_or_default()),
            Outcome::NotChecked => findings.note(subject, &step.text),
        }
    }
    compressed::check(session, terminal, &customer, &secrets.current, subject, findings).await;
    // Why they cannot be asked for is among the steps.
    if let Ok(surveys) = vendors::surveys(session, &customer).await {
        let extensions = customer.settings.crosschq.extensions;
        for template in &customer.templates {
            let problems = fit::survey(template, &surveys, extensions);
            for problem in problems.into_iter().chain(fit::alone(template)) {
                findings.error(subject, problem.message, problem.fix);
            }
        }
    }
}
