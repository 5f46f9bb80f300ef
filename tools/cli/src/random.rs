//! Secrets that we make up ourselves, from the operating system's generator.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::SecretString;

use crate::failure::CliError;

/// How much there is to guess, in bytes.
const BYTES: usize = 32;

/// 256 random bits as 43 characters that are safe in a URL's path, a header and a form.
pub(crate) fn secret() -> Result<SecretString, CliError> {
    let mut bytes = [0; BYTES];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut bytes)
        .map_err(|_| CliError::internal("the operating system gives no random bytes"))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes).into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_made_up_secret_has_256_bits_safe_anywhere_and_never_comes_twice() {
        let made: BTreeSet<String> = (0..100).map(|_| secret().unwrap().expose_secret().to_owned()).collect();
        assert_eq!(made.len(), 100);
        for text in made {
            assert_eq!(text.len(), 43);
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')), "{text}");
        }
    }
}
