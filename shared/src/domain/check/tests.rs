//! Every state against every event.

use super::*;
use crate::domain::{Actor, CorrelationId, Digest, EntryId, FailureClass, ReferenceRequest, Repeats, Stage, StatusId};
use crate::testing;

const STAGES: [Stage; 9] = [
    Stage::Requested,
    Stage::CandidateInProgress,
    Stage::AwaitingReferences,
    Stage::InProgress,
    Stage::Completed,
    Stage::Cancelled,
    Stage::Declined,
    Stage::Expired,
    Stage::Failed,
];

const NOW: Timestamp = Timestamp::from_s(1_767_225_600);
const LEASE_END: Timestamp = Timestamp::from_s(1_767_225_630);
const LEASE: Lease = Lease { until: LEASE_END };

fn correlation() -> CorrelationId {
    CorrelationId::parse("test").unwrap()
}

fn fingerprint() -> Fingerprint {
    Fingerprint { address: "a".to_owned(), position: "p".to_owned() }
}

fn rejection() -> Rejection {
    Rejection { status: StatusId::parse("C2").unwrap(), old_status: None, received_at: NOW }
}

fn request() -> RequestId {
    RequestId::parse("6b1f").unwrap()
}

fn claimed() -> Check {
    testing::claimed(&testing::order(1, NOW), LEASE_END, &now(&correlation()))
}

fn now(cause: &CorrelationId) -> Stamp<'_> {
    at(NOW, cause)
}

fn at(now: Timestamp, cause: &CorrelationId) -> Stamp<'_> {
    Stamp { by: Actor::Updater, cause, now }
}

fn in_state(state: State) -> Check {
    let cause = correlation();
    let mut check = claimed();
    match state {
        State::Claimed => {}
        State::OutcomeUnknown => {
            check.outcome_unknown(&now(&cause));
            check.take_over(LEASE, &now(&cause));
        }
        _ => {
            check.requested(&request(), RecognizedBy::Reply, &now(&cause));
            let stage = STAGES.into_iter().find(|stage| State::from(*stage) == state).unwrap();
            check.observe(&seen(stage, None), &now(&cause));
        }
    }
    assert_eq!(check.state(), state);
    check
}

fn seen(stage: Stage, updated_at: Option<Timestamp>) -> ReferenceRequest {
    ReferenceRequest { updated_at, ..testing::live(stage) }
}

#[test]
fn an_ended_check_stays_ended_whatever_crosschq_tells_except_when_it_was_reopened() {
    for state in State::ALL.into_iter().filter(|state| state.is_terminal()) {
        for stage in STAGES {
            let mut check = in_state(state);
            check.observe(&seen(stage, None), &now(&correlation()));
            let reopened = state == State::Cancelled && !State::from(stage).is_terminal();
            assert_eq!(check.state(), if reopened { State::from(stage) } else { state }, "{state:?} told {stage:?}");
        }
    }
}

#[test]
fn a_rejected_check_is_not_reopened() {
    for stage in STAGES {
        let mut check = in_state(State::Requested);
        assert!(check.want_cancel(CancelReason::Rejected, &now(&correlation())));
        check.cancelled(&now(&correlation()));
        check.observe(&seen(stage, None), &now(&correlation()));
        assert_eq!(check.state(), State::Cancelled, "told {stage:?}");
    }
}

#[test]
fn an_open_check_follows_crosschq_and_writes_down_each_move_once() {
    for state in State::ALL.into_iter().filter(|state| state.is_open_at_crosschq()) {
        for stage in STAGES {
            let mut check = in_state(state);
            let entries = check.history().len();
            let changed = check.observe(&seen(stage, None), &now(&correlation()));
            assert_eq!(check.state(), State::from(stage));
            assert_eq!(changed, state != check.state());
            assert_eq!(check.history().len() - entries, usize::from(changed));
        }
    }
}

