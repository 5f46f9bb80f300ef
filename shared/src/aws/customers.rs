//! The customers table: one Query gives a customer's settings and templates; they are kept for [`LIFETIME`].

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::Client;

use super::cache::Cache;
use super::documents::{self, Tolerated};
use super::errors::failure;
use super::item::{Item, s, text};
use super::opted_in::OptedInList;
use crate::domain::{Customer, CustomerId, Settings, Template};
use crate::failure::{Cause, Failure};
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

/// The settings of a record `settings`, which a newer release may have written: what this one does not know is passed
/// over.
///
/// # Errors
/// The field and what is wrong with it, without its value.
pub fn settings_of(item: Item) -> Result<Tolerated<Settings>, String> {
    let settings: Tolerated<Settings> =
        documents::read(own_fields(item)).map_err(|unreadable| unreadable.to_string())?;
    settings.value.validate().map_err(|error| error.to_string())?;
    Ok(settings)
}

/// The settings that a person wrote, from whatever has a deserialiser: what is not known is a slip.
///
/// # Errors
/// As [`settings_of`].
pub fn settings_from<'de>(input: impl serde::Deserializer<'de>) -> Result<Settings, String> {
    let settings: Settings = documents::parse(input).map_err(|unreadable| unreadable.to_string())?;
    settings.validate().map_err(|error| error.to_string())?;
    Ok(settings)
}

/// The template of a record `template#<tag>`, read as tolerantly as [`settings_of`].
///
/// # Errors
/// The field and what is wrong with it, without its value.
pub fn template_of(item: Item) -> Result<Tolerated<Template>, String> {
    let template: Tolerated<Template> =
        documents::read(own_fields(item)).map_err(|unreadable| unreadable.to_string())?;
    template.value.validate().map_err(|error| error.to_string())?;
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
    opted_in: OptedInList,
    passed_over: PassedOver,
}

impl DynamoCustomers {
    /// Reads the table of this name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let table = table.into();
        Self {
            opted_in: OptedInList::new(client.clone(), table.clone()),
            client,
            table,
            cache: Cache::new(LIFETIME, UNKNOWN_LIFETIME),
            passed_over: PassedOver::default(),
        }
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
        assemble(id, items, &self.passed_over)
    }
}

/// Fields that were passed over: each is logged once in the life of a process, not each minute.
#[derive(Debug, Default)]
struct PassedOver(Mutex<HashSet<String>>);

impl PassedOver {
    /// Fields that are remembered at once; beyond it they may be logged again.
    const MAX_FIELDS: usize = 10_000;

    fn log(&self, id: &CustomerId, record: &str, fields: Vec<String>) {
        for field in self.first_seen(id, record, fields) {
            tracing::warn!(
                customer.id = %id, record, field,
                "a setting is ignored: this release does not know it, or not its value"
            );
        }
    }

    /// Those of the fields that were not seen before.
    fn first_seen(&self, id: &CustomerId, record: &str, mut fields: Vec<String>) -> Vec<String> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= Self::MAX_FIELDS {
            seen.clear();
        }
        fields.retain(|field| seen.insert(format!("{id} {record} {field}")));
        fields
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
    async fn opted_in(&self) -> Result<Vec<CustomerId>, Failure> {
        self.opted_in.get().await
    }
}

/// A customer from its records: a template that does not hold is left out, settings that do not hold are our failure.
fn assemble(id: &CustomerId, items: Vec<Item>, passed_over: &PassedOver) -> Result<Option<Customer>, Failure> {
    let (mut settings, mut templates) = (None, Vec::new());
    for item in items {
        let sk = text(&item, "sk").unwrap_or_default().to_owned();
        if sk == SETTINGS_SK {
            let broken = |why| Failure::internal(Cause::Settings, format!("settings of customer {id}: {why}"));
            let read = settings_of(item).map_err(broken)?;
            passed_over.log(id, &sk, read.ignored);
            settings = Some(read.value);
        } else if let Some(tag) = sk.strip_prefix(TEMPLATE_SK)
            && let Some(read) = to_template(id, tag, item)
        {
            passed_over.log(id, &sk, read.ignored);
            templates.push(read.value);
        }
    }
    Ok(settings.map(|settings| Customer { id: id.clone(), settings, templates }))
}

