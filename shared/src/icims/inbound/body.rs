//! From bytes to JSON text: plain, gzip, and the base64 that API Gateway puts round either, told apart by the bytes
//! alone (docs/vendors/icims.md §2.2, §2.4), within bounds.

use std::borrow::Cow;
use std::fmt;
use std::io::Read as _;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;

use crate::failure::Failure;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// What becomes of them where a proxy takes them for text: the second is no UTF-8, and is replaced.
const GZIP_AS_TEXT: [u8; 4] = [0x1f, 0xef, 0xbf, 0xbd];

/// Base64 with or without its padding: fronts differ.
pub(super) const LENIENT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A body of an event notification: as iCIMS sent it, and inflated.
#[derive(Clone)]
pub struct Body {
    raw: Bytes,
    plain: Bytes,
}

impl Body {
    /// The largest body taken, in bytes as received.
    pub const MAX_RECEIVED_BYTES: usize = 256 * 1024;
    /// The largest body after inflating, in bytes.
    pub const MAX_PLAIN_BYTES: usize = 1024 * 1024;

    /// Undoes base64 and gzip where the bytes show them.
    ///
    /// # Errors
    /// [`Failure::Poison`] if it is empty, too large on either side of inflating, or broken gzip; [`Failure::DamagedBody`] if it
    /// was gzip and a proxy turned it into text.
    pub fn decode(received: Bytes) -> Result<Self, Failure> {
        if received.is_empty() {
            return Err(Failure::poison("the body is empty"));
        }
        if received.len() > Self::MAX_RECEIVED_BYTES {
            return Err(Failure::poison("the body is over 256 KiB"));
        }
        let raw = un_base64(&received).unwrap_or(received);
        if raw.starts_with(&GZIP_AS_TEXT) {
            return Err(Failure::DamagedBody);
        }
        let plain = if raw.starts_with(&GZIP_MAGIC) { inflate(&raw)? } else { raw.clone() };
        Ok(Self { raw, plain })
    }

    /// The bytes that iCIMS sent: compressed if it compressed.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The inflated bytes.
    pub fn plain(&self) -> &[u8] {
        &self.plain
    }

    /// Whether it came compressed.
    pub fn was_compressed(&self) -> bool {
        self.raw.starts_with(&GZIP_MAGIC)
    }
}

/// Prints sizes only.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("raw_bytes", &self.raw.len()).field("plain_bytes", &self.plain.len()).finish()
    }
}

/// What base64 hides, if the bytes are base64 of something that we would take: neither JSON, gzip nor a form is itself
/// valid base64, so nothing is taken for base64 that is not.
fn un_base64(received: &Bytes) -> Option<Bytes> {
    let text: Cow<'_, [u8]> = if received.iter().any(u8::is_ascii_whitespace) {
        Cow::Owned(received.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect())
    } else {
        Cow::Borrowed(received)
    };
    let inner = LENIENT_BASE64.decode(text).ok()?;
    let known =
        inner.starts_with(&GZIP_MAGIC) || inner.starts_with(&GZIP_AS_TEXT) || is_json_object(&inner) || is_form(&inner);
    known.then(|| Bytes::from(inner))
}

fn is_json_object(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

fn is_form(bytes: &[u8]) -> bool {
    bytes.contains(&b'=') && bytes.iter().all(u8::is_ascii_graphic)
}

fn inflate(raw: &[u8]) -> Result<Bytes, Failure> {
    let mut plain = Vec::new();
    // One byte more than allowed tells "too large" from "just fits" without inflating a bomb.
    MultiGzDecoder::new(raw)
        .take(Body::MAX_PLAIN_BYTES as u64 + 1)
        .read_to_end(&mut plain)
        .map_err(|_| Failure::poison("the body begins as gzip and is broken"))?;
    if plain.len() > Body::MAX_PLAIN_BYTES {
        return Err(Failure::poison("the inflated body is over 1 MiB"));
    }
    Ok(Bytes::from(plain))
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};

    use super::*;
    use crate::icims::inbound::testing::gzip;

    const JSON: &[u8] = br#"{"customerId":"2187"}"#;

    #[test]
    fn plain_gzip_and_base64_of_either_give_the_same_text() {
        let zipped = gzip(JSON);
        let mut broken_lines = BASE64_STANDARD.encode(&zipped).into_bytes();
        broken_lines.insert(20, b'\n');
        for (received, raw) in [
            (JSON.to_vec(), JSON),
            (zipped.clone(), &zipped[..]),
            (BASE64_STANDARD.encode(JSON).into_bytes(), JSON),
            (BASE64_STANDARD.encode(&zipped).into_bytes(), &zipped),
            (BASE64_STANDARD_NO_PAD.encode(&zipped).into_bytes(), &zipped),
            (broken_lines, &zipped),
        ] {
            let body = Body::decode(received.into()).unwrap();
            assert_eq!(body.plain(), JSON);
            assert_eq!(body.raw(), raw);
        }
    }

    #[test]
    fn sizes_are_bounded_on_both_sides_of_inflating() {
        let just = vec![b' '; Body::MAX_PLAIN_BYTES];
        assert_eq!(Body::decode(gzip(&just).into()).unwrap().plain().len(), Body::MAX_PLAIN_BYTES);
        let over = vec![b' '; Body::MAX_PLAIN_BYTES + 1];
        for (received, says) in [
            (gzip(&over), "over 1 MiB"),
            (vec![b' '; Body::MAX_RECEIVED_BYTES + 1], "over 256 KiB"),
            (Vec::new(), "empty"),
            (gzip(JSON)[..20].to_vec(), "broken"),
        ] {
            let failure = Body::decode(received.into()).unwrap_err();
            assert!(matches!(&failure, Failure::Poison { why } if why.contains(says)), "{failure}");
        }
    }

    #[test]
    fn a_compressed_body_that_a_proxy_turned_into_text_is_known_as_such() {
        let damaged = String::from_utf8_lossy(&gzip(JSON)).into_owned();
        let in_base64 = BASE64_STANDARD.encode(&damaged);
        for received in [damaged, in_base64] {
            assert_eq!(Body::decode(received.into()).unwrap_err(), Failure::DamagedBody);
        }
    }

    #[test]
    fn what_is_neither_is_left_as_it_came() {
        assert_eq!(Body::decode(Bytes::from_static(b"abcd")).unwrap().plain(), b"abcd");
    }
}