#[test]
fn older_news_does_not_overwrite_newer() {
    let mut check = in_state(State::Requested);
    let (early, late) = (NOW, NOW.after(Duration::from_secs(60)));
    assert!(check.observe(&seen(Stage::InProgress, Some(late)), &at(late, &correlation())));
    assert!(!check.observe(&seen(Stage::AwaitingReferences, Some(early)), &at(late, &correlation())));
    assert_eq!(check.state(), State::InProgress);
}

#[test]
fn a_wish_to_cancel_is_marked_once_and_only_while_open() {
    for state in State::ALL {
        let mut check = in_state(state);
        let first = check.want_cancel(CancelReason::Rejected, &now(&correlation()));
        let second = check.want_cancel(CancelReason::Withdrawn, &now(&correlation()));
        assert_eq!((first, second), (!state.is_terminal(), false), "{state:?}");
        assert_eq!(check.cancel_reason(), (!state.is_terminal()).then_some(CancelReason::Rejected));
    }
}

#[test]
fn the_wish_to_cancel_survives_the_create() {
    let mut check = claimed();
    check.want_cancel(CancelReason::Rejected, &now(&correlation()));
    check.requested(&request(), RecognizedBy::Reply, &now(&correlation()));
    assert_eq!((check.state(), check.cancel_reason()), (State::Requested, Some(CancelReason::Rejected)));
}

#[test]
fn the_steps_of_a_create_are_post_then_look_up_or_one_repeat_then_wait() {
    let after_lease = LEASE_END.after(Duration::from_secs(1));
    let mut check = claimed();
    assert_eq!(check.next_create_step(true, NOW), CreateStep::Busy { until: LEASE_END });
    assert_eq!(check.next_create_step(false, after_lease), CreateStep::Post, "whoever vanished had sent nothing");
    check.begin_create(fingerprint(), &now(&correlation()));
    assert!(matches!(check.next_create_step(true, after_lease), CreateStep::LookUp { .. }));
    assert!(matches!(check.next_create_step(false, after_lease), CreateStep::Repeat { .. }));

    let a_day_later = NOW.after(Duration::from_secs(24 * 3600));
    let step = check.next_create_step(false, a_day_later);
    assert!(
        matches!(step, CreateStep::AwaitCallback { .. }),
        "Crosschq may have forgotten the first by then: {step:?}"
    );
    assert!(matches!(check.next_create_step(true, a_day_later), CreateStep::LookUp { .. }));

    let mut released = check.clone();
    released.release(FailureClass::Retry, NOW, CreateCount::TakenBack, &now(&correlation()));
    assert_eq!(released.next_create_step(false, NOW), CreateStep::Post, "nothing left, so it is a first post again");

    check.release(FailureClass::Retry, NOW, CreateCount::Kept, &now(&correlation()));
    check.begin_create(fingerprint(), &now(&correlation()));
    assert_eq!(check.creates.begun, 2);
    assert!(matches!(check.next_create_step(false, after_lease), CreateStep::AwaitCallback { .. }), "never a third");
    assert!(matches!(check.next_create_step(true, after_lease), CreateStep::LookUp { .. }));

    for state in State::ALL {
        let step = in_state(state).next_create_step(false, NOW);
        match state {
            State::Claimed | State::OutcomeUnknown => assert!(matches!(step, CreateStep::Busy { .. })),
            _ if state.is_terminal() => assert_eq!(step, CreateStep::Over),
            _ => assert_eq!(step, CreateStep::Done),
        }
    }
}

#[test]
fn nothing_ever_left_only_if_no_create_was_begun_and_nobody_holds_the_lease() {
    let mut check = claimed();
    assert!(!check.never_sent(NOW), "somebody is about to send");
    assert!(check.never_sent(LEASE_END), "whoever held the lease died before they counted a create");
    check.begin_create(fingerprint(), &now(&correlation()));
    assert!(!check.never_sent(LEASE_END), "the lease ended, what became of the create is unknown");
}

