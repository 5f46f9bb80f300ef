//! The URLs of a customer's platform: from its settings and from checked ids, never from a payload
//! (docs/vendors/icims.md §3.1).

use url::Url;

use crate::domain::{Customer, EntryId, Hosts, InvalidBaseUrl, PersonId, RequisitionId, WorkflowId, parse_base_url};
use crate::ports::AtsError;

/// Where things are on one customer's platform.
pub(super) struct Urls<'a> {
    customer: &'a Customer,
    hosts: Hosts,
}

/// A field's or collection's name that may stand in a path or in `fields=`.
pub(super) fn field_name<'a>(setting: &str, name: &'a str) -> Result<&'a str, AtsError> {
    let fits = !name.is_empty()
        && name.len() <= 100
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if fits {
        Ok(name)
    } else {
        Err(AtsError::Misconfigured { why: format!("{setting}: must be a field name of iCIMS' API, e.g. field12345") })
    }
}

impl<'a> Urls<'a> {
    /// # Errors
    /// [`AtsError::Misconfigured`] if the settings name no hosts.
    pub(super) fn of(customer: &'a Customer) -> Result<Self, AtsError> {
        let hosts =
            customer.settings.icims.hosts().map_err(|error| AtsError::Misconfigured { why: error.to_string() })?;
        Ok(Self { customer, hosts })
    }

    pub(super) fn audience(&self) -> &str {
        &self.hosts.audience
    }

    pub(super) fn token(&self) -> Result<Url, AtsError> {
        extended("icims.hosts.auth_base", &self.hosts.auth_base, &["oauth", "token"])
    }

    pub(super) fn workflow(&self, workflow: &WorkflowId) -> Result<Url, AtsError> {
        self.api(&["applicantworkflows", workflow.as_str()])
    }

    pub(super) fn status_log(&self, workflow: &WorkflowId) -> Result<Url, AtsError> {
        self.api(&["applicantworkflows", workflow.as_str(), "submittalstatuslog"])
    }

    pub(super) fn person(&self, person: &PersonId) -> Result<Url, AtsError> {
        self.api(&["people", person.as_str()])
    }

    pub(super) fn job(&self, requisition: &RequisitionId) -> Result<Url, AtsError> {
        self.api(&["jobs", requisition.as_str()])
    }

    /// `kind` is a profile type as it stands in paths.
    pub(super) fn search(&self, kind: &str) -> Result<Url, AtsError> {
        self.api(&["search", kind])
    }

    pub(super) fn rows(&self, workflow: &WorkflowId) -> Result<Url, AtsError> {
        let collection = self.collection()?;
        self.api(&["applicantworkflows", workflow.as_str(), "fields", collection])
    }

    pub(super) fn row(&self, workflow: &WorkflowId, entry: &EntryId) -> Result<Url, AtsError> {
        let collection = self.collection()?;
        self.api(&["applicantworkflows", workflow.as_str(), "fields", collection, entry.as_str()])
    }

    pub(super) fn file(&self, workflow: &WorkflowId, field: &str) -> Result<Url, AtsError> {
        let field = field_name("icims.attach_pdf_field", field)?;
        self.api(&["applicantworkflows", workflow.as_str(), "fields", field, "binary"])
    }

    pub(super) fn collection(&self) -> Result<&str, AtsError> {
        field_name("icims.result.collection", &self.customer.settings.icims.result.collection)
    }

    /// An address below the customer's part of the API.
    pub(super) fn api(&self, rest: &[&str]) -> Result<Url, AtsError> {
        let segments: Vec<&str> = ["customers", self.customer.id.as_str()].iter().chain(rest).copied().collect();
        extended("icims.hosts.api_base", &self.hosts.api_base, &segments)
    }
}

/// `fields=` as iCIMS reads it: its commas stay commas.
pub(super) fn with_fields(mut url: Url, fields: &[&str]) -> Url {
    url.set_query(Some(&format!("fields={}", fields.join(","))));
    url
}

fn extended(setting: &str, base: &str, segments: &[&str]) -> Result<Url, AtsError> {
    let bad = |problem| AtsError::Misconfigured { why: format!("{setting}: {problem}") };
    let mut url = parse_base_url(base).map_err(bad)?;
    url.path_segments_mut().map_err(|()| bad(InvalidBaseUrl))?.pop_if_empty().extend(segments);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_may_have_a_path_and_a_slash() {
        for (base, url) in [
            ("https://api.icims.com", Some("https://api.icims.com/customers/1")),
            ("https://api.icims.com/", Some("https://api.icims.com/customers/1")),
            ("https://gateway.example.com/icims/", Some("https://gateway.example.com/icims/customers/1")),
            ("http://127.0.0.1:7001", Some("http://127.0.0.1:7001/customers/1")),
            ("http://api.icims.com", None),
            ("api.icims.com", None),
        ] {
            let built = extended("x", base, &["customers", "1"]).ok().map(String::from);
            assert_eq!(built.as_deref(), url, "{base}");
        }
    }

    #[test]
    fn a_field_name_cannot_leave_its_place() {
        assert!(field_name("x", "field23848").is_ok());
        for bad in ["", "a,b", "a/b", "a b", "..", "a&b=c"] {
            assert!(field_name("x", bad).is_err(), "{bad}");
        }
    }
}
