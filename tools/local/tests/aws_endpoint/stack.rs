//! What operators see of the stack: CloudFormation, Lambda, EventBridge and CloudWatch, asked with the SDK's own clients
//! about the repository's template.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudwatch::types::StateValue;
use aws_sdk_lambda::types::{Architecture, FunctionResponseType, LastUpdateStatus, State};
use local::aws_call::AwsCalls;
use local::deployment::{Deployment, Made};
use local::provision::provision;
use local::template::{Context, Template};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::queues::send;
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

/// An endpoint with the repository's stack on it; `code` is what every function is made of.
async fn deployed(code: &Path) -> (Aws, Template) {
    let aws = in_memory().await;
    let context = context(&aws);
    let template = Template::read_file(&repository().join("template.yaml"), &context).unwrap();
    let calls = AwsCalls::new(&aws.url).unwrap();
    provision(&calls, &template).await.unwrap();
    let of_function = |function: &local::template::Function| (function.binary.clone(), code.to_owned());
    let made = Made {
        api_url: API,
        code: template.functions.iter().map(of_function).collect(),
        environment: &BTreeMap::new(),
        at: AT,
    };
    assert!(calls.describe(&Deployment::of(&template, &context, &made).unwrap()).await.unwrap());
    (aws, template)
}

async fn deployed_from_nothing() -> (Aws, Template) {
    deployed(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml").as_path()).await
}

#[tokio::test]
async fn a_stack_tells_its_parameters_and_outputs_with_their_values() {
    let (aws, _) = deployed_from_nothing().await;
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
    let (aws, _) = deployed_from_nothing().await;
    let cloudformation = aws.cloudformation();
    let unknown = "Stack with id nobody does not exist";
    let error = cloudformation.describe_stacks().stack_name("nobody").send().await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Some("ValidationError"), Some(unknown)));
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 400);
    let error = cloudformation.describe_stack_resources().stack_name("nobody").send().await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Some("ValidationError"), Some(unknown)));
    let error = cloudformation.list_stack_resources().stack_name("nobody").send().await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Some("ValidationError"), Some(unknown)));
}

#[tokio::test]
async fn the_resources_are_those_that_sam_makes_of_the_template() {
    let (aws, _) = deployed_from_nothing().await;
    let described =
        aws.cloudformation().describe_stack_resources().stack_name("crosschq-connector").send().await.unwrap();
    let found: BTreeSet<String> = described
        .stack_resources()
        .iter()
        .map(|it| format!("{} {}", it.logical_resource_id().unwrap(), it.resource_type().unwrap()))
        .collect();
    let expected = include_str!("../fixtures/sam-resources.txt").lines().map(str::to_owned).collect();
    assert_eq!(found, expected);
    let physical: BTreeMap<_, _> = described
        .stack_resources()
        .iter()
        .map(|it| (it.logical_resource_id().unwrap(), it.physical_resource_id().unwrap()))
        .collect();
    assert_eq!(physical["ReferenceRequests"], format!("{}/000000000000/reference-requests", aws.url));
    assert_eq!((physical["ChecksTable"], physical["IcimsUpdater"]), ("checks", "icims-updater"));

    let listed = aws.cloudformation().list_stack_resources().stack_name("crosschq-connector").send().await.unwrap();
    let by_id: BTreeMap<_, _> = listed
        .stack_resource_summaries()
        .iter()
        .map(|it| (it.logical_resource_id().unwrap(), it.physical_resource_id().unwrap()))
        .collect();
    assert_eq!(by_id, physical);
}

