//! Settings and templates: one Query for a customer, remembered for a minute.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use super::error::failure;
use super::item::Item;
use crate::domain::{Customer, CustomerId, Settings, Template};
use crate::failure::Failure;
use crate::ports::Customers;

/// How old remembered settings may be.
const LIFETIME: Duration = Duration::from_secs(60);
/// How long a customer is remembered as unknown: short, for it may be added any moment.
const UNKNOWN_LIFETIME: Duration = Duration::from_secs(10);
/// Customers remembered in a process.
const REMEMBERED: usize = 500;

/// When it was read, and what was found.
type Remembered = (Instant, Option<Arc<Customer>>);

/// [`Customers`] on the table `customers`.
#[derive(Debug)]
pub struct DynamoCustomers {
    client: Client,
    table: String,
    remembered: Mutex<HashMap<CustomerId, Remembered>>,
}

impl DynamoCustomers {
    /// Settings from this table.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, remembered: Mutex::default() }
    }

    async fn read(&self, id: &CustomerId) -> Result<Option<Customer>, Failure> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :customer")
                .expression_attribute_values(":customer", AttributeValue::S(id.to_string()))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| failure("Query customers", &error))?;
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return assemble(id, items);
            }
        }
    }
}

/// Settings and templates out of a customer's records.
fn assemble(id: &CustomerId, items: Vec<Item>) -> Result<Option<Customer>, Failure> {
    let mut settings = None;
    let mut templates = Vec::new();
    for mut item in items {
        let kind = item.remove("sk").and_then(|sk| sk.as_s().ok().cloned()).unwrap_or_default();
        for ours in ["pk", "version", "expires_at"] {
            item.remove(ours);
        }
        if kind == "settings" {
            settings = Some(read_settings(id, item)?);
        } else if let Some(tag) = kind.strip_prefix("template#") {
            templates.extend(read_template(id, tag, item));
        }
    }
    Ok(settings.map(|settings| Customer { id: id.clone(), settings, templates }))
}

fn read_settings(id: &CustomerId, item: Item) -> Result<Settings, Failure> {
    let settings: Settings = serde_dynamo::from_item(item)
        .map_err(|error| Failure::internal(format!("customer {id}: settings cannot be read: {error}")))?;
    settings.validate().map_err(|error| Failure::internal(format!("customer {id}: settings: {error}")))?;
    Ok(settings)
}

/// One unusable template must not stop the orders that name another.
fn read_template(id: &CustomerId, tag: &str, item: Item) -> Option<Template> {
    let template: Result<Template, _> = serde_dynamo::from_item(item);
    let checked = template
        .map_err(|error| error.to_string())
        .and_then(|template| template.validate().map(|()| template).map_err(|error| error.to_string()));
    match checked {
        Ok(template) => Some(template),
        Err(why) => {
            tracing::error!(customer.id = %id, template.tag = tag, why, "a template cannot be used");
            None
        }
    }
}

#[async_trait]
impl Customers for DynamoCustomers {
    async fn customer(&self, id: &CustomerId) -> Result<Option<Arc<Customer>>, Failure> {
        {
            let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((at, customer)) = remembered.get(id) {
                let lifetime = if customer.is_some() { LIFETIME } else { UNKNOWN_LIFETIME };
                if at.elapsed() < lifetime {
                    return Ok(customer.clone());
                }
            }
        }
        let customer = self.read(id).await?.map(Arc::new);
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(id.clone(), (Instant::now(), customer.clone()));
        Ok(customer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(json: &str) -> Item {
        serde_dynamo::to_item(serde_json::from_str::<serde_json::Value>(json).unwrap()).unwrap()
    }

    const SETTINGS: &str = r#"{"pk":"1","sk":"settings","version":3,"enabled":true,"crosschq":{},
        "icims":{"region":"us","push":{"accept":["oauth"]},"statuses":{"trigger":["C1"]}}}"#;

    fn id() -> CustomerId {
        CustomerId::parse("1").unwrap()
    }

    #[test]
    fn settings_and_templates_make_a_customer_and_a_broken_template_is_left_out() {
        let good = r#"{"pk":"1","sk":"template#a","name":"A","tag":"a","survey":"s","references":{"managers":1}}"#;
        let broken = r#"{"pk":"1","sk":"template#b","name":"B","tag":"b","survey":"s"}"#;
        let customer = assemble(&id(), vec![item(SETTINGS), item(good), item(broken)]).unwrap().unwrap();
        assert_eq!(customer.templates.len(), 1);
    }

    #[test]
    fn without_settings_there_is_no_customer() {
        assert_eq!(assemble(&id(), vec![]).unwrap(), None);
    }

    #[test]
    fn settings_that_cannot_work_name_their_field() {
        let broken = SETTINGS.replace(r#""trigger":["C1"]"#, r#""trigger":[]"#);
        let failure = assemble(&id(), vec![item(&broken)]).unwrap_err();
        assert!(failure.to_string().contains("icims.statuses.trigger"), "{failure}");
    }
}
