//! The IAM permissions that a call requires.
//!
//! An unknown call requires its own name on every resource (`*`), which a narrow role does not allow: a gap in this file
//! shows as a denied call, never as an unauthorized one.

use serde_json::Value;

use super::{ACCOUNT_ID, REGION};

/// An action on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequiredPermission {
    /// For example `dynamodb:Query`.
    pub(super) action: String,
    /// An ARN, or `*` for calls that IAM cannot restrict to one.
    pub(super) resource: String,
}

/// Stands for the six characters that Secrets Manager appends to a name, for a caller that gave only the name: a role must
/// allow the ARN with them.
const SECRET_SUFFIX: &str = "-??????";

/// The permissions that a call requires. An unreadable body counts as one that names no resource.
pub(super) fn required_permissions(target: &str, body: &[u8]) -> Vec<RequiredPermission> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    match target.split_once('.') {
        Some(("DynamoDB_20120810", operation)) => dynamodb(operation, &body),
        Some(("DynamoDBStreams_20120810", operation)) => vec![permission("dynamodb", operation, "*".to_owned())],
        Some(("AmazonSQS", operation)) => vec![sqs(operation, &body)],
        Some(("secretsmanager", operation)) => vec![secrets(operation, &body)],
        Some(("cloudformation", operation)) => {
            let stack = text(&body, "StackName").map(|name| arn("cloudformation", "stack/", &format!("{name}/*")));
            vec![permission("cloudformation", operation, stack.unwrap_or_else(|| "*".to_owned()))]
        }
        // `sts:GetCallerIdentity` requires none; any other target is not a call.
        _ => Vec::new(),
    }
}

fn permission(service: &str, operation: &str, resource: String) -> RequiredPermission {
    RequiredPermission { action: format!("{service}:{operation}"), resource }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// A name as an ARN; an ARN stays.
fn arn(service: &str, before: &str, name: &str) -> String {
    if name.starts_with("arn:") {
        return name.to_owned();
    }
    format!("arn:aws:{service}:{REGION}:{ACCOUNT_ID}:{before}{name}")
}

fn table_of(holder: &Value) -> String {
    text(holder, "TableName").map_or_else(|| "*".to_owned(), |name| arn("dynamodb", "table/", name))
}

fn dynamodb(operation: &str, body: &Value) -> Vec<RequiredPermission> {
    let permissions = match operation {
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body.get("RequestItems").and_then(Value::as_object);
            let of = |name: &String| permission("dynamodb", operation, arn("dynamodb", "table/", name));
            tables.map(|tables| tables.keys().map(of).collect()).unwrap_or_default()
        }
        "TransactGetItems" | "TransactWriteItems" => {
            let of = |(kind, inner): (&String, &Value)| {
                let action =
                    if kind == "ConditionCheck" { "ConditionCheckItem".to_owned() } else { format!("{kind}Item") };
                permission("dynamodb", &action, table_of(inner))
            };
            let items = body.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
            items.filter_map(Value::as_object).flatten().map(of).collect()
        }
        _ => {
            let table = table_of(body);
            // A statement on a table does not cover its indexes: those are resources of their own.
            let resource = match text(body, "IndexName") {
                Some(index) => format!("{table}/index/{index}"),
                None => table,
            };
            vec![permission("dynamodb", operation, resource)]
        }
    };
    if permissions.is_empty() { vec![permission("dynamodb", operation, "*".to_owned())] } else { permissions }
}

/// IAM has no actions for batches: the single call's name covers both.
fn sqs(operation: &str, body: &Value) -> RequiredPermission {
    let by_url = text(body, "QueueUrl").and_then(|url| url.rsplit('/').next());
    let queue = by_url.or_else(|| text(body, "QueueName")).or_else(|| text(body, "SourceArn"));
    let resource = queue.map_or_else(|| "*".to_owned(), |queue| arn("sqs", "", queue));
    permission("sqs", operation.strip_suffix("Batch").unwrap_or(operation), resource)
}

