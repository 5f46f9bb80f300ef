use std::time::{Duration, Instant};

use reqwest::Method;
use sandbox::{Fault, FaultKind};
use serde_json::json;

use crate::support::{TestEnv, answer, order, refusal};

const CREATE: &str = "*/reference-request/";

async fn crosschq(env: &TestEnv, fault: Fault) {
    env.control.crosschq_side().clear_faults().await.unwrap();
    env.control.crosschq_side().add_fault(fault).await.unwrap();
}

#[tokio::test]
async fn a_reset_does_nothing_and_a_lost_reply_does_everything() {
    let env = TestEnv::start().await;
    let post = || env.crosschq(Method::POST, "/api/v2/reference-request/").json(&order()).send();
    crosschq(&env, Fault::new(FaultKind::Reset).on("POST", CREATE).times(1)).await;
    post().await.unwrap_err();
    assert!(env.org().requests().await.unwrap().is_empty());
    crosschq(&env, Fault::new(FaultKind::ReplyLost).on("POST", CREATE).times(1)).await;
    post().await.unwrap_err();
    assert_eq!(env.org().requests().await.unwrap().len(), 1);
    assert_eq!(post().await.unwrap().status(), 409);

    let log = env.control.crosschq_side().requests("POST", CREATE).await.unwrap();
    let seen: Vec<_> = log.requests.iter().map(|r| (r.status, r.fault)).collect();
    assert_eq!(seen, [(None, Some(1)), (None, Some(2)), (Some(409), None)]);
}

#[tokio::test]
async fn a_status_comes_with_its_retry_after_in_the_vendors_own_shape() {
    let env = TestEnv::start().await;
    let busy = |status| FaultKind::Status { status, retry_after: Some("7".into()), message: None };
    crosschq(&env, Fault::new(busy(429)).times(1)).await;
    let limited = env.crosschq_post("/api/v2/reference-request/", order()).await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, "7"));
    assert!(limited.json()["detail"].is_string());
    assert!(env.org().requests().await.unwrap().is_empty());

    env.control
        .icims_side()
        .add_fault(Fault::new(busy(503)).on("GET", "/customers/*/people/*").times(1))
        .await
        .unwrap();
    assert_eq!(env.icims_get("jobs/1181").await.status, 200);
    let down = env.icims_get("people/2001").await;
    assert_eq!((down.status, &down.json()["errors"][0]["errorCode"]), (503, &json!(0)));
    assert_eq!(down.header("strict-transport-security"), "max-age=7776000");
    assert_eq!(env.icims_get("people/2001").await.status, 200);
}

#[tokio::test]
async fn unauthorized_is_the_vendors_own_401() {
    let env = TestEnv::start().await;
    env.control.icims_side().add_fault(Fault::new(FaultKind::Unauthorized).times(1)).await.unwrap();
    let refused = env.icims_get("people/2001").await;
    assert_eq!((refused.status, &refused.json()["errors"][0]["errorCode"]), (401, &json!(9)));
    assert_eq!(env.icims_get("people/2001").await.status, 200);
}

