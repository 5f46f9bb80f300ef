//! A request's state, from a read or out of a search (docs/vendors/crosschq.md §9.3), into our own words (§3.3, §9.5).

use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::status_words::{Meaning, meaning};
use super::{Unreadable, external_id, object, request_id};
use crate::domain::{
    Contact, CrosschqSettings, Email, FraudRisk, Link, Name, Phone, Progress, ReferenceRequest, Stage,
};
use crate::lenient::{Lenient, Moment, Number, Text};

#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    candidate: Lenient<Person>,
    job_position: Lenient<Text>,
    status: Lenient<Text>,
    status_updated_on: Lenient<Moment>,
    updated_on: Lenient<Moment>,
    created_at: Lenient<Moment>,
    progress: Lenient<Number>,
    references: Lenient<Vec<Lenient<Reference>>>,
    report_url: Lenient<Text>,
    report_full_pdf: Lenient<Text>,
    fraud_risk: Lenient<Text>,
    score: Lenient<Number>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Person {
    first_name: Lenient<Text>,
    last_name: Lenient<Text>,
    email: Lenient<Text>,
    mobile_phone: Lenient<Text>,
}

/// Of a referee only the status is read: the rest is nobody's business here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Reference {
    status: Lenient<Text>,
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
    let percent = state.progress.get().map(|number| number.0);
    let counts = Counts::of(percent, state.references.entries(), settings);
    let word = state.status.text().and_then(|raw| meaning(raw, &settings.status_words));
    let stage = match word {
        Some(Meaning::At(stage)) => stage,
        Some(Meaning::PastDue) | None => counts.stage(),
    };
    let moment = |field: Lenient<Moment>| field.get().map(|moment| moment.0);
    let ended = matches!(stage, Stage::Completed | Stage::Cancelled | Stage::Declined | Stage::Expired | Stage::Failed);
    Ok(ReferenceRequest {
        id,
        external_id,
        stage,
        past_due: !ended && (word == Some(Meaning::PastDue) || counts.late),
        concluded_early: stage == Stage::Completed && counts.open > 0,
        progress: counts.progress(),
        report: state.report_url.text().and_then(Link::parse),
        full_pdf: state.report_full_pdf.text().and_then(Link::parse),
        score: state.score.get().map(|number| number.0),
        fraud_risk: state.fraud_risk.text().and_then(fraud_risk),
        created_at: moment(state.created_at),
        updated_at: moment(state.updated_on).max(moment(state.status_updated_on)),
        candidate: state.candidate.get().unwrap_or_default().into_contact(),
        position: state.job_position.text().map(str::to_owned),
    })
}

impl Person {
    fn into_contact(self) -> Contact {
        Contact {
            first_name: self.first_name.text().and_then(Name::parse),
            last_name: self.last_name.text().and_then(Name::parse),
            email: self.email.text().and_then(Email::parse),
            mobile: self.mobile_phone.text().and_then(Phone::parse_e164),
        }
    }
}

/// What the references and the percentage tell.
struct Counts {
    /// Whether Crosschq's own number says that everything is in.
    all_in: bool,
    asked: u16,
    answered: u16,
    /// References whose status is known and not completed.
    open: u16,
    late: bool,
}

impl Counts {
    fn of(percent: Option<f64>, references: impl Iterator<Item = Reference>, settings: &CrosschqSettings) -> Self {
        let all_in = percent.is_some_and(|percent| percent >= 100.0);
        let mut counts = Self { all_in, asked: 0, answered: 0, open: 0, late: false };
        for reference in references {
            counts.asked = counts.asked.saturating_add(1);
            let Some(raw) = reference.status.text() else { continue };
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
