//! The client against recorded and assumed shapes, on 127.0.0.1 only.

mod cancel;
mod create;
mod errors;
mod find;
mod inbound;
mod lost;
mod pdf;
mod read;
mod rotation;
mod surveys;

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::SecretString;

use super::Crosschq;
use crate::domain::{
    AutoConclude, Candidate, CorrelationId, CrosschqSettings, Customer, Email, Name, Notifications, Order, Phone,
    Profile, ReferenceNote, Relationship, RequestId, Staff, SurveyId,
};
use crate::failure::Failure;
use crate::ports::{CallbackSecrets, CustomerSecrets, SecretSet};
use crate::testing::{self, FakeSecrets, http};

pub(super) const REQUEST: &str = "6b1f0a52-0c55-4f0e-9a56-0d2f7c1e9a01";

pub(super) fn secret_set(version: &str, token: &str, path: &str, callback: Option<&str>) -> SecretSet {
    SecretSet {
        crosschq_token: token.into(),
        callback: CallbackSecrets { path_secret: path.into(), token: callback.map(SecretString::from) },
        ..testing::secret_set(version)
    }
}

/// Secrets that hold one token, and the one that a refresh brings.
pub(super) fn secrets(held: Option<&str>, next: Option<&str>) -> Arc<FakeSecrets> {
    let set = |version: &str, token: &str| secret_set(version, token, "path", None);
    FakeSecrets::with(held.map(|token| set("v1", token)), next.map(|token| Ok(Some(set("v2", token)))))
}

pub(super) fn client() -> Crosschq {
    Crosschq::new(http(), secrets(Some("org-token"), None))
}

pub(super) fn customer(profile: Profile, base_url: &str) -> Customer {
    let icims = serde_json::json!({"region": "us", "push": {"accept": ["basic"]}, "statuses": {"trigger": ["C1"]}});
    let mut customer = testing::customer("1234", icims);
    customer.settings.crosschq =
        CrosschqSettings { profile, base_url: Some(base_url.to_owned()), timeout_ms: 2_000, ..Default::default() };
    customer
}

pub(super) fn candidate() -> Candidate {
    Candidate {
        first_name: Name::parse("Ada").unwrap(),
        last_name: Name::parse("Byron").unwrap(),
        email: Email::parse("ada@example.com").unwrap(),
        mobile: Phone::parse_e164("+15555550100"),
    }
}

pub(super) fn order() -> Order {
    Order {
        external_id: "icims:1234:13437:1".to_owned(),
        candidate: candidate(),
        survey: SurveyId::parse("brand-marketer-manager").unwrap(),
        position: "Brand Marketer".to_owned(),
        requester: Email::parse("recruiter@example.com").unwrap(),
        hiring_manager: Some(Staff {
            first_name: Name::parse("Grace").unwrap(),
            last_name: Name::parse("Hopper").unwrap(),
            email: Email::parse("grace@example.com").unwrap(),
        }),
        references: BTreeMap::from([(Relationship::MANAGERS, 1), (Relationship::PEERS, 2)]),
        any_references: 2,
        notes: vec![
            ReferenceNote { relationship: Some(Relationship::MANAGERS), note: "From your last employer".to_owned() },
            ReferenceNote { relationship: None, note: "Somebody recent".to_owned() },
        ],
        candidate_message: Some("Welcome.".to_owned()),
        notifications: Notifications::default(),
        auto_conclude: Some(AutoConclude {
            min_total: 2,
            by_relationship: BTreeMap::from([(Relationship::MANAGERS, 1)]),
            after_days: 3,
        }),
        template_tag: "sales-ae".to_owned(),
    }
}

pub(super) fn request() -> RequestId {
    RequestId::parse(REQUEST).unwrap()
}

pub(super) fn correlation() -> CorrelationId {
    CorrelationId::parse("c0ffee").unwrap()
}
