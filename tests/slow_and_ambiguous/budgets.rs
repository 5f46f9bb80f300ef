//! What it may cost, in one place: iCIMS calls an order, messages a check. (The calls of an outage: `outage.rs`.)

use connector_core::domain::{PersonId, RequisitionId, WorkflowId};
use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, DAY, MINUTE, story};

use crate::{advance_all, lost_and_doubled, messages, row};

/// How many candidates are advanced at once.
const MANY: u64 = 500;
/// iCIMS calls of an order up to its shown row (docs/guarantees.md).
const ICIMS_CALLS: f64 = 6.0;
/// Messages of a check up to its shown row: the order, an update by whoever created it, and one for Crosschq's first
/// callback; some cannot be carried out in their first delivery.
const MESSAGES_SHOWN: f64 = 3.5;
/// Messages of a check over a week in which its request goes its way and Crosschq calls back.
const MESSAGES_WEEK: f64 = 20.0;

fn each(all: u64) -> f64 {
    all as f64 / MANY as f64
}

async fn bulk(one_requisition: bool) {
    let bench = Bench::start(&BenchOptions { life_min: (1_000, 8_000), ..BenchOptions::default() });
    let customer = bench.customer("1", &json!({}));
    bench.simulation.icims.limit(&customer, 10_000);
    let candidate = |n: u64| {
        if !one_requisition {
            return bench.candidate(&customer, n);
        }
        let (workflow, person) = (WorkflowId::parse(n.to_string()).unwrap(), PersonId::parse(n.to_string()).unwrap());
        let requisition = RequisitionId::parse("7").unwrap();
        bench.simulation.icims.add(&customer, &workflow, &person, &requisition);
        bench.simulation.icims.name_templates(&requisition, &["sales"]);
        workflow
    };
    let workflows: Vec<_> = (1..=MANY).map(candidate).collect();
    advance_all(&bench, &customer, &workflows).await;
    bench.pass(MINUTE * 30).await;
    for workflow in &workflows {
        assert_eq!(row(&bench, &customer, workflow).view.result, "Sent");
    }
    let (calls, shown) = (each(bench.simulation.icims.line().calls()), each(messages(&bench).0));
    let by_kind = bench.simulation.icims.calls();
    bench.pass(DAY * 7).await;
    let (sent, dead) = messages(&bench);
    testkit::counted(&format!(
        "icims_calls_per_order<={calls:.1} orders={MANY} one_requisition={one_requisition} \
         messages_per_check<={shown:.1} in_a_week<={:.1} dead={dead}",
        each(sent)
    ));
    assert_eq!(lost_and_doubled(&bench, &workflows), (0, 0));
    // The two profiles of staff are read once for all orders.
    let staff = 2.0 / MANY as f64;
    assert!(calls - staff <= ICIMS_CALLS, "{calls:.3} iCIMS calls an order: {by_kind:?}");
    assert!(shown <= MESSAGES_SHOWN, "{shown:.1} messages a check up to its row");
    assert!(each(sent) <= MESSAGES_WEEK, "{:.1} messages a check in a week", each(sent));
    assert_eq!(dead, 0);
}

#[test]
fn five_hundred_candidates_on_requisitions_of_their_own_keep_within_the_budget() {
    story(bulk(false));
}

#[test]
fn five_hundred_candidates_on_one_requisition_keep_within_the_budget() {
    story(bulk(true));
}
