//! The template reader, on a fixture that uses the forms SAM templates usually have.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::allow_attributes, missing_docs)]

use sam_template::{Context, HttpRoute, Template, TemplateError};

const FIXTURE: &str = include_str!("fixtures/template.yaml");

fn context() -> Context {
    Context::local("http://127.0.0.1:4000/")
}

fn read(text: &str) -> Result<Template, TemplateError> {
    Template::read(text, &context())
}

/// The fixture with one piece replaced, which must be there.
fn changed(from: &str, to: &str) -> Result<Template, TemplateError> {
    assert!(FIXTURE.contains(from), "the fixture has no {from:?}");
    read(&FIXTURE.replacen(from, to, 1))
}

#[test]
fn tables_carry_keys_indexes_expiry_and_protection() {
    let template = read(FIXTURE).unwrap();
    let things = template.table("Things").unwrap();
    assert_eq!(things.name, "dev-things");
    assert_eq!((things.hash.name.as_str(), things.range.as_ref().unwrap().name.as_str()), ("pk", "sk"));
    let due = &things.indexes[0];
    assert_eq!((due.name.as_str(), due.range.as_ref().unwrap().kind.as_str()), ("due", "N"));
    assert_eq!(due.projection, "KEYS_ONLY");
    assert_eq!(things.ttl_attribute.as_deref(), Some("expires_at"));
    assert!(things.point_in_time_recovery && things.on_demand);
    assert_eq!(things.encryption.as_ref().unwrap()["SSEEnabled"], true);
}

#[test]
fn queues_carry_visibility_and_redrive_and_sqs_defaults() {
    let template = read(FIXTURE).unwrap();
    let work = template.queue("Work").unwrap();
    assert_eq!(work.url, "http://127.0.0.1:4000/000000000000/work");
    assert_eq!((work.visibility_timeout_s, work.retention_s), (180, 345_600));
    let redrive = work.redrive.as_ref().unwrap();
    assert_eq!(redrive.dead_letter_arn, template.queue("WorkDlq").unwrap().arn);
    assert_eq!(redrive.max_receive_count, 5);
    assert!(!work.encrypted, "AWS::NoValue removes the property");
}

#[test]
fn a_condition_decides_whether_a_resource_exists() {
    assert!(read(FIXTURE).unwrap().queue("OnlyInProd").is_none());
    let mut context = context();
    context.parameters.insert("Stage".to_owned(), "prod".to_owned());
    let prod = Template::read(FIXTURE, &context).unwrap();
    assert_eq!(prod.queue("OnlyInProd").unwrap().name, "local-OnlyInProd");
    assert_eq!(prod.function("Door").unwrap().name, "door-live");
}

#[test]
fn functions_take_globals_and_resolve_their_environment() {
    let template = read(FIXTURE).unwrap();
    let door = template.function("Door").unwrap();
    assert_eq!((door.name.as_str(), door.binary.as_str()), ("door-dev", "door"));
    assert_eq!((door.timeout_s, door.memory_mib, door.json_logs), (10, 192, true));
    let environment: Vec<(&str, &str)> =
        door.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        environment,
        [
            ("RUST_LOG", "info"),
            ("THINGS_TABLE", "dev-things"),
            ("WORK_ARN", "arn:aws:sqs:us-east-1:000000000000:work/x"),
            ("WORK_QUEUE_URL", "http://127.0.0.1:4000/000000000000/work"),
            ("ZERO", "0123"),
        ]
    );
    assert_eq!(template.function("Worker").unwrap().timeout_s, 30);
}

#[test]
fn routes_event_sources_and_schedules_name_their_function() {
    let template = read(FIXTURE).unwrap();
    let route = HttpRoute { method: "POST".into(), path: "/things/{name}".into(), function: "Door".into() };
    assert_eq!(template.routes, [route]);
    let source = &template.sqs_sources[0];
    assert_eq!((source.function.as_str(), source.batch_size, source.max_concurrency), ("Worker", 10, Some(4)));
    assert!(source.reports_batch_item_failures && source.enabled);
    assert_eq!(source.queue_arn, template.queue("Work").unwrap().arn);
    assert_eq!(template.schedules[0].every_s, 300);
}

