//! The HTTP clients for pushes and callbacks. Neither follows a redirect: a 303 is an answer to show, not a place to go.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::{Client, ClientBuilder, Method, RequestBuilder};

use crate::error::StartError;

/// Reading the system's certificates is most of what starting a sandbox costs (17 of 19 ms in a debug build), and every
/// sandbox of every test would wait for it. So the client that can speak TLS is built for the first `https://` receiver.
pub(crate) struct Outgoing {
    plain: Client,
    secure: OnceLock<Option<Client>>,
}

impl Outgoing {
    pub(crate) fn new() -> Result<Self, StartError> {
        // Fails when the process has a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let plain = builder().tls_certs_only([]).build().map_err(StartError::Client)?;
        Ok(Self { plain, secure: OnceLock::new() })
    }

    /// A request to this URL.
    pub(crate) fn request(&self, method: Method, url: &str) -> RequestBuilder {
        let secure = || self.secure.get_or_init(|| builder().build().ok()).as_ref();
        let client = if url.starts_with("https:") { secure().unwrap_or(&self.plain) } else { &self.plain };
        client.request(method, url)
    }
}

fn builder() -> ClientBuilder {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .http1_only()
        .no_proxy()
        .pool_idle_timeout(Duration::from_secs(5))
}

/// What went wrong, without the address (which may hold a path secret).
pub(crate) fn describe(why: &reqwest::Error) -> String {
    let kind = if why.is_timeout() {
        "no answer in time"
    } else if why.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    kind.to_owned()
}
