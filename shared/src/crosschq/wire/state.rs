//! A request's state, from a read or out of a search (docs/vendors/crosschq.md §9.3), into our own words (§3.3, §9.5).

use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::status_words::{Meaning, meaning};
use super::{Unreadable, external_id, lenient, object, request_id};
use crate::domain::{
    Contact, CrosschqSettings, Email, FraudRisk, Link, Name, Phone, Progress, ReferenceRequest, Stage, Timestamp,
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    #[serde(deserialize_with = "lenient::part")]
    candidate: Person,
    #[serde(deserialize_with = "lenient::text")]
    job_position: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(deserialize_with = "lenient::moment")]
    status_updated_on: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::moment")]
    updated_on: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::moment")]
    created_at: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::number")]
    progress: Option<f64>,
    #[serde(deserialize_with = "lenient::list")]
    references: Vec<Reference>,
    #[serde(deserialize_with = "lenient::text")]
    report_url: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    report_full_pdf: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    fraud_risk: Option<String>,
    #[serde(deserialize_with = "lenient::number")]
    score: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Person {
    #[serde(deserialize_with = "lenient::text")]
    first_name: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    last_name: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    email: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    mobile_phone: Option<String>,
}

/// Of a referee only the status is read: the rest is nobody's business here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Reference {
    #[serde(deserialize_with = "lenient::text")]
    status: Option<String>,
}

/// Reads a state out of a body.
pub(in super::super) fn read(body: &[u8], settings: &CrosschqSettings) -> Result<ReferenceRequest, Unreadable> {
    of(object(body)?, settings)
}

/// Reads a state out of an object.
pub(super) fn of(object: Map<String, Value>, settings: &CrosschqSettings) -> Result<ReferenceRequest, Unreadable> {
    let id = request_id(&object)?;
    let external_id = external_id(&object);
    let state = State::deserialize(Value::Object(object)).map_err(|_| Unreadable("not a state"))?;
    let counts = Counts::of(&state, settings);
    let word = state.status.as_deref().and_then(|raw| meaning(raw, &settings.status_words));
    let stage = match word {
        Some(Meaning::At(stage)) => stage,
        Some(Meaning::PastDue) | None => counts.stage(),
    };
    let ended = matches!(stage, Stage::Completed | Stage::Cancelled | Stage::Declined | Stage::Expired | Stage::Failed);
    Ok(ReferenceRequest {
        id,
        external_id,
        stage,
        past_due: !ended && (word == Some(Meaning::PastDue) || counts.late),
        concluded_early: stage == Stage::Completed && counts.open > 0,
        progress: counts.progress(),
        report: state.report_url.as_deref().and_then(Link::parse),
        full_pdf: state.report_full_pdf.as_deref().and_then(Link::parse),
        score: state.score,
        fraud_risk: state.fraud_risk.as_deref().and_then(fraud_risk),
        created_at: state.created_at,
        updated_at: state.updated_on.max(state.status_updated_on),
        candidate: state.candidate.into_contact(),
        position: state.job_position,
    })
}

impl Person {
    fn into_contact(self) -> Contact {
        Contact {
            first_name: self.first_name.as_deref().and_then(Name::parse),
            last_name: self.last_name.as_deref().and_then(Name::parse),
            email: self.email.as_deref().and_then(Email::parse),
            mobile: self.mobile_phone.as_deref().and_then(Phone::parse_e164),
        }
    }
}

/// What the references and the percentage tell.
struct Counts {
    /// Whether Crosschq's own number says that everything is in.
    all_in: bool,
    asked: u16,
    answered: u16,
    /// References whose status is told and is not completed.
    open: u16,
    late: bool,
}

impl Counts {
    fn of(state: &State, settings: &CrosschqSettings) -> Self {
        let all_in = state.progress.is_some_and(|percent| percent >= 100.0);
        let mut counts = Self { all_in, asked: 0, answered: 0, open: 0, late: false };
        for reference in &state.references {
            counts.asked = counts.asked.saturating_add(1);
            let Some(raw) = &reference.status else { continue };
            match meaning(raw, &settings.status_words) {
                Some(Meaning::At(Stage::Completed)) => counts.answered = counts.answered.saturating_add(1),
                word => {
                    counts.open = counts.open.saturating_add(1);
                    counts.late |= word == Some(Meaning::PastDue);
                }
            }
        }
        counts
    }

    /// The stage where the word does not tell it (docs/vendors/crosschq.md §3.3).
    fn stage(&self) -> Stage {
        match self {
            Self { all_in: true, .. } => Stage::Completed,
            Self { answered: 1.., .. } => Stage::InProgress,
            Self { asked: 1.., .. } => Stage::AwaitingReferences,
            _ => Stage::Requested,
        }
    }

    fn progress(&self) -> Progress {
        Progress { answered: self.answered, asked: self.asked }
    }
}

fn fraud_risk(word: &str) -> Option<FraudRisk> {
    match word.to_ascii_lowercase().as_str() {
        "low" => Some(FraudRisk::Low),
        "medium" => Some(FraudRisk::Medium),
        "high" => Some(FraudRisk::High),
        _ => None,
    }
}
