//! The Bearer tokens of our own token endpoint: stateless, signed with the customer's `token_key`.
//!
//! A token is `v2.<claims>.<signature>`, both parts base64url. It dies before its time when its key or the client pair
//! that it was issued for is in no live version of the secrets any more; rotating anything else does not touch it.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::Push;
use super::verdict::Verdict;
use crate::domain::{CustomerId, Timestamp};
use crate::ports::{CustomerSecrets, SecretSet};

const FORMAT: &str = "v2";

#[derive(Serialize, Deserialize)]
struct Claims {
    customer: CustomerId,
    expires_at_s: i64,
    client: String,
}

/// Issues a token for a customer under one version of its secrets; nothing if that version has no token key or client.
pub(super) fn issue(customer: &CustomerId, set: &SecretSet, expires_at: Timestamp) -> Option<SecretString> {
    let claims = Claims { customer: customer.clone(), expires_at_s: expires_at.s(), client: client(set)? };
    let claims = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).ok()?);
    let signature = BASE64_URL_SAFE_NO_PAD.encode(mac(set, &claims)?.finalize().into_bytes());
    Some(SecretString::from(format!("{FORMAT}.{claims}.{signature}")))
}

fn mac(set: &SecretSet, claims: &str) -> Option<Hmac<Sha256>> {
    let mut mac = keyed(set)?;
    mac.update(FORMAT.as_bytes());
    mac.update(b".");
    mac.update(claims.as_bytes());
    Some(mac)
}

fn keyed(set: &SecretSet) -> Option<Hmac<Sha256>> {
    let key = set.push.token_key.as_ref()?.expose_secret();
    if key.is_empty() { None } else { Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok() }
}

/// What tells client pairs apart, and nothing about them to who has no key.
fn client(set: &SecretSet) -> Option<String> {
    let pair = set.push.oauth.as_ref()?;
    let mut mac = keyed(set)?;
    mac.update(b"client\0");
    mac.update(pair.user.expose_secret().as_bytes());
    mac.update(b"\0");
    mac.update(pair.password.expose_secret().as_bytes());
    Some(BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

pub(super) fn verify(push: &Push, customer: &CustomerId, secrets: &CustomerSecrets, now: Timestamp) -> Verdict {
    let Some(token) = push.authorization("bearer") else { return Verdict::NotTried };
    match claims_of(token, secrets) {
        None => Verdict::Refused("Bearer: not a token of ours"),
        Some(claims) if claims.customer != *customer => Verdict::Refused("Bearer: another customer's"),
        Some(claims) if claims.expires_at_s <= now.s() => Verdict::Refused("Bearer: expired"),
        Some(_) => Verdict::Proven,
    }
}

/// The claims of a token, if a live version of the secrets signed it for a client pair of its own.
fn claims_of(token: &str, secrets: &CustomerSecrets) -> Option<Claims> {
    let (claims, signature) = token.strip_prefix(FORMAT)?.strip_prefix('.')?.split_once('.')?;
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
    let is_signer = |set: &&SecretSet| mac(set, claims).is_some_and(|mac| mac.verify_slice(&signature).is_ok());
    // Two versions that differ in their client pair only share the key.
    let signers: Vec<&SecretSet> = secrets.live().filter(is_signer).collect();
    if signers.is_empty() {
        return None;
    }
    let claims: Claims = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    signers.into_iter().any(|set| client(set).as_deref() == Some(&*claims.client)).then_some(claims)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{push, secrets, set};
    use super::*;

    const ISSUED: Timestamp = Timestamp::from_s(1_700_000_000);
    const EXPIRES: Timestamp = Timestamp::from_s(1_700_086_400);

    fn id(text: &str) -> CustomerId {
        CustomerId::parse(text).unwrap()
    }

    fn token(customer: &str, version: &str) -> String {
        issue(&id(customer), &set(customer, version), EXPIRES).unwrap().expose_secret().to_owned()
    }

    fn verdict(token: &str, secrets: &CustomerSecrets, now: Timestamp) -> Verdict {
        verify(&push(&[("authorization", &format!("Bearer {token}"))], b"{}"), &id("2187"), secrets, now)
    }

    #[test]
    fn a_token_of_either_live_version_is_good_until_it_ends() {
        for version in ["v1", "v2"] {
            let token = token("2187", version);
            assert_eq!(verdict(&token, &secrets("2187"), ISSUED), Verdict::Proven);
            assert_eq!(verdict(&token, &secrets("2187"), EXPIRES), Verdict::Refused("Bearer: expired"));
        }
    }

    #[test]
    fn a_token_dies_with_its_key_and_with_the_client_pair_it_was_issued_for() {
        let rotated = CustomerSecrets { current: set("2187", "v3"), previous: Some(set("2187", "v2")) };
        assert_ne!(verdict(&token("2187", "v1"), &rotated, ISSUED), Verdict::Proven);
        let mut other_pair = CustomerSecrets { current: set("2187", "v1"), previous: None };
        other_pair.current.push.oauth = set("2187", "v9").push.oauth;
        assert_ne!(verdict(&token("2187", "v1"), &other_pair, ISSUED), Verdict::Proven);
    }

    #[test]
    fn a_token_outlives_rotations_of_everything_but_its_key_and_its_client_pair() {
        let mut later = set("2187", "v9");
        (later.push.oauth, later.push.token_key) = (set("2187", "v1").push.oauth, set("2187", "v1").push.token_key);
        let rotated_twice = CustomerSecrets { current: later.clone(), previous: Some(later) };
        assert_eq!(verdict(&token("2187", "v1"), &rotated_twice, ISSUED), Verdict::Proven);
    }

    #[test]
    fn while_the_client_pair_rotates_tokens_for_both_pairs_are_good() {
        let mut newer = set("2187", "v1");
        newer.push.oauth = set("2187", "v9").push.oauth;
        let rotating = CustomerSecrets { current: newer.clone(), previous: Some(set("2187", "v1")) };
        let token = issue(&id("2187"), &newer, EXPIRES).unwrap().expose_secret().to_owned();
        assert_eq!(verdict(&token, &rotating, ISSUED), Verdict::Proven);
        assert_eq!(verdict(&self::token("2187", "v1"), &rotating, ISSUED), Verdict::Proven);
    }

    #[test]
    fn another_customers_token_and_an_altered_one_are_refused() {
        assert_ne!(verdict(&token("6268", "v2"), &secrets("2187"), ISSUED), Verdict::Proven);
        // Even where two customers share a key by mistake, the claim tells them apart.
        let shared = CustomerSecrets { current: set("6268", "v2"), previous: None };
        assert_eq!(verdict(&token("6268", "v2"), &shared, ISSUED), Verdict::Refused("Bearer: another customer's"));
        let good = token("2187", "v2");
        let (head, signature) = good.rsplit_once('.').unwrap();
        let longer = BASE64_URL_SAFE_NO_PAD.encode(r#"{"customer":"2187","expires_at_s":9999999999,"client":"x"}"#);
        for bad in ["", "v2", "v2..", &format!("{head}."), &format!("{head}.AAAA"), &format!("v2.{longer}.{signature}")]
        {
            assert_ne!(verdict(bad, &secrets("2187"), ISSUED), Verdict::Proven, "{bad}");
        }
    }
}