#[tokio::test]
async fn a_function_tells_what_it_is_and_what_it_is_made_of() {
    let folder = tempfile::TempDir::new().unwrap();
    let code = folder.path().join("bootstrap");
    std::fs::write(&code, "abc").unwrap();
    let (aws, template) = deployed(&code).await;
    for function in &template.functions {
        let told = aws.lambda().get_function_configuration().function_name(&function.name).send().await.unwrap();
        assert_eq!(told.function_arn(), Some(function.arn.as_str()));
        assert_eq!(told.runtime().unwrap().as_str(), "provided.al2023");
        assert_eq!(told.timeout(), i32::try_from(function.timeout_s).ok());
        assert_eq!(told.memory_size(), Some(256));
        let environment: BTreeMap<_, _> =
            told.environment().unwrap().variables().unwrap().clone().into_iter().collect();
        assert_eq!(environment, function.environment, "nothing but what the template says");
        assert_eq!(
            (told.state(), told.last_update_status()),
            (Some(&State::Active), Some(&LastUpdateStatus::Successful))
        );
        assert_eq!(told.architectures(), [Architecture::Arm64], "the template's default");
        assert_eq!(told.code_sha256(), Some("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="));
        assert!(told.last_modified().unwrap().ends_with("+0000"), "{:?}", told.last_modified());
    }
    let by_arn = aws.lambda().get_function_configuration().function_name(&template.functions[0].arn).send().await;
    assert_eq!(by_arn.unwrap().function_name(), Some(template.functions[0].name.as_str()));
}

#[tokio::test]
async fn another_function_does_not_exist() {
    let (aws, _) = deployed_from_nothing().await;
    let error = aws.lambda().get_function_configuration().function_name("nobody").send().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 404);
    let error = error.into_service_error();
    assert!(error.is_resource_not_found_exception());
    assert_eq!(error.message(), Some("Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody"));
    let error = aws.lambda().list_event_source_mappings().function_name("nobody").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn a_worker_is_fed_by_its_queue_in_batches_that_may_fail_in_part() {
    let (aws, template) = deployed_from_nothing().await;
    let listed = aws.lambda().list_event_source_mappings().function_name("reference-requester").send().await.unwrap();
    let [mapping] = listed.event_source_mappings() else { panic!("not one mapping") };
    let queue = template.queue("ReferenceRequests").unwrap();
    assert_eq!(mapping.event_source_arn(), Some(queue.arn.as_str()));
    assert_eq!((mapping.batch_size(), mapping.state()), (Some(10), Some("Enabled")));
    assert_eq!(mapping.function_response_types(), [FunctionResponseType::ReportBatchItemFailures]);
    assert_eq!(mapping.scaling_config().unwrap().maximum_concurrency(), Some(10));

    let all = aws.lambda().list_event_source_mappings().max_items(2).into_paginator().items().send();
    let all: Vec<_> = all.collect::<Result<_, _>>().await.unwrap();
    assert_eq!(all.len(), 3, "over two pages");
    let by_queue = aws.lambda().list_event_source_mappings().event_source_arn(&queue.arn).send().await.unwrap();
    assert_eq!(by_queue.event_source_mappings().len(), 1);
}

