//! What a function may call: the inline policies of its role.

use serde_json::Value;

use super::TemplateError;
use super::model::Role;
use super::properties::{Properties, invalid};
use super::resolve::{Resolver, text, unknown};
use crate::iam::{Statement, is_enforced};

/// The role that a function's `Role` names; none where the function has none (SAM makes one from `Policies` then, which
/// is not read).
pub(super) fn of_function(
    function: &str,
    role: Option<&Value>,
    resolver: &Resolver<'_>,
) -> Result<Option<Role>, TemplateError> {
    let place = format!("{function}.Role");
    let Some(role) = role else { return Ok(None) };
    let named = match role.get("Fn::GetAtt").and_then(Value::as_array).map(Vec::as_slice) {
        Some([id, attribute]) if attribute == "Arn" => text(id),
        _ => return Err(unknown(&place, "a role that is none of this template's")),
    };
    let resource = resolver.resources.get(&named).ok_or_else(|| invalid(&place, "is no resource"))?;
    if resource.get("Type").map(text).as_deref() != Some("AWS::IAM::Role") {
        return Err(invalid(&place, "is no AWS::IAM::Role"));
    }
    let properties = Properties::new(resource.get("Properties"), &named, resolver)?;
    let mut statements = Vec::new();
    for policy in properties.list("Policies")? {
        let document = policy.get("PolicyDocument").and_then(|document| document.get("Statement"));
        match document {
            Some(Value::Array(many)) => {
                for one in many {
                    statements.push(statement(&named, one)?);
                }
            }
            Some(one @ Value::Object(_)) => statements.push(statement(&named, one)?),
            _ => return Err(properties.invalid("Policies", "must have statements")),
        }
    }
    // Managed policies and boundaries would change what is allowed, and cannot be read here.
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
    let statement: Statement =
        serde_json::from_value(value).map_err(|error| unknown(&place, &format!("statement: {error}")))?;
    if condition.is_some() && statement.action.iter().any(|action| is_enforced(action)) {
        return Err(unknown(&place, "Condition on a call that is enforced"));
    }
    Ok(statement)
}
