//! What a create sends, and what its answers mean.

use serde_json::{Value, json};
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::ports::{CreateError, ProviderError, ReferenceProvider};

const V1: &str = "/partners/reference-request/";
const V2: &str = "/api/v2/reference-request/";

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST")).and(path(V2)).respond_with(answer).expect(1).mount(&server).await;
    server
}

async fn outcome(answer: ResponseTemplate) -> Result<RequestId, CreateError> {
    let server = answering(answer).await;
    client().create(&customer(Profile::PartnerV2, &server.uri()), &order(), &correlation()).await
}

/// The body of the one create that was sent.
async fn sent(order: &Order, profile: Profile, extensions: bool) -> Value {
    let server = MockServer::start().await;
    let at = if profile == Profile::PartnerV1 { V1 } else { V2 };
    let reply = ResponseTemplate::new(201).set_body_json(json!({"request_id": REQUEST}));
    Mock::given(method("POST")).and(path(at)).respond_with(reply).expect(1).mount(&server).await;
    let mut customer = customer(profile, &server.uri());
    customer.settings.crosschq.extensions = extensions;
    assert_eq!(client().create(&customer, order, &correlation()).await, Ok(request()));
    server.received_requests().await.unwrap()[0].body_json().unwrap()
}

#[tokio::test]
async fn the_headers_of_a_create_are_those_of_the_contract() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(V2))
        .and(header("authorization", "org-token"))
        .and(header("content-type", "application/json"))
        .and(header("accept", "application/json"))
        .and(header("x-request-id", "c0ffee"))
        .and(header("user-agent", concat!("crosschq-icims-connector/", env!("CARGO_PKG_VERSION"))))
        .respond_with(ResponseTemplate::new(201).set_body_json(json!({"request_id": REQUEST})))
        .expect(2)
        .mount(&server)
        .await;
    let customer = customer(Profile::PartnerV2, &server.uri());
    for _ in 0..2 {
        client().create(&customer, &order(), &correlation()).await.unwrap();
    }
    let sent = server.received_requests().await.unwrap();
    let keys: Vec<_> = sent.iter().map(|request| request.headers["idempotency-key"].clone()).collect();
    assert_eq!(keys[0], keys[1], "the same in every try");
    let key = keys[0].to_str().unwrap();
    assert_eq!((key.len(), key.matches('-').count(), &key[14..15]), (36, 4, "8"), "{key}");
}

#[tokio::test]
async fn another_attempt_has_another_idempotency_key() {
    let key = super::super::wire::create::idempotency_key;
    assert_eq!(key("icims:1:2:1"), key("icims:1:2:1"));
    assert_ne!(key("icims:1:2:1"), key("icims:1:2:2"));
}

