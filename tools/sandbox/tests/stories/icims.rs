use reqwest::Method;
use sandbox::control::types::Quota;
use sandbox::{CustomerSettings, ProfileType};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Answer, TestEnv, answer};

const DAY_MS: i64 = 86_400_000;

fn client(audience: &str, secret: &str) -> [(&'static str, String); 4] {
    [
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", "icims-client-1234".to_owned()),
        ("client_secret", secret.to_owned()),
        ("audience", audience.to_owned()),
    ]
}

async fn token(env: &TestEnv) -> Answer {
    let url = format!("{}/oauth/token", env.sandbox.icims_url());
    let form = client("https://api.icims.com/v1/", "sandbox-secret");
    answer(env.http.post(url).form(&form)).await
}

async fn with_bearer(env: &TestEnv, customer: &str, token: &str) -> Answer {
    let url = format!("{}/customers/{customer}/people/2001", env.sandbox.icims_url());
    answer(env.http.get(url).bearer_auth(token)).await
}

#[tokio::test]
async fn a_token_is_issued_for_a_form_and_for_json_and_lives_a_day() {
    let env = TestEnv::start().await;
    let given = token(&env).await;
    assert_eq!(given.status, 200);
    assert_eq!(given.json()["token_type"], "Bearer");
    assert_eq!(given.json()["expires_in"], 86_400);
    let bearer = given.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(with_bearer(&env, "1234", &bearer).await.status, 200);

    let url = format!("{}/oauth/token", env.sandbox.icims_url());
    let body: serde_json::Map<String, Value> = client("https://api.icims.com/v1/", "sandbox-secret")
        .into_iter()
        .map(|(k, v)| (k.to_owned(), json!(v)))
        .collect();
    assert_eq!(answer(env.http.post(url).json(&body)).await.status, 200);

    env.control.advance_clock(DAY_MS).await.unwrap();
    let late = with_bearer(&env, "1234", &bearer).await;
    assert_eq!(late.status, 401);
    assert_eq!(late.json()["errors"][0]["errorCode"], 9);
    assert!(late.header("x-error").starts_with("9:"));
}

#[tokio::test]
async fn a_token_needs_the_right_grant_secret_and_audience() {
    let env = TestEnv::start().await;
    let url = format!("{}/oauth/token", env.sandbox.icims_url());
    let request = |form: Vec<(&'static str, String)>| answer(env.http.post(&url).form(&form));
    let wrong_secret = request(client("https://api.icims.com/v1/", "guess").to_vec()).await;
    assert_eq!((wrong_secret.status, &wrong_secret.json()["error"]), (401, &json!("access_denied")));
    let no_slash = request(client("https://api.icims.com/v1", "sandbox-secret").to_vec()).await;
    assert_eq!(no_slash.status, 403);
    let mut form = client("https://api.icims.com/v1/", "sandbox-secret").to_vec();
    form[0].1 = "password".to_owned();
    assert_eq!(request(form).await.status, 400);
}

#[tokio::test]
async fn tokens_are_counted_per_ten_minutes() {
    let env = TestEnv::start().await;
    env.customer().configure(json!({"token_limit": 2})).await.unwrap();
    assert_eq!(token(&env).await.status, 200);
    assert_eq!(token(&env).await.status, 200);
    assert_eq!(token(&env).await.status, 429);
    env.control.advance_clock(600_000).await.unwrap();
    assert_eq!(token(&env).await.status, 200);
}

#[tokio::test]
async fn a_revoked_token_and_a_token_of_another_customer_are_refused() {
    let env = TestEnv::start().await;
    let bearer = token(&env).await.json()["access_token"].as_str().unwrap().to_owned();
    env.control.icims("99").put(&CustomerSettings::default()).await.unwrap();
    assert_eq!(with_bearer(&env, "99", &bearer).await.status, 401);
    assert_eq!(with_bearer(&env, "777", &bearer).await.status, 401);
    env.customer().revoke_tokens().await.unwrap();
    assert_eq!(with_bearer(&env, "1234", &bearer).await.status, 401);
}

#[tokio::test]
async fn every_answer_carries_quota_transaction_and_hsts() {
    let env = TestEnv::start().await;
    let now = env.control.freeze_clock(true).await.unwrap().now_ms;
    let to_midnight = (DAY_MS - now.rem_euclid(DAY_MS)) / 1000;
    let url = format!("{}/customers/1234/people/2001", env.sandbox.icims_url());
    for (answered, left) in [
        (env.icims_get("people/2001").await, "9999"),
        (env.icims_get("people/1").await, "9998"),
        (answer(env.http.get(&url)).await, "9998"),
    ] {
        assert_eq!(answered.header("x-ratelimit-limit"), "10000");
        assert_eq!(answered.header("x-ratelimit-remaining"), left);
        assert_eq!(answered.header("x-ratelimit-reset"), to_midnight.to_string());
        assert_eq!(answered.header("strict-transport-security"), "max-age=7776000");
        assert_eq!(answered.header("x-transaction").len(), 36);
    }
}

#[tokio::test]
async fn a_spent_quota_is_429_until_midnight_utc() {
    let env = TestEnv::start().await;
    env.customer().set_quota(&Quota { limit: 10, used: 9 }).await.unwrap();
    assert_eq!(env.icims_get("people/2001").await.status, 200);
    let spent = env.icims_get("people/2001").await;
    assert_eq!((spent.status, spent.header("x-ratelimit-remaining")), (429, "0"));
    let reset: i64 = spent.header("x-ratelimit-reset").parse().unwrap();
    env.control.advance_clock((reset + 1) * 1000).await.unwrap();
    assert_eq!(env.icims_get("people/2001").await.status, 200);
}

#[tokio::test]
async fn a_get_returns_the_default_fields_or_those_requested() {
    let env = TestEnv::start().await;
    let plain = env.icims_get("jobs/1181").await.json();
    assert_eq!(plain["jobtitle"], "Account Executive");
    assert_eq!(plain.get("assessmenttype"), None);
    assert_eq!(plain["joblocation"]["companyid"], 6);

    let requested = env.icims_get("jobs/1181?fields=assessmenttype,hiringmanager").await.json();
    assert_eq!(
        requested["assessmenttype"][1],
        json!({"id": "C31649", "value": "sales-ae", "formattedvalue": "sales-ae"})
    );
    assert_eq!(requested["hiringmanager"]["value"], "Pat Manager");
    assert_eq!(requested["hiringmanager"]["id"], 564);
    assert!(requested["hiringmanager"]["profile"].as_str().unwrap().ends_with("/customers/1234/people/564"));
    assert_eq!(requested.get("jobtitle"), None);
    assert_eq!(requested["links"][0]["rel"], "self");

    let workflow = env.icims_get("applicantworkflows/13437").await.json();
    assert_eq!(workflow["status"]["id"], "D10100");
    assert_eq!(workflow["associatedprofile"]["value"], "Ada Byron");
    assert_eq!(workflow["baseprofile"]["id"], 1181);
    assert_eq!(workflow["links"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn an_empty_or_hidden_field_is_absent_without_an_error() {
    let env = TestEnv::start().await;
    let silent = env.icims_get("people/2003?fields=firstname,email").await;
    assert_eq!((silent.status, silent.json().get("email")), (200, None));
    env.customer()
        .configure(json!({"hidden_fields": {"applicantworkflows": ["status", "associatedprofile"]}}))
        .await
        .unwrap();
    let workflow = env.icims_get("applicantworkflows/13437").await.json();
    assert_eq!((workflow.get("status"), workflow.get("associatedprofile")), (None, None));
    assert_eq!(workflow["baseprofile"]["id"], 1181);
}

#[tokio::test]
async fn a_field_name_that_is_not_lower_case_is_warned_about() {
    let env = TestEnv::start().await;
    let warned = env.icims_get("people/2001?fields=firstname,LastName").await;
    assert_eq!(warned.status, 200);
    assert_eq!(warned.header("x-warning"), "4:LastName:Field name must be all lowercase.");
    let body = warned.json();
    assert_eq!(body["warnings"][0]["errorCode"], 4);
    assert_eq!(body["firstname"], "Ada");
}

#[tokio::test]
async fn what_is_gone_is_code_2_and_what_is_hidden_is_code_3() {
    let env = TestEnv::start().await;
    let gone = env.icims_get("jobs/5").await;
    assert_eq!((gone.status, gone.header("x-error")), (404, "2:Job not found."));
    assert_eq!(gone.json()["errors"][0], json!({"errorMessage": "Job not found.", "errorCode": 2}));
    env.customer().configure(json!({"hidden_profiles": {"people": [2001]}})).await.unwrap();
    let hidden = env.icims_get("people/2001").await;
    assert_eq!((hidden.status, &hidden.json()["errors"][0]["errorCode"]), (404, &json!(3)));
}

#[tokio::test]
async fn the_status_log_has_the_hundred_latest_changes() {
    let env = TestEnv::start().await;
    env.customer().configure(json!({"push": {"statuses": []}})).await.unwrap();
    for _ in 0..55 {
        for status in ["C38370", "D10100"] {
            env.customer().advance(13437, status).await.unwrap();
        }
    }
    let log = env.icims_get("applicantworkflows/13437/submittalstatuslog").await.json();
    let log = log["submittalstatuslog"].as_array().unwrap();
    assert_eq!(log.len(), 100);
    assert_eq!(log[0]["status"]["id"], "D10100");
    assert_eq!(log[1]["status"]["value"], "Phone Screen");
    assert_eq!(log[0]["updatedby"]["id"], 95);
    let as_field = env.icims_get("applicantworkflows/13437?fields=submittalstatuslog").await.json();
    assert_eq!(as_field["submittalstatuslog"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn the_schema_lists_fields_under_the_other_type_names() {
    let env = TestEnv::start().await;
    let schema = env.icims_get("profiledefinitions/v1/submittal/schema").await.json();
    let results = &schema["properties"]["assessmentresults"];
    assert_eq!(results["type"], "array");
    assert_eq!(results["items"]["properties"]["assessmentnotes"]["maxLength"], 192);
    assert_eq!(schema["properties"]["field23850"]["title"], "Reference Report");
    assert_eq!(env.icims_get("profiledefinitions/v1/applicantworkflows/schema").await.status, 404);
}

fn ids(found: &Answer) -> Vec<u64> {
    let body = found.json();
    body["searchResults"].as_array().unwrap().iter().map(|r| r["id"].as_u64().unwrap()).collect()
}

fn filter(name: &str, operator: &str, value: &str) -> Value {
    json!({"name": name, "value": [value], "operator": operator})
}

#[tokio::test]
async fn a_search_combines_filters_and_returns_ids_only() {
    let env = TestEnv::start().await;
    let path = "search/applicantworkflows";
    let by_mail = json!({"filters": [filter("applicantworkflow.person.email", "=", "ada.byron@candidates.example")]});
    let found = env.icims_post(path, by_mail).await;
    assert_eq!(ids(&found), [13437]);
    assert!(found.json()["searchResults"][0]["self"].as_str().unwrap().ends_with("/applicantworkflows/13437"));

    let either = json!({"filters": [filter("applicantworkflow.id", ">", "13437")], "operator": "&",
        "children": [{"filters": [filter("applicantworkflow.person.id", "=", "2001"), filter("applicantworkflow.person.id", "=", "2003")], "operator": "|"}]});
    assert_eq!(ids(&env.icims_post(path, either).await), [13439]);
    let nothing = env.icims_post(path, json!({"filters": []})).await;
    assert_eq!(nothing.status, 400);
    let other_type = env.icims_post(path, json!({"filters": [filter("person.id", "=", "1")]})).await;
    assert_eq!(other_type.status, 400);
    let query = r#"search/people?searchJson={"filters":[{"name":"person.folder","value":["D32006"]}]}"#;
    assert_eq!(ids(&env.icims_get(query).await), [2001, 2002, 2003]);
}

#[tokio::test]
async fn a_search_finds_what_changed_since_a_moment() {
    let env = TestEnv::start().await;
    env.control.advance_clock(3_600_000).await.unwrap();
    env.customer().advance(13438, "C38370").await.unwrap();
    let log = env.icims_get("applicantworkflows/13438/submittalstatuslog").await.json();
    let since = log["submittalstatuslog"][0]["updateddate"].as_str().unwrap().to_owned();
    let search = json!({"filters": [filter("applicantworkflow.updateddate", ">=", &since)]});
    assert_eq!(ids(&env.icims_post("search/applicantworkflows", search).await), [13438]);
}

#[tokio::test]
async fn a_search_returns_a_thousand_ids_at_most() {
    let env = TestEnv::start().await;
    for n in 0..1001 {
        env.customer().create(ProfileType::People, json!({"id": 10_000 + n, "firstname": "Crowd"})).await.unwrap();
    }
    let search =
        |after: &str| json!({"filters": [filter("person.firstname", "=", "Crowd"), filter("person.id", ">", after)]});
    let first = ids(&env.icims_post("search/people", search("0")).await);
    assert_eq!(first.len(), 1000);
    assert_eq!(ids(&env.icims_post("search/people", search("10999")).await), [11_000]);
}

#[tokio::test]
async fn search_results_may_be_as_old_as_the_cache() {
    let env = TestEnv::start().await;
    env.customer().configure(json!({"search_staleness_s": 900})).await.unwrap();
    let search = json!({"filters": [filter("applicantworkflow.status", "=", "C38370")]});
    assert!(ids(&env.icims_post("search/applicantworkflows", search.clone()).await).is_empty());
    env.customer().advance(13438, "C38370").await.unwrap();
    assert!(ids(&env.icims_post("search/applicantworkflows", search.clone()).await).is_empty());
    let fresh = env.icims_post("search/applicantworkflows?staleness=0", search.clone()).await;
    assert_eq!(ids(&fresh), [13438]);
}

async fn raw(env: &TestEnv, request: &[u8]) -> String {
    let address = env.sandbox.icims_url().trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answered = String::new();
    stream.read_to_string(&mut answered).await.unwrap();
    answered
}

#[tokio::test]
async fn anything_but_http_1_1_is_505() {
    let env = TestEnv::start().await;
    let http2 = raw(&env, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    assert!(http2.starts_with("HTTP/1.1 505 "), "{http2}");
    let http1_0 = raw(&env, b"GET /customers/1234/people/2001 HTTP/1.0\r\nhost: x\r\n\r\n").await;
    assert!(http1_0.contains(" 505 "), "{http1_0}");
}

#[tokio::test]
async fn a_chunked_body_is_refused() {
    let env = TestEnv::start().await;
    let refused = raw(
        &env,
        b"POST /oauth/token HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    )
    .await;
    assert!(refused.starts_with("HTTP/1.1 411 "), "{refused}");
}

#[tokio::test]
async fn a_merged_person_has_another_name_until_it_is_purged() {
    let env = TestEnv::start().await;
    env.customer().merge_people(2002, 2001).await.unwrap();
    let old = env.icims_get("people/2002").await.json();
    assert_eq!(old["firstname"], "Merged with");
    assert!(old["lastname"].as_str().unwrap().starts_with("2001 - "));
    assert_eq!(old["folder"]["value"], "Purge");
    let workflow = env.icims_get("applicantworkflows/13438").await.json();
    assert_eq!(workflow["associatedprofile"]["id"], 2001);
    env.customer().purge(ProfileType::People, 2002).await.unwrap();
    assert_eq!(env.icims_get("people/2002").await.status, 404);
    assert_eq!(env.icims_get("applicantworkflows/13438").await.status, 200);
}

#[tokio::test]
async fn purging_a_job_purges_its_workflows() {
    let env = TestEnv::start().await;
    env.customer().purge(ProfileType::Jobs, 1181).await.unwrap();
    assert_eq!(env.icims_get("applicantworkflows/13437").await.status, 404);
}

#[tokio::test]
async fn an_unknown_address_is_a_404_and_a_wrong_method_a_405() {
    let env = TestEnv::start().await;
    assert_eq!(env.icims_get("nowhere/1/2/3").await.status, 404);
    assert_eq!(answer(env.icims(Method::DELETE, "people/2001")).await.status, 405);
}
