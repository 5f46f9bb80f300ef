//! Execution environments behind the Runtime API.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::common::{Act, counted, function, spec};
use bytes::Bytes;
use local::lambda::{Function, InvokeError, Launch};
use serde_json::{Value, json};

const LONG: Duration = Duration::from_secs(10);

fn payload(value: Value) -> Bytes {
    Bytes::from(value.to_string())
}

#[tokio::test]
async fn an_event_goes_in_and_the_answer_comes_back() {
    let echo = function(1, LONG, |event| async move { Act::Answer(json!({ "echo": event })) });
    for number in 0..3 {
        let answer = echo.invoke(payload(json!(number))).await.unwrap();
        assert_eq!(answer, payload(json!({ "echo": number })));
    }
}

#[tokio::test]
async fn a_reported_error_is_the_handlers_and_the_environment_lives_on() {
    let starts = Arc::new(AtomicUsize::new(0));
    let broken = counted(&starts, 1, LONG, |_| async { Act::Error("no such luck") });
    for _ in 0..2 {
        let error = broken.invoke(payload(json!({}))).await.unwrap_err();
        assert_eq!(error, InvokeError::Handler { kind: "Broken".into(), message: "no such luck".into() });
    }
}

#[tokio::test]
async fn a_crash_fails_its_invocation_only_and_the_next_gets_a_new_environment() {
    let crashing =
        function(1, LONG, |event| async move { if event == json!("crash") { Act::Crash } else { Act::Answer(event) } });
    let error = crashing.invoke(payload(json!("crash"))).await.unwrap_err();
    assert!(matches!(error, InvokeError::Crashed(_)), "{error:?}");
    assert_eq!(crashing.invoke(payload(json!("fine"))).await.unwrap(), payload(json!("fine")));
}

#[tokio::test]
async fn an_invocation_that_overruns_is_killed_and_the_next_one_works() {
    let hanging = function(1, Duration::from_millis(200), |event| async move {
        if event == json!("hang") { Act::Hang } else { Act::Answer(event) }
    });
    let error = hanging.invoke(payload(json!("hang"))).await.unwrap_err();
    assert_eq!(error, InvokeError::TimedOut(200));
    assert_eq!(hanging.invoke(payload(json!("fine"))).await.unwrap(), payload(json!("fine")));
}

#[tokio::test]
async fn no_more_environments_run_at_once_than_the_concurrency_allows() {
    let running = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (seen_running, seen_most) = (Arc::clone(&running), Arc::clone(&most));
    let counting = function(2, LONG, move |_| {
        let (running, most) = (Arc::clone(&seen_running), Arc::clone(&seen_most));
        async move {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(30)).await;
            running.fetch_sub(1, Ordering::SeqCst);
            Act::Answer(json!(null))
        }
    });
    let calls = (0..6).map(|_| counting.invoke(payload(json!({}))));
    for result in futures_util::future::join_all(calls).await {
        result.unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_process_that_ends_before_its_first_event_is_an_init_error() {
    let dead = Function::new(spec(Launch::Executable("/bin/false".into()), 1, LONG));
    let error = dead.invoke(payload(json!({}))).await.unwrap_err();
    assert!(matches!(&error, InvokeError::Init(problem) if problem.contains("exit status: 1")), "{error:?}");
    let missing = Function::new(spec(Launch::Executable("/no/such/program".into()), 1, LONG));
    assert!(matches!(missing.warm().await, Err(InvokeError::Init(_))));
}
