//! CloudFormation's view of the stack.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::StackStatus;

use super::{Expected, Findings};
use crate::failure::CliError;
use crate::session::{Session, explain};

/// A stack as it was seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// Its name.
    pub name: String,
    /// Region and account, of its id.
    pub region: String,
    /// See `region`.
    pub account: String,
    /// Its status, if CloudFormation tells one that the SDK knows.
    pub status: String,
    /// The parameters in force.
    pub parameters: BTreeMap<String, String>,
    /// The outputs.
    pub outputs: BTreeMap<String, String>,
    /// When it was last deployed, in seconds since the epoch.
    pub deployed_s: Option<i64>,
}

/// Asks for the stack.
///
/// # Errors
/// If there is none, or it is not this connector's.
pub(super) async fn seen(session: &Session) -> Result<Seen, CliError> {
    let name = session.stack().await?.name.clone();
    let answer = session.cloudformation().describe_stacks().stack_name(&name).send().await;
    let answer = answer.map_err(|error| explain("CloudFormation DescribeStacks", &error))?;
    let stack = answer.stacks.unwrap_or_default().into_iter().next();
    let stack = stack.ok_or_else(|| CliError::not_found(format!("there is no stack {name}")))?;
    // arn:aws:cloudformation:<region>:<account>:stack/<name>/<uuid>
    let id: Vec<&str> = stack.stack_id().unwrap_or_default().split(':').collect();
    let part = |number: usize| id.get(number).copied().unwrap_or_default().to_owned();
    let deployed = stack.last_updated_time().or(stack.creation_time()).map(|at| at.secs());
    let outputs = stack.outputs.clone().unwrap_or_default();
    let parameters = stack.parameters.clone().unwrap_or_default();
    Ok(Seen {
        region: part(3),
        account: part(4),
        status: stack.stack_status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        parameters: parameters.into_iter().filter_map(|it| Some((it.parameter_key?, it.parameter_value?))).collect(),
        outputs: outputs.into_iter().filter_map(|it| Some((it.output_key?, it.output_value?))).collect(),
        deployed_s: deployed,
        name,
    })
}

/// Compares it.
pub(super) fn look(seen: &Seen, expected: &Expected, findings: &mut Findings) {
    let subject = format!("stack {}", seen.name);
    let events = "read `aws cloudformation describe-stack-events`, mend it, deploy again";
    match StackStatus::from(seen.status.as_str()) {
        StackStatus::CreateComplete | StackStatus::UpdateComplete | StackStatus::ImportComplete => {}
        StackStatus::UpdateRollbackComplete | StackStatus::ImportRollbackComplete => {
            findings.warning(&subject, "the last deployment failed and was undone: an older one is running", events);
        }
        _ if seen.status.ends_with("_IN_PROGRESS") => {
            findings.warning(
                &subject,
                format!("a deployment is under way ({}): what follows may be about to change", seen.status),
                "look again when it is over",
            );
        }
        _ => findings.error(&subject, format!("its status is {}", seen.status), events),
    }
    let missing = |names: &[String], there: &BTreeMap<String, String>| -> Vec<String> {
        names.iter().filter(|name| !there.contains_key(*name)).cloned().collect()
    };
    let release = seen.outputs.get("Release");
    let deploy = "deploy this release with `sam build` and `sam deploy`, or use the command line of the deployed one";
    match release {
        Some(release) if *release != expected.release => {
            let what = format!("it was deployed from release {release}, and this command line is {}", expected.release);
            findings.warning(&subject, what, deploy);
        }
        Some(_) => {}
        None => findings.warning(&subject, "it does not tell its release: it is older than this command line", deploy),
    }
    let outputs: Vec<String> = missing(&expected.outputs, &seen.outputs);
    let outputs: Vec<String> = outputs.into_iter().filter(|name| name != "Release").collect();
    if !outputs.is_empty() {
        findings.error(&subject, format!("it has no output {}", outputs.join(", ")), deploy);
    }
    let parameters = missing(&expected.parameters, &seen.parameters);
    if !parameters.is_empty() {
        findings.warning(
            &subject,
            format!("it has no parameter {}: an older template is deployed", parameters.join(", ")),
            deploy,
        );
    }
    findings.looked_at("stack", 1);
}
