//! What one way of authentication found, and how a secret is compared.

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

/// What one way of proving found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Proven,
    /// The request does not even try this way.
    NotTried,
    /// It tries and fails; the text names the part, never its value.
    Refused(&'static str),
}

impl Verdict {
    pub(super) fn of(proven: Choice, otherwise: &'static str) -> Self {
        if bool::from(proven) { Self::Proven } else { Self::Refused(otherwise) }
    }
}

/// Whether `given` is this secret, in a time that tells nothing of either; an empty secret is nobody's.
pub(super) fn is_secret(given: &[u8], secret: &SecretString) -> Choice {
    let secret = secret.expose_secret().as_bytes();
    // Hashed first, so that not even the length shows.
    let same = Sha256::digest(given).ct_eq(&Sha256::digest(secret));
    same & Choice::from(u8::from(!secret.is_empty()))
}
