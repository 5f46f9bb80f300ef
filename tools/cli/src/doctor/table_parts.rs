//! What DynamoDB tells of a table in one answer, against the template.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, GlobalSecondaryIndexDescription, KeySchemaElement, KeyType, TableDescription,
};
use sam_template::{Index, Key, Table};

use super::Findings;
use super::expected::arn;

/// What is compared with.
pub(super) struct Parts<'a> {
    pub(super) table: &'a Table,
    pub(super) subject: &'a str,
    pub(super) data_key: &'a str,
    pub(super) protected: bool,
}

pub(super) fn compare(parts: &Parts<'_>, told: &TableDescription, findings: &mut Findings) {
    let Parts { table, subject, .. } = *parts;
    let status = told.table_status().map_or("unknown", |status| status.as_str());
    if !matches!(status, "ACTIVE" | "UPDATING") {
        findings.error(subject, format!("its status is {status}"), "wait until it is ACTIVE, or restore it");
    }
    let types = told.attribute_definitions();
    let keys = keys_of(told.key_schema(), types);
    findings.expect(
        subject,
        "its key",
        &keys_wanted(&table.hash, table.range.as_ref()),
        &keys,
        "it is another table of that name: deploy under a NamePrefix of its own",
    );
    for index in &table.indexes {
        let there = told.global_secondary_indexes().iter().find(|it| it.index_name() == Some(index.name.as_str()));
        match there {
            Some(there) => compare_index(subject, index, there, types, findings),
            None => findings.error(
                subject,
                format!("it has no index {}", index.name),
                "deploy this release; if CloudFormation believes that it is there, remove it from the template, deploy, put it back, deploy",
            ),
        }
    }
    for there in told.global_secondary_indexes() {
        let name = there.index_name().unwrap_or_default();
        if !table.indexes.iter().any(|index| index.name == name) {
            findings.note(subject, format!("index {name} is none of ours"));
        }
    }
    let billing = told.billing_mode_summary().and_then(|summary| summary.billing_mode());
    if table.on_demand && billing.is_none_or(|mode| mode.as_str() != "PAY_PER_REQUEST") {
        findings.warning(
            subject,
            "its capacity is provisioned: bursts of events are throttled",
            format!("aws dynamodb update-table --table-name {} --billing-mode PAY_PER_REQUEST", table.name),
        );
    }
    compare_encryption(parts, told, findings);
    if parts.protected && told.deletion_protection_enabled() != Some(true) {
        findings.warning(
            subject,
            "it can be deleted by one call",
            format!("aws dynamodb update-table --table-name {} --deletion-protection-enabled", table.name),
        );
    }
}

fn compare_encryption(parts: &Parts<'_>, told: &TableDescription, findings: &mut Findings) {
    let Parts { table, subject, data_key, .. } = *parts;
    if table.encryption.is_none() {
        return;
    }
    let there = told.sse_description();
    let enabled = there.and_then(|it| it.status()).is_some_and(|status| status.as_str() == "ENABLED");
    let key = there.and_then(|it| it.kms_master_key_arn()).unwrap_or_default();
    if !enabled || arn(key) != arn(data_key) {
        findings.error(
            subject,
            "it is not encrypted with the stack's key",
            format!(
                "aws dynamodb update-table --table-name {} --sse-specification Enabled=true,SSEType=KMS,KMSMasterKeyId={data_key}",
                table.name
            ),
        );
    }
}

fn compare_index(
    subject: &str,
    index: &Index,
    there: &GlobalSecondaryIndexDescription,
    types: &[AttributeDefinition],
    findings: &mut Findings,
) {
    let anew = "remove the index from the template, deploy, put it back, deploy: an index cannot be changed in place";
    let what = format!("the key of index {}", index.name);
    let keys = keys_of(there.key_schema(), types);
    findings.expect(subject, &what, &keys_wanted(&index.hash, index.range.as_ref()), &keys, anew);
    let projection = there.projection();
    let mut included: Vec<&str> =
        projection.map(|it| it.non_key_attributes().iter().map(String::as_str).collect()).unwrap_or_default();
    included.sort_unstable();
    let mut wanted: Vec<&str> = index.included.iter().map(String::as_str).collect();
    wanted.sort_unstable();
    let told = |kind: &str, attributes: &[&str]| format!("{kind} [{}]", attributes.join(", "));
    let kind = projection.and_then(|it| it.projection_type()).map_or("unknown", |kind| kind.as_str());
    let what = format!("the projection of index {}", index.name);
    findings.expect(subject, &what, &told(&index.projection, &wanted), &told(kind, &included), anew);
    let status = there.index_status().map_or("ACTIVE", |status| status.as_str());
    if !matches!(status, "ACTIVE" | "UPDATING") {
        findings.warning(
            subject,
            format!("index {} is {status}: what is asked of it is not whole yet", index.name),
            "wait until it is ACTIVE",
        );
    }
}

fn keys_wanted(hash: &Key, range: Option<&Key>) -> String {
    let key = |key: &Key| format!("{} {}", key.name, key.kind);
    match range {
        Some(range) => format!("{}, {}", key(hash), key(range)),
        None => key(hash),
    }
}

fn keys_of(schema: &[KeySchemaElement], types: &[AttributeDefinition]) -> String {
    let of = |kind: &KeyType| {
        let element = schema.iter().find(|element| element.key_type() == kind)?;
        let name = element.attribute_name();
        let of_type = types.iter().find(|it| it.attribute_name() == name).map(|it| it.attribute_type().as_str());
        Some(format!("{name} {}", of_type.unwrap_or("?")))
    };
    [of(&KeyType::Hash), of(&KeyType::Range)].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
