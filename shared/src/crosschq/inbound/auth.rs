//! Whether a callback comes from the customer's Crosschq (docs/vendors/crosschq.md §9.6).
//!
//! Crosschq signs nothing: its administrators choose *No Auth*, *Basic* or *Token* and fill one field (§2). The URL's
//! last segment is a secret in every mode; while secrets rotate, the old and the new one both open, in any mixture.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use subtle::{Choice, ConstantTimeEq};

use crate::domain::{CallbackAuth, Customer, Timestamp};
use crate::failure::Failure;
use crate::ports::CustomerSecrets;

/// How old or how far ahead a signature may be (docs/vendors/crosschq.md §9.6).
const MAX_SKEW: Duration = Duration::from_secs(300);

/// Lets a callback in, or not, by the customer's settings and any of its live secrets. `body` is the raw bytes.
///
/// # Errors
/// [`Failure::UnknownPath`] if the path's secret segment is wrong; [`Failure::Unauthenticated`] if the path is right and the
/// credential is not.
pub fn authenticate(
    customer: &Customer,
    secrets: &CustomerSecrets,
    path_secret: &str,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<(), Failure> {
    let settings = &customer.settings.crosschq;
    let paths = secrets.live().map(|set| &set.callback.path_secret).filter_map(usable);
    if !any(paths.map(|secret| same(secret, path_secret))) {
        return Err(Failure::UnknownPath);
    }
    let tokens: Vec<&str> = secrets.live().filter_map(|set| usable(set.callback.token.as_ref()?)).collect();
    if tokens.is_empty() && settings.callback_auth != CallbackAuth::None {
        tracing::error!(customer.id = %customer.id, "the customer's secret has no callback.token, which crosschq.callback_auth asks for");
    }
    let proven = match settings.callback_auth {
        CallbackAuth::None => true,
        CallbackAuth::Token => by_token(header(headers, &settings.callback_header), &tokens),
        CallbackAuth::Basic => by_basic(header(headers, AUTHORIZATION.as_str()), &tokens),
        CallbackAuth::StandardWebhooks => by_signature(headers, body, &tokens, now),
    };
    if proven { Ok(()) } else { Err(Failure::Unauthenticated { why: "callback credential" }) }
}

/// A secret that can prove anything: an empty one would let in everybody who sends nothing.
fn usable(secret: &SecretString) -> Option<&str> {
    Some(secret.expose_secret().trim()).filter(|secret| !secret.is_empty())
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Whether two texts are the same, in a time that tells neither where they differ nor how long they are.
fn same(one: &str, other: &str) -> Choice {
    Sha256::digest(one).ct_eq(&Sha256::digest(other))
}

/// Whether any holds, after looking at all.
fn any(choices: impl Iterator<Item = Choice>) -> bool {
    choices.fold(Choice::from(0), |found, choice| found | choice).into()
}

/// The credentials behind one of the scheme words, whatever its case.
fn after<'h>(value: &'h str, schemes: &[&str]) -> Option<&'h str> {
    let (scheme, credentials) = value.split_once(' ')?;
    schemes.iter().any(|known| scheme.eq_ignore_ascii_case(known)).then(|| credentials.trim_start())
}

/// The token, bare or after `Token` or `Bearer`: which word goes before it is not documented.
fn by_token(value: Option<&str>, tokens: &[&str]) -> bool {
    let Some(value) = value else { return false };
    let bare = after(value, &["token", "bearer"]).unwrap_or(value);
    any(tokens.iter().map(|token| same(token, value) | same(token, bare)))
}

/// `Basic`, in both readings of the one token field: it holds `user:pass`, or what is already encoded.
fn by_basic(value: Option<&str>, tokens: &[&str]) -> bool {
    let Some(sent) = value.and_then(|value| after(value, &["basic"])) else { return false };
    any(tokens.iter().map(|token| same(token, sent) | same(&STANDARD.encode(token), sent)))
}

/// A Standard Webhooks signature over the raw bytes. The published crate signs; the clock and the comparison are ours,
/// since its `verify` asks the system's clock.
fn by_signature(headers: &HeaderMap, body: &[u8], tokens: &[&str], now: Timestamp) -> bool {
    let signed = || {
        let id = header(headers, HEADER_WEBHOOK_ID).filter(|id| !id.is_empty())?;
        let at_s: i64 = header(headers, HEADER_WEBHOOK_TIMESTAMP)?.parse().ok()?;
        Some((id, at_s, header(headers, HEADER_WEBHOOK_SIGNATURE)?))
    };
    let Some((id, at_s, signatures)) = signed() else { return false };
    let skew_s = now.s().saturating_sub(at_s).unsigned_abs();
    let expected = tokens.iter().filter_map(|token| {
        let hook = Webhook::new(token).ok().filter(|_| *token != "whsec_")?;
        hook.sign(id, at_s, body).ok()
    });
    let sent = |expected: String| signatures.split(' ').map(move |signature| same(&expected, signature));
    any(expected.flat_map(sent)) && skew_s <= MAX_SKEW.as_secs()
}
