//! The customers: whether their records and secrets can be used, and, where asked for, whether the vendors answer.

use connector::aws::ManagedSecrets;
use connector::domain::{CustomerId, WorkflowId};
use connector::ports::{Ats as _, AtsError, Secrets as _};

use super::Findings;
use crate::arguments::doctor::Doctor;
use crate::failure::CliError;
use crate::records::customers::{self, CustomerRecord};
use crate::session::{Session, explain};
use crate::templates::fit;
use crate::vendors;

/// # Errors
/// If a customer that was asked for is not there.
pub(super) async fn look(arguments: &Doctor, session: &Session, findings: &mut Findings) -> Result<(), CliError> {
    let records = match customers::all(session).await {
        Ok(records) => records,
        Err(error) => {
            findings.unseen("customers", error);
            return Ok(());
        }
    };
    for wanted in &arguments.customers {
        if !records.iter().any(|record| record.id == *wanted) {
            return Err(CliError::not_found(format!("there is no customer {wanted}"))
                .fix("`connector customer list` shows the customers"));
        }
    }
    if records.is_empty() {
        findings.note("customers", "there are none yet: `connector customer add` makes one");
    }
    for record in &records {
        let subject = format!("customer {}", record.id);
        let usable = look_at_record(record, &subject, findings);
        let secret = look_at_secret(session, &record.id, &subject, findings).await;
        let asked_for = arguments.customers.contains(&record.id);
        let switched_on = record.settings().is_ok_and(|settings| settings.value.enabled);
        if usable && secret && (asked_for || (arguments.verify && switched_on)) {
            ask_vendors(session, record, &subject, findings).await;
        }
    }
    findings.looked_at("customers", records.len());
    Ok(())
}

/// Whether the settings can be used.
fn look_at_record(record: &CustomerRecord, subject: &str, findings: &mut Findings) -> bool {
    for broken in record.broken_templates() {
        findings.error(
            subject,
            format!("{broken}; orders for it are refused"),
            "write it anew with `connector template import`",
        );
    }
    match record.settings() {
        Ok(settings) => {
            if !settings.value.enabled {
                findings.note(subject, "is switched off: its orders are ignored");
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

/// Whether the secret can be used.
async fn look_at_secret(session: &Session, id: &CustomerId, subject: &str, findings: &mut Findings) -> bool {
    let stack = match session.stack().await {
        Ok(stack) => stack,
        Err(error) => {
            findings.unseen(subject, error);
            return false;
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
        return false;
    }
    match ManagedSecrets::new(session.secrets(), &stack.secrets_prefix).of(id).await {
        Ok(Some(_)) => true,
        Ok(None) => false,
        Err(failure) => {
            findings.error(
                subject,
                format!("its secret cannot be used: {failure}"),
                "`connector customer edit` writes it anew",
            );
            false
        }
    }
}

/// A call to each vendor that needs the customer's credentials and changes nothing.
async fn ask_vendors(session: &Session, record: &CustomerRecord, subject: &str, findings: &mut Findings) {
    let asked = async {
        let customer = record.customer()?;
        let vendors = vendors::of(session, &record.id).await?;
        let workflow = WorkflowId::parse("1").map_err(|error| CliError::internal(error.to_string()))?;
        Ok::<_, CliError>((vendors.icims.workflow(&customer, &workflow).await, customer))
    };
    let customer = match asked.await {
        // That there is no such workflow is as good an answer as the workflow.
        Ok((Ok(_) | Err(AtsError::NotFound), customer)) => customer,
        Ok((Err(error), customer)) => {
            let told = vendors::explain_icims("a recruiting workflow", error);
            findings.error(subject, told.message, told.fix.unwrap_or_default());
            customer
        }
        Err(error) => return findings.unseen(subject, error),
    };
    match vendors::surveys(session, &customer).await {
        Ok(surveys) => {
            let extensions = customer.settings.crosschq.extensions;
            for template in &customer.templates {
                let problems = fit::survey(template, &surveys, extensions);
                for problem in problems.into_iter().chain(fit::alone(template)) {
                    findings.error(subject, problem.message, problem.fix);
                }
            }
        }
        Err(error) => findings.error(subject, error.message, error.fix.unwrap_or_default()),
    }
}
