//! The signature `x-icims-v1-hmac-sha256` (docs/vendors/icims.md §1.4).

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

pub(crate) const ALGORITHM: &str = "x-icims-v1-hmac-sha256";

/// What is signed.
#[derive(Debug)]
pub(crate) struct ToSign<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    /// Without its question mark.
    pub(crate) query: &'a str,
    pub(crate) content_type: &'a str,
    pub(crate) host: &'a str,
    /// The `x-icims-date` header.
    pub(crate) date: &'a str,
    /// The `x-icims-content-sha256` header.
    pub(crate) content_sha256: &'a str,
}

/// iCIMS' own date format: no colon in the offset, so not RFC 3339.
pub(crate) fn date_header(at: OffsetDateTime) -> String {
    at.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]+0000")).unwrap_or_default()
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The whole `Authorization` header.
pub(crate) fn authorization(to_sign: &ToSign<'_>, user: &str, key: &str, spaces: bool) -> String {
    let names = "content-type;host;x-icims-content-sha256;x-icims-date";
    let canonical = format!(
        "{}\n{}\n{}\ncontent-type:{}\nhost:{}\nx-icims-content-sha256:{}\nx-icims-date:{}\n\n{names}",
        to_sign.method,
        to_sign.path,
        to_sign.query,
        to_sign.content_type,
        to_sign.host,
        to_sign.content_sha256,
        to_sign.date
    );
    let string_to_sign = format!("{ALGORITHM}\n{}\n{}", to_sign.date, sha256_hex(canonical.as_bytes()));
    let mut mac = match Hmac::<Sha256>::new_from_slice(key.as_bytes()) {
        Ok(mac) => mac,
        Err(_any_length_is_taken) => return String::new(),
    };
    mac.update(string_to_sign.as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    let comma = if spaces { ", " } else { "," };
    format!("{ALGORITHM} user={user}{comma}signedheaders={names}{comma}signature={signature}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_the_recorded_push_is_the_one_that_was_sent() {
        let body = br#"{"systemId":"244","customerId":"6268","links":[{"rel":"user","title":"Posting User","url":"https://api.icims.com/customers/6268/people/244"}],"eventType":"RemoteLoginEvent","returnUrl":"https://i9everifysandbox.icims.com","userId":"244"}"#;
        assert_eq!(body.len(), 237);
        assert_eq!(sha256_hex(body), "b5ce232084d42376299a7d4d4f1ac4f03b699012074a07d11aa577c9fef28233");
    }

    #[test]
    fn the_date_has_no_colon_in_its_offset() {
        let at = OffsetDateTime::from_unix_timestamp(1_508_338_420).unwrap();
        assert_eq!(date_header(at), "2017-10-18T14:53:40+0000");
    }
}
