//! DynamoDB tables of a template.

use serde_json::Value;

use crate::error::TemplateError;
use crate::model::{Index, Key, Table};
use crate::properties::Properties;
use crate::resolve::{Resolver, text};

pub(super) fn table(id: &str, properties: &Properties<'_>, resolver: &Resolver<'_>) -> Result<Table, TemplateError> {
    let (_, name) = resolver.named(id, id)?;
    let kinds = properties.list("AttributeDefinitions")?;
    let keys = |schema: &Value| keys(schema, &kinds, properties);
    let (hash, range) = keys(&properties.get("KeySchema")?.unwrap_or_default())?;
    let mut indexes = Vec::new();
    for index in properties.list("GlobalSecondaryIndexes")? {
        let (hash, range) = keys(&index["KeySchema"])?;
        let included = index.pointer("/Projection/NonKeyAttributes").and_then(Value::as_array);
        indexes.push(Index {
            name: text(&index["IndexName"]),
            hash,
            range,
            projection: index.pointer("/Projection/ProjectionType").map_or_else(|| "ALL".to_owned(), text),
            included: included.map(|names| names.iter().map(text).collect()).unwrap_or_default(),
        });
    }
    let ttl = properties.get("TimeToLiveSpecification")?.unwrap_or_default();
    let ttl_attribute = ttl.get("Enabled").is_some_and(on).then(|| text(&ttl["AttributeName"]));
    let recovery = properties.get("PointInTimeRecoverySpecification")?.unwrap_or_default();
    if properties.get("LocalSecondaryIndexes")?.is_some() || properties.get("StreamSpecification")?.is_some() {
        return Err(TemplateError::unknown(id, "local secondary indexes and streams"));
    }
    Ok(Table {
        logical_id: id.to_owned(),
        name,
        hash,
        range,
        indexes,
        ttl_attribute,
        point_in_time_recovery: recovery.get("PointInTimeRecoveryEnabled").is_some_and(on),
        on_demand: properties.string("BillingMode")?.is_some_and(|mode| mode == "PAY_PER_REQUEST"),
        deletion_protected: properties.boolean("DeletionProtectionEnabled")?.unwrap_or(false),
        encryption: properties.get("SSESpecification")?,
    })
}

fn on(value: &Value) -> bool {
    text(value) == "true"
}

fn keys(schema: &Value, kinds: &[Value], properties: &Properties<'_>) -> Result<(Key, Option<Key>), TemplateError> {
    let find = |wanted: &str| -> Result<Option<Key>, TemplateError> {
        let element = schema.as_array().and_then(|keys| keys.iter().find(|key| text(&key["KeyType"]) == wanted));
        let Some(name) = element.map(|key| text(&key["AttributeName"])) else {
            return Ok(None);
        };
        let kind = kinds
            .iter()
            .find(|definition| text(&definition["AttributeName"]) == name)
            .map(|definition| text(&definition["AttributeType"]))
            .ok_or_else(|| properties.invalid("AttributeDefinitions", &format!("lacks {name}")))?;
        Ok(Some(Key { name, kind }))
    };
    let hash = find("HASH")?.ok_or_else(|| properties.invalid("KeySchema", "has no HASH key"))?;
    Ok((hash, find("RANGE")?))
}
