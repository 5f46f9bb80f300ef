//! HTTP Basic, as iCIMS sends it and as a client may send it to the token endpoint.

use base64::Engine as _;
use secrecy::ExposeSecret as _;
use secrecy::SecretSlice;
use subtle::Choice;

use super::Push;
use super::body::LENIENT_BASE64;
use super::verdict::{Verdict, is_secret};
use crate::ports::{BasicPair, CustomerSecrets};

/// A login as it came in.
pub(super) struct Login {
    bytes: SecretSlice<u8>,
    colon: usize,
}

impl Login {
    /// The login of a request; nothing if there is none that can be read.
    pub(super) fn of(push: &Push) -> Option<Self> {
        let bytes = LENIENT_BASE64.decode(push.authorization("basic")?).ok()?;
        let colon = bytes.iter().position(|&byte| byte == b':')?;
        Some(Self { bytes: bytes.into(), colon })
    }

    pub(super) fn user(&self) -> &[u8] {
        &self.bytes.expose_secret()[..self.colon]
    }

    pub(super) fn password(&self) -> &[u8] {
        &self.bytes.expose_secret()[self.colon + 1..]
    }
}

/// Whether user and password are this pair's.
pub(super) fn is_pair(user: &[u8], password: &[u8], pair: &BasicPair) -> Choice {
    is_secret(user, &pair.user) & is_secret(password, &pair.password)
}

pub(super) fn verify(push: &Push, secrets: &CustomerSecrets) -> Verdict {
    if push.authorization("basic").is_none() {
        return Verdict::NotTried;
    }
    let Some(login) = Login::of(push) else { return Verdict::Refused("Basic") };
    let proven = secrets
        .live()
        .filter_map(|set| set.push.basic.as_ref())
        .fold(Choice::from(0), |any, pair| any | is_pair(login.user(), login.password(), pair));
    Verdict::of(proven, "Basic")
}
