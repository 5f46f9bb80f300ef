//! What iCIMS complains about: codes and field ids from `X-Error` or `errors[]`, never the text beside them, for it may
//! hold a value (docs/vendors/icims.md §5.1, §5.2).

use std::fmt;

use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use crate::failure::RefusedAt;
use crate::http_exchange::Answer;
use crate::icims::lenient::{Lenient, Text, object};
use crate::icims::quota::retry_after;
use crate::ports::AtsError;

/// More complaints than this are left out.
const MAX_COMPLAINTS: usize = 8;

#[derive(Debug, PartialEq, Eq)]
struct Complaint {
    code: u32,
    field: Option<String>,
}

/// The complaints of one answer, as `code 1 field email, code 4`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::icims) struct Complaints(Vec<Complaint>);

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    errors: Lenient<Vec<Lenient<WireComplaint>>>,
    #[serde(default)]
    warnings: Lenient<Vec<Lenient<WireComplaint>>>,
}

#[derive(Deserialize)]
struct WireComplaint {
    #[serde(default, rename = "errorCode")]
    code: Lenient<Text>,
}

impl Complaints {
    pub(in crate::icims) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The errors; none of a success.
    pub(in crate::icims) fn of_errors(answer: &Answer) -> Self {
        if answer.status.is_success() { Self::default() } else { Self::of(answer, "x-error", |wire| wire.errors) }
    }

    /// The headers name the fields; the body is asked only where there are none.
    fn of(answer: &Answer, header: &str, list: fn(Wire) -> Lenient<Vec<Lenient<WireComplaint>>>) -> Self {
        let values = answer.headers.get_all(header).iter();
        let by_header: Vec<_> =
            values.filter_map(|value| value.to_str().ok()).filter_map(Complaint::read).take(MAX_COMPLAINTS).collect();
        if !by_header.is_empty() {
            return Self(by_header);
        }
        let wire: Option<Wire> = answer.body.as_ref().ok().and_then(|body| object(body));
        let listed = wire.and_then(|wire| list(wire).get()).unwrap_or_default();
        let codes = listed.iter().filter_map(Lenient::as_ref).filter_map(|complaint| complaint.code.text());
        Self(
            codes
                .filter_map(|code| code.parse().ok())
                .map(|code| Complaint { code, field: None })
                .take(MAX_COMPLAINTS)
                .collect(),
        )
    }
}

impl Complaint {
    /// Reads `<code>:<detail>` or `<code>:<fieldid>:<detail>`.
    fn read(header: &str) -> Option<Self> {
        let (code, rest) = header.split_once(':')?;
        let field = rest.split_once(':').map(|(field, _)| field.trim()).filter(|field| is_field_id(field));
        Some(Self { code: code.trim().parse().ok()?, field: field.map(str::to_owned) })
    }
}

/// Field ids are lower case and have no blanks; anything else might be somebody's name.
fn is_field_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'.'))
}

impl fmt::Display for Complaints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, complaint) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}code {}", complaint.code)?;
            if let Some(field) = &complaint.field {
                write!(f, " field {field}")?;
            }
        }
        Ok(())
    }
}

/// The warnings of an answer: `X-Warning` or `warnings[]`.
pub(in crate::icims) fn warnings(answer: &Answer) -> Complaints {
    Complaints::of(answer, "x-warning", |wire| wire.warnings)
}

/// iCIMS' own id of the exchange, to be quoted to its support; empty if it is none.
pub(in crate::icims) fn transaction(headers: &HeaderMap) -> &str {
    let id = headers.get("x-transaction").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let plain = id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'{' | b'}'));
    if plain { id } else { "" }
}

/// Lets a success through and tells everything else by what can be done about it.
pub(in crate::icims) fn check(answer: Answer) -> Result<Answer, AtsError> {
    let status = answer.status;
    if status.is_success() {
        return Ok(answer);
    }
    let complaints = Complaints::of_errors(&answer);
    let why =
        if complaints.is_empty() { status.as_u16().to_string() } else { format!("{}, {complaints}", status.as_u16()) };
    Err(match status {
        // Code 2 or code 3: which of the two it was, iCIMS does not want to be known (docs/vendors/icims.md §5.2).
        StatusCode::NOT_FOUND | StatusCode::GONE => AtsError::NotFound,
        StatusCode::UNAUTHORIZED => AtsError::Unauthorized { at: RefusedAt::Api },
        StatusCode::FORBIDDEN => AtsError::Unauthorized { at: RefusedAt::Forbidden },
        StatusCode::TOO_MANY_REQUESTS => AtsError::RateLimited { after: retry_after(&answer.headers) },
        StatusCode::HTTP_VERSION_NOT_SUPPORTED => AtsError::Misconfigured {
            why: "iCIMS takes HTTP/1.1 only, and something on the way speaks another".to_owned(),
        },
        StatusCode::REQUEST_TIMEOUT => AtsError::Unavailable { why },
        status if status.is_server_error() => AtsError::Unavailable { why },
        status if status.is_redirection() => {
            AtsError::Misconfigured { why: format!("icims.hosts.api_base: redirects ({why})") }
        }
        _ => AtsError::Refused { why },
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers
                .iter()
                .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
                .collect(),
            body: Ok(Bytes::copy_from_slice(body.as_bytes())),
        }
    }

    fn complaints(status: u16, headers: &[(&'static str, &str)], body: &str) -> String {
        Complaints::of_errors(&answer(status, headers, body)).to_string()
    }

    #[test]
    fn codes_and_fields_are_told_and_texts_are_not() {
        assert_eq!(complaints(404, &[("x-error", "2:Job not found")], ""), "code 2");
        assert_eq!(
            complaints(400, &[("x-error", "1:field23848:Needed"), ("x-error", "1:email:x: y")], ""),
            "code 1 field field23848, code 1 field email"
        );
        assert_eq!(complaints(400, &[("x-error", "1:Ada Lovelace: no")], ""), "code 1");
        assert_eq!(
            complaints(400, &[], r#"{"errors":[{"errorMessage":"Ada","errorCode":2},{"errorCode":"3"},7]}"#),
            "code 2, code 3"
        );
        assert_eq!(complaints(500, &[("x-error", "oops")], "<html>"), "");
    }

    #[test]
    fn warnings_of_a_success_are_read_from_header_and_body() {
        let body = r#"{"warnings":[{"errorMessage":"StartDate: Field name must be all lowercase.","errorCode":4}]}"#;
        assert_eq!(warnings(&answer(200, &[], body)).to_string(), "code 4");
        let header = [("x-warning", "4:startdate:Field name must be all lowercase.")];
        assert_eq!(warnings(&answer(200, &header, "{}")).to_string(), "code 4 field startdate");
        assert!(warnings(&answer(200, &[], "{}")).is_empty());
    }

    #[test]
    fn each_status_says_what_can_be_done() {
        let error = |status| check(answer(status, &[], "")).err().unwrap();
        assert_eq!(error(404), AtsError::NotFound);
        assert_eq!(error(400), AtsError::Refused { why: "400".to_owned() });
        assert_eq!(error(405), AtsError::Refused { why: "405".to_owned() });
        assert_eq!(error(429), AtsError::RateLimited { after: None });
        for status in [408, 500, 502, 503, 504] {
            assert_eq!(error(status), AtsError::Unavailable { why: status.to_string() });
        }
        for status in [401, 403] {
            assert!(matches!(error(status), AtsError::Unauthorized { .. }));
        }
        for status in [301, 307, 505] {
            assert!(matches!(error(status), AtsError::Misconfigured { .. }));
        }
        assert!(check(answer(299, &[], "")).is_ok());
    }
}
