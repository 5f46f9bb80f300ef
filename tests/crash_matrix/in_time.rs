//! The faults in which time passes, by themselves.

use std::sync::Arc;
use std::time::Duration;

use connector_core::domain::Timestamp;
use connector_core::ports::Clock as _;
use testkit::fakes::SimClock;
use testkit::instrument::{CallLog, Ended, Fault, FaultPoint};

const TIMEOUT: Duration = Duration::from_secs(30);

/// How an invocation ended.
struct Ending {
    /// What its one call answered to it; absent where the invocation was ended.
    answer: Option<&'static str>,
    effects: u32,
    took_s: u64,
}

/// An invocation with one call, at which this goes wrong. It waits no longer than `limit` for the answer.
async fn ended(fault: Fault, limit: Duration) -> Ending {
    let clock = Arc::new(SimClock::begin(Timestamp::from_s(0)));
    let call_log = CallLog::new(clock.clone(), vec![FaultPoint { call: 0, fault }], None, None);
    let began = clock.now();
    let mut effects = 0;
    let call = async {
        let effect = async {
            effects += 1;
            "answered"
        };
        tokio::time::timeout(limit, call_log.call("call", effect, || "lost")).await.unwrap_or("gave up")
    };
    let (_, ended) = call_log.invoke(began.after(TIMEOUT), call).await;
    let answer = match ended {
        Ended::Answered(answer) => Some(answer),
        Ended::Killed => None,
    };
    Ending { answer, effects, took_s: clock.now().since(began).as_secs() }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_never_answered_ends_the_invocation_at_its_deadline() {
    for (fault, effects) in [(Fault::TimeUpBefore, 0), (Fault::TimeUpAfter, 1)] {
        let ending = ended(fault, Duration::MAX).await;
        assert_eq!((ending.answer, ending.effects, ending.took_s), (None, effects, 30), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_limits_the_wait_for_it_goes_on_when_that_is_over() {
    for (fault, effects) in [(Fault::TimeUpBefore, 0), (Fault::TimeUpAfter, 1)] {
        let ending = ended(fault, Duration::from_secs(25)).await;
        assert_eq!((ending.answer, ending.effects, ending.took_s), (Some("gave up"), effects, 25), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_comes_within_ten_seconds_but_not_within_the_wait_of_a_webhook() {
    let ending = ended(Fault::Late, Duration::from_secs(10)).await;
    assert_eq!((ending.answer, ending.effects, ending.took_s), (Some("answered"), 1, 8));
    let ending = ended(Fault::Late, connector_core::flows::READ_BUDGET).await;
    assert_eq!((ending.answer, ending.effects, ending.took_s), (Some("gave up"), 1, 2));
}
