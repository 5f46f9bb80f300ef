//! The customers table: one Query gives a customer's settings and templates; they are kept for [`LIFETIME`].

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use super::cache::Cache;
use super::errors::failure;
use super::item::{self, Item, s, text};
use crate::domain::{Customer, CustomerId, Settings, Template};
use crate::failure::Failure;
use crate::ports::{Customers, OptedIn};

/// How long settings and templates are used without asking again: a change takes effect within a minute.
const LIFETIME: Duration = Duration::from_secs(60);
/// How long a customer that we do not know stays unknown.
const UNKNOWN_LIFETIME: Duration = Duration::from_secs(5);

/// The sort key of a customer's settings.
pub const SETTINGS_SK: &str = "settings";

/// What the sort key of a template begins with; its tag follows.
pub const TEMPLATE_SK: &str = "template#";

/// What a record carries besides its own fields.
const OURS: [&str; 3] = ["pk", "sk", "version"];

/// The settings of a record `settings`.
///
/// # Errors
/// The field and what is wrong with it, without its value.
pub fn settings_of(item: Item) -> Result<Settings, String> {
    let settings: Settings = item::read(own_fields(item)).map_err(|unreadable| unreadable.to_string())?;
    settings.validate().map_err(|error| error.to_string())?;
    Ok(settings)
}

/// The settings that a person wrote, from whatever has a deserialiser.
///
/// # Errors
/// As [`settings_of`].
pub fn settings_from<'de>(input: impl serde::Deserializer<'de>) -> Result<Settings, String> {
    let settings: Settings = item::parse(input).map_err(|unreadable| unreadable.to_string())?;
    settings.validate().map_err(|error| error.to_string())?;
    Ok(settings)
}

/// The template of a record `template#<tag>`.
///
/// # Errors
/// The field and what is wrong with it, without its value.
pub fn template_of(item: Item) -> Result<Template, String> {
    let template: Template = item::read(own_fields(item)).map_err(|unreadable| unreadable.to_string())?;
    template.validate().map_err(|error| error.to_string())?;
    Ok(template)
}

fn own_fields(mut item: Item) -> Item {
    for name in OURS {
        item.remove(name);
    }
    item
}

/// [`Customers`] on DynamoDB, kept in the process.
#[derive(Debug)]
pub struct DynamoCustomers {
    client: Client,
    table: String,
    cache: Cache<Customer>,
}

impl DynamoCustomers {
    /// On this table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into(), cache: Cache::new(LIFETIME, UNKNOWN_LIFETIME) }
    }

    async fn read(&self, id: &CustomerId) -> Result<Option<Customer>, Failure> {
        let pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :customer")
            .expression_attribute_values(":customer", s(id.as_str()))
            .into_paginator()
            .items()
            .send();
        // A customer's records fit one page, which is one call, unless its templates outgrow a megabyte.
        let items: Result<Vec<Item>, _> = pages.collect().await;
        let items = items.map_err(|error| failure("DynamoDB Query customers", &error))?;
        assemble(id, items)
    }
}

#[async_trait::async_trait]
impl Customers for DynamoCustomers {
    async fn customer(&self, id: &CustomerId) -> Result<Option<Arc<Customer>>, Failure> {
        self.cache.get(id, self.read(id)).await
    }
}

#[async_trait::async_trait]
impl OptedIn for DynamoCustomers {
    /// A scan of the table, for there is no index to it: some pages, of which only the ids come back. Not cached.
    async fn opted_in(&self) -> Result<Vec<CustomerId>, Failure> {
        let pages = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .projection_expression("pk")
            .filter_expression("sk = :settings AND #enabled = :yes AND attribute_exists(#icims.#find)")
            .expression_attribute_names("#enabled", "enabled")
            .expression_attribute_names("#icims", "icims")
            .expression_attribute_names("#find", "find_missed_pushes")
            .expression_attribute_values(":settings", s("settings"))
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .into_paginator()
            .items()
            .send();
        let items: Result<Vec<Item>, _> = pages.collect().await;
        let items = items.map_err(|error| failure("DynamoDB Scan customers", &error))?;
        Ok(items.iter().filter_map(|item| CustomerId::parse(text(item, "pk")?).ok()).collect())
    }
}

