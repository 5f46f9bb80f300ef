//! `x-icims-v1-hmac-sha256` (docs/vendors/icims.md §1.4): a signature over method, path, query and named headers. The
//! body is covered only through the header `x-icims-content-sha256`: where that is signed it must match, and it must be
//! signed unless the customer's settings say otherwise.

use std::collections::BTreeSet;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::verdict::{Verdict, is_secret};
use super::{Body, Push};
use crate::domain::{PushAuth, Timestamp};
use crate::ports::CustomerSecrets;

mod sign;

pub use sign::sign;

const SCHEME: &str = "x-icims-v1-hmac-sha256";
const DATE: &str = "x-icims-date";
const CONTENT_HASH: &str = "x-icims-content-sha256";

/// Why a signature that leaves out this header is refused.
fn unsigned(name: &str) -> &'static str {
    match name {
        "host" => "HMAC: host is not signed",
        DATE => "HMAC: x-icims-date is not signed",
        CONTENT_HASH => "HMAC: x-icims-content-sha256 is not signed",
        _ => "HMAC: a header of icims.push.hmac_signed_headers is not signed",
    }
}

struct Authorization<'a> {
    user: &'a str,
    signed_headers: BTreeSet<&'a str>,
    signature: [u8; 32],
}

pub(super) fn verify(
    push: &Push,
    body: &Body,
    secrets: &CustomerSecrets,
    settings: &PushAuth,
    now: Timestamp,
) -> Verdict {
    let Some(header) = push.authorization(SCHEME) else { return Verdict::NotTried };
    match check(header, push, body, secrets, settings, now) {
        Ok(()) => Verdict::Proven,
        Err(why) => Verdict::Refused(why),
    }
}

fn check(
    header: &str,
    push: &Push,
    body: &Body,
    secrets: &CustomerSecrets,
    settings: &PushAuth,
    now: Timestamp,
) -> Result<(), &'static str> {
    let given = read(header).ok_or("HMAC: the header cannot be read")?;
    if let Some(name) = settings.hmac_signed_headers.iter().find(|name| !given.signed_headers.contains(name.as_str())) {
        return Err(unsigned(name));
    }
    let date = push.header(DATE).ok_or("HMAC: no x-icims-date")?;
    let canonical =
        canonical_request(push, &given.signed_headers, settings).ok_or("HMAC: a signed header is absent")?;
    let to_sign = format!("{SCHEME}\n{date}\n{}", hex::encode(Sha256::digest(canonical)));
    if !bool::from(is_signed(&given, to_sign.as_bytes(), secrets)) {
        return Err("HMAC: signature");
    }
    let at = moment(date).ok_or("HMAC: x-icims-date cannot be read")?;
    let skew_ms = at.ms().abs_diff(now.ms());
    if skew_ms > u64::from(settings.max_skew_s) * 1000 {
        return Err("HMAC: x-icims-date is too far from now");
    }
    if !given.signed_headers.contains(CONTENT_HASH) {
        tracing::debug!("the signature does not cover the body, as the customer's settings permit");
        return Ok(());
    }
    let hash = push.header(CONTENT_HASH).and_then(digest_of).ok_or("HMAC: x-icims-content-sha256 cannot be read")?;
    covered(body, &hash).ok_or("HMAC: the body is not the one that was signed")
}

/// Reads `user=…,signedheaders=…;…,signature=…`, with or without blanks after the commas.
fn read(header: &str) -> Option<Authorization<'_>> {
    let (mut user, mut signed_headers, mut signature) = (None, None, None);
    for part in header.split(',') {
        let (name, value) = part.trim().split_once('=')?;
        let slot = match name {
            "user" => &mut user,
            "signedheaders" => &mut signed_headers,
            "signature" => &mut signature,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return None;
        }
    }
    Some(Authorization {
        user: user?,
        signed_headers: signed_headers?.split(';').collect(),
        signature: digest_of(signature?)?,
    })
}

fn digest_of(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    hex::decode_to_slice(text, &mut digest).ok()?;
    Some(digest)
}

fn canonical_request(push: &Push, signed: &BTreeSet<&str>, settings: &PushAuth) -> Option<String> {
    let mut text = format!("{}\n{}\n{}\n", push.method, push.raw_path, push.raw_query);
    for &name in signed {
        let value = match (name, &settings.signed_host) {
            ("host", Some(host)) => host.as_str(),
            _ => push.header(name)?,
        };
        text.extend([name, ":", value, "\n"]);
    }
    let names: Vec<&str> = signed.iter().copied().collect();
    text.push('\n');
    text.push_str(&names.join(";"));
    Some(text)
}

fn is_signed(given: &Authorization<'_>, to_sign: &[u8], secrets: &CustomerSecrets) -> Choice {
    secrets.live().filter_map(|set| set.push.hmac.as_ref()).fold(Choice::from(0), |any, pair| {
        let key = pair.password.expose_secret().as_bytes();
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return any };
        mac.update(to_sign);
        let expected = mac.finalize().into_bytes();
        let has_key = Choice::from(u8::from(!key.is_empty()));
        any | (expected.as_slice().ct_eq(&given.signature) & is_secret(given.user.as_bytes(), &pair.user) & has_key)
    })
}

/// `2017-10-18T14:53:40+0000` as iCIMS writes it, or RFC 3339.
fn moment(date: &str) -> Option<Timestamp> {
    let colonless = date.len() > 5
        && date.is_ascii()
        && date[date.len() - 5..].starts_with(['+', '-'])
        && date[date.len() - 4..].bytes().all(|byte| byte.is_ascii_digit());
    let text = if colonless {
        let (head, minutes) = date.split_at(date.len() - 2);
        format!("{head}:{minutes}")
    } else {
        date.to_owned()
    };
    OffsetDateTime::parse(&text, &Rfc3339).ok().map(Timestamp::from)
}

/// Whether the hash is that of the body: of the bytes as sent, or of the inflated ones. Which of the two iCIMS means
/// for a compressed push is not documented, so the log says what was found.
fn covered(body: &Body, hash: &[u8; 32]) -> Option<()> {
    let of = |bytes: &[u8]| bool::from(Sha256::digest(bytes).as_slice().ct_eq(hash));
    let over = match (of(body.raw()), of(body.plain())) {
        (true, _) if body.was_compressed() => "compressed",
        (true, _) => "uncompressed",
        (false, true) => "inflated",
        (false, false) => return None,
    };
    tracing::debug!(push.hash_over = over, "the signed body hash matches");
    Some(())
}

#[cfg(test)]
mod tests;
