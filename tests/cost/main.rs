//! What one check costs on AWS: calls, messages, write units and log bytes of a whole check are counted on the local AWS,
//! and multiplied by the published prices. The table of docs/cost.md is held to what is counted.

mod bill;
mod prices;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use connector_core::domain::State;
use local::aws::Call;
use local::aws_call::Service;
use sandbox::Step;
use serde_json::{Value, json};
use testkit::World;

use bill::{Bill, Kind};

/// Pushes that say nothing to us: a candidate passes through a dozen statuses, and iCIMS may push each.
const IGNORED: u64 = 9;
const CALLBACKS: usize = 6;

/// Bytes and lines of logs.
#[derive(Default)]
struct Logged {
    bytes: AtomicUsize,
    lines: AtomicUsize,
}

impl Write for &Logged {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.bytes.fetch_add(line.len(), Ordering::Relaxed);
        self.lines.fetch_add(1, Ordering::Relaxed);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Counts what a check costs while it goes on.
struct Meter<'w> {
    world: &'w World,
    logged: &'static Logged,
    bill: Bill,
    messages: usize,
    item_bytes: usize,
    has_request: bool,
}

impl<'w> Meter<'w> {
    fn new(world: &'w World, logged: &'static Logged) -> Self {
        let messages = world.pipe.all_bodies().len();
        Self { world, logged, bill: Bill::default(), messages, item_bytes: 0, has_request: false }
    }

    async fn forget(&mut self) {
        let url = format!("{}/__local/calls", self.world.aws.endpoint_url());
        assert!(reqwest::Client::new().delete(url).send().await.unwrap().status().is_success());
        self.logged.bytes.store(0, Ordering::Relaxed);
        self.logged.lines.store(0, Ordering::Relaxed);
        self.messages = self.world.pipe.all_bodies().len();
    }

    /// Adds what was done since the last call: a step that began with this many requests over HTTP to this function.
    async fn step(&mut self, requests: u64, function: Kind) {
        let calls: BTreeMap<Call, u64> = self.world.aws.allowed();
        let count = |action: &str| -> u64 {
            calls.iter().filter(|(call, _)| call.action == action).map(|(_, count)| count).sum()
        };
        let bodies = self.world.pipe.all_bodies();
        self.bill.requests(requests, function);
        // Each message in a batch of its own, as at a customer's usual pace.
        for body in &bodies[self.messages..] {
            let body: Value = serde_json::from_str(body).unwrap();
            let ordered = body.get("ordered_at").is_some();
            self.bill.message(if ordered { Kind::Requester } else { Kind::Updater });
        }
        let item = self.item().await;
        let bytes = item.as_ref().map_or(0, item_bytes).max(self.item_bytes);
        self.item_bytes = bytes;
        let has_request = item.is_some_and(|item| item.get("request_key").is_some());
        // What is not read is written: every read and write of a step counts with the check's size at its end.
        self.bill.reads(count("dynamodb:GetItem") + count("dynamodb:Query"), bytes);
        self.bill.writes(count("dynamodb:PutItem") + count("dynamodb:UpdateItem"), bytes);
        self.bill.becomes_findable_by_request(has_request && !self.has_request);
        self.has_request = has_request;
        self.bill.logs(self.logged.bytes.load(Ordering::Relaxed), self.logged.lines.load(Ordering::Relaxed));
        self.forget().await;
    }

    /// The check's item as it is stored, in DynamoDB's JSON.
    async fn item(&self) -> Option<Value> {
        let table = &self.world.template.table("ChecksTable").unwrap().name;
        let scan = json!({"TableName": table, "ConsistentRead": true});
        let all = self.world.calls.call(Service::DynamoDb, "Scan", &scan).await.unwrap();
        let workflow = format!("#{}", self.world.ada());
        let items = all["Items"].as_array().unwrap();
        items.iter().find(|item| item["pk"]["S"].as_str().unwrap().ends_with(&workflow)).cloned()
    }
}

/// How DynamoDB counts: names and values; lists and maps cost three bytes, and one for each member.
fn item_bytes(item: &Value) -> usize {
    let members = item.as_object().unwrap();
    members.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

fn value_bytes(value: &Value) -> usize {
    let (kind, held) = value.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "S" => held.as_str().unwrap().len(),
        "N" => held.as_str().unwrap().len() / 2 + 2,
        "L" => 3 + held.as_array().unwrap().iter().map(|value| 1 + value_bytes(value)).sum::<usize>(),
        "M" => 3 + held.as_object().unwrap().len() + item_bytes(held),
        _ => 1,
    }
}

#[tokio::test]
async fn what_a_check_costs_is_what_the_documents_say() {
    let logged: &'static Logged = Box::leak(Box::default());
    let _guard = connector_core::telemetry::of_this_thread("info", move || logged);
    let world = World::with_settings(json!({})).await;
    // Another candidate's order warms the processes: what they read once in minutes is no check's.
    world.recruiter().orders(world.grace()).await;
    world.settle().await;
    world.crosschq().calls_back().await;
    world.settle().await;
    let called_back = world.crosschq().callbacks().await.unwrap().len();

    let mut meter = Meter::new(&world, logged);
    meter.forget().await;
    world.recruiter().orders(world.ada()).await;
    world.settle().await;
    meter.step(1, Kind::Webhook).await;
    let request = world.requests().await.last().unwrap().id.clone();
    let mut callbacks = called_back;
    let steps = [Step::CandidateOpens, Step::SelfSurvey, Step::CompleteAll];
    for step in [None].into_iter().chain(steps.into_iter().map(Some)) {
        if let Some(step) = step {
            world.crosschq().step(&request, &step).await.unwrap();
        }
        world.crosschq().calls_back().await;
        world.settle().await;
        let now = world.crosschq().callbacks().await.unwrap().len();
        meter.step((now - callbacks) as u64, Kind::Callback).await;
        callbacks = now;
    }
    assert_eq!(callbacks - called_back, CALLBACKS);
    let check = world.check(world.ada()).await.unwrap();
    assert_eq!(check.state(), State::Completed);
    assert_eq!(world.screen(world.ada()).await.row().status.as_deref(), Some("Complete"));

    world.icims().configure(json!({"push": {"statuses": null}})).await.unwrap();
    let statuses = [&world.demo.complete_status, &world.demo.new_status];
    let mut pushes = 0;
    for status in statuses.into_iter().cycle().take(IGNORED as usize) {
        pushes += world.recruiter().moves(world.grace(), status).await.pushes.len();
    }
    assert_eq!(pushes as u64, IGNORED);
    meter.step(IGNORED, Kind::Ignored).await;

    let bill = meter.bill;
    testkit::counted(&format!(
        "item_bytes={}\n{}usd_per_million_checks={:.2}",
        meter.item_bytes,
        bill.table(),
        bill.usd()
    ));
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cost.md");
    let document = std::fs::read_to_string(document).unwrap();
    let said: f64 = bill::total_in(&document).expect("docs/cost.md has a row `total`");
    let ratio = bill.usd() / said;
    assert!((0.95..=1.05).contains(&ratio), "docs/cost.md says {said:.2}; counted:\n{}", bill.table());
}
