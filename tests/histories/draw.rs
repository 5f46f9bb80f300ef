//! What a seed draws: customers, candidates, the vendors' behavior, and what breaks.

use connector_core::domain::{Customer, CustomerId, PersonId, RequisitionId, StatusId, Timestamp, WorkflowId};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use testkit::fakes::{
    CrosschqBehavior, Cuts, FakeCrosschq, FakeCustomers, FakeIcims, FakeQueues, FakeSecrets, FakeStore, Journal, Kind,
    Line, Parts, QueueFaults, Rng, SimClock, Simulation, StoreFaults, Window,
};

/// Messages that no history comes near to.
const MOST_MESSAGES: u64 = 3_000;
/// An hour in milliseconds.
const HOUR_MS: u64 = 3_600_000;

pub(crate) type Changes = tokio::sync::mpsc::UnboundedReceiver<(CustomerId, connector_core::domain::RequestId)>;

/// One candidate on one requisition.
#[derive(Debug, Clone)]
pub(crate) struct Candidacy {
    pub(crate) customer: CustomerId,
    pub(crate) workflow: WorkflowId,
    pub(crate) person: PersonId,
    pub(crate) requisition: RequisitionId,
}

/// What the checks are stored in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    /// One that holds to the ports' contract.
    Conditional,
    /// One that writes over whatever stands there: the histories have to find it out.
    Blind,
}

/// How callbacks fare, in a thousand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Callbacks {
    pub(crate) lost: u32,
    pub(crate) twice: u32,
    pub(crate) late: u32,
}

pub(crate) struct Cast {
    pub(crate) candidacies: Vec<Candidacy>,
    pub(crate) callbacks: Callbacks,
    /// Until when things break.
    pub(crate) trouble_until: Timestamp,
}

pub(crate) fn status(id: &str) -> StatusId {
    StatusId::parse(id).unwrap()
}

fn customer(rng: &Rng, n: u64) -> Customer {
    let search = rng.chance(400);
    let mut settings = json!({
        "enabled": true,
        "crosschq": {
            "extensions": rng.chance(500),
            "callback_auth": "token",
            "capabilities": {"search": search, "cancel": rng.chance(900)},
        },
        "icims": {
            "region": "us",
            "push": {"accept": ["basic"]},
            "statuses": {"trigger": ["C1"], "rejected": ["C2"], "withdrawn": ["C3"]},
            "integration_user": "99",
        },
    });
    if rng.chance(500) {
        settings["icims"]["stage_statuses"] = json!({"requested": "C11", "completed": "C12", "failed": "C13"});
    }
    if rng.chance(300) {
        settings["icims"]["attach_pdf_field"] = json!("field1");
    }
    if rng.chance(150) {
        settings["icims"]["find_missed_pushes"] = json!({});
    }
    let templates = json!([
        {"name": "Sales", "tag": "sales", "survey": "s1", "references": {"managers": 1}},
        {"name": "Engineering", "tag": "eng", "survey": "s2", "references": {"peers": 2}},
    ]);
    Customer {
        id: CustomerId::parse((1000 + n).to_string()).unwrap(),
        settings: serde_json::from_value(settings).unwrap(),
        templates: serde_json::from_value(templates).unwrap(),
    }
}

/// Which of the two vendors a line leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vendor {
    Icims,
    Crosschq,
}

/// Draws what is wrong with a vendor, and when; until when something is.
fn trouble(rng: &Rng, line: &Line, began: Timestamp, vendor: Vendor) -> Timestamp {
    let mut last = began;
    let mut within = |kind: Kind, longest: u64| {
        let from = began.after(rng.ms(0, 4 * HOUR_MS));
        let to = from.after(rng.ms(1_000, longest));
        line.trouble(Window { from, to, kind });
        last = last.max(to);
    };
    // What affects cancels alone comes first, or another fault would hide it.
    if vendor == Vendor::Crosschq && rng.chance(250) {
        within(rng.pick(&[Kind::RefusesCancels, Kind::SaysCompleted]), 8 * HOUR_MS);
    }
    // Once at most: what is missing for six hours is taken for gone, and rightly so.
    if rng.chance(150) {
        within(Kind::Hides, rng.pick(&[600_000, HOUR_MS, 4 * HOUR_MS]));
    }
    for _ in 0..rng.between(0, 2) {
        let longest = rng.pick(&[120_000, 1_800_000, 5_400_000, 4 * HOUR_MS]);
        let retry_after = rng.pick(&[None, Some(7), Some(300)]);
        let kind = rng.pick(&[
            Kind::Down,
            Kind::Down,
            Kind::Slow(rng.pick(&[2_000, 9_000, 25_000])),
            Kind::Takes(rng.pick(&[1_000, 4_000, 8_000]), 9_500),
            Kind::RateLimited(retry_after),
            Kind::LosesReplies,
            Kind::Unauthorized,
        ]);
        within(kind, longest);
    }
    last
}

