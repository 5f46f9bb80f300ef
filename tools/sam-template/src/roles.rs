//! The inline policies of a function's role.

use serde_json::Value;

use crate::error::TemplateError;
use crate::iam::{Statement, is_enforced};
use crate::model::Role;
use crate::properties::Properties;
use crate::resolve::{Resolver, text};

/// The role that a function's `Role` names. Without one, SAM generates a role from `Policies`, which is not read.
pub(super) fn of_function(
    function: &str,
    role: Option<&Value>,
    resolver: &Resolver<'_>,
) -> Result<Option<Role>, TemplateError> {
    let place = format!("{function}.Role");
    let Some(role) = role else { return Ok(None) };
    let named = match role.get("Fn::GetAtt").and_then(Value::as_array).map(Vec::as_slice) {
        Some([id, attribute]) if attribute == "Arn" => text(id),
        _ => return Err(TemplateError::unknown(&place, "a role outside this template")),
    };
    let resource = resolver
        .resources
        .get(&named)
        .ok_or_else(|| TemplateError::invalid(&place, "is not a resource of this template"))?;
    if resource.get("Type").map(text).as_deref() != Some("AWS::IAM::Role") {
        return Err(TemplateError::invalid(&place, "is not an AWS::IAM::Role"));
    }
    let properties = Properties::new(resource.get("Properties"), &named, resolver)?;
    let mut statements = Vec::new();
    for policy in properties.list("Policies")? {
        let document = policy.get("PolicyDocument").and_then(|document| document.get("Statement"));
        match document {
            Some(Value::Array(all)) => {
                for value in all {
                    statements.push(statement(&named, value)?);
                }
            }
            Some(single @ Value::Object(_)) => statements.push(statement(&named, single)?),
            _ => return Err(properties.invalid("Policies", "must have statements")),
        }
    }
    // Not managed policies and permissions boundaries: they would change what is allowed.
    properties.finish(&[
        "AssumeRolePolicyDocument",
        "Description",
        "MaxSessionDuration",
        "Path",
        "RoleName",
        "Tags",
    ])?;
    Ok(Some(Role { logical_id: named, statements }))
}

fn statement(role: &str, value: &Value) -> Result<Statement, TemplateError> {
    let sid = value.get("Sid").map(text).unwrap_or_default();
    let place = format!("{role}.Policies.{sid}");
    let mut value = value.clone();
    let condition = value.as_object_mut().and_then(|entries| entries.remove("Condition"));
    let statement: Statement = serde_json::from_value(value)
        .map_err(|error| TemplateError::unknown(&place, &format!("statement: {error}")))?;
    if condition.is_some() && statement.action.iter().any(|action| is_enforced(action)) {
        return Err(TemplateError::unknown(&place, "Condition on an enforced call"));
    }
    Ok(statement)
}
