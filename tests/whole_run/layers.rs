//! What bytes on a disk hold, seen as a curious reader would: as they are, and inside base64 and gzip.

use std::io::Read;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use flate2::read::GzDecoder;

/// Shorter runs are words.
const SHORTEST: usize = 16;
/// A gzip body in base64 in a base64 header is as deep as anything of ours could be.
const DEEPEST: usize = 3;
/// Most that one gzip member may inflate to.
const LARGEST: u64 = 4 * 1024 * 1024;

/// The bytes, and everything that they hold in base64 (both alphabets) or gzip, and what that holds.
pub(crate) fn layers(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![bytes.to_vec()];
    let mut outer = all.clone();
    for _ in 0..DEEPEST {
        outer = outer.iter().flat_map(|bytes| inner(bytes)).collect();
        all.extend(outer.iter().cloned());
    }
    all
}

fn inner(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for at in bytes.windows(3).enumerate().filter(|(_, window)| *window == [0x1f, 0x8b, 8]).map(|(at, _)| at) {
        let mut inflated = Vec::new();
        // What can be read of a member that is cut off counts too.
        let _ = GzDecoder::new(&bytes[at..]).take(LARGEST).read_to_end(&mut inflated);
        found.extend((!inflated.is_empty()).then_some(inflated));
    }
    let standard = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let url_safe = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    decode(bytes, standard, &alphabet::STANDARD, &mut found);
    decode(bytes, url_safe, &alphabet::URL_SAFE, &mut found);
    found
}

/// Decodes every run of the alphabet's characters, from each of the four places where a group may begin.
fn decode(bytes: &[u8], belongs: impl Fn(&u8) -> bool, alphabet: &alphabet::Alphabet, found: &mut Vec<Vec<u8>>) {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = GeneralPurpose::new(alphabet, config);
    for run in bytes.split(|byte| !belongs(byte)).filter(|run| run.len() >= SHORTEST) {
        for start in 0..4 {
            let run = &run[start..];
            let whole = if run.len() % 4 == 1 { run.len() - 1 } else { run.len() };
            found.extend(engine.decode(&run[..whole]).ok());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    fn holds(bytes: &[u8], text: &str) -> bool {
        layers(bytes).iter().any(|layer| layer.windows(text.len()).any(|window| window == text.as_bytes()))
    }

    #[test]
    fn a_text_is_found_under_base64_and_gzip_wherever_it_begins() {
        let secret = "ada.byron@candidates.example";
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(format!("{{\"email\":\"{secret}\"}}").as_bytes()).unwrap();
        let gzip = gzip.finish().unwrap();
        for filler in ["", "x", "xy", "xyz"] {
            let plain = format!("{filler}{secret}");
            assert!(holds(plain.as_bytes(), secret));
            assert!(holds(format!("{filler}{}", STANDARD.encode(&plain)).as_bytes(), secret), "{filler}");
            assert!(holds(format!("{filler}{}", URL_SAFE_NO_PAD.encode(&plain)).as_bytes(), secret), "{filler}");
            assert!(holds(&[filler.as_bytes(), &gzip].concat(), secret), "{filler}");
            assert!(holds(format!("{filler}\"{}\"", STANDARD.encode(&gzip)).as_bytes(), secret), "{filler}");
        }
        assert!(!holds(b"ada.byron at candidates.example", secret));
    }
}
