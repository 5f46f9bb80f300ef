//! Who gets a callback in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use standardwebhooks::Webhook;

use super::super::inbound::authenticate;
use super::*;
use crate::domain::{CallbackAuth, Timestamp};

const BODY: &[u8] = br#"{"id":"1"}"#;
const NOW: Timestamp = Timestamp::from_s(1_767_608_100);
const KEY: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const OLD_KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn set_up(auth: CallbackAuth) -> Customer {
    let mut customer = customer(Profile::PartnerV2, "https://partner.crosschq.com");
    customer.settings.crosschq.callback_auth = auth;
    customer
}

fn rotating(token: Option<&str>, old_token: Option<&str>) -> CustomerSecrets {
    CustomerSecrets {
        current: secret_set("v2", "t", "new-path", token),
        previous: Some(secret_set("v1", "t", "old-path", old_token)),
    }
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse::<http::HeaderValue>().unwrap()))
        .collect()
}

fn with(auth: CallbackAuth, secrets: &CustomerSecrets, sent: &[(&str, &str)]) -> Result<(), Failure> {
    authenticate(&set_up(auth), secrets, "new-path", &headers(sent), BODY, NOW)
}

fn authorized(auth: CallbackAuth, secrets: &CustomerSecrets, value: &str) -> bool {
    let outcome = with(auth, secrets, &[("authorization", value)]);
    assert!(outcome != Err(Failure::UnknownPath));
    outcome.is_ok()
}

#[test]
fn without_a_live_path_secret_the_path_is_unknown_in_every_mode() {
    let secrets = rotating(Some("token"), Some("old"));
    for auth in [CallbackAuth::None, CallbackAuth::Token, CallbackAuth::Basic, CallbackAuth::StandardWebhooks] {
        for path in ["", "x", "new-pat", "new-path2", "NEW-PATH"] {
            let sent = headers(&[("authorization", "token")]);
            let outcome = authenticate(&set_up(auth), &secrets, path, &sent, BODY, NOW);
            assert_eq!(outcome, Err(Failure::UnknownPath), "{auth:?} {path}");
        }
    }
    let empty = CustomerSecrets { current: secret_set("v1", "t", "", None), previous: None };
    let outcome = authenticate(&set_up(CallbackAuth::None), &empty, "", &HeaderMap::new(), BODY, NOW);
    assert_eq!(outcome, Err(Failure::UnknownPath));
}

#[test]
fn both_path_secrets_open_while_rotating() {
    let secrets = rotating(None, None);
    for path in ["new-path", "old-path"] {
        let outcome = authenticate(&set_up(CallbackAuth::None), &secrets, path, &HeaderMap::new(), BODY, NOW);
        assert_eq!(outcome, Ok(()), "{path}");
    }
}

#[test]
fn a_token_opens_bare_or_after_its_word_in_both_versions() {
    let secrets = rotating(Some("s3cret"), Some("0ld"));
    for good in ["s3cret", "Token s3cret", "Bearer s3cret", "bearer s3cret", "0ld", "Token 0ld", "Bearer 0ld"] {
        assert!(authorized(CallbackAuth::Token, &secrets, good), "{good}");
    }
    for bad in ["", "s3cre", "s3cret2", "S3CRET", "Basic s3cret", "Token", "Token ", "Bearer other", "s3cret s3cret"] {
        assert!(!authorized(CallbackAuth::Token, &secrets, bad), "{bad}");
    }
    assert_eq!(with(CallbackAuth::Token, &secrets, &[]), Err(Failure::Unauthenticated { why: "callback credential" }));
}

#[test]
fn a_token_is_looked_for_in_the_configured_header_only() {
    let mut customer = set_up(CallbackAuth::Token);
    customer.settings.crosschq.callback_header = "X-Crosschq-Token".to_owned();
    let secrets = rotating(Some("s3cret"), None);
    let sent =
        |name: &str| authenticate(&customer, &secrets, "new-path", &headers(&[(name, "s3cret")]), BODY, NOW).is_ok();
    assert!(sent("x-crosschq-token"));
    assert!(!sent("authorization"));
}

#[test]
fn basic_opens_in_both_readings_of_the_one_field_and_in_both_versions() {
    let plain = rotating(Some("user:pass"), Some("user:old"));
    let encoded = STANDARD.encode("user:pass");
    for good in [format!("Basic {encoded}"), "Basic user:pass".to_owned(), format!("basic {encoded}")] {
        assert!(authorized(CallbackAuth::Basic, &plain, &good), "{good}");
    }
    assert!(authorized(CallbackAuth::Basic, &plain, &format!("Basic {}", STANDARD.encode("user:old"))));
    // The field may hold the encoded form already.
    let secrets = rotating(Some(&encoded), None);
    assert!(authorized(CallbackAuth::Basic, &secrets, &format!("Basic {encoded}")));
    let wrong = STANDARD.encode("user:wrong");
    for bad in ["", "Basic", "Basic ", &encoded, "user:pass", "Bearer user:pass", &format!("Basic {wrong}")] {
        assert!(!authorized(CallbackAuth::Basic, &plain, bad), "{bad}");
    }
}

