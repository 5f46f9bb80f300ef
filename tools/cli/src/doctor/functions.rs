//! The functions as Lambda has them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput as Configuration;
use sam_template::Function;
use sam_template::resolve::text;
use time::OffsetDateTime;
use time::format_description::well_known::Iso8601;

use super::expected::queue_path;
use super::stack::Seen;
use super::{Expected, Findings};
use crate::session::{Session, explain};

/// A deployment takes some minutes from its first function to its last.
const DEPLOYMENT_S: i64 = 30 * 60;

pub(super) async fn look(session: &Session, seen: &Seen, expected: &Expected, findings: &mut Findings) {
    let mut architectures: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for function in &expected.template.functions {
        let subject = format!("function {}", function.name);
        let asked = session.lambda().get_function_configuration().function_name(&function.name).send().await;
        match asked {
            Ok(told) => {
                for architecture in told.architectures() {
                    architectures.entry(architecture.as_str().to_owned()).or_default().push(&function.name);
                }
                compare(session, seen, function, &subject, &told, findings);
            }
            Err(error) if error.as_service_error().is_some_and(|it| it.is_resource_not_found_exception()) => {
                findings.error(
                    &subject,
                    "is not there",
                    "remove it from the template, deploy, put it back, deploy: CloudFormation does not make again what it believes is there",
                );
            }
            Err(error) => findings.unseen(&subject, explain("Lambda GetFunctionConfiguration", &error)),
        }
    }
    if architectures.len() > 1 {
        let told: Vec<String> = architectures.iter().map(|(it, of)| format!("{it}: {}", of.join(", "))).collect();
        findings.error("functions", format!("they are not built for one processor ({})", told.join("; ")), REDEPLOY);
    }
    findings.looked_at("functions", expected.template.functions.len());
}

const REDEPLOY: &str = "deploy this release with `sam build` and `sam deploy`";

fn compare(
    session: &Session,
    seen: &Seen,
    function: &Function,
    subject: &str,
    told: &Configuration,
    findings: &mut Findings,
) {
    let state = told.state().map_or("Active", |state| state.as_str());
    // Lambda puts a function that nobody called for weeks to sleep, and wakes it.
    if !matches!(state, "Active" | "Inactive") {
        let why = told.state_reason().map(|why| format!(": {why}")).unwrap_or_default();
        findings.error(subject, format!("its state is {state}{why}"), "wait if it is Pending; else deploy again");
    }
    match told.last_update_status().map(|status| status.as_str()) {
        Some("Failed") => {
            let why = told.last_update_status_reason().unwrap_or("no reason given");
            findings.error(subject, format!("its last update failed: {why}"), REDEPLOY);
        }
        Some("InProgress") => findings.warning(subject, "an update is under way", "look again when it is over"),
        _ => {}
    }
    let property = |name: &str| function.properties.get(name).map(text).unwrap_or_default();
    let found = told.runtime().map_or("", |runtime| runtime.as_str()).to_owned();
    findings.expect(subject, "its runtime", &property("Runtime"), &found, REDEPLOY);
    let timeout = told.timeout().unwrap_or_default().to_string();
    let fix = |option: &str, value: u64| {
        format!("aws lambda update-function-configuration --function-name {} --{option} {value}", function.name)
    };
    findings.expect(
        subject,
        "its time limit in seconds",
        &function.timeout_s.to_string(),
        &timeout,
        fix("timeout", function.timeout_s),
    );
    let memory = told.memory_size().and_then(|mib| u64::try_from(mib).ok()).unwrap_or_default();
    if memory != function.memory_mib {
        findings.warning(
            subject,
            format!("its memory is {memory} MiB, and should be {}", function.memory_mib),
            fix("memory-size", function.memory_mib),
        );
    }
    let json = told.logging_config().and_then(|logs| logs.log_format()).is_some_and(|format| format.as_str() == "JSON");
    if function.json_logs && !json {
        findings.warning(subject, "its log lines are not JSON: searches by correlation id find nothing", REDEPLOY);
    }
    environment(session, function, subject, told, findings);
    by_hand(seen, subject, told, findings);
}

/// Changed later than any deployment could have: nobody knows what code it runs.
fn by_hand(seen: &Seen, subject: &str, told: &Configuration, findings: &mut Findings) {
    let changed = told.last_modified().and_then(modified_s);
    if let (Some(changed), Some(deployed)) = (changed, seen.deployed_s)
        && changed > deployed + DEPLOYMENT_S
    {
        findings.warning(
            subject,
            "it was changed after the last deployment: it may run other code than the other functions",
            REDEPLOY,
        );
    }
}

/// Lambda writes `2026-01-05T10:15:00.000+0000`.
fn modified_s(text: &str) -> Option<i64> {
    let text = match text.strip_suffix("+0000") {
        Some(utc) => format!("{utc}Z"),
        None => text.to_owned(),
    };
    OffsetDateTime::parse(&text, &Iso8601::DEFAULT).ok().map(OffsetDateTime::unix_timestamp)
}

fn environment(session: &Session, function: &Function, subject: &str, told: &Configuration, findings: &mut Findings) {
    let empty = std::collections::HashMap::new();
    let environment = told.environment();
    if let Some(error) = environment.and_then(|it| it.error()) {
        let why = error.error_code().unwrap_or("no reason given");
        return findings.error(
            subject,
            format!("its environment cannot be read: {why}"),
            "look at the key that encrypts it",
        );
    }
    let there = environment.and_then(|it| it.variables()).unwrap_or(&empty);
    for (name, wanted) in &function.environment {
        let found = there.get(name);
        let same = found.is_some_and(|found| {
            found == wanted || (queue_path(wanted).is_some() && queue_path(found) == queue_path(wanted))
        });
        match found {
            _ if same => {}
            None => {
                findings.error(subject, format!("its variable {name} is not set, and should be {wanted}"), REDEPLOY)
            }
            // The log level may be raised for a while.
            Some(found) if name == "RUST_LOG" => {
                findings.warning(subject, format!("it logs at {found}, and should at {wanted}"), REDEPLOY);
            }
            Some(found) => {
                findings.error(subject, format!("its variable {name} is {found}, and should be {wanted}"), REDEPLOY);
            }
        }
    }
    let known: BTreeSet<&str> = function.environment.keys().map(String::as_str).collect();
    // The local run tells its functions where AWS is.
    let extra = there.keys().map(String::as_str).filter(|name| !known.contains(name) && !session.is_local());
    let mut extra: Vec<&str> = extra.filter(|name| !name.starts_with("AWS_")).collect();
    if !extra.is_empty() {
        extra.sort_unstable();
        findings.warning(subject, format!("it has variables that no release sets: {}", extra.join(", ")), REDEPLOY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambdas_own_way_to_write_moments_is_read() {
        assert_eq!(modified_s("2026-01-05T10:15:00.000+0000"), Some(1_767_608_100));
        assert_eq!(modified_s("2026-01-05T10:15:00Z"), Some(1_767_608_100));
        assert_eq!(modified_s("yesterday"), None);
    }
}
