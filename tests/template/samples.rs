//! events/: one sample or more for each function, in the shape its trigger sends.

use std::collections::BTreeMap;
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connector_core::domain::{Cancellation, Envelope, IcimsUpdate, ReferenceOrder};
use serde::de::DeserializeOwned;
use serde_json::Value;

use testkit::root;

use crate::template;

fn samples() -> BTreeMap<String, Value> {
    std::fs::read_dir(root().join("events"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), serde_json::from_str(&text).unwrap())
        })
        .collect()
}

fn sample(name: &str) -> Value {
    samples().remove(name).unwrap_or_else(|| panic!("no events/{name}.json"))
}

fn body(sample: &Value) -> Vec<u8> {
    let text = sample["body"].as_str().unwrap();
    if sample["isBase64Encoded"] == true { STANDARD.decode(text).unwrap() } else { text.as_bytes().to_vec() }
}

fn messages<M: DeserializeOwned>(name: &str) -> Vec<Envelope<M>> {
    let sample = sample(name);
    let records = sample["Records"].as_array().unwrap();
    records.iter().map(|record| serde_json::from_str(record["body"].as_str().unwrap()).unwrap()).collect()
}

#[test]
fn every_function_has_a_sample_and_every_sample_a_function() {
    let (template, samples) = (template(), samples());
    for function in &template.functions {
        assert!(samples.contains_key(&function.name), "events/{}.json", function.name);
    }
    for name in samples.keys() {
        assert!(template.functions.iter().any(|function| name.starts_with(&function.name)), "events/{name}.json");
    }
}

#[test]
fn http_samples_take_a_route_of_their_function() {
    let template = template();
    let mut seen = 0;
    for (name, sample) in samples().iter().filter(|(_, sample)| sample["version"] == "2.0") {
        let route = template.routes.iter().find(|route| sample["routeKey"] == route.key()).unwrap();
        assert!(name.starts_with(&template.function(&route.function).unwrap().name), "events/{name}.json");
        assert_eq!(sample["requestContext"]["http"]["method"], route.method, "events/{name}.json");
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn queue_samples_carry_the_envelope_that_the_workers_read() {
    let orders = messages::<ReferenceOrder>("reference-requester");
    assert_eq!(orders[0].message.attempt, 1);
    let updates = messages::<IcimsUpdate>("icims-updater");
    assert!(matches!(updates[0].message, IcimsUpdate::Check { .. }));
    assert!(matches!(updates[1].message, IcimsUpdate::Request { .. }));
    assert_eq!(messages::<Cancellation>("rejection-canceller").len(), 1);
}

#[test]
fn queue_samples_come_from_the_queue_that_feeds_the_function() {
    let template = template();
    for source in &template.sqs_sources {
        let sample = sample(&template.function(&source.function).unwrap().name);
        for record in sample["Records"].as_array().unwrap() {
            assert_eq!(record["eventSourceARN"], source.queue_arn);
            assert_eq!(record["eventSource"], "aws:sqs");
        }
    }
}

#[test]
fn the_compressed_push_is_the_plain_one() {
    let compressed = body(&sample("icims-webhook-gzip"));
    assert_eq!(compressed[..2], [0x1f, 0x8b]);
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&compressed[..]).read_to_end(&mut plain).unwrap();
    assert_eq!(plain, body(&sample("icims-webhook")));
    let event: Value = serde_json::from_slice(&plain).unwrap();
    assert_eq!(event["eventType"], "WorkFlowStatusChangeEvent");
}