#[test]
fn every_state_is_forgotten_only_once_it_is_over_and_shown() {
    for state in State::ALL {
        let mut check = in_state(state);
        assert_eq!(check.expires_at(30), None, "{state:?} still due");
        check.settle_due(false, NOW);
        assert_eq!(check.timing.due_at.is_none(), state.is_terminal());
        assert_eq!(check.expires_at(30).is_some(), state.is_terminal());
    }
}

#[test]
fn the_history_keeps_beginning_and_end() {
    let mut check = claimed();
    for _ in 0..3 * History::MAX {
        check.note(HistoryEvent::StatusKept, &now(&correlation()));
    }
    check.note(HistoryEvent::WorkflowNotFound, &now(&correlation()));
    assert_eq!(check.history().len(), History::MAX);
    assert_eq!(check.history()[0].event, HistoryEvent::Claimed);
    assert_eq!(check.history()[History::MAX - 1].event, HistoryEvent::WorkflowNotFound);
}

#[test]
fn an_outage_is_told_as_how_often_between_when_and_when() {
    let mut check = claimed();
    let minute = |n: u64| NOW.after(Duration::from_secs(60 * n));
    for n in 0..50 {
        check.release(FailureClass::Retry, minute(n), CreateCount::Kept, &at(minute(n), &correlation()));
        if n < 49 {
            check.take_over(LEASE, &at(minute(n), &correlation()));
        }
    }
    let history: Vec<_> = check.history().iter().map(|entry| (entry.event.clone(), entry.at)).collect();
    assert_eq!(
        history,
        [(HistoryEvent::Claimed, NOW), (HistoryEvent::Released { why: FailureClass::Retry }, minute(49))]
    );
    assert_eq!(check.history()[1].repeats, Some(Repeats { times: 50, since: NOW }));
    let json = serde_json::to_string(&check).unwrap();
    assert_eq!(serde_json::from_str::<Check>(&json).unwrap(), check);
}

#[test]
fn tries_that_ended_otherwise_or_with_a_change_in_between_are_told_one_by_one() {
    let mut check = claimed();
    let release = |check: &mut Check, why| check.release(why, NOW, CreateCount::Kept, &now(&correlation()));
    release(&mut check, FailureClass::Retry);
    check.take_over(LEASE, &now(&correlation()));
    release(&mut check, FailureClass::Internal);
    check.take_over(LEASE, &now(&correlation()));
    check.report_rejection(&rejection(), &now(&correlation()));
    release(&mut check, FailureClass::Internal);
    assert_eq!(check.history().len(), 7);
    assert!(check.history().iter().all(|entry| entry.repeats.is_none()));
}

#[test]
fn a_check_reads_back_as_it_was_written() {
    for state in State::ALL {
        let mut check = in_state(state);
        check.sync.row = Row::Entry(EntryId::parse("17").unwrap());
        check.refuse(Refusal::UnknownTemplate { field: "assessmenttype".to_owned() }, &now(&correlation()));
        let json = serde_json::to_string(&check).unwrap();
        assert_eq!(serde_json::from_str::<Check>(&json).unwrap(), check);
    }
}

#[test]
fn the_id_of_an_earlier_check_does_not_come_again_with_its_number() {
    let (earlier, mut later) = (claimed(), claimed());
    later.timing.created_at = NOW.after(Duration::from_millis(1));
    assert_eq!(earlier.key, later.key, "the first was erased");
    assert_ne!(earlier.external_id(), later.external_id());
    let customer = &later.key.customer;
    assert_eq!(CheckKey::of_external_id(customer, &later.external_id()), Some(later.key.clone()));
    assert_eq!(CheckKey::of_external_id(&"9".parse().unwrap(), &later.external_id()), None);
}

