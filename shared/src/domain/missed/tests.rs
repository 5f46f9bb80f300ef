//! When to look, how far back, and what is an order.

use super::*;
use crate::domain::{
    Actor, CorrelationId, Entered, InvalidId, RecognizedBy, RecruitingWorkflow, Refusal, Stage, Stamp, State,
};
use crate::testing;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
/// 2026-01-01 00:00 UTC, when the backfill began.
const ON: Timestamp = Timestamp::from_s(1_767_225_600);

fn at(span: Duration) -> Timestamp {
    ON.after(span)
}

fn id<T: std::str::FromStr<Err = InvalidId>>(text: &str) -> T {
    text.parse().unwrap()
}

fn customer() -> Customer {
    let icims = serde_json::json!({
        "region": "us", "push": {"accept": ["basic"]}, "integration_user": "99",
        "statuses": {"trigger": ["C1"], "rejected": ["C2"]}, "find_missed_pushes": {}
    });
    testing::customer("1234", icims)
}

fn settings() -> MissedPushes {
    MissedPushes::default()
}

fn entered(status: &str, at: Timestamp) -> Entered {
    Entered { status: Some(id(status)), at, by: None }
}

/// In the trigger status, entered at these moments, latest first.
fn ordered(entries: &[Timestamp]) -> Standing {
    Standing {
        workflow: RecruitingWorkflow { status: Some(id("C1")), ..RecruitingWorkflow::default() },
        log: entries.iter().map(|at| entered("C1", *at)).collect(),
    }
}

fn check(attempt: u32, state: State, created_at: Timestamp, state_since: Timestamp) -> Check {
    let cause = CorrelationId::untraced();
    let stamp = |now| Stamp { by: Actor::Requester, cause: &cause, now };
    let order = testing::order(attempt, created_at);
    let mut check = testing::claimed(&order, created_at.after(MINUTE), &stamp(created_at));
    match state {
        State::Failed => check.refuse(Refusal::NoEmail, &stamp(state_since)),
        State::InProgress | State::Completed => {
            let stage = if state == State::Completed { Stage::Completed } else { Stage::InProgress };
            check.requested(&id("6b1f"), RecognizedBy::Reply, &stamp(created_at));
            check.observe(&testing::live(stage), &stamp(state_since));
        }
        other => unreachable!("{other}"),
    }
    check
}

fn decide(latest: Option<&Check>, standing: &Standing, now: Timestamp) -> Option<u32> {
    decide_missed(&customer(), &Watermark::begin(ON), latest, standing, now)
}

#[test]
fn a_candidate_who_came_to_the_status_a_while_ago_and_has_no_check_is_an_order() {
    let now = at(5 * HOUR);
    assert_eq!(decide(None, &ordered(&[at(4 * HOUR)]), now), Some(1));
}

#[test]
fn who_sat_in_the_status_before_the_looks_began_orders_nothing() {
    let before = ON.before(MINUTE);
    assert_eq!(decide(None, &ordered(&[before]), at(HOUR)), None);
    assert_eq!(decide(None, &ordered(&[ON]), at(HOUR)), Some(1), "the very moment counts");
}

#[test]
fn a_status_entered_further_back_than_a_look_goes_orders_nothing() {
    let now = at(30 * HOUR);
    assert_eq!(decide(None, &ordered(&[at(5 * HOUR)]), now), None);
    assert_eq!(decide(None, &ordered(&[at(7 * HOUR)]), now), Some(1));
}

#[test]
fn a_push_is_given_ten_minutes_and_a_date_that_lies_ahead_is_not_believed() {
    let now = at(5 * HOUR);
    assert_eq!(decide(None, &ordered(&[now.before(9 * MINUTE)]), now), None);
    assert_eq!(decide(None, &ordered(&[now.before(10 * MINUTE)]), now), Some(1));
    assert_eq!(decide(None, &ordered(&[now.after(5 * HOUR)]), now), None);
}

#[test]
fn when_it_came_there_has_to_be_known() {
    let now = at(5 * HOUR);
    let mut standing = ordered(&[at(HOUR)]);
    standing.log.clear();
    assert_eq!(decide(None, &standing, now), None, "no log");
    standing.log = vec![entered("C4", at(HOUR))];
    assert_eq!(decide(None, &standing, now), None, "the log ends elsewhere");
    standing.workflow.status = None;
    assert_eq!(decide(None, &standing, now), None, "the status is hidden");
}

#[test]
fn what_has_an_open_check_or_one_from_the_same_entry_is_no_new_order() {
    let now = at(10 * HOUR);
    let open = check(1, State::InProgress, at(HOUR), at(2 * HOUR));
    assert_eq!(decide(Some(&open), &ordered(&[at(3 * HOUR), at(HOUR)]), now), None);
    let done = check(1, State::Completed, at(HOUR), at(2 * HOUR));
    assert_eq!(decide(Some(&done), &ordered(&[at(HOUR)]), now), None);
    let refused = check(1, State::Failed, at(HOUR), at(HOUR));
    assert_eq!(decide(Some(&refused), &ordered(&[at(HOUR)]), now), None, "refused once, with a row that says why");
}

