//! What a callback names.

use super::super::wire;
use crate::domain::RequestId;
use crate::failure::Failure;

/// The largest callback we read, in bytes (docs/vendors/crosschq.md §9.6).
pub const BODY_MAX_BYTES: usize = 256 * 1024;

/// What we take from a callback: a hint at what to read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The request that may have changed.
    pub request: RequestId,
    /// Our own id, if Crosschq echoes it in a form that we could have sent. Not proven: anybody can write one.
    pub external_id: Option<String>,
}

/// Reads a callback: a state, bare or in `{"data":{…}}`, of which only the id has to be there.
///
/// # Errors
/// [`Failure::Poison`] if it is larger than [`BODY_MAX_BYTES`], no JSON object, or names no request.
pub fn parse(body: &[u8]) -> Result<Callback, Failure> {
    if body.len() > BODY_MAX_BYTES {
        return Err(Failure::poison("the callback is larger than 256 KiB"));
    }
    let unreadable = |error: wire::Unreadable| Failure::poison(format!("callback: {}", error.0));
    let object = wire::object(body).map_err(unreadable)?;
    Ok(Callback { request: wire::request_id(&object).map_err(unreadable)?, external_id: wire::external_id(&object) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &str) -> Option<String> {
        parse(body.as_bytes()).ok().map(|callback| callback.request.to_string())
    }

    #[test]
    fn a_callback_needs_nothing_but_an_id() {
        assert_eq!(request(r#"{"id":"6b1f-1"}"#).as_deref(), Some("6b1f-1"));
        assert_eq!(request(r#"{"request_id":"6b1f-1"}"#).as_deref(), Some("6b1f-1"));
        assert_eq!(request(r#"{"data":{"id":"6b1f-1"},"type":"x"}"#).as_deref(), Some("6b1f-1"));
        assert_eq!(request(r#"{"id":17}"#).as_deref(), Some("17"));
        assert_eq!(request(r#"{"id":"6b1f-1","status":7,"candidate":[],"new":{"a":1}}"#).as_deref(), Some("6b1f-1"));
        // An envelope's own id is not the request's.
        assert_eq!(request(r#"{"id":"event","request_id":"6b1f-1"}"#).as_deref(), Some("6b1f-1"));
    }

    #[test]
    fn what_names_no_request_is_poison() {
        for body in ["", "null", "[]", "\"id\"", "{}", r#"{"id":null}"#, r#"{"id":""}"#, r#"{"id":"../cancel"}"#, "{"] {
            assert!(matches!(parse(body.as_bytes()), Err(Failure::Poison { .. })), "{body}");
        }
        assert!(matches!(parse("[".repeat(10_000).as_bytes()), Err(Failure::Poison { .. })));
    }

    #[test]
    fn a_callback_of_more_than_256_kib_is_poison() {
        let body = |size: usize| format!("{{\"id\":\"1\"{}}}", " ".repeat(size - 10));
        assert!(parse(body(BODY_MAX_BYTES).as_bytes()).is_ok());
        assert!(matches!(parse(body(BODY_MAX_BYTES + 1).as_bytes()), Err(Failure::Poison { .. })));
    }

    #[test]
    fn an_external_id_is_taken_only_in_a_form_that_we_could_have_sent() {
        let external = |value: &str| parse(format!(r#"{{"id":"1","external_id":{value}}}"#).as_bytes()).unwrap();
        assert_eq!(external(r#""icims:1:2:3""#).external_id.as_deref(), Some("icims:1:2:3"));
        for odd in ["null", "\"\"", "\"a b\"", "{}", "\"é\""] {
            assert_eq!(external(odd).external_id, None, "{odd}");
        }
    }
}