#[test]
fn a_functions_role_carries_its_statements() {
    let template = read(FIXTURE).unwrap();
    assert_eq!(template.function("Door").unwrap().role, None, "a role that SAM generates is not read");
    let role = template.function("Worker").unwrap().role.clone().unwrap();
    assert_eq!(role.logical_id, "WorkerRole");
    let [work, things, decrypt] = role.statements.as_slice() else { panic!("{:?}", role.statements) };
    assert_eq!(work.action, ["sqs:ReceiveMessage", "sqs:DeleteMessage"]);
    assert_eq!(work.resource, ["arn:aws:sqs:us-east-1:000000000000:work"]);
    assert_eq!(things.resource, ["arn:aws:dynamodb:us-east-1:000000000000:table/dev-things/index/due"]);
    assert_eq!((decrypt.sid.as_deref(), decrypt.action.as_slice()), (Some("Decrypt"), &["kms:Decrypt".to_owned()][..]));
    assert_eq!(template.policies().keys().collect::<Vec<_>>(), ["worker"]);
}

#[test]
fn an_unsupported_part_of_a_role_is_an_error() {
    for (from, to, expected) in [
        (
            "      Policies:\n        - PolicyName: calls",
            "      ManagedPolicyArns: []\n      Policies:\n        - PolicyName: calls",
            "WorkerRole: property ManagedPolicyArns",
        ),
        (
            "Sid: Things\n",
            "Sid: Things\n                Condition: {Bool: {}}\n",
            "WorkerRole.Policies.Things: Condition",
        ),
        ("Action: dynamodb:Query", "NotAction: dynamodb:Query", "WorkerRole.Policies.Things: statement"),
        ("Role: !GetAtt WorkerRole.Arn", "Role: arn:aws:iam::1:role/x", "Worker.Role"),
        ("Role: !GetAtt WorkerRole.Arn", "Role: !GetAtt Work.Arn", "is not an AWS::IAM::Role"),
        ("Type: AWS::KMS::Key", "Type: AWS::IAM::Policy", "AWS::IAM::Policy"),
    ] {
        let error = changed(from, to).unwrap_err().to_string();
        assert!(error.contains(expected), "{to}: {error}");
    }
}

#[test]
fn an_unsupported_part_of_the_template_is_an_error_with_its_place() {
    for (from, to, expected) in [
        ("Type: AWS::KMS::Key", "Type: AWS::Kinesis::Stream", "AWS::Kinesis::Stream"),
        ("QueueName: work\n", "QueueName: work\n      FifoQueue: true\n", "Work: property FifoQueue"),
        (
            "BatchSize: 10",
            "BatchSize: 10\n            FilterCriteria: {}",
            "Worker.Events.Queue: property FilterCriteria",
        ),
        ("Type: HttpApi", "Type: Api", "Door.Events.Post: event type \"Api\""),
        ("rate(5 minutes)", "cron(0 10 * * ? *)", "Worker.Events.Tick.Schedule"),
        ("!Ref Level", "!ImportValue Level", "Fn::ImportValue"),
        ("!Ref Level", "!Ref Nobody", "there is no Nobody"),
        ("!GetAtt Work.Arn\n            BatchSize", "!GetAtt Things.Arn\n            BatchSize", "is not a queue"),
        ("BuildProperties: {Binary: door}", "BuildProperties: {}", "Binary: is missing"),
        ("Timeout: 30", "Timeout: soon", "whole number"),
        ("  Key:\n", "  Api:\n", "duplicate key Api"),
    ] {
        let error = changed(from, to).unwrap_err().to_string();
        assert!(error.contains(expected), "{to}: {error}");
    }
}

#[test]
fn the_template_of_this_repository_is_valid() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let template = Template::read_file(&path, &context()).unwrap();
    assert_eq!((template.tables.len(), template.queues.len(), template.functions.len()), (3, 6, 6));
    assert_eq!(template.sqs_sources.len(), 3);
    assert_eq!(template.schedules.len(), 1);
    assert!(template.routes.iter().any(|route| route.key() == "PUT /crosschq/callbacks/{customer}/{secret}"));
    let requester = template.function("ReferenceRequester").unwrap();
    assert_eq!(requester.environment["WORK_QUEUE_URL"], template.queue("ReferenceRequests").unwrap().url);
}
