//! Tells the local AWS what CloudFormation would say of the stack.

use std::collections::BTreeMap;

use local::template::Context;
use serde_json::{Value, json};

use super::Stage;

/// The stack's name: what the command line takes by default.
const NAME: &str = "crosschq-connector";

pub fn outputs(stage: &Stage) -> BTreeMap<String, String> {
    let table = |id: &str| stage.template.table(id).unwrap().name.clone();
    let mut outputs = BTreeMap::from([
        ("ApiUrl".to_owned(), stage.place.api.clone()),
        ("SecretsPrefix".to_owned(), stage.place.secrets_prefix.clone()),
        ("DataKeyArn".to_owned(), "arn:aws:kms:us-east-1:000000000000:key/data".to_owned()),
    ]);
    for id in ["ChecksTable", "CustomersTable", "TokensTable"] {
        outputs.insert(id.to_owned(), table(id));
    }
    for queue in ["ReferenceRequests", "IcimsUpdates", "Cancellations"] {
        outputs.insert(format!("{queue}QueueUrl"), stage.queue_url(queue));
        outputs.insert(format!("{queue}DlqUrl"), stage.queue_url(&format!("{queue}Dlq")));
    }
    outputs
}

pub async fn tell(stage: &Stage, _context: &Context) {
    let outputs: Vec<Value> =
        outputs(stage).into_iter().map(|(key, value)| json!({"OutputKey": key, "OutputValue": value})).collect();
    let stack = json!({
        "StackName": NAME,
        "StackId": format!("arn:aws:cloudformation:us-east-1:000000000000:stack/{NAME}/local"),
        "CreationTime": "2026-01-01T00:00:00.000Z",
        "StackStatus": "CREATE_COMPLETE",
        "Outputs": outputs,
    });
    stage.control_aws("stack", json!({"stack": stack})).await;
}
