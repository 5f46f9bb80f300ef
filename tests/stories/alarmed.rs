//! What has to reach a person: the lines that functions write, held against the patterns of the metric filters in
//! template.yaml, so that no alarm falls silent by a rename.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use connector_core::telemetry;
use local::aws_call::Service;
use serde_json::{Value, json};
use testkit::World;

use crate::twice::{callbacks_arrive, created_twice};
use crate::world;

/// What is logged on this thread.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Logged {
    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The functions in the logs of which this metric of ours is counted, each with the field and the value that are counted.
fn counted(world: &World, metric: &str) -> Vec<(String, String, String)> {
    let resources = world.template.raw()["Resources"].as_object().unwrap();
    let filters = resources.values().filter(|resource| resource["Type"] == "AWS::Logs::MetricFilter");
    let ours = filters.filter(|filter| filter["Properties"]["MetricTransformations"][0]["MetricName"] == metric);
    ours.map(|filter| {
        let log_group = filter["Properties"]["LogGroupName"]["Ref"].as_str().unwrap();
        let pattern = filter["Properties"]["FilterPattern"].as_str().unwrap();
        let inside = pattern.strip_prefix("{ $.").and_then(|rest| rest.strip_suffix("\" }")).unwrap();
        let (field, value) = inside.split_once(" = \"").unwrap();
        (log_group.strip_suffix("Logs").unwrap().to_owned(), field.to_owned(), value.to_owned())
    })
    .collect()
}

/// Whether the filter on this function's log counts the line.
fn counts(filters: &[(String, String, String)], function: &str, line: &Value) -> bool {
    filters.iter().any(|(of, field, value)| of == function && line[field.as_str()] == value.as_str())
}

#[tokio::test]
async fn a_second_request_is_counted_by_the_alarm_for_manual_actions() {
    let (world, ..) = created_twice().await;
    let logged = Logged::default();
    let writer = logged.clone();
    let guard = telemetry::of_this_thread("info", move || writer.clone());
    callbacks_arrive(&world).await;
    drop(guard);

    let (lines, filters) = (logged.lines(), counted(&world, "ManualActions"));
    let line = lines.iter().find(|line| line["message"].as_str().unwrap().starts_with("a second reference request"));
    assert!(counts(&filters, "IcimsUpdater", line.unwrap()), "{filters:?}");
    let wanted = lines.iter().filter(|line| counts(&filters, "IcimsUpdater", line));
    assert!(wanted.into_iter().all(|line| line["message"].as_str().unwrap().ends_with(": manual action required")));
    for function in ["IcimsWebhook", "ReferenceRequester", "RejectionCanceller"] {
        assert!(counts(&filters, function, line.unwrap()), "{function} may say so too: {filters:?}");
    }
}

#[tokio::test]
async fn an_internal_failure_is_counted_by_its_alarm_wherever_it_happens() {
    let world = world().await;
    let prefix = world.template.functions.iter().find_map(|it| it.environment.get("SECRETS_PREFIX")).unwrap();
    let secret = json!({"SecretId": format!("{prefix}/customers/{}", world.demo.customer), "SecretString": "{}"});
    world.calls.call(Service::SecretsManager, "PutSecretValue", &secret).await.unwrap();
    let logged = Logged::default();
    let writer = logged.clone();
    let guard = telemetry::of_this_thread("info", move || writer.clone());
    let moved = world.recruiter().orders(world.ada()).await;
    assert_eq!(moved.pushes[0].status, Some(500));
    let order = json!({"schema": 1, "customer": world.demo.customer, "correlation_id": "c-1", "attempt": 1,
        "workflow": world.ada().to_string(), "ordered_at": 0});
    world.pipe.push("reference-requests", order.to_string());
    world.deliver().await;
    drop(guard);

    let (lines, filters) = (logged.lines(), counted(&world, "InternalFailures"));
    for (message, function) in [("event.received", "IcimsWebhook"), ("check.attempted", "ReferenceRequester")] {
        let line = lines.iter().find(|line| line["message"] == message).unwrap();
        assert!(counts(&filters, function, line), "{line}, {filters:?}");
    }
    for function in &world.template.functions {
        assert!(filters.iter().any(|(of, ..)| *of == function.logical_id), "{} is not watched", function.logical_id);
    }
}
