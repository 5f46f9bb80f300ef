//! The deployed stack as CloudFormation describes it.

use std::collections::BTreeMap;

use crate::failure::{CliError, explain};
use crate::session::Session;

/// A stack: status, parameters, outputs.
#[derive(Debug, Default)]
pub(super) struct DeployedStack {
    pub(super) name: String,
    pub(super) region: String,
    pub(super) account: String,
    /// Empty if CloudFormation reports a status that the SDK does not know.
    pub(super) status: String,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) outputs: BTreeMap<String, String>,
    /// When it was last deployed, in seconds since the epoch.
    pub(super) deployed_s: Option<i64>,
}

/// Reads the stack that the session names.
///
/// # Errors
/// If there is none, or it is not this connector's.
pub(super) async fn read(session: &Session) -> Result<DeployedStack, CliError> {
    let name = session.stack().await?.name.clone();
    let response = session.cloudformation().describe_stacks().stack_name(&name).send().await;
    let response = response.map_err(|error| explain("CloudFormation DescribeStacks", &error))?;
    let stack = response.stacks.unwrap_or_default().into_iter().next();
    let stack = stack.ok_or_else(|| CliError::not_found(format!("there is no stack {name}")))?;
    // arn:aws:cloudformation:<region>:<account>:stack/<name>/<uuid>
    let id: Vec<&str> = stack.stack_id().unwrap_or_default().split(':').collect();
    let part = |number: usize| id.get(number).copied().unwrap_or_default().to_owned();
    let deployed = stack.last_updated_time().or(stack.creation_time()).map(|at| at.secs());
    let outputs = stack.outputs.clone().unwrap_or_default();
    let parameters = stack.parameters.clone().unwrap_or_default();
    Ok(DeployedStack {
        region: part(3),
        account: part(4),
        status: stack.stack_status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        parameters: parameters.into_iter().filter_map(|it| Some((it.parameter_key?, it.parameter_value?))).collect(),
        outputs: outputs.into_iter().filter_map(|it| Some((it.output_key?, it.output_value?))).collect(),
        deployed_s: deployed,
        name,
    })
}