#[test]
fn who_came_back_after_the_end_of_a_check_is_the_next_attempt() {
    let now = at(10 * HOUR);
    let done = check(1, State::Completed, at(HOUR), at(2 * HOUR));
    assert_eq!(decide(Some(&done), &ordered(&[at(3 * HOUR), at(HOUR)]), now), Some(2));
}

#[test]
fn dates_off_by_a_zone_make_no_second_order_of_one_entry() {
    // Entered at 1:00, ended at 2:00, but the log is written 5 h 30 min ahead.
    let done = check(1, State::Completed, at(HOUR), at(2 * HOUR));
    let ahead = at(HOUR + 5 * HOUR + 30 * MINUTE);
    assert_eq!(decide(Some(&done), &ordered(&[ahead]), at(10 * HOUR)), None);
}

#[test]
fn our_own_user_and_a_customer_switched_off_order_nothing() {
    let now = at(5 * HOUR);
    let mut standing = ordered(&[at(4 * HOUR)]);
    let mut off = customer();
    off.settings.enabled = false;
    assert_eq!(decide_missed(&off, &Watermark::begin(ON), None, &standing, now), None);
    standing.log[0].by = Some(id("99"));
    assert_eq!(decide(None, &standing, now), None);
}

#[test]
fn the_first_look_reaches_back_to_the_beginning_and_the_next_behind_the_one_before() {
    let mut mark = Watermark::begin(ON);
    assert_eq!(mark.begin_scan(&settings(), at(14 * MINUTE)), None, "nothing can count as missed yet");
    assert_eq!(mark.begin_scan(&settings(), at(15 * MINUTE)), Some(MAX_CALLS_PER_SCAN));
    assert_eq!(mark.pass.as_ref().map(|pass| pass.since), Some(ON));
    mark.next_phase();
    mark.next_phase();
    mark.end_scan(MAX_CALLS_PER_SCAN, 2, false, at(16 * MINUTE));
    assert_eq!((mark.pass.clone(), mark.calls, mark.searched_until), (None, 2, at(15 * MINUTE)));
    assert_eq!(mark.begin_scan(&settings(), at(44 * MINUTE)), None, "30 minutes from look to look");
    assert!(mark.begin_scan(&settings(), at(3 * HOUR)).is_some());
    assert_eq!(mark.pass.as_ref().map(|pass| pass.since), Some(ON), "never before the beginning");
    mark.next_phase();
    mark.next_phase();
    assert!(mark.begin_scan(&settings(), at(4 * HOUR)).is_some());
    assert_eq!(mark.pass.as_ref().map(|pass| pass.since), Some(at(3 * HOUR).before(OVERLAP)));
}

#[test]
fn after_a_long_silence_a_look_goes_back_as_far_as_it_may() {
    let mut mark = Watermark::begin(ON);
    mark.begin_scan(&settings(), at(100 * HOUR));
    assert_eq!(mark.pass.map(|pass| pass.since), Some(at(76 * HOUR)));
}

#[test]
fn a_pass_that_takes_several_looks_goes_on_at_the_next_run_unless_it_failed() {
    let began = at(HOUR);
    for (failed, next_at) in [(false, began.after(2 * MINUTE)), (true, began.after(30 * MINUTE))] {
        let mut mark = Watermark::begin(ON);
        mark.begin_scan(&settings(), began);
        mark.pass.as_mut().unwrap().advance(id("41"));
        mark.end_scan(MAX_CALLS_PER_SCAN, MAX_CALLS_PER_SCAN, failed, began.after(2 * MINUTE));
        assert_eq!(mark.next_at, next_at);
        assert!(mark.begin_scan(&settings(), next_at).is_some());
        assert_eq!(mark.pass.unwrap().after, Some(id("41")));
    }
}

#[test]
fn a_days_calls_are_never_exceeded_and_the_next_day_has_its_own() {
    let few = MissedPushes { calls_a_day: 40, ..settings() };
    let mut mark = Watermark::begin(ON);
    let mut now = ON;
    let mut spent = 0;
    for _ in 0..200 {
        if let Some(booked) = mark.begin_scan(&few, now) {
            spent += booked;
            mark.end_scan(booked, booked, false, now);
        }
        now = now.after(5 * MINUTE);
    }
    assert_eq!(spent, 40);
    assert_eq!(mark.begin_scan(&few, at(24 * HOUR)), Some(MAX_CALLS_PER_SCAN));
}

#[test]
fn a_workflow_that_cannot_be_read_is_passed_over_at_the_twelfth_look() {
    let mut mark = Watermark::begin(ON);
    mark.begin_scan(&settings(), at(HOUR));
    let pass = mark.pass.as_mut().unwrap();
    assert!((1..12).all(|_| !pass.record_failure()), "an outage of some hours passes nothing over");
    assert!(pass.record_failure());
    pass.advance(id("41"));
    assert!(!pass.record_failure(), "the next one has its own tries");
}

#[test]
fn a_watermark_reads_back_as_it_was_written() {
    let mut mark = Watermark::begin(ON);
    mark.begin_scan(&settings(), at(HOUR));
    mark.pass.as_mut().unwrap().advance(id("41"));
    let json = serde_json::to_string(&mark).unwrap();
    assert_eq!(serde_json::from_str::<Watermark>(&json).unwrap(), mark);
}
