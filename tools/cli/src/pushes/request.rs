//! The request as iCIMS would make it.

use std::fmt;
use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use connector_core::domain::{AuthMode, PushAuth, parse_base_url};
use connector_core::icims::inbound::{Push, sign};
use connector_core::ports::{BasicPair, PushSecrets};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use url::Url;

use crate::failure::CliError;

/// A request, not sent yet.
pub(crate) struct Request {
    /// What iCIMS signs.
    pub(crate) push: Push,
    /// Where it goes; its last segment may be a secret.
    pub(crate) url: Url,
    /// The same without the secret segment, to be shown.
    pub(crate) shown_url: String,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("url", &self.shown_url).finish_non_exhaustive()
    }
}

/// A header as it may be shown.
#[derive(Debug, Serialize)]
pub(crate) struct ShownHeader {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// The base of the connector's URLs: credentials go there, so in clear only to this machine.
///
/// # Errors
/// If it is no such URL.
pub(crate) fn base(text: &str) -> Result<Url, CliError> {
    let bad = || {
        CliError::input("--url must be the https:// base of the connector's URLs").fix(
            "leave it out to use the stack's output ApiUrl, or give your own domain, e.g. https://icims.example.com",
        )
    };
    let mut url = parse_base_url(text).map_err(|_| bad())?;
    // What is pasted is often the whole address that iCIMS was given.
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(path.strip_suffix("/icims/events").unwrap_or(&path));
    Ok(url)
}

/// An address under the base.
pub(crate) fn below(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

/// The request with everything but its proof.
pub(crate) fn unsigned(base: &Url, body: &[u8], gzip: bool) -> Result<Request, CliError> {
    let url = below(base, &["icims", "events"]);
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(HOST, authority(&url)?);
    let body = if gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        zipped(body)?
    } else {
        Bytes::copy_from_slice(body)
    };
    let push = Push {
        method: Method::POST,
        headers,
        raw_path: url.path().to_owned(),
        raw_query: String::new(),
        body,
        path_secret: None,
    };
    Ok(Request { push, shown_url: url.to_string(), url })
}

impl Request {
    /// Adds the proof of every way but OAuth, which needs a token first.
    ///
    /// # Errors
    /// If the customer's secret does not hold that credential.
    pub(crate) fn prove(
        &mut self,
        mode: AuthMode,
        secrets: &PushSecrets,
        settings: &PushAuth,
        now: connector_core::domain::Timestamp,
    ) -> Result<(), CliError> {
        match mode {
            AuthMode::Basic => self.authorize("Basic", &basic(held(secrets.basic.as_ref(), "push.basic")?)),
            AuthMode::Hmac => {
                let pair = held(secrets.hmac.as_ref(), "push.hmac")?;
                sign(&mut self.push, pair, settings, now).map_err(CliError::internal)
            }
            AuthMode::OAuth => held(secrets.oauth.as_ref(), "push.oauth").map(|_| ()),
            AuthMode::PathSecret => {
                let secret = held(secrets.path_secret.as_ref(), "push.path_secret")?;
                self.shown_url = format!("{}/(hidden)", self.shown_url);
                self.url = below(&self.url, &[secret.expose_secret()]);
                self.push.raw_path = self.url.path().to_owned();
                Ok(())
            }
        }
    }

    /// Adds `Authorization`.
    ///
    /// # Errors
    /// If the credential cannot stand in a header.
    pub(crate) fn authorize(&mut self, scheme: &str, credential: &SecretString) -> Result<(), CliError> {
        let header = format!("{scheme} {}", credential.expose_secret());
        let mut header = HeaderValue::from_str(&header)
            .map_err(|_| CliError::input("the credential in the customer's secret cannot stand in a header"))?;
        header.set_sensitive(true);
        self.push.headers.insert(AUTHORIZATION, header);
        Ok(())
    }

