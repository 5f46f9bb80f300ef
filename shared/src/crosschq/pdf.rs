//! Fetches a report PDF. Its link is pre-authorized, expires, and is a secret (docs/vendors/crosschq.md §1.5); it comes
//! from an authenticated read, and still only allowed hosts are asked (§9.1).

use std::time::Duration;

use http::header::ACCEPT;
use url::Url;

use super::client::Crosschq;
use super::hosts;
use super::transport::{misconfigured, unavailable};
use crate::domain::{Customer, Link};
use crate::http_exchange::{self, Lost};
use crate::ports::ProviderError;

impl Crosschq {
    /// Fetches without our token: the link must be enough, and no other host may see it.
    ///
    /// A link that is refused (401, 403, 404, 410) is [`ProviderError::Unavailable`]: it has most likely expired, and
    /// the next read brings a new one.
    pub(super) async fn download(&self, customer: &Customer, link: &Link) -> Result<Vec<u8>, ProviderError> {
        let settings = &customer.settings.crosschq;
        let url = Url::parse(link.expose()).map_err(|_| unavailable("the PDF link is no address"))?;
        if !hosts::may_serve_pdf(&url, &hosts::base_of(settings)?, &settings.pdf_hosts) {
            let host = url.host_str().unwrap_or("none");
            return Err(misconfigured(format!("crosschq.pdf_hosts does not allow {}://{host}", url.scheme())));
        }
        let timeout = Duration::from_millis(settings.timeout_ms.into());
        let request = self.sessions.transport.http.get(url).timeout(timeout).header(ACCEPT, "application/pdf");
        let answer = http_exchange::send(request, settings.pdf_max_bytes).await?;
        match answer.status.as_u16() {
            200..=299 => {}
            status @ 300..=399 => {
                return Err(misconfigured(format!("the PDF link redirects ({status}), which is not followed")));
            }
            status => return Err(unavailable(format!("the PDF link answers with status {status}"))),
        }
        let pdf = answer.body.map_err(|lost| match lost {
            Lost::TooLarge => misconfigured("the report PDF is larger than crosschq.pdf_max_bytes"),
            other => other.into(),
        })?;
        if pdf.starts_with(b"%PDF") { Ok(pdf.into()) } else { Err(unavailable("the PDF link serves no PDF")) }
    }
}