/// A customer from its records: a template that does not hold is left out, settings that do not hold are our failure.
fn assemble(id: &CustomerId, items: Vec<Item>) -> Result<Option<Customer>, Failure> {
    let (mut settings, mut templates) = (None, Vec::new());
    for item in items {
        let sk = text(&item, "sk").unwrap_or_default().to_owned();
        if sk == SETTINGS_SK {
            let broken = |why| Failure::internal(format!("settings of customer {id}: {why}"));
            settings = Some(settings_of(item).map_err(broken)?);
        } else if let Some(tag) = sk.strip_prefix(TEMPLATE_SK) {
            templates.extend(to_template(id, tag, item));
        }
    }
    Ok(settings.map(|settings| Customer { id: id.clone(), settings, templates }))
}

fn to_template(id: &CustomerId, tag: &str, item: Item) -> Option<Template> {
    template_of(item)
        .inspect_err(|problem| {
            tracing::error!(
                customer.id = %id, template.tag = tag, problem, "a template cannot be used and is left out"
            );
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> CustomerId {
        "1234".parse().unwrap()
    }

    fn item(sk: &str, json: serde_json::Value) -> Item {
        let mut item: Item = serde_dynamo::to_item(json).unwrap();
        item.insert("pk".to_owned(), s("1234"));
        item.insert("sk".to_owned(), s(sk));
        item.insert("version".to_owned(), item::n(3));
        item
    }

    fn settings() -> serde_json::Value {
        serde_json::json!({"enabled": true, "crosschq": {"timeout_ms": 5000}, "icims": {
            "region": "us", "push": {"accept": ["basic"]}, "statuses": {"trigger": ["C1"]},
            "requester": ["recruiter", {"fixed": "staff@example.test"}]}})
    }

    fn template(tag: &str) -> serde_json::Value {
        serde_json::json!({"name": tag, "tag": tag, "survey": "s-1", "references": {"managers": 2}})
    }

    #[test]
    fn a_customers_records_become_the_customer() {
        let items = vec![
            item("settings", settings()),
            item("template#sales", template("sales")),
            item("template#field", template("field")),
            item("something-later", serde_json::json!({"a": 1})),
        ];
        let customer = assemble(&id(), items).unwrap().unwrap();
        assert_eq!(customer.settings.crosschq.timeout_ms, 5000);
        assert_eq!(customer.templates.len(), 2);
    }

    #[test]
    fn the_domains_own_serialisation_of_settings_and_templates_reads_back() {
        let first = vec![item("settings", settings()), item("template#sales", template("sales"))];
        let customer = assemble(&id(), first).unwrap().unwrap();
        let mut again: Vec<Item> = vec![
            serde_dynamo::to_item(&customer.settings).unwrap(),
            serde_dynamo::to_item(customer.templates.first().unwrap()).unwrap(),
        ];
        for (item, sk) in again.iter_mut().zip(["settings", "template#sales"]) {
            item.insert("sk".to_owned(), s(sk));
        }
        assert_eq!(assemble(&id(), again).unwrap().unwrap(), customer);
    }

    #[test]
    fn nobody_is_a_customer_by_templates_alone() {
        assert_eq!(assemble(&id(), vec![]).unwrap(), None);
        assert_eq!(assemble(&id(), vec![item("template#sales", template("sales"))]).unwrap(), None);
    }

    #[test]
    fn a_template_that_does_not_hold_is_left_out_and_the_others_stay() {
        let mut no_references = template("empty");
        no_references["references"] = serde_json::json!({});
        let mut misspelt = template("misspelt");
        misspelt["surwey"] = "s".into();
        let items = vec![
            item("settings", settings()),
            item("template#empty", no_references),
            item("template#misspelt", misspelt),
            item("template#sales", template("sales")),
        ];
        let customer = assemble(&id(), items).unwrap().unwrap();
        let tags: Vec<_> = customer.templates.iter().map(|template| template.tag.as_str()).collect();
        assert_eq!(tags, ["sales"]);
    }

    #[test]
    fn settings_that_do_not_hold_are_our_failure_and_name_the_field_without_its_value() {
        let mut wrong_type = settings();
        wrong_type["icims"]["push"]["max_skew_s"] = "hunter2".into();
        let mut misspelt = settings();
        misspelt["icims"]["regoin"] = "us".into();
        let mut looping = settings();
        looping["icims"]["stage_statuses"] = serde_json::json!({"completed": "C1"});
        for (json, field) in
            [(wrong_type, "icims.push.max_skew_s"), (misspelt, "regoin"), (looping, "icims.stage_statuses.completed")]
        {
            let failure = assemble(&id(), vec![item("settings", json)]).unwrap_err();
            assert!(matches!(failure, Failure::Internal { .. }));
            let text = failure.to_string();
            assert!(text.contains(field) && text.contains("1234") && !text.contains("hunter2"), "{text}");
        }
    }
}
