//! The tables: keys, indexes, expiry, backups, encryption, billing.

use aws_sdk_dynamodb::types::TableDescription;
use sam_template::Table;

use super::table_parts::{self, Parts};
use super::{Expected, Findings};
use crate::session::{Session, explain};

pub(super) async fn look(session: &Session, expected: &Expected, findings: &mut Findings) {
    let data_key = session.stack().await.map(|stack| stack.data_key_arn.clone()).unwrap_or_default();
    for table in &expected.template.tables {
        let subject = format!("table {}", table.name);
        let described = session.dynamodb().describe_table().table_name(&table.name).send().await;
        let description = match described {
            Ok(answer) => answer.table.unwrap_or_else(|| TableDescription::builder().build()),
            Err(error) => {
                if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) {
                    findings.error(
                        &subject,
                        "is not there",
                        "restore it from its point-in-time backup under the same name; CloudFormation does not make it again by itself",
                    );
                } else {
                    findings.unseen(&subject, explain("DynamoDB DescribeTable", &error));
                }
                continue;
            }
        };
        let protected = expected.protected.contains(&table.logical_id);
        let parts = Parts { table, subject: &subject, data_key: &data_key, protected };
        table_parts::compare(&parts, &description, findings);
        expiry(session, table, &subject, findings).await;
        backups(session, table, &subject, findings).await;
    }
    findings.looked_at("tables", expected.template.tables.len());
}

async fn expiry(session: &Session, table: &Table, subject: &str, findings: &mut Findings) {
    let Some(attribute) = &table.ttl_attribute else { return };
    let answer = match session.dynamodb().describe_time_to_live().table_name(&table.name).send().await {
        Ok(answer) => answer,
        Err(error) => {
            return findings.unseen(&format!("{subject}, expiry"), explain("DynamoDB DescribeTimeToLive", &error));
        }
    };
    let told = answer.time_to_live_description;
    let on = told
        .as_ref()
        .and_then(|told| told.time_to_live_status())
        .is_some_and(|status| matches!(status.as_str(), "ENABLED" | "ENABLING"));
    if !on || told.and_then(|told| told.attribute_name).as_deref() != Some(attribute.as_str()) {
        findings.error(
            subject,
            format!("items do not expire by {attribute}: ids of candidates are kept for longer than promised"),
            format!(
                "aws dynamodb update-time-to-live --table-name {} --time-to-live-specification Enabled=true,AttributeName={attribute}",
                table.name
            ),
        );
    }
}

async fn backups(session: &Session, table: &Table, subject: &str, findings: &mut Findings) {
    if !table.point_in_time_recovery {
        return;
    }
    let answer = match session.dynamodb().describe_continuous_backups().table_name(&table.name).send().await {
        Ok(answer) => answer,
        Err(error) => {
            return findings
                .unseen(&format!("{subject}, backups"), explain("DynamoDB DescribeContinuousBackups", &error));
        }
    };
    let status = answer
        .continuous_backups_description
        .and_then(|told| told.point_in_time_recovery_description)
        .and_then(|told| told.point_in_time_recovery_status);
    if status.is_none_or(|status| status.as_str() != "ENABLED") {
        findings.error(
            subject,
            "point-in-time recovery is off",
            format!(
                "aws dynamodb update-continuous-backups --table-name {} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
                table.name
            ),
        );
    }
}
