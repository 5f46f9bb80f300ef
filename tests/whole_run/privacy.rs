//! What the demo leaves on the disk, byte by byte, with the functions logging all they can.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use local::aws::{AwsOptions, AwsServer};
use local::aws_call::{AwsCalls, Service};
use serde_json::{Value, json};

use crate::alone;
use crate::layers::layers;
use crate::played::{Played, played};

const TABLES: &str = "aws/dynamodb.sqlite";
const SECRETS: &str = "aws/secretsmanager.sqlite";
/// The vendors' own memory.
const SANDBOX: &str = "sandbox.json";

/// Something that must not be found, and what kind of thing it is: what it is itself is not for a test's output.
struct Needle {
    kind: String,
    text: String,
    /// Only as a word of its own: a short name is part of many words.
    word: bool,
    /// The one file it may be in.
    home: Option<&'static str>,
}

impl Needle {
    fn is_in(&self, layer: &[u8]) -> bool {
        let text = self.text.as_bytes();
        let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
        layer.windows(text.len()).enumerate().any(|(at, window)| {
            let fits = if self.word { window == text } else { window.eq_ignore_ascii_case(text) };
            let inside = letter(layer.get(at.wrapping_sub(1))) || letter(layer.get(at + text.len()));
            fits && !(self.word && inside)
        })
    }
}

/// Every string under these keys, at any depth.
fn under(value: &Value, keys: &[&str], found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                match value.as_str() {
                    Some(text) if keys.contains(&key.as_str()) => found.push((key.clone(), text.to_owned())),
                    _ => under(value, keys, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| under(item, keys, found)),
        _ => {}
    }
}

/// Every string with an @ in it, at any depth.
fn addresses(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(entries) => entries.values().for_each(|value| addresses(value, found)),
        Value::Array(items) => items.iter().for_each(|item| addresses(item, found)),
        Value::String(text) if text.contains('@') => {
            found.insert(text.clone());
        }
        _ => {}
    }
}

/// Who took part in the demo, by what identifies them: names, e-mail and postal addresses, phones, the report.
fn people(sandbox: &Value) -> Vec<Needle> {
    let customer = &sandbox["icims"]["customers"]["1234"];
    let profiles = &customer["profiles"];
    let needle = |kind: &str, text: String, word| Needle { kind: kind.to_owned(), text, word, home: None };
    let mut needles = Vec::new();
    let mut found = Vec::new();
    for candidate in ["2001", "2002", "2003"] {
        let keys = ["firstname", "lastname", "phonenumber", "addressstreet1"];
        under(&profiles["people"][candidate], &keys, &mut found);
    }
    for (key, text) in found {
        if key == "phonenumber" {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            needles.push(needle("phonenumber, digits", digits, false));
        }
        let word = key != "phonenumber";
        needles.push(needle(&key, text, word));
    }
    let mut mail = BTreeSet::new();
    addresses(profiles, &mut mail);
    addresses(&sandbox["crosschq"]["orgs"]["1234"]["requests"], &mut mail);
    assert!(mail.len() >= 7, "candidates, staff and referees have addresses: {}", mail.len());
    needles.extend(mail.into_iter().map(|text| needle("e-mail", text, false)));
    let mut links = Vec::new();
    under(&profiles["applicantworkflows"]["13437"], &["assessmenturl"], &mut links);
    assert_eq!(links.len(), 1, "the report is on the Screen tab");
    needles.extend(links.into_iter().map(|(key, text)| needle(&key, text, false)));
    needles
}

/// Tokens that were given out during the demo.
fn tokens(sandbox: &Value, push: &str) -> Vec<Needle> {
    let token =
        |kind: &str, text: &str, home| Needle { kind: kind.to_owned(), text: text.to_owned(), word: false, home };
    let icims = sandbox["icims"]["tokens"].as_object().unwrap();
    assert!(!icims.is_empty(), "iCIMS gave a token");
    let mut needles: Vec<_> = icims.keys().map(|text| token("iCIMS access token", text, Some(TABLES))).collect();
    let ours = sandbox["icims"]["customers"]["1234"]["push_token"][0].as_str();
    assert_eq!(ours.is_some(), push == "oauth", "our own endpoint gave a token where pushes need one");
    needles.extend(ours.map(|text| token("push token", text, None)));
    needles
}

