use reqwest::Method;
use sandbox::{OrgSettings, Step};
use serde_json::{Value, json};

use crate::support::{REQUESTS, TestEnv, answer, order, order_with, order_without};

#[tokio::test]
async fn a_call_needs_the_organizations_key_in_the_right_scheme() {
    let env = TestEnv::start().await;
    let url = format!("{}/api/v2/settings/jobrole/", env.sandbox.crosschq_url());
    let call =
        async |authorization: &str| answer(env.http.get(&url).header("authorization", authorization)).await.status;
    let nobody = answer(env.http.get(&url)).await;
    assert_eq!((nobody.status, nobody.json()["detail"].is_string()), (401, true));
    assert_eq!(call("wrong").await, 401);
    for (scheme, bare, token, bearer) in
        [("any", 200, 200, 200), ("bare", 200, 401, 401), ("token", 401, 200, 401), ("bearer", 401, 401, 200)]
    {
        env.org().configure(json!({"scheme": scheme})).await.unwrap();
        assert_eq!(call("crosschq-token-1234").await, bare, "{scheme}");
        assert_eq!(call("Token crosschq-token-1234").await, token, "{scheme}");
        assert_eq!(call("Bearer crosschq-token-1234").await, bearer, "{scheme}");
    }
    env.org().configure(json!({"scheme": "any", "tokens": ["new", "crosschq-token-1234"]})).await.unwrap();
    assert_eq!((call("new").await, call("crosschq-token-1234").await), (200, 200));
    env.org().configure(json!({"tokens": ["new"]})).await.unwrap();
    assert_eq!((call("new").await, call("crosschq-token-1234").await), (200, 401));
}

#[tokio::test]
async fn organizations_do_not_see_each_other() {
    let env = TestEnv::start().await;
    let id = env.create(order()).await;
    let other = OrgSettings { tokens: vec!["other-key".into()], ..OrgSettings::default() };
    env.control.crosschq("other").put(&other).await.unwrap();
    let url = format!("{}{REQUESTS}{id}/", env.sandbox.crosschq_url());
    assert_eq!(answer(env.http.get(url).header("authorization", "other-key")).await.status, 404);
}

#[tokio::test]
async fn a_path_without_its_slash_is_redirected_for_every_method() {
    let env = TestEnv::start().await;
    for (method, path, to) in [
        (Method::GET, "/api/v2/settings/jobrole?x=1", "/api/v2/settings/jobrole/?x=1"),
        (Method::POST, "/partners/reference-request", "/partners/reference-request/"),
    ] {
        let moved = answer(env.crosschq(method, path)).await;
        assert_eq!((moved.status, moved.header("location")), (301, to));
    }
}

