//! Reading customers.

use std::collections::BTreeMap;

use connector_core::aws::{Item, SETTINGS_SK, TEMPLATE_SK, Tolerated, settings_of, template_of};
use connector_core::domain::{Customer, CustomerId, Profile, Region, Settings, Template};

use super::{Stored, Version};
use crate::failure::{CliError, explain};
use crate::session::Session;

/// A customer's records; what cannot be read is kept as the reason why.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CustomerRecord {
    pub(crate) id: CustomerId,
    /// The record `settings`.
    pub(crate) settings: Option<Stored<Result<Settings, String>>>,
    /// The records `template#<tag>`, by the tag in their key.
    pub(crate) templates: BTreeMap<String, Stored<Result<Template, String>>>,
    /// What this release passes over in them, as the functions do: paths of fields.
    pub(crate) ignored: Vec<String>,
}

impl CustomerRecord {
    /// The settings with their version.
    ///
    /// # Errors
    /// If there are none, or they cannot be used: the field and the fix are named.
    pub(crate) fn settings(&self) -> Result<Stored<Settings>, CliError> {
        let stored = self.settings.as_ref().ok_or_else(|| unknown(&self.id))?;
        match &stored.value {
            Ok(settings) => Ok(Stored { value: settings.clone(), version: stored.version }),
            Err(why) => Err(CliError::input(format!("the settings of customer {} cannot be used: {why}", self.id))
                .fix("correct that attribute of the record `settings` in the customers table")),
        }
    }

    /// The customer as the functions see it: without templates that cannot be used.
    ///
    /// # Errors
    /// As [`CustomerRecord::settings`].
    pub(crate) fn customer(&self) -> Result<Customer, CliError> {
        let templates = self.templates.values().filter_map(|stored| stored.value.clone().ok()).collect();
        Ok(Customer { id: self.id.clone(), settings: self.settings()?.value, templates })
    }

    /// What is passed over, for people.
    pub(crate) fn passed_over(&self) -> impl Iterator<Item = String> {
        self.ignored.iter().map(|field| format!("{field} is ignored: this release does not know it, or not its value"))
    }

    /// What is wrong with templates that cannot be used.
    pub(crate) fn broken_templates(&self) -> impl Iterator<Item = String> {
        self.templates
            .iter()
            .filter_map(|(tag, stored)| stored.value.as_ref().err().map(|why| format!("template {tag}: {why}")))
    }
}

/// A customer's records, as they stand now.
///
/// # Errors
/// [`Kind::NotFound`] if there is no record of it; else what AWS says.
pub(crate) async fn load(session: &Session, id: &CustomerId) -> Result<CustomerRecord, CliError> {
    find(session, id).await?.ok_or_else(|| unknown(id))
}

/// A customer's records, if there are any.
pub(crate) async fn find(session: &Session, id: &CustomerId) -> Result<Option<CustomerRecord>, CliError> {
    let pages = session
        .dynamodb()
        .query()
        .table_name(&session.stack().await?.customers_table)
        .key_condition_expression("pk = :customer")
        .expression_attribute_values(":customer", text_value(id.as_str()))
        .consistent_read(true)
        .into_paginator()
        .items()
        .send();
    let items: Result<Vec<Item>, _> = pages.collect().await;
    let items = items.map_err(|error| explain("DynamoDB Query customers", &error))?;
    Ok(group(items).into_iter().next())
}

/// Every customer, by id.
pub(crate) async fn all(session: &Session) -> Result<Vec<CustomerRecord>, CliError> {
    // A few records a customer, read on an operator's demand: no index earns its keep here.
    let pages = session
        .dynamodb()
        .scan()
        .table_name(&session.stack().await?.customers_table)
        .filter_expression("sk = :settings OR begins_with(sk, :template)")
        .expression_attribute_values(":settings", text_value(SETTINGS_SK))
        .expression_attribute_values(":template", text_value(TEMPLATE_SK))
        .consistent_read(true)
        .into_paginator()
        .items()
        .send();
    let items: Result<Vec<Item>, _> = pages.collect().await;
    Ok(group(items.map_err(|error| explain("DynamoDB Scan customers", &error))?))
}

fn group(items: Vec<Item>) -> Vec<CustomerRecord> {
    let mut records: BTreeMap<CustomerId, CustomerRecord> = BTreeMap::new();
    for item in items {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
        let (Ok(id), sk) = (CustomerId::parse(text("pk")), text("sk")) else { continue };
        let record = records.entry(id.clone()).or_insert_with(|| CustomerRecord {
            id,
            settings: None,
            templates: BTreeMap::new(),
            ignored: Vec::new(),
        });
        let version = version_of(&item);
        if sk == SETTINGS_SK {
            record.settings = Some(stored(settings_of(item), version, &sk, &mut record.ignored));
        } else if let Some(tag) = sk.strip_prefix(TEMPLATE_SK) {
            let template = stored(template_of(item), version, &sk, &mut record.ignored);
            record.templates.insert(tag.to_owned(), template);
        }
    }
    records.into_values().collect()
}

fn stored<T>(
    read: Result<Tolerated<T>, String>,
    version: Version,
    sk: &str,
    ignored: &mut Vec<String>,
) -> Stored<Result<T, String>> {
    match read {
        Ok(read) => {
            let version = if read.ignored.is_empty() { version } else { version.newer() };
            ignored.extend(read.ignored.iter().map(|field| format!("{sk}.{field}")));
            Stored { value: Ok(read.value), version }
        }
        Err(why) => Stored { value: Err(why), version },
    }
}

fn version_of(item: &Item) -> Version {
    let number = item.get("version").and_then(|value| value.as_n().ok()).and_then(|number| number.parse().ok());
    number.map_or(Version::Unnumbered, Version::Number)
}

fn text_value(text: &str) -> aws_sdk_dynamodb::types::AttributeValue {
    aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned())
}

fn unknown(id: &CustomerId) -> CliError {
    CliError::not_found(format!("there is no customer {id}"))
        .fix("`connector customer list` shows the customers; `connector customer add` makes one")
}

/// Where a customer's iCIMS is, in a word.
pub(crate) fn region_label(settings: &Settings) -> String {
    match (&settings.icims.hosts, settings.icims.region) {
        (Some(hosts), _) => hosts.api_base.clone(),
        (None, Some(Region::Us)) => "us".to_owned(),
        (None, Some(Region::Eu)) => "eu".to_owned(),
        (None, Some(Region::Ca)) => "ca".to_owned(),
        (None, Some(Region::Sandbox)) => "sandbox".to_owned(),
        (None, None) => String::new(),
    }
}

/// A customer's Crosschq profile, in a word.
pub(crate) fn profile_label(settings: &Settings) -> &'static str {
    match settings.crosschq.profile {
        Profile::PartnerV2 => "partner_v2",
        Profile::PartnerV1 => "partner_v1",
    }
}