/// Draws everything but what people do.
pub(crate) fn set_up(seed: u64, store: Store, verbose: bool) -> (Arc<Simulation>, Cast, Changes) {
    let rng = Rng::new(seed);
    // A Monday of March, at any hour.
    let clock = SimClock::begin(Timestamp::from_ms(1_772_409_600_000 + rng.between(0, 86_399_999) as i64));
    let began = connector_core::ports::Clock::now(&clock);
    let journal = Journal::new(clock, verbose);
    let aws = |rng: &Rng| rng.pick(&[0, 0, 4, 15]);
    let store_faults = StoreFaults {
        fails: aws(&rng),
        reply_lost: aws(&rng),
        index_lag_ms: rng.pick(&[0, 300, 3_000]),
        blind: store == Store::Blind,
        ..StoreFaults::default()
    };
    let queue_faults = QueueFaults {
        fails: aws(&rng),
        reply_lost: aws(&rng),
        twice: rng.pick(&[0, 30, 200]),
        most: Some(MOST_MESSAGES),
    };
    let cuts = Cuts { worker: rng.pick(&[0, 0, 10, 60]) };
    let lost = |rng: &Rng| rng.pick(&[0, 0, 5, 40]);
    let secrets = FakeSecrets::new(rng.clone(), clock);
    let customers = FakeCustomers::new(rng.clone(), clock);
    let store = FakeStore::new(store_faults, rng.clone(), clock, journal.clone());
    let queues = FakeQueues::new(queue_faults, rng.clone(), clock, journal.clone());
    let icims_line = Line::new(rng.clone(), clock, (20, 150), lost(&rng)).hiding_as("iCIMS 404 for a while");
    let crosschq_line = Line::new(rng.clone(), clock, (30, 250), lost(&rng)).hiding_as("Crosschq 404 for a while");
    let trouble_until = trouble(&rng, &icims_line, began, Vendor::Icims);
    let trouble_until = trouble_until.max(trouble(&rng, &crosschq_line, began, Vendor::Crosschq));
    let icims = FakeIcims::new(icims_line, secrets.clone(), clock, journal.clone());
    icims.lag(Duration::from_millis(rng.pick(&[0, 0, 5_000, 40_000])));
    let idempotent = rng.chance(400);
    // Where Crosschq knows neither keys nor look-ups, a request that ends before its create was confirmed is doubled by
    // the repeat: its own 409 guards open requests only. There, nobody finishes within a day.
    let lives = rng.pick(&[(5, 300), (60, 1_200), (1_500, 2_000)]);
    let customers_drawn: Vec<Customer> = (0..rng.between(1, 3)).map(|n| customer(&rng, n)).collect();
    let guarded = idempotent || customers_drawn.iter().all(|customer| customer.settings.crosschq.capabilities.search);
    let life_min = if guarded { lives } else { (1_600, 2_000) };
    let reports_age = rng.chance(500);
    let behavior =
        CrosschqBehavior { idempotent, reports_age, life_min: Some(life_min), ..CrosschqBehavior::default() };
    let (crosschq, changes) = FakeCrosschq::new(crosschq_line, behavior, rng.clone(), clock, journal.clone());

    let mut candidacies = Vec::new();
    for (n, customer) in customers_drawn.into_iter().enumerate() {
        let n = n as u64;
        let id = customer.id.clone();
        secrets.rotate(&id);
        let searched = customer.settings.icims.find_missed_pushes.is_some();
        // The looks alone would spend so small a quota.
        if rng.chance(150) && !searched {
            icims.limit(&id, rng.between(60, 120));
        }
        customers.set(customer);
        for w in 0..rng.between(1, 4) {
            let workflow = WorkflowId::parse((5000 + 10 * n + w).to_string()).unwrap();
            // One in eight candidates is the neighbor on another requisition.
            let who = if w > 0 && rng.chance(125) { w - 1 } else { w };
            let person = PersonId::parse((100 + 10 * n + who).to_string()).unwrap();
            let requisition = RequisitionId::parse((700 + 10 * n + w).to_string()).unwrap();
            icims.add(&id, &workflow, &person, &requisition);
            icims.change(&id, &workflow, |flow| flow.status = Some(status("C0")));
            icims.name_templates(&requisition, rng.pick(&[&["sales"][..], &["sales"], &["eng"], &["typing"], &[]]));
            if rng.chance(40) {
                icims.silence(&person);
            }
            candidacies.push(Candidacy { customer: id.clone(), workflow, person, requisition });
        }
    }
    let lost = rng.pick(&[0, 0, 100, 500, 1_000]);
    let callbacks = Callbacks { lost, twice: rng.pick(&[0, 100]), late: rng.pick(&[0, 100]) };
    let watermarks = Arc::default();
    let parts = Parts { store, icims, crosschq, queues, customers, secrets, watermarks, clock, journal, rng };
    let simulation = Simulation::new(parts, cuts);
    (
        simulation,
        Cast { candidacies, callbacks, trouble_until: trouble_until.max(began.after(Duration::from_secs(3600))) },
        changes,
    )
}