#[tokio::test]
async fn the_rule_that_the_stack_names_calls_the_reconciler() {
    let (aws, template) = deployed_from_nothing().await;
    let resources = aws.cloudformation().describe_stack_resources().stack_name("crosschq-connector");
    let tick = resources.logical_resource_id("ReconcilerTick").send().await.unwrap();
    let [tick] = tick.stack_resources() else { panic!("not one rule") };
    let name = tick.physical_resource_id().unwrap();
    let rule = aws.eventbridge().describe_rule().name(name).send().await.unwrap();
    assert_eq!((rule.schedule_expression(), rule.name()), (Some("rate(5 minutes)"), Some(name)));
    assert_eq!(rule.state().unwrap().as_str(), "ENABLED");
    let reconciler = &template.function("Reconciler").unwrap().arn;
    let targets = aws.eventbridge().list_targets_by_rule().rule(name).send().await.unwrap();
    assert_eq!(targets.targets().iter().map(|it| it.arn()).collect::<Vec<_>>(), [reconciler.as_str()]);
    let rules = aws.eventbridge().list_rule_names_by_target().target_arn(reconciler).send().await.unwrap();
    assert_eq!(rules.rule_names(), [name]);
    let error = aws.eventbridge().describe_rule().name("nobody").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn alarms_tell_whom_they_call_and_those_on_a_queue_how_it_stands() {
    let (aws, template) = deployed_from_nothing().await;
    let all: Vec<_> = aws
        .cloudwatch()
        .describe_alarms()
        .alarm_name_prefix("crosschq-connector-")
        .max_records(5)
        .into_paginator()
        .send()
        .collect::<Result<_, _>>()
        .await
        .unwrap();
    let alarms: Vec<_> = all.iter().flat_map(|page| page.metric_alarms()).collect();
    let in_template = template.raw()["Resources"].as_object().unwrap().values();
    let expected = in_template.filter(|it| it["Type"] == "AWS::CloudWatch::Alarm").count();
    assert_eq!((all.len(), alarms.len()), (expected.div_ceil(5), expected));
    for alarm in alarms {
        assert_eq!(alarm.alarm_actions(), ["arn:aws:sns:us-east-1:000000000000:alarms"]);
        assert_eq!((alarm.actions_enabled(), alarm.treat_missing_data()), (Some(true), Some("notBreaching")));
    }
}

#[tokio::test]
async fn a_dead_letter_rings_its_alarm() {
    let (aws, _) = deployed_from_nothing().await;
    let cloudwatch = aws.cloudwatch();
    let state = async |name: &str| {
        let told = cloudwatch.describe_alarms().alarm_names(format!("crosschq-connector-{name}")).send().await.unwrap();
        let [alarm] = told.metric_alarms() else { panic!("not one alarm {name}") };
        (alarm.state_value().unwrap().clone(), alarm.state_reason().unwrap().to_owned(), alarm.threshold())
    };
    let (before, _, threshold) = state("CancellationsDlqAlarm").await;
    assert_eq!((before, threshold), (StateValue::Ok, Some(0.0)));
    let dead_letters = format!("{}/000000000000/cancellations-dlq", aws.url);
    send(&aws.sqs(), &dead_letters, "given up").await;
    let (after, reason, _) = state("CancellationsDlqAlarm").await;
    assert_eq!(after, StateValue::Alarm);
    assert!(reason.contains("[1.0] was greater than the threshold (0.0)"), "{reason}");
    assert_eq!(state("ReconcilerErrorsAlarm").await.0, StateValue::InsufficientData, "nobody measures that here");

    let ringing = cloudwatch.describe_alarms().state_value(StateValue::Alarm).send().await.unwrap();
    assert_eq!(ringing.metric_alarms().len(), 1);
}

#[tokio::test]
async fn tables_are_protected_encrypted_and_restorable_as_the_template_says() {
    let (aws, template) = deployed_from_nothing().await;
    for table in &template.tables {
        let told = aws.dynamodb().describe_table().table_name(&table.name).send().await.unwrap().table.unwrap();
        let indexes: BTreeSet<_> = told.global_secondary_indexes().iter().map(|it| it.index_name().unwrap()).collect();
        assert_eq!(indexes, table.indexes.iter().map(|it| it.name.as_str()).collect());
        assert_eq!(told.deletion_protection_enabled().unwrap_or(false), table.deletion_protected, "{}", table.name);
        assert_eq!(told.sse_description().unwrap().status().unwrap().as_str(), "ENABLED");
        let ttl = aws.dynamodb().describe_time_to_live().table_name(&table.name).send().await.unwrap();
        assert_eq!(ttl.time_to_live_description().unwrap().attribute_name(), Some("expires_at"));
        let backups = aws.dynamodb().describe_continuous_backups().table_name(&table.name).send().await.unwrap();
        let recovery = backups.continuous_backups_description().unwrap().point_in_time_recovery_description().unwrap();
        assert_eq!(recovery.point_in_time_recovery_status().unwrap().as_str(), "ENABLED");
    }
    let error = aws.dynamodb().describe_continuous_backups().table_name("nobody").send().await.unwrap_err();
    assert!(error.into_service_error().is_table_not_found_exception());
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
async fn everybody_is_told_who_they_are() {
    let (aws, _) = deployed_from_nothing().await;
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
