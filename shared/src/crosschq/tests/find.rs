//! Looking up a request whose create reply was lost.

use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::domain::Timestamp;
use crate::ports::{Likely, ProviderError, ReferenceProvider, Sought};

const OURS: &str = "icims:1234:13437:1";
/// 2026-01-15T12:00:00Z
const SINCE: Timestamp = Timestamp::from_ms(1_768_478_400_000);

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

fn sought(candidate: Option<&Candidate>) -> Sought<'_> {
    Sought { external_id: OURS, candidate, position: Some("Account Executive"), since: SINCE }
}

async fn found(reply: Value, extensions: bool) -> Result<Vec<Likely>, ProviderError> {
    let server = listing(reply).await;
    client().find(&searchable(&server, extensions), &sought(Some(&candidate()))).await
}

fn likely(id: &str) -> Likely {
    Likely { request: RequestId::parse(id).unwrap(), uncertain: false }
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
        assert_eq!(found(reply, true).await, Ok(vec![likely("ours")]));
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
        let found = client().find(&searchable(&server, extensions), &sought(Some(&candidate()))).await;
        assert_eq!(found, Ok(vec![likely(id)]));
    }
}

#[tokio::test]
async fn what_is_certainly_not_ours_is_not_taken() {
    for other in [
        entry("x", Some("icims:1234:9:1"), "ada@example.com", "sent"),
        entry("x", None, "bob@example.com", "sent"),
        json!({"id": "x"}),
        dated("x", "sent", "2026-01-15T11:54:59Z"),
        dated("x", "completed", "2026-01-15T11:54:59Z"),
    ] {
        assert_eq!(found(json!([other]), false).await, Ok(Vec::new()), "{other}");
    }
    assert_eq!(found(json!({"data": []}), true).await, Ok(Vec::new()));
}

fn dated(id: &str, status: &str, created_at: &str) -> Value {
    let mut entry = entry(id, None, "ada@example.com", status);
    entry["created_at"] = json!(created_at);
    entry
}

#[tokio::test]
async fn all_that_could_be_ours_are_told_also_what_has_ended_meanwhile() {
    let two = json!([entry("a", None, "ada@example.com", "sent"), entry("b", None, "ada@example.com", "opened")]);
    assert_eq!(found(two, false).await, Ok(vec![likely("a"), likely("b")]));
    for status in ["completed", "declined", "cancelled", "expired"] {
        // Crosschq's clock may be five minutes behind ours.
        let recent = json!([dated("ours", status, "2026-01-15T11:55:00Z")]);
        assert_eq!(found(recent, false).await, Ok(vec![likely("ours")]), "{status}");
        let of_any_age = json!([entry("ours", None, "ada@example.com", status)]);
        assert_eq!(found(of_any_age, false).await, Ok(vec![Likely { uncertain: true, ..likely("ours") }]), "{status}");
    }
}

#[tokio::test]
async fn the_position_tells_one_order_of_a_candidate_from_another() {
    let of = |id: &str, position: &str| {
        let mut entry = dated(id, "sent", "2026-01-15T12:00:00Z");
        entry["job_position"] = json!(position);
        entry
    };
    let (ours, other) = (of("ours", " account executive"), of("other", "Engineer"));
    assert_eq!(found(json!([other, ours]), false).await, Ok(vec![likely("ours")]));
    // The requisition may have been renamed since.
    assert_eq!(found(json!([other]), false).await, Ok(vec![Likely { uncertain: true, ..likely("other") }]));
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
        let found = client().find(&searchable(&server, true), &sought(None)).await;
        assert_eq!(found, Ok(vec![likely("ours")]));
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
    assert_eq!(client().find(&off, &sought(Some(&candidate()))).await, Err(ProviderError::Unsupported));
    assert_eq!(client().find(&searchable(&server, false), &sought(None)).await, Err(ProviderError::Unsupported));
    assert!(server.received_requests().await.unwrap().is_empty());
}
