//! SQS messages as the records of a Lambda SQS event.

use serde_json::{Map, Value, json};

/// The event for one batch.
#[must_use]
pub fn event(messages: &[Value], queue_arn: &str, region: &str) -> Value {
    let records: Vec<Value> = messages
        .iter()
        .map(|message| {
            json!({
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message.get("Attributes").cloned().unwrap_or_else(|| json!({})),
                "messageAttributes": message_attributes(message),
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": queue_arn,
                "awsRegion": region,
            })
        })
        .collect();
    json!({ "Records": records })
}

fn message_attributes(message: &Value) -> Value {
    let mut attributes = Map::new();
    for (name, value) in message["MessageAttributes"].as_object().into_iter().flatten() {
        let mut attribute = json!({
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": value["DataType"],
        });
        for (from, to) in [("StringValue", "stringValue"), ("BinaryValue", "binaryValue")] {
            if let Some(present) = value.get(from).filter(|present| !present.is_null()) {
                attribute[to] = present.clone();
            }
        }
        attributes.insert(name.clone(), attribute);
    }
    Value::Object(attributes)
}