#[tokio::test]
async fn surveys_have_integers_in_v2_and_strings_in_v1() {
    let env = TestEnv::start().await;
    let v2 = env.crosschq_get("/api/v2/settings/jobrole/").await.json();
    let names: Vec<_> = v2.as_array().unwrap().iter().map(|s| s["codename"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["account-executive", "brand-marketer-manager", "software-engineer"],
        "the disabled one is absent"
    );
    assert_eq!(v2[0]["relationships"]["managers"]["max"], 10);
    assert_eq!(v2[0]["relationships"].as_object().unwrap().len(), 5);
    let v1 = env.crosschq_get("/partners/jobrole/").await.json();
    assert_eq!((&v1[0]["id"], &v1[0]["relationships"]["peers"]["max"]), (&json!("account-executive"), &json!("10")));
    let config = env.crosschq_get("/partners/config/").await.json();
    assert_eq!(config["min_reference_count"], 2);
    assert_eq!(
        config["relationships"][0],
        json!({"id": "managers", "name": "Manager", "min": "0", "max": "10", "default": "2"})
    );
    assert_eq!(env.crosschq_get("/api/v2/config/").await.status, 404);
}

#[tokio::test]
async fn both_profiles_share_one_store() {
    let env = TestEnv::start().await;
    let created = env.crosschq_post("/partners/reference-request/", order()).await;
    assert_eq!(created.status, 201);
    let id = created.json()["request_id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 36);
    let v2 = env.state(&id).await;
    assert_eq!(v2, env.crosschq_get(&format!("/partners/reference-request/{id}/")).await.json());
    assert_eq!((&v2["id"], &v2["status"], &v2["progress"]), (&json!(id), &json!("requested"), &json!(0)));
    assert_eq!(v2["external_id"], "icims:1234:13437:1");
    assert_eq!((&v2["references"], &v2["report_url"]), (&json!([]), &Value::Null));
}

#[tokio::test]
async fn a_wrong_order_is_refused_by_field() {
    let env = TestEnv::start().await;
    for (wrong, field) in [
        (order_without("/candidate", "email"), "/candidate/email"),
        (order_without("/candidate", "first_name"), "/candidate/first_name"),
        (order_with("/candidate/last_name", json!("  ")), "/candidate/last_name"),
        (order_with("/candidate/email", json!("nobody@nowhere")), "/candidate/email"),
        (order_with("/candidate/mobile_phone", json!("617 555 0142")), "/candidate/mobile_phone"),
        (order_with("/candidate/mobile_phone", Value::Null), "/candidate/mobile_phone"),
        (order_without("", "requestor"), "/requestor"),
        (order_with("/jobrole", json!("no-such-survey")), "/jobrole"),
        (order_with("/jobrole", json!("store-associate-2019")), "/jobrole"),
        (order_with("/config_params/managers", json!(11)), "/config_params/managers"),
        (order_with("/config_params", json!({"aunts": 2})), "/config_params/aunts"),
        (order_with("/config_params", json!({"managers": 1})), "/config_params"),
    ] {
        let refused = env.crosschq_post(REQUESTS, wrong.clone()).await;
        assert_eq!(refused.status, 400, "{wrong}");
        let messages = refused.json().pointer(field).cloned().unwrap_or_default();
        assert!(messages[0].is_string(), "{field}: {}", refused.text);
    }
    assert!(env.org().requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_refusal_has_three_styles() {
    let env = TestEnv::start().await;
    let wrong = order_without("", "requestor");
    env.org().configure(json!({"error_style": "errors"})).await.unwrap();
    let errors = env.crosschq_post(REQUESTS, wrong.clone()).await.json();
    assert!(errors["errors"]["requestor"][0].is_string());
    env.org().configure(json!({"error_style": "detail"})).await.unwrap();
    let detail = env.crosschq_post(REQUESTS, wrong).await.json();
    assert_eq!(detail["detail"], "requestor: This field is required.");
}

#[tokio::test]
async fn a_second_open_request_for_the_same_candidate_and_survey_is_a_conflict() {
    let env = TestEnv::start().await;
    let id = env.create(order()).await;
    let again = order_with("/candidate/email", json!("ADA.Byron@candidates.example"));
    let refused = env.crosschq_post(REQUESTS, again.clone()).await;
    assert_eq!((refused.status, refused.json()["errors"].is_string()), (409, true));
    env.create(order_with("/jobrole", json!("software-engineer"))).await;
    env.step(&id, Step::Cancel).await;
    env.create(again).await;
}

#[tokio::test]
async fn the_same_idempotency_key_and_body_replays_the_first_reply() {
    let env = TestEnv::start().await;
    let post = async |key: &str, body: Value| {
        answer(env.crosschq(Method::POST, REQUESTS).header("idempotency-key", key).json(&body)).await
    };
    let first = post("k1", order()).await;
    let second = post("k1", order()).await;
    assert_eq!((second.status, second.json()), (201, first.json()));
    assert_eq!(post("k1", order_with("/job_position", json!("Other"))).await.status, 422);
    assert_eq!(post("k2", order()).await.status, 409);
    assert_eq!(env.org().requests().await.unwrap().len(), 1);
    env.org().configure(json!({"idempotency": false})).await.unwrap();
    assert_eq!(post("k1", order()).await.status, 409);
}

#[tokio::test]
async fn extensions_can_be_dropped() {
    let env = TestEnv::start().await;
    env.org().configure(json!({"extensions": false})).await.unwrap();
    let id = env.create(order()).await;
    assert_eq!(env.state(&id).await.get("external_id"), None);
    assert_eq!(env.org().request(&id).await.unwrap().external_id, None);
}

#[tokio::test]
async fn a_cancel_is_idempotent_and_too_late_after_completion() {
    let env = TestEnv::start().await;
    let id = env.create(order()).await;
    let path = format!("{REQUESTS}{id}/cancel/");
    let wrong = env.crosschq_post(&path, json!({"reason": "mood"})).await;
    assert_eq!((wrong.status, wrong.json()["reason"][0].is_string()), (400, true));
    for _ in 0..2 {
        let done = env.crosschq_post(&path, json!({"reason": "candidate_rejected"})).await;
        assert_eq!((done.status, &done.json()["status"]), (200, &json!("cancelled")));
    }
    assert_eq!(env.org().request(&id).await.unwrap().cancel_reason.as_deref(), Some("candidate_rejected"));

    let id = env.create(order()).await;
    env.step(&id, Step::CompleteAll).await;
    let late = env.crosschq_post(&format!("{REQUESTS}{id}/cancel/"), json!({})).await;
    assert_eq!((late.status, &late.json()["code"]), (409, &json!("already_completed")));
    assert_eq!(env.crosschq_post(&format!("{REQUESTS}nope/cancel/"), json!({})).await.status, 404);
}

#[tokio::test]
async fn what_is_not_a_capability_is_a_404() {
    let env = TestEnv::start().await;
    let id = env.create(order()).await;
    let post = async |action: &str| env.crosschq_post(&format!("{REQUESTS}{id}/{action}/"), json!({})).await.status;
    assert_eq!((post("remind").await, post("resend").await), (404, 404));
    assert_eq!(env.crosschq_get(REQUESTS).await.status, 404, "no search");

    let others = json!({"cancel": false, "remind": true, "resend": true, "search": true});
    env.org().configure(json!({"capabilities": others})).await.unwrap();
    assert_eq!((post("cancel").await, post("remind").await, post("resend").await), (404, 200, 200));
    let kinds: Vec<_> = env.org().messages().await.unwrap().into_iter().map(|m| (m.channel, m.kind)).collect();
    let sent = |kind: &str| kinds.iter().filter(|(_, k)| k == kind).count();
    assert_eq!((sent("invitation"), sent("reminder")), (4, 2), "an e-mail and a text message each");
    env.step(&id, Step::CompleteAll).await;
    assert_eq!((post("remind").await, post("resend").await), (409, 409), "the request is closed");
}

#[tokio::test]
async fn a_search_filters_pages_and_lags() {
    let env = TestEnv::start().await;
    env.org().configure(json!({"capabilities": {"search": true}})).await.unwrap();
    for n in 1..=3 {
        let mut order = order_with("/candidate/email", json!(format!("c{n}@x.example")));
        order["external_id"] = json!(format!("ext-{n}"));
        env.create(order).await;
    }
    let found = async |query: &str| env.crosschq_get(&format!("{REQUESTS}?{query}")).await.json();
    let one = found("external_id=ext-2").await;
    assert_eq!(
        (one["data"].as_array().unwrap().len(), &one["data"][0]["candidate"]["email"]),
        (1, &json!("c2@x.example"))
    );
    assert_eq!(found("candidate_email=C3@X.example&status=requested").await["data"][0]["external_id"], "ext-3");
    assert_eq!(found("updated_after=2099-01-01T00:00:00Z").await["data"], json!([]));
    let first = found("limit=2").await;
    assert_eq!(first["data"].as_array().unwrap().len(), 2);
    let next = found(&format!("limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    assert_eq!((&next["data"][0]["external_id"], &next["next_cursor"]), (&json!("ext-3"), &Value::Null));

    env.org().configure(json!({"search_lag_ms": 60_000, "read_lag_ms": 30_000})).await.unwrap();
    let mut late = order_with("/candidate/email", json!("late@x.example"));
    late["external_id"] = json!("late");
    let id = env.create(late).await;
    assert_eq!(found("external_id=late").await["data"], json!([]));
    assert_eq!(env.crosschq_get(&format!("{REQUESTS}{id}/")).await.status, 404);
    env.control.advance_clock(60_000).await.unwrap();
    assert_eq!(found("external_id=late").await["data"][0]["id"], json!(id));
    assert_eq!(env.crosschq_get(&format!("{REQUESTS}{id}/")).await.status, 200);
}
