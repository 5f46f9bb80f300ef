//! The two Partner APIs as tables of paths (docs/vendors/crosschq.md §9.1). Each path is one string with its slash: the
//! slash is part of the address, and without it a POST is redirected and its body lost (§1.5).

use crate::domain::{Profile, RequestId};

/// Where things are in one profile.
#[derive(Debug)]
pub(super) struct Paths {
    /// The published host.
    pub(super) base_url: &'static str,
    /// POST creates; GET searches, where that is offered.
    pub(super) requests: &'static str,
    /// GET reads one.
    request: &'static str,
    /// POST cancels one.
    cancel: &'static str,
    /// GET lists the surveys.
    pub(super) surveys: &'static str,
    /// GET tells the account's relationships, where the surveys do not.
    pub(super) account: Option<&'static str>,
}

const V2: Paths = Paths {
    base_url: "https://partner.crosschq.com",
    requests: "/api/v2/reference-request/",
    request: "/api/v2/reference-request/{id}/",
    cancel: "/api/v2/reference-request/{id}/cancel/",
    surveys: "/api/v2/settings/jobrole/",
    account: None,
};

const V1: Paths = Paths {
    base_url: "https://api.crosschq.com",
    requests: "/partners/reference-request/",
    request: "/partners/reference-request/{id}/",
    cancel: "/partners/reference-request/{id}/cancel/",
    surveys: "/partners/jobrole/",
    account: Some("/partners/config/"),
};

impl Paths {
    /// The table of a profile.
    pub(super) fn of(profile: Profile) -> &'static Self {
        match profile {
            Profile::PartnerV2 => &V2,
            Profile::PartnerV1 => &V1,
        }
    }

    /// The path of one request. An id is safe in a path by its type.
    pub(super) fn request(&self, id: &RequestId) -> String {
        self.request.replace("{id}", id.as_str())
    }

    /// The path that cancels one request.
    pub(super) fn cancel(&self, id: &RequestId) -> String {
        self.cancel.replace("{id}", id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_ends_in_its_slash() {
        let id = RequestId::parse("6b1f0000-0000-4000-8000-000000000001").unwrap();
        for paths in [&V1, &V2] {
            let all = [paths.requests.to_owned(), paths.request(&id), paths.cancel(&id), paths.surveys.to_owned()];
            for path in all.iter().map(String::as_str).chain(paths.account) {
                assert!(path.starts_with('/') && path.ends_with('/') && !path.contains('{'), "{path}");
            }
            assert!(!paths.base_url.ends_with('/'));
        }
    }
}