#[test]
fn a_missing_request_ends_a_check_only_after_hours_and_an_answer_lifts_it() {
    let hours = |n: u64| NOW.after(Duration::from_secs(3600 * n));
    let mut check = in_state(State::InProgress);
    check.request_missing(&at(hours(0), &correlation()));
    check.request_missing(&at(hours(5), &correlation()));
    assert_eq!(check.state(), State::InProgress);
    let mut back = check.clone();
    assert!(back.observe(&seen(Stage::InProgress, None), &at(hours(5), &correlation())));
    back.request_missing(&at(hours(7), &correlation()));
    assert_eq!(back.state(), State::InProgress, "counted anew after an answer");
    check.request_missing(&at(hours(6), &correlation()));
    assert_eq!(check.state(), State::Failed);
    assert!(check.observe(&seen(Stage::Completed, None), &at(hours(30), &correlation())));
    assert_eq!(check.state(), State::Completed);
}

#[test]
fn the_schedule_comes_by_ever_more_seldom_and_not_for_all_at_once() {
    let mut check = in_state(State::InProgress);
    check.sync.digest = Some(Digest::of("d"));
    let wait = |check: &Check, now: Timestamp| check.timing.due_at.unwrap().since(now).as_secs();
    check.settle_due(false, NOW);
    assert!((6 * 3600..=6 * 3600 * 11 / 10).contains(&wait(&check, NOW)));
    let later = NOW.after(Duration::from_secs(25 * 3600));
    check.settle_due(false, later);
    assert!((12 * 3600..=12 * 3600 * 11 / 10).contains(&wait(&check, later)));
    let waits: Vec<u64> = (0..6)
        .map(|_| {
            check.retry_later(NOW);
            wait(&check, NOW) / 1800
        })
        .collect();
    assert_eq!(waits, [1, 2, 4, 8, 12, 12].map(|n| waits_with(&check, n)), "half an hour, doubled, six hours at most");
    check.settle_due(false, NOW);
    assert_eq!(check.timing.failures, 0);
    let mut others = std::collections::BTreeSet::new();
    for attempt in 1..20 {
        let mut other = check.clone();
        other.key.attempt = attempt;
        other.settle_due(false, NOW);
        others.insert(other.timing.due_at);
    }
    assert!(others.len() > 10, "not all at once");
}

/// What `n` half hours come to with this check's share of jitter, in whole half hours.
fn waits_with(check: &Check, n: u64) -> u64 {
    let mut check = check.clone();
    (check.timing.state_since, check.timing.failures) = (NOW, 0);
    check.settle_due(false, NOW);
    let jittered = check.timing.due_at.unwrap().since(NOW).as_secs();
    n * jittered / (6 * 3600)
}

/// Which fields a struct has, by what serde requests of a deserializer.
struct Fields<'a>(&'a mut Vec<&'static str>);

impl<'de> serde::Deserializer<'de> for Fields<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: serde::de::Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("no struct"))
    }

    fn deserialize_struct<V: serde::de::Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.extend(fields);
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq
        tuple tuple_struct map enum identifier ignored_any
    }
}

fn fields_of<T: serde::de::DeserializeOwned>(into: &mut Vec<&'static str>) {
    assert!(T::deserialize(Fields(into)).is_err());
}

#[test]
fn the_list_of_what_is_stored_of_a_check_is_complete() {
    // A new field has to be added here too, and so to the list.
    let Check { key: _, version: _, subject: _, timing: _, creates: _, sync: _, life } = claimed();
    let Life { phase: _, cancel: _, duplicates: _ } = &*life;
    let mut stored = vec!["version", "creates", "sync", "history"];
    fields_of::<CheckKey>(&mut stored);
    fields_of::<Subject>(&mut stored);
    fields_of::<Timing>(&mut stored);
    fields_of::<Life>(&mut stored);
    stored.sort_unstable();
    let mut listed = Check::ATTRIBUTES;
    listed.sort_unstable();
    assert_eq!(listed.as_slice(), stored);
}
