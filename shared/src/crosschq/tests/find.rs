//! Looking up a request whose create reply was lost.

use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::ports::{ProviderError, ReferenceProvider};

const OURS: &str = "icims:1234:13437:1";

async fn listing(reply: Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/api/v2/reference-request/"))
        .respond_with(ResponseTemplate::new(200).set_body_json(reply))
        .mount(&server)
        .await;
    server
}

fn searchable(server: &MockServer, extensions: bool) -> Customer {
    let mut customer = customer(Profile::PartnerV2, &server.uri());
    customer.settings.crosschq.capabilities.search = true;
    customer.settings.crosschq.extensions = extensions;
    customer
}

async fn found(reply: Value, extensions: bool) -> Result<Option<RequestId>, ProviderError> {
    let server = listing(reply).await;
    client().find(&searchable(&server, extensions), OURS, Some(&candidate())).await
}

fn entry(id: &str, external_id: Option<&str>, email: &str, status: &str) -> Value {
    json!({"id": id, "external_id": external_id, "candidate": {"email": email}, "status": status})
}

#[tokio::test]
async fn an_echoed_id_is_found_in_every_form_of_list() {
    let entries = json!([
        entry("other", Some("icims:1234:9:1"), "ada@example.com", "sent"),
        entry("ours", Some(OURS), "ada@example.com", "sent")
    ]);
    for reply in [
        json!({"data": entries, "next_cursor": null}),
        json!({"count": 2, "next": null, "previous": null, "results": entries}),
        entries,
    ] {
        assert_eq!(found(reply, true).await, Ok(RequestId::parse("ours").ok()));
    }
}

#[tokio::test]
async fn we_ask_by_external_id_only_where_crosschq_was_told_it() {
    let server = MockServer::start().await;
    let reply =
        |id: &str| ResponseTemplate::new(200).set_body_json(json!([entry(id, None, "ADA@example.com", "sent")]));
    Mock::given(query_param("external_id", OURS))
        .and(query_param_is_missing("candidate_email"))
        .respond_with(reply("by-id"))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(query_param("candidate_email", "ada@example.com"))
        .and(query_param_is_missing("external_id"))
        .respond_with(reply("by-email"))
        .expect(1)
        .mount(&server)
        .await;
    for (extensions, id) in [(true, "by-id"), (false, "by-email")] {
        let found = client().find(&searchable(&server, extensions), OURS, Some(&candidate())).await;
        assert_eq!(found, Ok(RequestId::parse(id).ok()));
    }
}

#[tokio::test]
async fn what_is_certainly_not_ours_is_not_taken() {
    for other in [
        entry("x", Some("icims:1234:9:1"), "ada@example.com", "sent"),
        entry("x", None, "bob@example.com", "sent"),
        entry("x", None, "ada@example.com", "completed"),
        entry("x", None, "ada@example.com", "cancelled"),
        json!({"id": "x"}),
    ] {
        assert_eq!(found(json!([other]), false).await, Ok(None), "{other}");
    }
    assert_eq!(found(json!({"data": []}), true).await, Ok(None));
}

#[tokio::test]
async fn of_two_that_could_be_ours_none_is_taken_and_none_is_taken_for_not_there() {
    let two = json!([entry("a", None, "ada@example.com", "sent"), entry("b", None, "ada@example.com", "opened")]);
    assert_eq!(found(two, false).await, Err(ProviderError::Unsupported));
}

#[tokio::test]
async fn further_pages_are_read_at_our_own_address() {
    for first in [
        json!({"data": [], "next_cursor": "page2"}),
        json!({"results": [], "next": "https://evil.example/x/?cursor=page2&limit=100"}),
    ] {
        let server = MockServer::start().await;
        let second = json!([entry("ours", Some(OURS), "ada@example.com", "sent")]);
        Mock::given(query_param("cursor", "page2"))
            .and(query_param("limit", "100"))
            .and(query_param("external_id", OURS))
            .respond_with(ResponseTemplate::new(200).set_body_json(second))
            .expect(1)
            .mount(&server)
            .await;
        Mock::given(query_param_is_missing("cursor"))
            .respond_with(ResponseTemplate::new(200).set_body_json(first))
            .expect(1)
            .mount(&server)
            .await;
        let found = client().find(&searchable(&server, true), OURS, None).await;
        assert_eq!(found, Ok(RequestId::parse("ours").ok()));
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_read_to_its_end_is_not_taken_for_not_found() {
    for reply in [json!({"data": [], "next_cursor": "again"}), json!({"ok": 1}), json!([{"status": "sent"}]), json!(7)]
    {
        let told = found(reply, true).await;
        assert!(matches!(told, Err(ProviderError::Unavailable { .. })), "{told:?}");
    }
}

#[tokio::test]
async fn without_the_capability_or_anything_to_ask_by_it_is_unsupported() {
    let server = listing(json!([])).await;
    let off = customer(Profile::PartnerV2, &server.uri());
    assert_eq!(client().find(&off, OURS, Some(&candidate())).await, Err(ProviderError::Unsupported));
    assert_eq!(client().find(&searchable(&server, false), OURS, None).await, Err(ProviderError::Unsupported));
    assert!(server.received_requests().await.unwrap().is_empty());
}