    /// The headers, secrets hidden.
    pub(crate) fn shown_headers(&self) -> Vec<ShownHeader> {
        let shown = |value: &HeaderValue| match value.to_str() {
            Ok(text) if !value.is_sensitive() => text.to_owned(),
            // The scheme is no secret; what follows is.
            Ok(text) => format!("{} (hidden)", text.split(' ').next().unwrap_or_default()),
            Err(_) => "(hidden)".to_owned(),
        };
        let headers = self.push.headers.iter();
        headers.map(|(name, value)| ShownHeader { name: name.to_string(), value: shown(value) }).collect()
    }
}

fn held<'a, T>(secret: Option<&'a T>, key: &str) -> Result<&'a T, CliError> {
    secret.ok_or_else(|| {
        let credential = key.replace(['.', '_'], "-");
        CliError::not_found(format!("the customer's secret has no {key}"))
            .fix(format!("make one with `connector secrets rotate CUSTOMER {credential}`, or use another --auth"))
    })
}

fn basic(pair: &BasicPair) -> SecretString {
    BASE64_STANDARD.encode(format!("{}:{}", pair.user.expose_secret(), pair.password.expose_secret())).into()
}

/// Host and port as `Host` carries them.
fn authority(url: &Url) -> Result<HeaderValue, CliError> {
    let host = url.host_str().unwrap_or_default();
    let text = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    HeaderValue::from_str(&text).map_err(|_| CliError::input("--url: the host cannot stand in a header"))
}

fn zipped(body: &[u8]) -> Result<Bytes, CliError> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let done = encoder.write_all(body).and_then(|()| encoder.finish());
    done.map(Bytes::from).map_err(|_| CliError::internal("the body cannot be compressed"))
}

#[cfg(test)]
mod tests {
    use connector_core::domain::Timestamp;

    use super::*;

    const NOW: Timestamp = Timestamp::from_s(1_700_000_000);

    fn pair(user: &str, password: &str) -> BasicPair {
        BasicPair { user: user.into(), password: password.into() }
    }

    fn secrets() -> PushSecrets {
        PushSecrets {
            basic: Some(pair("icims", "hunter2")),
            hmac: Some(pair("icims", "hunter2")),
            path_secret: Some("hunter2".into()),
            ..PushSecrets::default()
        }
    }

    fn settings() -> PushAuth {
        serde_json::from_str(r#"{"accept": []}"#).unwrap()
    }

    fn proven(mode: AuthMode) -> Result<Request, CliError> {
        let mut request = unsigned(&base("https://api.example.com/prod/").unwrap(), b"{}", false).unwrap();
        request.prove(mode, &secrets(), &settings(), NOW).map(|()| request)
    }

    #[test]
    fn nothing_that_is_shown_of_a_request_holds_a_secret() {
        for mode in [AuthMode::Basic, AuthMode::Hmac, AuthMode::PathSecret] {
            let request = proven(mode).unwrap();
            let shown = format!("{:?} {} {request:?}", request.shown_headers(), request.shown_url);
            let encoded = BASE64_STANDARD.encode("icims:hunter2");
            assert!(
                !shown.contains("hunter2") && !shown.contains(&encoded) && !shown.contains("signature="),
                "{shown}"
            );
        }
    }

    #[test]
    fn the_secret_segment_ends_the_path_and_its_base_may_have_one() {
        let request = proven(AuthMode::PathSecret).unwrap();
        assert_eq!(request.url.as_str(), "https://api.example.com/prod/icims/events/hunter2");
        assert_eq!(request.shown_url, "https://api.example.com/prod/icims/events/(hidden)");
    }

    #[test]
    fn a_credential_that_is_not_set_up_is_named_with_the_command_that_makes_it() {
        let error = proven(AuthMode::OAuth).unwrap_err();
        assert!(error.message.contains("push.oauth") && error.fix.unwrap().contains("push-oauth"));
    }

    #[test]
    fn credentials_go_over_https_or_to_this_machine_only() {
        for (text, good) in [
            ("https://api.example.com", true),
            ("https://api.example.com/icims/events", true),
            ("http://127.0.0.1:9400", true),
            ("http://localhost", true),
            ("http://api.example.com", false),
            ("http://127.0.0.1.example.com", false),
            ("https://user@api.example.com", false),
            ("https://api.example.com?x=1", false),
            ("api.example.com", false),
        ] {
            assert_eq!(base(text).is_ok(), good, "{text}");
        }
        assert_eq!(base("https://a.example/icims/events/").unwrap().as_str(), "https://a.example/");
    }
}