fn to_template(id: &CustomerId, tag: &str, item: Item) -> Option<Tolerated<Template>> {
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
    use crate::domain::{AuthMode, CallbackAuth, RequesterSource};

    use super::*;

    fn id() -> CustomerId {
        "1234".parse().unwrap()
    }

    fn assembled(items: Vec<Item>) -> Result<Option<Customer>, Failure> {
        assemble(&id(), items, &PassedOver::default())
    }

    fn item(sk: &str, json: serde_json::Value) -> Item {
        let mut item: Item = serde_dynamo::to_item(json).unwrap();
        item.insert("pk".to_owned(), s("1234"));
        item.insert("sk".to_owned(), s(sk));
        item.insert("version".to_owned(), crate::aws::item::n(3));
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
        let customer = assembled(items).unwrap().unwrap();
        assert_eq!(customer.settings.crosschq.timeout_ms, 5000);
        assert_eq!(customer.templates.len(), 2);
    }

    #[test]
    fn the_domains_own_serialization_of_settings_and_templates_reads_back() {
        let first = vec![item("settings", settings()), item("template#sales", template("sales"))];
        let customer = assembled(first).unwrap().unwrap();
        let mut again: Vec<Item> = vec![
            serde_dynamo::to_item(&customer.settings).unwrap(),
            serde_dynamo::to_item(customer.templates.first().unwrap()).unwrap(),
        ];
        for (item, sk) in again.iter_mut().zip(["settings", "template#sales"]) {
            item.insert("sk".to_owned(), s(sk));
        }
        assert_eq!(assembled(again).unwrap().unwrap(), customer);
    }

    #[test]
    fn nobody_is_a_customer_by_templates_alone() {
        assert_eq!(assembled(vec![]).unwrap(), None);
        assert_eq!(assembled(vec![item("template#sales", template("sales"))]).unwrap(), None);
    }

    #[test]
    fn a_template_that_does_not_hold_is_left_out_and_the_others_stay() {
        let mut no_references = template("empty");
        no_references["references"] = serde_json::json!({});
        let mut mistyped = template("mistyped");
        mistyped["any_references"] = "two".into();
        let items = vec![
            item("settings", settings()),
            item("template#empty", no_references),
            item("template#mistyped", mistyped),
            item("template#sales", template("sales")),
        ];
        let customer = assembled(items).unwrap().unwrap();
        let tags: Vec<_> = customer.templates.iter().map(|template| template.tag.as_str()).collect();
        assert_eq!(tags, ["sales"]);
    }

    #[test]
    fn settings_that_do_not_hold_are_our_failure_and_name_the_field_without_its_value() {
        let mut wrong_type = settings();
        wrong_type["icims"]["push"]["max_skew_s"] = "hunter2".into();
        let mut looping = settings();
        looping["icims"]["stage_statuses"] = serde_json::json!({"completed": "C1"});
        for (json, field) in [(wrong_type, "icims.push.max_skew_s"), (looping, "icims.stage_statuses.completed")] {
            let failure = assembled(vec![item("settings", json)]).unwrap_err();
            assert!(matches!(failure, Failure::Internal { .. }));
            let text = failure.to_string();
            assert!(text.contains(field) && text.contains("1234") && !text.contains("hunter2"), "{text}");
        }
    }

    /// What the release after this one may write.
    fn newer_settings() -> serde_json::Value {
        let mut newer = settings();
        newer["regions"] = serde_json::json!(["us"]);
        newer["icims"]["archive_after_days"] = 90.into();
        newer["icims"]["push"] = serde_json::json!({"accept": ["mtls", "basic", "passkey"], "max_age": {"s": 3}});
        newer["icims"]["hosts"] =
            serde_json::json!({"auth_base": "https://a.example", "api_base": "https://b.example"});
        newer["icims"]["region"] = "mars".into();
        newer["icims"]["requester"] = serde_json::json!([{"from_field": "field7"}, "sourcer", "recruiter"]);
        newer["crosschq"]["callback_auth"] = "mutual".into();
        newer["crosschq"]["capabilities"] = serde_json::json!({"search": true, "archive": true, "conclude": true});
        newer
    }

    #[test]
    fn what_the_release_after_writes_does_not_stop_a_customer() {
        let read = settings_of(item("settings", newer_settings())).unwrap();
        let (settings, mut ignored) = (read.value, read.ignored);
        assert_eq!(settings.icims.push.accept, [AuthMode::Basic]);
        assert_eq!(settings.icims.requester, [RequesterSource::Recruiter]);
        assert_eq!((settings.icims.region, settings.crosschq.callback_auth), (None, CallbackAuth::Token));
        assert_eq!(settings.icims.hosts().unwrap().api_base, "https://b.example");
        assert!(settings.crosschq.capabilities.search && settings.crosschq.timeout_ms == 5_000);
        ignored.sort_unstable();
        assert_eq!(
            ignored,
            [
                "crosschq.callback_auth",
                "crosschq.capabilities.archive",
                "icims.archive_after_days",
                "icims.push.accept.0",
                "icims.push.accept.1",
                "icims.push.max_age",
                "icims.region",
                "icims.requester.0",
                "icims.requester.0",
                "regions",
            ]
        );
        let mut template = template("sales");
        template["languages"] = serde_json::json!(["en"]);
        template["notes"] = serde_json::json!([{"relationship": "clients", "note": "x", "until": 3}]);
        let read = template_of(item("template#sales", template)).unwrap();
        assert_eq!(read.ignored, ["languages", "notes.0.until"]);
        assert_eq!(read.value.notes.len(), 1);
    }

    #[test]
    fn a_value_without_a_safe_meaning_is_refused_with_its_field_and_concerns_nothing_else() {
        let with = |pointer: &str, value: &str| {
            let mut newer = settings();
            *newer.pointer_mut(pointer).unwrap() = value.into();
            settings_of(item("settings", newer)).unwrap_err()
        };
        let only = |change: fn(&mut serde_json::Value)| {
            let mut newer = settings();
            change(&mut newer);
            settings_of(item("settings", newer)).unwrap_err()
        };
        assert!(with("/icims/region", "mars").starts_with("icims.hosts"));
        for (problem, field) in [
            (only(|it| it["crosschq"]["profile"] = "partner_v3".into()), "crosschq.profile"),
            (only(|it| it["icims"]["auth"] = "mtls".into()), "icims.auth"),
            (only(|it| it["icims"]["push"]["accept"] = serde_json::json!(["mtls"])), "icims.push.accept"),
            (only(|it| it["icims"]["requester"] = serde_json::json!(["sourcer"])), "icims.requester"),
        ] {
            assert!(problem.starts_with(field) && !problem.contains("mtls"), "{problem}");
        }
        let mut new_rule = template("new-rule");
        new_rule["hiring_manager"] = "from_recruiter".into();
        let problem = template_of(item("template#new-rule", new_rule.clone())).unwrap_err();
        assert!(problem.starts_with("hiring_manager"), "{problem}");
        let items = vec![
            item("settings", settings()),
            item("template#new-rule", new_rule),
            item("template#sales", template("sales")),
        ];
        assert_eq!(assembled(items).unwrap().unwrap().templates.len(), 1);
    }

    #[test]
    fn a_field_that_is_passed_over_is_logged_once() {
        let passed_over = PassedOver::default();
        let fields = || vec!["a.b".to_owned(), "c".to_owned()];
        assert_eq!(passed_over.first_seen(&id(), "settings", fields()), fields());
        assert!(passed_over.first_seen(&id(), "settings", fields()).is_empty());
        assert_eq!(passed_over.first_seen(&id(), "template#a", fields()), fields());
        assert_eq!(passed_over.first_seen(&"77".parse().unwrap(), "settings", fields()), fields());
    }

    #[test]
    fn what_a_person_writes_is_still_held_to_what_this_release_knows() {
        for (change, field) in [(r#"{"regoin":"us"}"#, "regoin"), (r#"{"region":"mars"}"#, "region")] {
            let mut written = settings();
            for (name, value) in serde_json::from_str::<serde_json::Map<_, _>>(change).unwrap() {
                written["icims"][name] = value;
            }
            let problem = settings_from(written).unwrap_err();
            assert!(problem.contains(field), "{problem}");
        }
    }
}
