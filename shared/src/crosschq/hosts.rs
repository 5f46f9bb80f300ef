//! Which addresses we talk to: the customer's Crosschq, and the hosts that may serve its PDFs.

use url::{Host, Url};

use super::paths::Paths;
use crate::domain::{CrosschqSettings, is_this_machine, parse_base_url};
use crate::ports::ProviderError;

/// The customer's Crosschq: its own base URL, or the profile's published one.
///
/// # Errors
/// [`ProviderError::Misconfigured`] if it is no base URL.
pub(super) fn base_of(settings: &CrosschqSettings) -> Result<Url, ProviderError> {
    let text = settings.base_url.as_deref().unwrap_or(Paths::of(settings.profile).base_url);
    parse_base_url(text).map_err(|problem| ProviderError::Misconfigured { why: format!("crosschq.base_url {problem}") })
}

/// The address of a path under a base that may have a path of its own.
pub(super) fn address(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let whole = format!("{}{path}", base.path().trim_end_matches('/'));
    url.set_path(&whole);
    url
}

/// Whether a report PDF may be fetched from `url` (docs/vendors/crosschq.md §9.1 `pdf_hosts`): https from a host
/// that is one of the suffixes or below it. A host of this machine only if the customer's Crosschq is on this machine
/// too.
pub(super) fn may_serve_pdf(url: &Url, base: &Url, suffixes: &[String]) -> bool {
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    if is_this_machine(url) {
        return is_this_machine(base) && matches!(url.scheme(), "http" | "https");
    }
    let Some(Host::Domain(host)) = url.host() else { return false };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    url.scheme() == "https"
        && suffixes.iter().any(|suffix| {
            let suffix = suffix.trim().trim_matches('.').to_ascii_lowercase();
            !suffix.is_empty() && host.strip_suffix(&suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn settings(base: &str) -> CrosschqSettings {
        CrosschqSettings { base_url: Some(base.to_owned()), ..CrosschqSettings::default() }
    }

    #[test]
    fn the_base_is_the_settings_or_the_profiles() {
        assert_eq!(base_of(&settings("https://gateway.example")).unwrap().as_str(), "https://gateway.example/");
        assert_eq!(base_of(&CrosschqSettings::default()).unwrap().as_str(), "https://partner.crosschq.com/");
        assert!(matches!(base_of(&settings("http://x.example")), Err(ProviderError::Misconfigured { .. })));
    }

    #[test]
    fn a_path_goes_below_the_bases_own_path() {
        let at = |base: &str| address(&url(base), "/partners/config/").to_string();
        assert_eq!(at("https://api.crosschq.com"), "https://api.crosschq.com/partners/config/");
        assert_eq!(at("https://gateway.example/crosschq/"), "https://gateway.example/crosschq/partners/config/");
    }

    #[test]
    fn a_pdf_host_matches_on_a_label_boundary_over_https_only() {
        let allowed = ["crosschq.com".to_owned(), ".amazonaws.com".to_owned(), String::new()];
        let remote = url("https://partner.crosschq.com");
        let may = |link: &str| may_serve_pdf(&url(link), &remote, &allowed);
        assert!(may("https://crosschq.com/r.pdf"));
        assert!(may("https://org.Crosschq.com/r.pdf"));
        assert!(may("https://bucket.s3.amazonaws.com/r.pdf?X-Amz-Signature=x"));
        for bad in [
            "http://org.crosschq.com/r.pdf",
            "https://evilcrosschq.com/r.pdf",
            "https://crosschq.com.evil.example/r.pdf",
            "https://org.crosschq.com@evil.example/r.pdf",
            "https://user@org.crosschq.com/r.pdf",
            "https://169.254.169.254/latest/meta-data",
            "http://127.0.0.1:9001/r.pdf",
            "https://localhost/r.pdf",
            "https://[::1]/r.pdf",
        ] {
            assert!(!may(bad), "{bad}");
        }
    }

    #[test]
    fn a_loopback_link_is_followed_only_for_a_loopback_crosschq() {
        let link = url("http://127.0.0.1:7002/report.pdf");
        assert!(may_serve_pdf(&link, &url("http://localhost:7002"), &[]));
        assert!(!may_serve_pdf(&link, &url("https://partner.crosschq.com"), &["127.0.0.1".to_owned()]));
    }
}