fn secrets(operation: &str, body: &Value) -> RequiredPermission {
    let secret = |id: &str| match id.strip_prefix("arn:") {
        Some(_) => id.to_owned(),
        None => format!("{}{SECRET_SUFFIX}", arn("secretsmanager", "secret:", id)),
    };
    let own = text(body, "SecretId").or_else(|| text(body, "Name")).map_or_else(|| "*".to_owned(), secret);
    permission("secretsmanager", operation, own)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(target: &str, body: &Value) -> Vec<String> {
        let permissions = required_permissions(target, body.to_string().as_bytes());
        permissions.into_iter().map(|it| format!("{} {}", it.action, it.resource)).collect()
    }

    #[test]
    fn an_index_is_a_resource_of_its_own() {
        let table = "arn:aws:dynamodb:us-east-1:000000000000:table/checks";
        let query = |body| of("DynamoDB_20120810.Query", &body);
        assert_eq!(query(json!({"TableName": "checks"})), [format!("dynamodb:Query {table}")]);
        let by_index = query(json!({"TableName": table, "IndexName": "due"}));
        assert_eq!(by_index, [format!("dynamodb:Query {table}/index/due")]);
    }

    #[test]
    fn batches_and_transactions_require_what_their_parts_require() {
        let table = "arn:aws:dynamodb:us-east-1:000000000000:table/";
        let write = json!({"TransactItems": [{"Put": {"TableName": "a"}}, {"ConditionCheck": {"TableName": "b"}}]});
        assert_eq!(
            of("DynamoDB_20120810.TransactWriteItems", &write),
            [format!("dynamodb:PutItem {table}a"), format!("dynamodb:ConditionCheckItem {table}b")]
        );
        let read = json!({"RequestItems": {"a": {}, "b": {}}});
        let both = [format!("dynamodb:BatchGetItem {table}a"), format!("dynamodb:BatchGetItem {table}b")];
        assert_eq!(of("DynamoDB_20120810.BatchGetItem", &read), both);
    }

    #[test]
    fn a_queue_is_identified_by_its_url_and_a_batch_is_the_single_call() {
        let body = json!({"QueueUrl": "http://127.0.0.1:9/000000000000/work"});
        for (operation, action) in [
            ("SendMessage", "SendMessage"),
            ("SendMessageBatch", "SendMessage"),
            ("DeleteMessageBatch", "DeleteMessage"),
            ("ChangeMessageVisibilityBatch", "ChangeMessageVisibility"),
        ] {
            let permissions = of(&format!("AmazonSQS.{operation}"), &body);
            assert_eq!(permissions, [format!("sqs:{action} arn:aws:sqs:us-east-1:000000000000:work")]);
        }
    }

    #[test]
    fn a_secret_given_by_name_has_an_arn_that_ends_in_six_more_characters() {
        let secret = "arn:aws:secretsmanager:us-east-1:000000000000:secret:p/customers/1";
        let get = |id: &str| of("secretsmanager.GetSecretValue", &json!({"SecretId": id}));
        assert_eq!(get("p/customers/1"), [format!("secretsmanager:GetSecretValue {secret}-??????")]);
        assert_eq!(get(&format!("{secret}-AbCdEf")), [format!("secretsmanager:GetSecretValue {secret}-AbCdEf")]);
    }

    #[test]
    fn describing_a_stack_requires_the_stack() {
        let described = of("cloudformation.DescribeStacks", &json!({"StackName": "s"}));
        let stack = "arn:aws:cloudformation:us-east-1:000000000000:stack/s/*";
        assert_eq!(described, [format!("cloudformation:DescribeStacks {stack}")]);
    }

    #[test]
    fn a_call_without_a_resource_requires_every_resource() {
        assert_eq!(of("DynamoDB_20120810.ListTables", &json!({})), ["dynamodb:ListTables *"]);
        assert_eq!(of("DynamoDB_20120810.BatchGetItem", &json!({})), ["dynamodb:BatchGetItem *"]);
        assert_eq!(of("AmazonSQS.ListQueues", &json!({})), ["sqs:ListQueues *"]);
        assert_eq!(
            of("DynamoDB_20120810.ExecuteStatement", &json!({"Statement": "…"})),
            ["dynamodb:ExecuteStatement *"]
        );
    }
}