#[tokio::test]
async fn a_malformed_answer_comes_after_the_work_is_done() {
    let env = TestEnv::start().await;
    crosschq(&env, Fault::new(FaultKind::MalformedJson).on("POST", CREATE)).await;
    let half = env.crosschq_post("/api/v2/reference-request/", order()).await;
    assert_eq!(half.status, 201);
    serde_json::from_str::<serde_json::Value>(&half.text).unwrap_err();
    assert_eq!(env.org().requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn latency_delays_before_or_after_the_work_and_goes_with_other_faults() {
    let env = TestEnv::start().await;
    crosschq(&env, Fault::new(FaultKind::Latency { ms: 60, after: false })).await;
    let status = FaultKind::Status { status: 500, retry_after: None, message: Some("oops".into()) };
    env.control.crosschq_side().add_fault(Fault::new(status).times(1)).await.unwrap();
    let begun = Instant::now();
    let failed = env.crosschq_post("/api/v2/reference-request/", order()).await;
    assert_eq!((failed.status, &failed.json()["detail"]), (500, &json!("oops")));
    assert!(begun.elapsed() >= Duration::from_millis(60));

    crosschq(&env, Fault::new(FaultKind::Latency { ms: 5_000, after: true })).await;
    let impatient = env
        .crosschq(Method::POST, "/api/v2/reference-request/")
        .timeout(Duration::from_millis(200))
        .json(&order())
        .send()
        .await;
    assert!(impatient.unwrap_err().is_timeout());
    assert_eq!(env.org().requests().await.unwrap().len(), 1, "the work was done before the wait");
}

#[tokio::test]
async fn a_caller_that_hangs_up_does_not_stop_the_work() {
    let env = TestEnv::start().await;
    crosschq(&env, Fault::new(FaultKind::Latency { ms: 150, after: false })).await;
    let request =
        env.crosschq(Method::POST, "/api/v2/reference-request/").timeout(Duration::from_millis(50)).json(&order());
    assert!(request.send().await.unwrap_err().is_timeout());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(env.org().requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn faults_are_counted_listed_and_removed() {
    let env = TestEnv::start().await;
    let side = env.control.icims_side();
    let added =
        side.add_fault(Fault::new(FaultKind::Unauthorized).on("GET", "*/jobs/*").after(1).times(1)).await.unwrap();
    let statuses = async || {
        let mut all = Vec::new();
        for _ in 0..3 {
            all.push(env.icims_get("jobs/1181").await.status);
        }
        all
    };
    assert_eq!(statuses().await, [200, 401, 200]);
    assert_eq!(side.faults().await.unwrap()[0].hits, 1);
    let path = format!("icims/faults/{}", added.id);
    env.control.call(Method::DELETE, &path, None).await.unwrap();
    assert_eq!(refusal(env.control.call(Method::DELETE, &path, None).await).0, 404);
    assert!(side.faults().await.unwrap().is_empty());
}

#[tokio::test]
async fn calls_are_counted_by_method_and_path_and_the_control_plane_is_not_among_them() {
    let env = TestEnv::start().await;
    env.icims_get("people/2001?fields=email").await;
    env.icims_get("people/2002").await;
    env.icims_get("jobs/1181").await;
    let side = env.control.icims_side();
    assert_eq!(side.requests("GET", "*/people/*").await.unwrap().count, 2);
    let all = side.all_requests().await.unwrap();
    assert_eq!(all.count, 3);
    assert_eq!((all.requests[0].path.as_str(), all.requests[0].number), ("/customers/1234/people/2001", 1));
    side.clear_requests().await.unwrap();
    assert_eq!(side.all_requests().await.unwrap().count, 0);
    let unknown = answer(env.http.get(format!("{}/__sandbox/icims/requests?paths=x", env.sandbox.icims_url()))).await;
    assert_eq!((unknown.status, &unknown.json()["error"]["field"]), (400, &json!("paths")));
}

#[tokio::test]
async fn calls_at_the_same_time_are_counted_and_can_be_limited() {
    let env = TestEnv::start().await;
    let side = env.control.icims_side();
    let slow = FaultKind::Latency { ms: 150, after: false };
    side.add_fault(Fault::new(slow)).await.unwrap();
    let three = || async {
        let (a, b, c) =
            tokio::join!(env.icims_get("people/2001"), env.icims_get("people/2002"), env.icims_get("people/2003"));
        let mut statuses = [a.status, b.status, c.status];
        statuses.sort_unstable();
        statuses
    };
    assert_eq!(three().await, [200, 200, 200]);
    assert_eq!(side.requests("GET", "*").await.unwrap().peak_in_flight, 3);
    env.customer().configure(json!({"max_concurrent": 2})).await.unwrap();
    assert_eq!(three().await, [200, 200, 429]);
}

#[tokio::test]
async fn crosschq_can_limit_the_rate() {
    let env = TestEnv::start().await;
    env.control.freeze_clock(true).await.unwrap();
    env.org().configure(json!({"rate_limit": {"calls": 2, "per_ms": 10_000}})).await.unwrap();
    let call = || env.crosschq_get("/api/v2/settings/jobrole/");
    assert_eq!((call().await.status, call().await.status), (200, 200));
    let limited = call().await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, "10"));
    env.control.advance_clock(10_000).await.unwrap();
    assert_eq!(call().await.status, 200);
}
