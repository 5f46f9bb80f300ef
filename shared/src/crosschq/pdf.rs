//! Fetches a report PDF. Its link is pre-authorized, expires, and is a secret (docs/vendors/crosschq.md §1.5); it comes
//! from an authenticated read, and still only allowed hosts are asked (§9.1).

use std::time::Duration;

use http::header::{ACCEPT, USER_AGENT};
use url::Url;

use super::client::Crosschq;
use super::hosts;
use super::transport::{AGENT, Cut, read_capped, unavailable, what_broke};
use crate::domain::{Customer, Link};
use crate::ports::ProviderError;

impl Crosschq {
    /// Fetches without our token: the link must be enough, and no other host may see it.
    ///
    /// A link that is refused (401, 403, 404, 410) is [`ProviderError::Unavailable`]: it has most likely expired, and
    /// the next read brings a new one.
    pub(super) async fn download(&self, customer: &Customer, link: &Link) -> Result<Vec<u8>, ProviderError> {
        let settings = &customer.settings.crosschq;
        let wrong = |why: String| ProviderError::Misconfigured { why };
        let url = Url::parse(link.expose()).map_err(|_| unavailable("the PDF link is no address"))?;
        if !hosts::may_serve_pdf(&url, &hosts::base_of(settings)?, &settings.pdf_hosts) {
            let host = url.host_str().unwrap_or("none");
            return Err(wrong(format!("crosschq.pdf_hosts does not allow {}://{host}", url.scheme())));
        }
        let request = self
            .transport
            .http
            .get(url)
            .timeout(Duration::from_millis(settings.timeout_ms.into()))
            .header(USER_AGENT, AGENT)
            .header(ACCEPT, "application/pdf");
        let response = request.send().await.map_err(|error| unavailable(what_broke(&error)))?;
        match response.status().as_u16() {
            200..=299 => {}
            code @ 300..=399 => return Err(wrong(format!("the PDF link redirects ({code}), which is not followed"))),
            code => return Err(unavailable(format!("the PDF link answers with status {code}"))),
        }
        let pdf = read_capped(response, settings.pdf_max_bytes).await.map_err(|cut| match cut {
            Cut::TooLarge => wrong("the report PDF is larger than crosschq.pdf_max_bytes".to_owned()),
            Cut::Lost(why) => unavailable(why),
        })?;
        if pdf.starts_with(b"%PDF") { Ok(pdf) } else { Err(unavailable("the PDF link serves no PDF")) }
    }
}
