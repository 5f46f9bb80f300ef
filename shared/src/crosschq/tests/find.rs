//! Looking up a request whose create reply was lost.

use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::domain::Email;
use crate::ports::{ProviderError, ReferenceProvider, RequestQuery};

const OURS: &str = "icims:1234:13437:1:19bc0d3a400";

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

fn query(email: Option<&Email>) -> RequestQuery<'_> {
    RequestQuery { external_id: OURS, email }
}

/// The ids found for Ada.
async fn found(reply: Value, extensions: bool) -> Result<Vec<String>, ProviderError> {
    let server = listing(reply).await;
    let found = client().find(&searchable(&server, extensions), &query(Some(&candidate().email))).await?;
    Ok(found.iter().map(|request| request.id.to_string()).collect())
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
        assert_eq!(found(reply, true).await, Ok(vec!["ours".to_owned()]));
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
        // Crosschq does not know the candidate's address where it is searched by our id.
        let email = candidate().email;
        let found = client().find(&searchable(&server, extensions), &query(Some(&email))).await.unwrap();
        assert_eq!(found[0].id.as_str(), id);
    }
}

#[tokio::test]
async fn what_is_about_somebody_else_is_left_out_and_all_of_the_candidate_is_found() {
    for other in [entry("x", None, "bob@example.com", "sent"), json!({"id": "x"})] {
        assert_eq!(found(json!([other]), false).await, Ok(Vec::new()), "{other}");
    }
    assert_eq!(found(json!({"data": []}), true).await, Ok(Vec::new()));
    let two = json!([entry("a", None, "ada@example.com", "sent"), entry("b", None, "ada@example.com", "declined")]);
    assert_eq!(found(two, false).await, Ok(vec!["a".to_owned(), "b".to_owned()]), "also what has ended meanwhile");
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
        let found = client().find(&searchable(&server, true), &query(None)).await.unwrap();
        assert_eq!(found[0].id.as_str(), "ours");
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_read_to_its_end_is_not_taken_for_not_found() {
    for reply in [json!({"data": [], "next_cursor": "again"}), json!({"ok": 1}), json!([{"status": "sent"}]), json!(7)]
    {
        let result = found(reply, true).await;
        assert!(matches!(result, Err(ProviderError::Unavailable { .. })), "{result:?}");
    }
}

#[tokio::test]
async fn without_the_capability_or_anything_to_ask_by_it_is_unsupported() {
    let server = listing(json!([])).await;
    let off = customer(Profile::PartnerV2, &server.uri());
    assert_eq!(client().find(&off, &query(Some(&candidate().email))).await, Err(ProviderError::Unsupported));
    assert_eq!(client().find(&searchable(&server, false), &query(None)).await, Err(ProviderError::Unsupported));
    assert!(server.received_requests().await.unwrap().is_empty());
}
