//! Continues with the data of an earlier run. An operator may have changed its customer, so only addresses that still
//! point to the earlier run are updated.

use std::io;
use std::path::{Path, PathBuf};

use sandbox::control::Control;
use sandbox::world::Demo;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::seed::{self, CUSTOMER, SeedError};
use super::{Endpoints, Variant};
use crate::aws_call::{AwsCalls, AwsError, Service};

pub(crate) const RECORD: &str = "addresses.json";

/// The vendors' addresses in the customer's settings.
const ICIMS_BASES: [[&str; 3]; 2] = [["icims", "hosts", "auth_base"], ["icims", "hosts", "api_base"]];
const CROSSCHQ_BASE: [&str; 2] = ["crosschq", "base_url"];

/// The addresses of a run that the customer's settings and the vendors contain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Addresses {
    api: String,
    icims: String,
    crosschq: String,
}

impl Addresses {
    fn of(endpoints: &Endpoints) -> Self {
        Self { api: endpoints.api.clone(), icims: endpoints.icims.clone(), crosschq: endpoints.crosschq.clone() }
    }
}

/// The addresses of a data directory's runs.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Record {
    /// All that the data may point to: the last run, and one that was killed while it updated the addresses.
    addresses: Vec<Addresses>,
    /// The demo's customer was seeded. From then on it belongs to the operator, even if it is gone.
    seeded: bool,
}