/// The customer's credentials, as Secrets Manager holds them, and the tables that must not hold a token.
async fn at_aws(data: &Path) -> (Vec<Needle>, String) {
    let aws = AwsServer::start(AwsOptions { data_dir: Some(data.join("aws")), ..AwsOptions::default() }).await.unwrap();
    let calls = AwsCalls::new(aws.endpoint_url()).unwrap();
    let wanted = json!({"SecretId": "crosschq-connector/customers/1234"});
    let answer = calls.call(Service::SecretsManager, "GetSecretValue", &wanted).await.unwrap();
    let secret: Value = serde_json::from_str(answer["SecretString"].as_str().unwrap()).unwrap();
    let mut found = Vec::new();
    let keys = ["password", "key", "client_secret", "token_key", "path_secret", "token"];
    under(&secret, &keys, &mut found);
    assert!(found.len() >= 9, "a secret of every kind: {}", found.len());
    let needles = found.into_iter().map(|(kind, text)| Needle { kind, text, word: false, home: Some(SECRETS) });
    let mut items = String::new();
    for table in ["checks", "customers"] {
        let answer = calls.call(Service::DynamoDb, "Scan", &json!({"TableName": table})).await.unwrap();
        assert!(answer["Count"].as_u64().unwrap() >= 2, "{table} is in use");
        items.push_str(&answer.to_string());
    }
    (needles.collect(), items)
}

/// Every file in every layer, by its path under `folder`.
fn files(folder: &Path, under: &Path, found: &mut BTreeMap<String, Vec<Vec<u8>>>) {
    for entry in std::fs::read_dir(under).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(folder, &path, found);
        } else {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            found.insert(name, layers(&std::fs::read(&path).unwrap()));
        }
    }
}

async fn look(demo: &Played) {
    let mut files_found = BTreeMap::new();
    files(&demo.data, &demo.data, &mut files_found);
    let memory = files_found.remove(SANDBOX).expect("the sandbox kept its memory");
    let sandbox: Value = serde_json::from_slice(&memory[0]).unwrap();
    let (credentials, items) = at_aws(&demo.data).await;

    // What is looked for can be found: ids are everywhere, every needle is where it belongs.
    let requests = sandbox["crosschq"]["orgs"]["1234"]["requests"].as_object().unwrap();
    for id in requests.keys() {
        let id = Needle { kind: "request".to_owned(), text: id.clone(), word: false, home: None };
        assert!(files_found[TABLES].iter().any(|layer| id.is_in(layer)), "the tables hold the request's id");
    }
    for name in ["icims-webhook", "reference-requester", "icims-updater", "rejection-canceller"] {
        let log = &files_found[&format!("logs/{name}.log")][0];
        let trail = Needle { kind: "customer".to_owned(), text: "correlation.id".to_owned(), word: false, home: None };
        assert!(trail.is_in(log), "{name} logs what it does");
    }
    let needles: Vec<Needle> =
        people(&sandbox).into_iter().chain(tokens(&sandbox, demo.variant[1])).chain(credentials).collect();
    for needle in &needles {
        let home = needle.home.map_or(&memory, |home| &files_found[home]);
        let derived = needle.kind == "phonenumber, digits";
        assert!(derived || home.iter().any(|layer| needle.is_in(layer)), "{} is not where it belongs", needle.kind);
    }

    let mut found = Vec::new();
    for (name, layers) in &files_found {
        for needle in needles.iter().filter(|needle| needle.home != Some(name.as_str())) {
            if layers.iter().any(|layer| needle.is_in(layer)) {
                found.push(format!("{name}: {}", needle.kind));
            }
        }
    }
    for needle in &needles {
        if needle.is_in(items.as_bytes()) {
            found.push(format!("an item of checks or customers: {}", needle.kind));
        }
        // The link is what the recruiter sees, which the demo is there to show.
        if needle.kind != "assessmenturl" && needle.is_in(demo.said.as_bytes()) {
            found.push(format!("the demo's output: {}", needle.kind));
        }
    }
    assert!(found.is_empty(), "{:?} left behind:\n{}", demo.variant, found.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_name_address_or_phone_of_a_demo_candidate_is_found_in_tables_queues_or_logs_after_the_demo() {
    let _alone = alone().await;
    for demo in played().await {
        assert!(demo.status.success(), "{:?}: {}\n{}", demo.variant, demo.status, demo.said);
        look(demo).await;
    }
}
