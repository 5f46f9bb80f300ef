//! What operators see of the stack of the repository's template: CloudFormation's description, tables, identities.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use local::aws_call::AwsCalls;
use local::deployment::Deployment;
use local::provision::provision;
use local::template::{Context, Template};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::support::{Aws, in_memory};

const AT: OffsetDateTime = datetime!(2026-11-23 13:00:00 UTC);
const API: &str = "http://127.0.0.1:9400";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn context(aws: &Aws) -> Context {
    let mut context = Context::local(&aws.url);
    context.stack = "crosschq-connector".to_owned();
    context.parameters.insert("LogLevel".to_owned(), "debug".to_owned());
    context.parameters.insert("AlarmTopicArn".to_owned(), "arn:aws:sns:us-east-1:000000000000:alarms".to_owned());
    context
}

/// An endpoint with the repository's stack on it.
async fn deployed() -> (Aws, Template) {
    let aws = in_memory().await;
    let context = context(&aws);
    let template = Template::read_file(&repository().join("template.yaml"), &context).unwrap();
    let calls = AwsCalls::new(&aws.url).unwrap();
    provision(&calls, &template).await.unwrap();
    assert!(calls.describe(&Deployment::of(&template, &context, API, AT).unwrap()).await.unwrap());
    (aws, template)
}

#[tokio::test]
async fn a_stack_reports_its_parameters_and_outputs_with_their_values() {
    let (aws, _) = deployed().await;
    let stacks = aws.cloudformation().describe_stacks().stack_name("crosschq-connector").send().await.unwrap();
    let [stack] = stacks.stacks() else { panic!("not one stack") };
    assert_eq!(stack.stack_name(), Some("crosschq-connector"));
    assert_eq!(stack.stack_status().unwrap().as_str(), "CREATE_COMPLETE");
    assert_eq!(stack.creation_time().unwrap().secs(), AT.unix_timestamp());
    let parameters: BTreeMap<_, _> =
        stack.parameters().iter().map(|it| (it.parameter_key().unwrap(), it.parameter_value().unwrap())).collect();
    assert_eq!((parameters["LogLevel"], parameters["SecretsPrefix"]), ("debug", "crosschq-connector"));
    let outputs: BTreeMap<_, _> =
        stack.outputs().iter().map(|it| (it.output_key().unwrap(), it.output_value().unwrap())).collect();
    assert_eq!((outputs["ApiUrl"], outputs["SecretsPrefix"]), (API, "crosschq-connector"));
    assert_eq!(
        (outputs["ChecksTable"], outputs["CustomersTable"], outputs["TokensTable"]),
        ("checks", "customers", "tokens")
    );
    for (output, queue) in
        [("ReferenceRequestsQueueUrl", "reference-requests"), ("CancellationsDlqUrl", "cancellations-dlq")]
    {
        let url = aws.sqs().get_queue_url().queue_name(queue).send().await.unwrap();
        assert_eq!(Some(outputs[output]), url.queue_url());
    }
    assert!(stack.outputs().iter().all(|output| output.description().is_some_and(|text| !text.is_empty())));

    let by_id = aws.cloudformation().describe_stacks().stack_name(stack.stack_id().unwrap()).send().await.unwrap();
    assert_eq!(by_id.stacks().len(), 1);
    assert_eq!(aws.cloudformation().describe_stacks().send().await.unwrap().stacks().len(), 1);
}

#[tokio::test]
async fn another_stack_does_not_exist() {
    let (aws, _) = deployed().await;
    let cloudformation = aws.cloudformation();
    let unknown = "Stack with id nobody does not exist";
    let error = cloudformation.describe_stacks().stack_name("nobody").send().await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Some("ValidationError"), Some(unknown)));
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 400);
}

#[tokio::test]
async fn tables_are_protected_encrypted_and_expire_as_the_template_says() {
    let (aws, template) = deployed().await;
    for table in &template.tables {
        let described = aws.dynamodb().describe_table().table_name(&table.name).send().await.unwrap().table.unwrap();
        let indexes: BTreeSet<_> =
            described.global_secondary_indexes().iter().map(|it| it.index_name().unwrap()).collect();
        assert_eq!(indexes, table.indexes.iter().map(|it| it.name.as_str()).collect());
        assert_eq!(
            described.deletion_protection_enabled().unwrap_or(false),
            table.deletion_protected,
            "{}",
            table.name
        );
        assert_eq!(described.sse_description().unwrap().status().unwrap().as_str(), "ENABLED");
        let ttl = aws.dynamodb().describe_time_to_live().table_name(&table.name).send().await.unwrap();
        assert_eq!(ttl.time_to_live_description().unwrap().attribute_name(), Some("expires_at"));
    }
}

#[tokio::test]
async fn a_table_of_an_earlier_template_gets_the_index_that_it_lacks_and_keeps_its_items() {
    let aws = in_memory().await;
    let template = Template::read_file(&repository().join("template.yaml"), &context(&aws)).unwrap();
    let calls = AwsCalls::new(&aws.url).unwrap();
    let mut earlier = template.clone();
    let checks = earlier.tables.iter_mut().find(|table| table.name == "checks").unwrap();
    checks.indexes.retain(|index| index.name != "customer");
    provision(&calls, &earlier).await.unwrap();
    let dynamodb = aws.dynamodb();
    let text = |value: &str| aws_sdk_dynamodb::types::AttributeValue::S(value.to_owned());
    let put = dynamodb.put_item().table_name("checks").item("pk", text("a")).item("sk", text("b"));
    let number = aws_sdk_dynamodb::types::AttributeValue::N("7".to_owned());
    put.item("customer", text("1")).item("created_at", number).send().await.unwrap();

    provision(&calls, &template).await.unwrap();
    let listed = dynamodb.query().table_name("checks").index_name("customer");
    let listed = listed.key_condition_expression("customer = :c").expression_attribute_values(":c", text("1"));
    assert_eq!(listed.send().await.unwrap().count(), 1);
}

#[tokio::test]
async fn a_caller_is_a_user_or_the_role_of_its_function() {
    let (aws, _) = deployed().await;
    let who = async |access_key: &str| {
        let identity = aws.sts_as(access_key).get_caller_identity().send().await.unwrap();
        assert_eq!(identity.account(), Some("000000000000"));
        identity.arn().unwrap().to_owned()
    };
    assert_eq!(who("alice").await, "arn:aws:iam::000000000000:user/alice");
    assert_eq!(who("bob").await, "arn:aws:iam::000000000000:user/bob");
    let role = "arn:aws:sts::000000000000:assumed-role/crosschq-connector-ReconcilerRole/reconciler";
    assert_eq!(who("reconciler").await, role);
}