impl Record {
    fn read(data: &Path) -> io::Result<Self> {
        match std::fs::read(data.join(RECORD)) {
            Ok(text) => Ok(serde_json::from_slice(&text)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Atomically, however the process ends.
    fn write(&self, data: &Path) -> io::Result<()> {
        let temporary: PathBuf = data.join(RECORD).with_extension("saving");
        std::fs::write(&temporary, serde_json::to_vec_pretty(self)?)?;
        std::fs::rename(temporary, data.join(RECORD))
    }
}

/// Seeds the demo's customer unless an earlier run has done that. Returns whether it had.
///
/// # Errors
/// Every variant of [`SeedError`].
pub async fn seed_or_resume(endpoints: &Endpoints, variant: Variant, data: &Path) -> Result<(Demo, bool), SeedError> {
    let record = Record::read(data)?;
    let (demo, found) = if record.seeded {
        (sandbox::world::demo(), true)
    } else {
        add_addresses(endpoints, data, &record)?;
        seed::seed_customer_once(endpoints, variant).await?
    };
    update(endpoints, data, &record, true).await?;
    Ok((demo, found))
}

/// Updates the addresses without seeding anything.
///
/// # Errors
/// Every variant of [`SeedError`].
pub async fn update_addresses(endpoints: &Endpoints, data: &Path) -> Result<(), SeedError> {
    let record = Record::read(data)?;
    update(endpoints, data, &record, record.seeded).await
}

/// Written first: from now on something may point to this run.
fn add_addresses(endpoints: &Endpoints, data: &Path, record: &Record) -> io::Result<()> {
    let here = Addresses::of(endpoints);
    let mut addresses = record.addresses.clone();
    if !addresses.contains(&here) {
        addresses.push(here);
    }
    Record { addresses, seeded: record.seeded }.write(data)
}

async fn update(endpoints: &Endpoints, data: &Path, record: &Record, seeded: bool) -> Result<(), SeedError> {
    add_addresses(endpoints, data, record)?;
    let here = Addresses::of(endpoints);
    let earlier: Vec<&Addresses> = record.addresses.iter().filter(|addresses| **addresses != here).collect();
    if !earlier.is_empty() {
        let (apis, icims, crosschq) = (
            Move::new(earlier.iter().map(|addresses| &addresses.api), &here.api),
            Move::new(earlier.iter().map(|addresses| &addresses.icims), &here.icims),
            Move::new(earlier.iter().map(|addresses| &addresses.crosschq), &here.crosschq),
        );
        update_vendors(&Control::new(&endpoints.icims), &apis).await?;
        update_settings(endpoints, &icims, &crosschq).await?;
    }
    Record { addresses: vec![here], seeded }.write(data)?;
    Ok(())
}

struct Move<'a> {
    from: Vec<&'a String>,
    to: &'a str,
}

impl<'a> Move<'a> {
    fn new(from: impl Iterator<Item = &'a String>, to: &'a str) -> Self {
        Self { from: from.collect(), to }
    }

    /// The URL at the new address, if it points to an earlier run.
    fn of(&self, url: &str) -> Option<String> {
        let paths = self.from.iter().filter_map(|base| url.strip_prefix(base.as_str()));
        let path = paths.into_iter().find(|rest| rest.is_empty() || rest.starts_with('/'))?;
        Some(format!("{}{path}", self.to)).filter(|moved| moved != url)
    }

    fn of_value(&self, url: &Value) -> Option<String> {
        self.of(url.as_str()?)
    }
}

/// The subscription at iCIMS and the callback at Crosschq.
async fn update_vendors(control: &Control, api: &Move<'_>) -> Result<(), SeedError> {
    let customer = control.icims(CUSTOMER);
    let Ok(settings) = customer.settings().await else {
        // The sandbox has no such customer.
        return Ok(());
    };
    let push = json!(settings.push);
    if let Some(url) = api.of_value(&push["url"]) {
        customer.configure(json!({"push": {"url": url}})).await?;
    }
    if let Some(url) = api.of_value(&push["auth"]["token_url"]) {
        // `auth` is replaced as a whole.
        let mut auth = push["auth"].clone();
        auth["token_url"] = json!(url);
        customer.configure(json!({"push": {"auth": auth}})).await?;
    }
    let org = control.crosschq(CUSTOMER);
    let callback = match org.settings().await {
        Ok(settings) => json!(settings.callback),
        Err(_) => return Ok(()),
    };
    if let Some(url) = api.of_value(&callback["url"]) {
        org.configure(json!({"callback": {"url": url}})).await?;
    }
    Ok(())
}

/// The vendors' addresses in the customer's settings.
async fn update_settings(endpoints: &Endpoints, icims: &Move<'_>, crosschq: &Move<'_>) -> Result<(), SeedError> {
    let calls = AwsCalls::new(&endpoints.aws_endpoint)?;
    let Some(item) = seed::record(&calls, &endpoints.customers_table, "settings").await? else {
        return Ok(());
    };
    for path in ICIMS_BASES {
        change(&calls, endpoints, &item, &path, icims).await?;
    }
    Ok(change(&calls, endpoints, &item, &CROSSCHQ_BASE, crosschq).await?)
}

/// Changes one attribute and increments the version, so that an operator who is editing the record gets a conflict.
async fn change(
    calls: &AwsCalls,
    endpoints: &Endpoints,
    item: &Value,
    path: &[&str],
    addresses: &Move<'_>,
) -> Result<(), AwsError> {
    let stored = path.split_last().and_then(|(last, maps)| {
        let parent = maps.iter().try_fold(item, |map, name| map.get(*name)?.get("M"))?;
        parent.get(*last)?.get("S")?.as_str()
    });
    let Some((old, new)) = stored.and_then(|old| Some((old, addresses.of(old)?))) else {
        return Ok(());
    };
    let names: serde_json::Map<String, Value> = path
        .iter()
        .map(|name| (format!("#{name}"), json!(name)))
        .chain([("#version".to_owned(), json!("version"))])
        .collect();
    let at = path.iter().map(|name| format!("#{name}")).collect::<Vec<_>>().join(".");
    let request = json!({
        "TableName": endpoints.customers_table,
        "Key": {"pk": {"S": CUSTOMER}, "sk": {"S": "settings"}},
        "UpdateExpression": format!("SET {at} = :new ADD #version :one"),
        "ConditionExpression": format!("{at} = :old"),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {":new": {"S": new}, ":old": {"S": old}, ":one": {"N": "1"}},
    });
    match calls.call(Service::DynamoDb, "UpdateItem", &request).await {
        // Changed meanwhile by somebody else: that value stays.
        Err(error) if error.is("ConditionalCheckFailedException") => Ok(()),
        other => other.map(|_| ()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_an_earlier_run_moves() {
        let from = "http://127.0.0.1:940".to_owned();
        let addresses = Move::new([&from].into_iter(), "http://127.0.0.1:500");
        for (url, moved) in [
            ("http://127.0.0.1:940", Some("http://127.0.0.1:500")),
            ("http://127.0.0.1:940/icims/events", Some("http://127.0.0.1:500/icims/events")),
            ("http://127.0.0.1:9400/icims/events", None),
            ("http://127.0.0.1:500/icims/events", None),
            ("https://elsewhere.example/?u=http://127.0.0.1:940", None),
        ] {
            assert_eq!(addresses.of(url).as_deref(), moved, "{url}");
        }
    }
}
