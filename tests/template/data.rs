//! Tables, logs and the key that encrypts both.

use connector_core::domain::{Actor, CancelReason, Check, RecognizedBy, ReferenceOrder, Stamp, Timestamp};
use testkit::checks::{claimed, order};

use crate::{named, resource, resources, template};

#[test]
fn tables_are_on_demand_expire_and_can_be_restored() {
    let template = template();
    assert_eq!(template.tables.len(), 3);
    for table in &template.tables {
        assert!(table.on_demand, "{}", table.name);
        assert_eq!(table.ttl_attribute.as_deref(), Some("expires_at"), "{}", table.name);
        assert!(table.point_in_time_recovery, "{}", table.name);
    }
}

#[test]
fn tables_are_encrypted_with_our_key_which_rotates() {
    let template = template();
    for table in &template.tables {
        let encryption = &resource(&template, &table.logical_id)["SSESpecification"];
        assert_eq!(
            (&encryption["SSEEnabled"], &encryption["SSEType"]),
            (&true.into(), &"KMS".into()),
            "{}",
            table.name
        );
        assert!(named(encryption).contains("DataKey"), "{}", table.name);
    }
    assert_eq!(resource(&template, "DataKey")["EnableKeyRotation"], true);
}

#[test]
fn what_cannot_be_made_again_outlives_the_stack() {
    let template = template();
    for id in ["ChecksTable", "CustomersTable", "DataKey"] {
        let resource = &template.raw()["Resources"][id];
        assert_eq!(resource["DeletionPolicy"], "RetainExceptOnCreate", "{id}");
        assert_eq!(resource["UpdateReplacePolicy"], "Retain", "{id}");
    }
}

#[test]
fn keys_and_indexes_are_those_the_store_asks() {
    let template = template();
    let key = |key: &local::template::Key| format!("{}:{}", key.name, key.kind);
    let described: Vec<_> = ["ChecksTable", "CustomersTable", "TokensTable"]
        .map(|id| template.table(id).unwrap())
        .iter()
        .map(|table| format!("{} {} {:?}", table.name, key(&table.hash), table.range.as_ref().map(key)))
        .collect();
    assert_eq!(
        described,
        [
            r#"checks pk:S Some("sk:S")"#, //
            r#"customers pk:S Some("sk:S")"#,
            "tokens pk:S None"
        ]
    );
    let indexes: Vec<_> = template
        .tables
        .iter()
        .flat_map(|table| table.indexes.iter().map(move |index| (table, index)))
        .map(|(table, index)| {
            let range = index.range.as_ref().map(key);
            format!("{}/{} {} {range:?} {}", table.name, index.name, key(&index.hash), index.projection)
        })
        .collect();
    assert_eq!(
        indexes,
        [
            r#"checks/due due_shard:S Some("due_at:N") KEYS_ONLY"#,
            "checks/request request_key:S None KEYS_ONLY",
            r#"checks/customer customer:S Some("created_at:N") INCLUDE"#,
        ]
    );
}

#[test]
fn what_operators_list_by_are_attributes_of_a_check() {
    let template = template();
    let checks = template.table("ChecksTable").unwrap();
    let index = checks.indexes.iter().find(|index| index.name == "customer").unwrap();
    let check = serde_json::to_value(a_check_with_everything_listed()).unwrap();
    assert!(check[&index.hash.name].is_string() && check[&index.range.as_ref().unwrap().name].is_number());
    // The store writes it beside the check's own attributes: the word for its phase.
    for attribute in index.included.iter().filter(|attribute| *attribute != "state") {
        assert!(check.get(attribute).is_some_and(|value| !value.is_null()), "{attribute} is no attribute of a check");
    }
}

fn a_check_with_everything_listed() -> Check {
    let now = Timestamp::from_s(1_767_225_600);
    let order = ReferenceOrder {
        person: Some("3".parse().unwrap()),
        requisition: Some("4".parse().unwrap()),
        ..order(&"2".parse().unwrap(), 1, now)
    };
    let correlation_id = "c".parse().unwrap();
    let stamp = Stamp { by: Actor::Requester, cause: &correlation_id, now };
    let mut check = claimed(&"1".parse().unwrap(), &order, now);
    check.subject.template = Some("sales-ae".to_owned().try_into().unwrap());
    check.requested(&"6b1f".parse().unwrap(), RecognizedBy::Reply, &stamp);
    check.want_cancel(CancelReason::Rejected, &stamp);
    check
}

#[test]
fn no_function_may_read_the_operators_index() {
    let index = "arn:aws:dynamodb:us-east-1:000000000000:table/checks/index/customer";
    for function in &template().functions {
        let statements = &function.role.as_ref().unwrap().statements;
        assert!(!local::iam::allows(statements, "dynamodb:Query", index), "{}", function.name);
    }
}

#[test]
fn every_function_logs_json_into_its_own_group() {
    let template = template();
    for function in &template.functions {
        let group = format!("{}Logs", function.logical_id);
        assert!(function.json_logs, "{}", function.name);
        assert_eq!(function.properties["LoggingConfig"]["LogGroup"]["Ref"], group, "{}", function.name);
        let name = resource(&template, &group)["LogGroupName"]["Fn::Sub"].as_str().unwrap();
        assert_eq!(name, format!("/aws/lambda/${{NamePrefix}}{}", function.name));
    }
}

#[test]
fn logs_are_encrypted_and_kept_for_a_while_only() {
    let template = template();
    let groups = resources(&template, "AWS::Logs::LogGroup");
    assert_eq!(groups.len(), template.functions.len() + 1, "one a function and one for the API");
    for (id, group) in groups {
        assert_eq!(group["Properties"]["RetentionInDays"]["Ref"], "LogRetentionDays", "{id}");
        assert!(named(&group["Properties"]["KmsKeyId"]).contains("DataKey"), "{id}");
    }
}

#[test]
fn the_stack_and_the_published_application_have_the_version_of_the_workspace() {
    let template = template();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(template.raw()["Outputs"]["Release"]["Value"], version);
    assert_eq!(template.raw()["Metadata"]["AWS::ServerlessRepo::Application"]["SemanticVersion"], version);
}

#[test]
fn every_parameter_is_explained_and_has_a_default() {
    let template = template();
    for (name, parameter) in template.raw()["Parameters"].as_object().unwrap() {
        assert!(parameter["Description"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
        assert!(!parameter["Default"].is_null(), "{name}");
    }
}
