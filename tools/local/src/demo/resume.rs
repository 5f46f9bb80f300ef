//! Going on with the data of an earlier run: its customer may be an operator's work by now, so nothing of it is changed
//! but the addresses that still point to where that run listened.

use std::io;
use std::path::{Path, PathBuf};

use sandbox::control::Control;
use sandbox::world::Demo;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::seed::{self, CUSTOMER, SeedError};
use super::{Place, Variant};
use crate::aws_call::{AwsCalls, AwsError, Service};

/// The record's file in the data directory.
pub(crate) const RECORD: &str = "addresses.json";

/// What the customer's settings say of each vendor's address.
const ICIMS_BASES: [[&str; 3]; 2] = [["icims", "hosts", "auth_base"], ["icims", "hosts", "api_base"]];
const CROSSCHQ_BASE: [&str; 2] = ["crosschq", "base_url"];

/// Where a run listened, as far as customer and vendors know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Addresses {
    api: String,
    icims: String,
    crosschq: String,
}

impl Addresses {
    fn of(place: &Place) -> Self {
        Self { api: place.api.clone(), icims: place.icims.clone(), crosschq: place.crosschq.clone() }
    }
}

/// What a data directory knows of its runs.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Record {
    /// Where anything on this data may point: to the last run, and to one that was killed while it moved the addresses.
    addresses: Vec<Addresses>,
    /// Whether the demo's customer was put in place. From then on it is the operator's, even where it is gone.
    seeded: bool,
}

impl Record {
    fn read(data: &Path) -> io::Result<Self> {
        match std::fs::read(data.join(RECORD)) {
            Ok(text) => Ok(serde_json::from_slice(&text)?),
            Err(absent) if absent.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(other) => Err(other),
        }
    }

    /// Whole or not at all, however the process ends.
    fn write(&self, data: &Path) -> io::Result<()> {
        let neighbour: PathBuf = data.join(RECORD).with_extension("saving");
        std::fs::write(&neighbour, serde_json::to_vec_pretty(self)?)?;
        std::fs::rename(neighbour, data.join(RECORD))
    }
}

/// The demo's customer on this data: put in place where no earlier run has done that, else left as it is. Says whether
/// it was there.
///
/// # Errors
/// Every variant of [`SeedError`].
pub async fn stage(place: &Place, variant: Variant, data: &Path) -> Result<(Demo, bool), SeedError> {
    let record = Record::read(data)?;
    let (demo, found) = if record.seeded {
        (sandbox::world::demo(), true)
    } else {
        note(place, data, &record)?;
        seed::set_stage_once(place, variant).await?
    };
    moved(place, data, &record, true).await?;
    Ok((demo, found))
}

/// Moves the addresses alone: for data on which nothing is put in place.
///
/// # Errors
/// Every variant of [`SeedError`].
pub async fn follow(place: &Place, data: &Path) -> Result<(), SeedError> {
    let record = Record::read(data)?;
    moved(place, data, &record, record.seeded).await
}

/// From now on something may point here.
fn note(place: &Place, data: &Path, record: &Record) -> io::Result<()> {
    let here = Addresses::of(place);
    let mut addresses = record.addresses.clone();
    if !addresses.contains(&here) {
        addresses.push(here);
    }
    Record { addresses, seeded: record.seeded }.write(data)
}

async fn moved(place: &Place, data: &Path, record: &Record, seeded: bool) -> Result<(), SeedError> {
    note(place, data, record)?;
    let here = Addresses::of(place);
    let earlier: Vec<&Addresses> = record.addresses.iter().filter(|addresses| **addresses != here).collect();
    if !earlier.is_empty() {
        let (apis, icims, crosschq) = (
            Move::new(earlier.iter().map(|addresses| &addresses.api), &here.api),
            Move::new(earlier.iter().map(|addresses| &addresses.icims), &here.icims),
            Move::new(earlier.iter().map(|addresses| &addresses.crosschq), &here.crosschq),
        );
        at_the_vendors(&Control::new(&place.icims), &apis).await?;
        in_the_settings(place, &icims, &crosschq).await?;
    }
    Record { addresses: vec![here], seeded }.write(data)?;
    Ok(())
}

/// From where to where.
struct Move<'a> {
    from: Vec<&'a String>,
    to: &'a str,
}

impl<'a> Move<'a> {
    fn new(from: impl Iterator<Item = &'a String>, to: &'a str) -> Self {
        Self { from: from.collect(), to }
    }

    /// The same address here, if it points to an earlier run.
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
async fn at_the_vendors(control: &Control, api: &Move<'_>) -> Result<(), SeedError> {
    let customer = control.icims(CUSTOMER);
    let Ok(settings) = customer.settings().await else {
        // Nobody there who could be told.
        return Ok(());
    };
    let push = json!(settings.push);
    if let Some(url) = api.of_value(&push["url"]) {
        customer.configure(json!({"push": {"url": url}})).await?;
    }
    if let Some(url) = api.of_value(&push["auth"]["token_url"]) {
        // A new `auth` replaces the old one whole.
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
async fn in_the_settings(place: &Place, icims: &Move<'_>, crosschq: &Move<'_>) -> Result<(), SeedError> {
    let calls = AwsCalls::new(&place.aws_endpoint)?;
    let Some(item) = seed::record(&calls, &place.customers_table, "settings").await? else {
        return Ok(());
    };
    for path in ICIMS_BASES {
        change(&calls, place, &item, &path, icims).await?;
    }
    Ok(change(&calls, place, &item, &CROSSCHQ_BASE, crosschq).await?)
}

/// Changes this one place, and counts it as a version: an operator who is editing meanwhile is told.
async fn change(
    calls: &AwsCalls,
    place: &Place,
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
        "TableName": place.customers_table,
        "Key": {"pk": {"S": CUSTOMER}, "sk": {"S": "settings"}},
        "UpdateExpression": format!("SET {at} = :new ADD #version :one"),
        "ConditionExpression": format!("{at} = :old"),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {":new": {"S": new}, ":old": {"S": old}, ":one": {"N": "1"}},
    });
    match calls.call(Service::DynamoDb, "UpdateItem", &request).await {
        // Somebody was faster, and knows better.
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
