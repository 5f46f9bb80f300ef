//! Who sent it: any one of the ways that the customer's settings accept (docs/vendors/icims.md §2.1, §2.3).
//!
//! Everything is compared with the secrets of the one customer that the body names, so a credential of another
//! customer opens nothing here.

use subtle::Choice;

use super::verdict::{Verdict, is_secret};
use super::{Body, Push, basic, bearer, customer_of, hmac};
use crate::domain::{AuthMode, Customer, Timestamp};
use crate::failure::Failure;
use crate::ports::CustomerSecrets;

/// Proves that a push comes from this customer's iCIMS, by the first accepted way that holds. `body` is the decoded
/// body of `push`. Both live versions of the secrets open the door; comparisons take constant time.
///
/// # Errors
/// [`Failure::Unauthenticated`] with the proof that failed; [`Failure::Poison`] if the body names no customer.
pub fn authenticate(
    customer: &Customer,
    secrets: &CustomerSecrets,
    push: &Push,
    body: &Body,
    now: Timestamp,
) -> Result<AuthMode, Failure> {
    if customer_of(body)? != customer.id {
        return Err(Failure::Unauthenticated { why: "the body names another customer" });
    }
    let settings = &customer.settings.icims.push;
    let mut refused = None;
    for &mode in &settings.accept {
        let verdict = match mode {
            AuthMode::Basic => basic::verify(push, secrets),
            AuthMode::Hmac => hmac::verify(push, body, secrets, settings, now),
            AuthMode::OAuth => bearer::verify(push, &customer.id, secrets, now),
            AuthMode::PathSecret => path_secret(push, secrets),
        };
        match verdict {
            Verdict::Proven => return Ok(mode),
            Verdict::NotTried => {}
            Verdict::Refused(why) => refused = refused.or(Some(why)),
        }
    }
    Err(Failure::Unauthenticated { why: refused.unwrap_or("no credential of an accepted kind") })
}

fn path_secret(push: &Push, secrets: &CustomerSecrets) -> Verdict {
    let Some(given) = &push.path_secret else { return Verdict::NotTried };
    let proven = secrets
        .live()
        .filter_map(|set| set.push.path_secret.as_ref())
        .fold(Choice::from(0), |any, secret| any | is_secret(given.as_bytes(), secret));
    Verdict::of(proven, "path secret")
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine as _};

    use secrecy::SecretString;

    use super::super::testing::{RECORDED, body, customer, push, secrets};
    use super::*;

    const NOW: Timestamp = Timestamp::from_s(1_700_000_000);

    fn try_with(accept: &[AuthMode], push: &Push) -> Result<AuthMode, Failure> {
        authenticate(&customer("2187", accept), &secrets("2187"), push, &body(RECORDED.as_bytes()), NOW)
    }

    fn basic(user: &str, password: &str) -> Push {
        let header = format!("basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")));
        push(&[("authorization", &header)], RECORDED.as_bytes())
    }

    #[test]
    fn both_live_versions_of_a_basic_login_open_the_door_and_others_do_not() {
        let accept = &[AuthMode::Basic];
        for good in ["password-2187-v2", "password-2187-v1"] {
            assert_eq!(try_with(accept, &basic("pusher", good)), Ok(AuthMode::Basic));
        }
        for (user, bad) in [("pusher", "password-2187-v3"), ("pushe", "password-2187-v2"), ("pusher", ""), ("", "")] {
            assert_eq!(try_with(accept, &basic(user, bad)), Err(Failure::Unauthenticated { why: "Basic" }));
        }
    }

    #[test]
    fn a_credential_of_another_customer_opens_nothing() {
        assert!(try_with(&[AuthMode::Basic], &basic("pusher", "password-6268-v2")).is_err());
        let mut other_path = push(&[], RECORDED.as_bytes());
        other_path.path_secret = Some("path-6268-v2".to_owned());
        assert!(try_with(&[AuthMode::PathSecret], &other_path).is_err());
        let own_login_other_body = authenticate(
            &customer("6268", &[AuthMode::Basic]),
            &secrets("6268"),
            &basic("pusher", "password-6268-v2"),
            &body(RECORDED.as_bytes()),
            NOW,
        );
        assert_eq!(own_login_other_body, Err(Failure::Unauthenticated { why: "the body names another customer" }));
    }

    #[test]
    fn a_way_that_is_not_accepted_does_not_open_the_door() {
        let login = basic("pusher", "password-2187-v2");
        assert!(try_with(&[AuthMode::Hmac, AuthMode::OAuth, AuthMode::PathSecret], &login).is_err());
        assert!(try_with(&[], &login).is_err());
    }

    #[test]
    fn the_path_secret_opens_the_door_in_either_version() {
        let mut by_path = push(&[], RECORDED.as_bytes());
        for (secret, opens) in [("path-2187-v2", true), ("path-2187-v1", true), ("path-2187-v", false), ("", false)] {
            by_path.path_secret = Some(secret.to_owned());
            assert_eq!(try_with(&[AuthMode::Basic, AuthMode::PathSecret], &by_path).is_ok(), opens, "{secret}");
        }
    }

    #[test]
    fn an_empty_secret_is_no_secret() {
        let mut unset = secrets("2187");
        unset.current.push.path_secret = Some(SecretString::from(""));
        let mut by_path = push(&[], RECORDED.as_bytes());
        by_path.path_secret = Some(String::new());
        let customer = customer("2187", &[AuthMode::PathSecret]);
        assert!(authenticate(&customer, &unset, &by_path, &body(RECORDED.as_bytes()), NOW).is_err());
    }

    #[test]
    fn two_authorization_headers_prove_nothing() {
        let good = format!("Basic {}", BASE64_STANDARD.encode("pusher:password-2187-v2"));
        let twice = push(&[("authorization", &good), ("authorization", "Basic x")], RECORDED.as_bytes());
        assert!(try_with(&[AuthMode::Basic], &twice).is_err());
    }
}