#[tokio::test]
async fn the_token_goes_into_the_configured_header_after_the_configured_word() {
    let server = MockServer::start().await;
    Mock::given(header("x-api-key", "Token org-token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"id": REQUEST})))
        .expect(1)
        .mount(&server)
        .await;
    let mut customer = customer(Profile::PartnerV1, &server.uri());
    customer.settings.crosschq.auth_header = "X-Api-Key".to_owned();
    customer.settings.crosschq.auth_scheme = "Token".to_owned();
    assert_eq!(client().create(&customer, &order(), &correlation()).await, Ok(request()));
}

#[tokio::test]
async fn with_extensions_everything_goes_into_its_own_key() {
    let expected: Value = serde_json::from_str(include_str!("fixtures/create_full.json")).unwrap();
    for profile in [Profile::PartnerV1, Profile::PartnerV2] {
        assert_eq!(sent(&order(), profile, true).await, expected);
    }
}

#[tokio::test]
async fn without_extensions_only_known_keys_are_sent_and_the_candidate_is_told_the_rest() {
    let mut expected: Value = serde_json::from_str(include_str!("fixtures/create_full.json")).unwrap();
    let keys = expected.as_object_mut().unwrap();
    for ours in ["external_id", "template_tag", "any_relationship_count", "reference_notes", "auto_conclude"] {
        keys.remove(ours);
    }
    expected["config_params"]["peers"] = json!(4);
    expected["candidate_message"] = json!(
        "Welcome.\n\nFor 2 of the co-worker references, you may name anyone who knows your work, whatever your \
         working relationship.\n\nManager: From your last employer\n\nAny reference: Somebody recent"
    );
    for profile in [Profile::PartnerV1, Profile::PartnerV2] {
        assert_eq!(sent(&order(), profile, false).await, expected);
    }
}

#[tokio::test]
async fn a_template_that_names_a_relationship_of_the_accounts_own_says_alone_what_is_sent() {
    let of = |key: &str| Relationship::parse(key).unwrap();
    let mut order = order();
    order.references = [(of("former_clients"), 2), (of("peers"), 0)].into();
    order.notes = vec![ReferenceNote { relationship: Some(of("former_clients")), note: "Of the last year".to_owned() }];
    order.any_references = 0;
    for extensions in [true, false] {
        let body = sent(&order, Profile::PartnerV2, extensions).await;
        assert_eq!(body["config_params"], json!({"former_clients": 2, "peers": 0}));
    }
    let body = sent(&order, Profile::PartnerV2, false).await;
    assert!(body["candidate_message"].as_str().unwrap().ends_with("Former clients: Of the last year"), "{body}");
    order.any_references = 1;
    let body = sent(&order, Profile::PartnerV2, false).await;
    assert_eq!(body["config_params"], json!({"former_clients": 2, "peers": 1}));
}

#[tokio::test]
async fn what_is_unknown_is_left_out_and_never_null() {
    let mut least = order();
    least.candidate.mobile = None;
    least.hiring_manager = None;
    least.candidate_message = None;
    least.notes.clear();
    least.any_references = 0;
    least.auto_conclude = None;
    for extensions in [true, false] {
        let body = sent(&least, Profile::PartnerV2, extensions).await;
        assert!(!body.to_string().contains("null"), "{body}");
        assert_eq!(body["candidate"].as_object().unwrap().len(), 3);
        for absent in ["hiring_manager", "candidate_message", "reference_notes", "auto_conclude"] {
            assert_eq!(body.get(absent), None, "{absent}");
        }
    }
}

#[tokio::test]
async fn a_candidate_without_a_phone_is_not_to_get_text_messages() {
    let mut order = order();
    assert!(order.notifications.sms);
    assert_eq!(sent(&order, Profile::PartnerV2, false).await["use_sms"], true);
    order.candidate.mobile = None;
    for extensions in [true, false] {
        assert_eq!(sent(&order, Profile::PartnerV2, extensions).await["use_sms"], false);
    }
}

#[tokio::test]
async fn a_templates_own_email_text_reaches_the_candidate_with_the_message() {
    let mut order = order();
    order.notifications.email_text = Some("Please take five minutes.".to_owned());
    let body = sent(&order, Profile::PartnerV2, true).await;
    assert_eq!(body["candidate_message"], "Welcome.\n\nPlease take five minutes.");
}

#[tokio::test]
async fn the_id_is_read_from_every_known_reply() {
    for (status, reply) in [
        (201, json!({"request_id": REQUEST})),
        (200, json!({"id": REQUEST})),
        (202, json!({"data": {"request_id": REQUEST, "id": "7"}})),
    ] {
        assert_eq!(outcome(ResponseTemplate::new(status).set_body_json(reply)).await, Ok(request()));
    }
}

#[tokio::test]
async fn a_refused_create_was_not_created() {
    let answer = ResponseTemplate::new;
    let not_created = CreateError::NotCreated;
    let invalid = json!({"candidate": {"email": ["ada@example.com is no address"]}, "jobrole": ["Unknown"]});
    let fields = vec!["candidate.email".to_owned(), "jobrole".to_owned()];
    let after = Some(std::time::Duration::from_secs(17));
    for (answer, expected) in [
        (answer(409).set_body_json(json!({"errors": "A request exists."})), CreateError::AlreadyExists),
        (answer(422).set_body_json(invalid), not_created(ProviderError::Refused { fields })),
        (answer(401), not_created(ProviderError::Unauthorized)),
        (answer(403), not_created(ProviderError::Unauthorized)),
        (answer(429).insert_header("retry-after", "17"), not_created(ProviderError::RateLimited { after })),
    ] {
        assert_eq!(outcome(answer).await, Err(expected));
    }
    for status in [301, 302, 307, 308, 404, 405] {
        let error = outcome(answer(status).insert_header("location", "/elsewhere/")).await.unwrap_err();
        assert!(matches!(error, CreateError::NotCreated(ProviderError::Misconfigured { .. })), "{status}: {error}");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_tell_leaves_the_outcome_unknown() {
    let answers = [
        ResponseTemplate::new(500),
        ResponseTemplate::new(502).set_body_string("<html>"),
        ResponseTemplate::new(503).insert_header("retry-after", "1"),
        ResponseTemplate::new(408),
        ResponseTemplate::new(204),
        ResponseTemplate::new(201).set_body_string("<html>"),
        ResponseTemplate::new(201).set_body_json(json!({"ok": true})),
        ResponseTemplate::new(201).set_body_json(json!({"request_id": "../../etc"})),
        ResponseTemplate::new(201).set_body_bytes(vec![b' '; 1024 * 1024 + 1]),
    ];
    for answer in answers {
        let error = outcome(answer).await.unwrap_err();
        assert!(matches!(error, CreateError::Unknown { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_redirected_create_is_not_sent_again() {
    let server = MockServer::start().await;
    let redirect = ResponseTemplate::new(307).insert_header("location", "/elsewhere/");
    Mock::given(path(V2)).respond_with(redirect).expect(1).mount(&server).await;
    Mock::given(path("/elsewhere/")).respond_with(ResponseTemplate::new(201)).expect(0).mount(&server).await;
    client().create(&customer(Profile::PartnerV2, &server.uri()), &order(), &correlation()).await.unwrap_err();
}

#[tokio::test]
async fn the_order_is_sent_as_the_order_says() {
    let server = MockServer::start().await;
    let mut expected: Value = serde_json::from_str(include_str!("fixtures/create_full.json")).unwrap();
    expected["use_sms"] = json!(false);
    expected["send_past_due_notification"] = json!(false);
    expected["send_completed_notification"] = json!(true);
    Mock::given(body_json(&expected))
        .respond_with(ResponseTemplate::new(201).set_body_json(json!({"request_id": REQUEST})))
        .expect(1)
        .mount(&server)
        .await;
    let mut order = order();
    order.notifications = Notifications { sms: false, past_due: false, completed: true, ..Notifications::default() };
    let mut customer = customer(Profile::PartnerV2, &server.uri());
    customer.settings.crosschq.extensions = true;
    assert_eq!(client().create(&customer, &order, &correlation()).await, Ok(request()));
}