#[test]
fn a_mode_that_needs_a_token_opens_to_nobody_without_one() {
    for secrets in [rotating(None, None), rotating(Some(""), Some("  ")), rotating(Some("whsec_"), None)] {
        for auth in [CallbackAuth::Token, CallbackAuth::Basic] {
            for value in ["", "Basic ", "Basic", "Token ", "Bearer "] {
                assert!(!authorized(auth, &secrets, value), "{auth:?} {value:?}");
            }
        }
        let signature = Webhook::from_bytes(Vec::new()).unwrap().sign("m", NOW.s(), BODY).unwrap();
        let sent =
            [("webhook-id", "m"), ("webhook-timestamp", &*NOW.s().to_string()), ("webhook-signature", &signature)];
        assert!(with(CallbackAuth::StandardWebhooks, &secrets, &sent).is_err());
    }
}

fn signed(key: &str, at_s: i64, body: &[u8]) -> Result<(), Failure> {
    let signature = Webhook::new(key).unwrap().sign("msg_1", at_s, body).unwrap();
    signature_outcome("msg_1", at_s, &signature)
}

fn signature_outcome(id: &str, at_s: i64, signature: &str) -> Result<(), Failure> {
    let secrets = rotating(Some(KEY), Some(OLD_KEY));
    let at = at_s.to_string();
    let sent = [("webhook-id", id), ("webhook-timestamp", &*at), ("webhook-signature", signature)];
    with(CallbackAuth::StandardWebhooks, &secrets, &sent)
}

#[test]
fn a_signature_opens_in_both_versions_and_beside_others() {
    assert_eq!(signed(KEY, NOW.s(), BODY), Ok(()));
    assert_eq!(signed(OLD_KEY, NOW.s(), BODY), Ok(()));
    let good = Webhook::new(KEY).unwrap().sign("msg_1", NOW.s(), BODY).unwrap();
    assert_eq!(signature_outcome("msg_1", NOW.s(), &format!("v1a,xyz v1,AAAA {good}")), Ok(()));
}

#[test]
fn a_signature_of_another_body_id_time_or_key_does_not_open() {
    let refused = Err(Failure::Unauthenticated { why: "callback credential" });
    assert_eq!(signed(KEY, NOW.s(), b"{\"id\":\"2\"}"), refused);
    assert_eq!(signed("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NOW.s(), BODY), refused);
    let good = Webhook::new(KEY).unwrap().sign("msg_1", NOW.s(), BODY).unwrap();
    assert_eq!(signature_outcome("msg_2", NOW.s(), &good), refused);
    assert_eq!(signature_outcome("msg_1", NOW.s() + 1, &good), refused);
    assert_eq!(signature_outcome("msg_1", NOW.s(), &good.replace("v1,", "v2,")), refused);
    assert_eq!(signature_outcome("msg_1", NOW.s(), &good[..20]), refused);
    assert_eq!(signature_outcome("msg_1", NOW.s(), ""), refused);
}

#[test]
fn a_signature_may_be_five_minutes_off_either_way() {
    for (skew_s, good) in [(300, true), (-300, true), (301, false), (-301, false), (i64::MIN / 2, false)] {
        assert_eq!(signed(KEY, NOW.s() + skew_s, BODY).is_ok(), good, "{skew_s}");
    }
}

#[test]
fn a_signature_without_its_headers_does_not_open() {
    let secrets = rotating(Some(KEY), None);
    let good = Webhook::new(KEY).unwrap().sign("msg_1", NOW.s(), BODY).unwrap();
    let at = NOW.s().to_string();
    let all = [("webhook-id", "msg_1"), ("webhook-timestamp", &*at), ("webhook-signature", &*good)];
    assert_eq!(with(CallbackAuth::StandardWebhooks, &secrets, &all), Ok(()));
    for missing in 0..all.len() {
        let sent: Vec<_> = all.iter().enumerate().filter(|(n, _)| *n != missing).map(|(_, pair)| *pair).collect();
        assert!(with(CallbackAuth::StandardWebhooks, &secrets, &sent).is_err(), "{missing}");
    }
    assert!(with(CallbackAuth::StandardWebhooks, &secrets, &[("authorization", KEY)]).is_err());
}
