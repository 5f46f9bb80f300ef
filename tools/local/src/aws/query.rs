//! The query protocol: a form comes in, XML goes out. CloudFormation and STS speak it.

use serde_json::{Map, Value};

/// A form as a JSON object of strings. Lists (`Names.member.1`) are not decoded: no implemented call takes one.
pub(super) fn form(body: &[u8]) -> Map<String, Value> {
    url::form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), Value::from(value))).collect()
}

/// `<ActionResponse><ActionResult>…`
pub(super) fn response(namespace: &str, action: &str, result: &Value) -> String {
    format!(
        "<{action}Response xmlns=\"{namespace}\"><{action}Result>{}</{action}Result>\
         <ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></{action}Response>",
        xml(result),
        uuid::Uuid::new_v4()
    )
}

pub(super) fn error(namespace: &str, fault: &str, code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{fault}</Type><Code>{}</Code><Message>{}</Message></Error>\
         <RequestId>{}</RequestId></ErrorResponse>",
        escaped(code),
        escaped(message),
        uuid::Uuid::new_v4()
    )
}

/// Members become elements, lists `<member>` elements.
fn xml(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| format!("<{name}>{}</{name}>", xml(value))).collect()
        }
        Value::Array(items) => items.iter().map(|item| format!("<member>{}</member>", xml(item))).collect(),
        Value::String(text) => escaped(text),
        scalar => scalar.to_string(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_become_members_and_text_is_escaped() {
        let value = json!({"Stacks": [{"StackName": "a<b & \"c\"", "DisableRollback": false}]});
        assert_eq!(
            xml(&value),
            "<Stacks><member><DisableRollback>false</DisableRollback>\
             <StackName>a&lt;b &amp; &quot;c&quot;</StackName></member></Stacks>"
        );
    }
}
