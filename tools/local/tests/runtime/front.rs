//! The HTTP front: requests become API Gateway events of payload format 2.0, results become responses.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{Act, function};
use local::aws_call::http_client;
use local::front::Front;
use local::template::HttpRoute;
use serde_json::{Value, json};

struct Api {
    front: Front,
    events: Arc<Mutex<Vec<Value>>>,
    client: reqwest::Client,
}

async fn api(answer: fn() -> Act) -> Api {
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&events);
    let fake = function(1, Duration::from_millis(300), move |event| {
        seen.lock().unwrap().push(event);
        async move { answer() }
    });
    let route = |method: &str, path: &str| HttpRoute {
        method: method.to_owned(),
        path: path.to_owned(),
        function: "Fake".to_owned(),
    };
    let routes = vec![route("POST", "/icims/events"), route("POST", "/crosschq/callbacks/{customer}/{secret}")];
    let front = Front::start(None, 0, routes, BTreeMap::from([("Fake".to_owned(), fake)])).await.unwrap();
    Api { front, events, client: http_client().unwrap() }
}

impl Api {
    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.post(format!("{}{path}", self.front.url()))
    }

    fn last_event(&self) -> Value {
        self.events.lock().unwrap().last().unwrap().clone()
    }
}

fn ok() -> Act {
    Act::Answer(json!({"statusCode": 200, "body": "{}"}))
}

#[tokio::test]
async fn a_request_becomes_an_event_of_version_2() {
    let api = api(ok).await;
    let response = api
        .post("/crosschq/callbacks/acme/s%20x?a=1&a=2&b=c%26d")
        .header("content-type", "application/json; charset=utf-8")
        .header("User-Agent", "crosschq")
        .header("X-Two", "one")
        .header("X-Two", "two")
        .header("cookie", "k=v; l=w")
        .body(r#"{"id":"ä"}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let event = api.last_event();
    assert_eq!(event["version"], "2.0");
    assert_eq!(event["routeKey"], "POST /crosschq/callbacks/{customer}/{secret}");
    assert_eq!(event["rawPath"], "/crosschq/callbacks/acme/s x");
    assert_eq!(event["rawQueryString"], "a=1&a=2&b=c%26d");
    assert_eq!(event["queryStringParameters"], json!({"a": "1,2", "b": "c&d"}));
    assert_eq!(event["pathParameters"], json!({"customer": "acme", "secret": "s x"}));
    assert_eq!(event["cookies"], json!(["k=v", "l=w"]));
    assert_eq!(event["headers"]["x-two"], "one,two");
    assert_eq!(event["headers"]["x-forwarded-for"], "127.0.0.1");
    assert!(event["headers"].get("cookie").is_none());
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!(r#"{"id":"ä"}"#), &json!(false)));
    let context = &event["requestContext"];
    assert_eq!(context["http"]["method"], "POST");
    assert_eq!(context["http"]["path"], "/crosschq/callbacks/acme/s x");
    assert_eq!(context["http"]["protocol"], "HTTP/1.1");
    assert_eq!(context["http"]["sourceIp"], "127.0.0.1");
    assert_eq!(context["http"]["userAgent"], "crosschq");
    assert_eq!((&context["stage"], &context["domainName"]), (&json!("$default"), &json!("127.0.0.1")));
    assert!(context["timeEpoch"].as_u64().unwrap() > 1_700_000_000_000);
    assert!(context["time"].as_str().unwrap().ends_with(" +0000"));
    assert_eq!(response.headers()["apigw-requestid"], context["requestId"].as_str().unwrap());
}

#[tokio::test]
async fn bodies_that_are_no_text_come_as_base64() {
    let api = api(ok).await;
    for (content_type, encoding, body, expected) in [
        ("application/x-www-form-urlencoded", None, &b"a=b"[..], "YT1i"),
        ("application/json", Some("gzip"), &b"\x1f\x8b"[..], "H4s="),
        ("application/json", None, &b"\xff"[..], "/w=="),
        ("application/octet-stream", None, &b"a"[..], "YQ=="),
    ] {
        let mut request = api.post("/icims/events").header("content-type", content_type).body(body);
        if let Some(encoding) = encoding {
            request = request.header("content-encoding", encoding);
        }
        request.send().await.unwrap();
        let event = api.last_event();
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!(expected), &json!(true)), "{content_type}");
    }
    api.post("/icims/events").send().await.unwrap();
    assert!(api.last_event().get("body").is_none(), "no body, no key");
}

#[tokio::test]
async fn a_path_or_method_without_a_route_is_404_and_invokes_nothing() {
    let api = api(ok).await;
    let unknown = api.post("/nowhere").send().await.unwrap();
    assert_eq!(unknown.status(), 404);
    assert_eq!(unknown.text().await.unwrap(), r#"{"message":"Not Found"}"#);
    let get = api.client.get(format!("{}/icims/events", api.front.url())).send().await.unwrap();
    assert_eq!(get.status(), 404);
    assert!(api.events.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_answers_status_headers_cookies_and_base64_body_go_out() {
    let api = api(|| {
        Act::Answer(json!({
            "statusCode": 202,
            "headers": {"content-type": "text/plain", "retry-after": 7},
            "cookies": ["a=b"],
            "body": "aGVsbG8=",
            "isBase64Encoded": true,
        }))
    })
    .await;
    let response = api.post("/icims/events").send().await.unwrap();
    assert_eq!(response.status(), 202);
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(response.headers()["set-cookie"], "a=b");
    assert_eq!(response.text().await.unwrap(), "hello");
}

#[tokio::test]
async fn json_without_a_status_code_is_a_200_with_that_body() {
    let api = api(|| Act::Answer(json!({"message": "hi"}))).await;
    let response = api.post("/icims/events").send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.text().await.unwrap()), (200, r#"{"message":"hi"}"#.to_owned()));
}

#[tokio::test]
async fn failures_of_the_function_are_api_gateways_own_answers() {
    for answer in [
        (|| Act::Error("secret detail")) as fn() -> Act,
        || Act::Crash,
        || Act::Hang,
        || Act::Raw("no json".to_owned()),
        || Act::Answer(json!({"statusCode": "abc"})),
    ] {
        let api = api(answer).await;
        let response = api.post("/icims/events").send().await.unwrap();
        assert_eq!(response.status(), 500);
        assert_eq!(response.text().await.unwrap(), r#"{"message":"Internal Server Error"}"#);
    }
}
