//! The bases of the URLs that credentials are sent to.

use url::{Host, Url};

/// The name of the Docker host in its containers, where `sam local` runs the functions.
const DOCKER_HOST: &str = "host.docker.internal";

/// A URL is none that credentials may be sent below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an https:// address without user, query or fragment")]
pub struct InvalidBaseUrl;

/// Parses the base of a vendor's or of the connector's URLs; it may have a path.
///
/// # Errors
/// [`InvalidBaseUrl`] unless it is `https`, or `http` on this machine as in the local run, without user, query and fragment.
pub fn parse_base_url(text: &str) -> Result<Url, InvalidBaseUrl> {
    let url = Url::parse(text).map_err(|_| InvalidBaseUrl)?;
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    let safe = url.scheme() == "https" || url.scheme() == "http" && is_this_machine(&url);
    if url.has_host() && plain && safe { Ok(url) } else { Err(InvalidBaseUrl) }
}

/// Whether a URL's host is this machine, or the Docker host of this container.
pub fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => [DOCKER_HOST, "localhost"].iter().any(|here| name.eq_ignore_ascii_case(here)),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_https_or_this_machine() {
        for good in [
            "https://partner.crosschq.com",
            "https://gateway.example.com/icims/",
            "http://127.0.0.1:7001",
            "http://[::1]:7001",
            "http://localhost:7001",
            "http://host.docker.internal:7001",
        ] {
            assert!(parse_base_url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://partner.crosschq.com",
            "http://127.0.0.1.example.com",
            "http://host.docker.internal.example.com",
            "ftp://127.0.0.1",
            "https://u:p@x.com",
            "https://x?y",
            "https://x#y",
            "https://",
            "api.icims.com",
            "mailto:a@example.com",
        ] {
            assert_eq!(parse_base_url(bad), Err(InvalidBaseUrl), "{bad}");
        }
    }
}
