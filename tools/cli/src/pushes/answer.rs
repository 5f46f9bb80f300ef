//! What the connector answered, and what that means (docs/vendors/icims.md §5.4).

use reqwest::Response;
use serde::{Deserialize, Serialize};

use crate::failure::{CliError, Kind};

/// The largest answer that is looked at, in bytes; ours are a few hundred.
const MOST_BYTES: usize = 64 * 1024;

/// An answer, read.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Answer {
    /// The outcome in one word.
    pub(crate) outcome: &'static str,
    pub(crate) status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) debug_message: Option<String>,
    /// API Gateway's id of the request, which the function's log lines carry as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    error: Texts,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Texts {
    user_message: Option<String>,
    debug_error_message: Option<String>,
}

impl Answer {
    pub(crate) async fn of(mut response: Response) -> Self {
        let status = response.status().as_u16();
        let header = |name: &str| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        let request_id = header("apigw-requestid").or_else(|| header("x-amzn-requestid"));
        let mut bytes = Vec::new();
        // The status is the answer; a body that breaks off only costs its texts.
        while let Ok(Some(chunk)) = response.chunk().await {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MOST_BYTES {
                break;
            }
        }
        let Body { error } = serde_json::from_slice(&bytes).unwrap_or_default();
        let outcome = match status {
            200..=299 | 303 => "taken",
            400 => "refused",
            401 | 403 => "not_authenticated",
            404 => "no_such_route",
            429 | 502 | 503 | 504 => "busy",
            _ => "failed",
        };
        Self { outcome, status, user_message: error.user_message, debug_message: error.debug_error_message, request_id }
    }

    /// Why it was not taken, as an error with its exit code; nothing if it was.
    pub(crate) fn trouble(&self) -> Option<CliError> {
        let status = self.status;
        let (kind, message, fix) = match status {
            200..=299 | 303 => return None,
            400 => (
                Kind::Findings,
                "the connector refuses this event (400): it was authenticated, and iCIMS would show the recruiter the message above",
                "correct what the message names in iCIMS, or give another --workflow; for an unreadable event compare it with the samples",
            ),
            401 => (
                Kind::Denied,
                "the connector does not believe the credential (401)",
                "check that the customer's settings accept this --auth (`connector customer show`), that the clock is right for \
                 hmac, and that --url is the host that the connector sees (or icims.push.signed_host names it)",
            ),
            403 => (
                Kind::Denied,
                "something before the connector refuses the request (403): it answers 401 itself",
                "look at the firewall, the authorizer or the resource policy of the API",
            ),
            404 => (
                Kind::NotFound,
                "there is no such route (404): the URL is not this connector's",
                "leave --url out to use the stack's output ApiUrl, or check the mapping of your own domain",
            ),
            429 | 502 | 503 | 504 => (
                Kind::Busy,
                "the connector cannot take orders right now: AWS or iCIMS is busy or out of reach",
                "send it again in a minute; if it stays so look at the logs of icims-webhook and at `connector doctor`",
            ),
            _ => (
                Kind::Internal,
                "the connector failed",
                "look at the logs of icims-webhook for the request's id, and at `connector doctor`",
            ),
        };
        let shown =
            if message.contains(&status.to_string()) { message.to_owned() } else { format!("{message} ({status})") };
        Some(CliError::new(kind, shown).fix(fix))
    }
}

/// Why no answer came. Never the address: its last segment may be a secret.
pub(crate) fn unanswered(error: &reqwest::Error, what: &str) -> CliError {
    let (why, fix) = if error.is_timeout() {
        ("did not answer in time", "it may have arrived: look at `connector check list` before sending it again")
    } else if error.is_connect() {
        ("cannot be reached", "check --url, the network and the name's DNS record and certificate")
    } else {
        ("broke the connection off", "it may have arrived: look at `connector check list` before sending it again")
    };
    CliError::busy(format!("{what} {why}")).fix(fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_its_own_exit_code_and_a_sentence_with_its_number() {
        let codes: Vec<_> = [200, 303, 400, 401, 403, 404, 429, 500, 503]
            .into_iter()
            .map(|status| {
                let trouble = Answer { status, ..Answer::default() }.trouble();
                if let Some(trouble) = &trouble {
                    assert!(trouble.message.contains(&status.to_string()) && trouble.fix.is_some(), "{trouble}");
                }
                trouble.map_or(0, |trouble| trouble.kind.exit_code())
            })
            .collect();
        assert_eq!(codes, [0, 0, 1, 6, 6, 3, 7, 70, 7]);
    }
}
