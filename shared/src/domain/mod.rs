//! The connector's own world: what a reference check is, how it lives, what iCIMS should show of it.
//!
//! Pure: no clock, no environment, no network, no words of either vendor. Time comes in as a [`Timestamp`].

mod base_url;
mod check;
mod digest;
mod failure_class;
mod history;
mod ids;
mod lag;
mod message;
mod missed;
mod opaque;
mod order;
mod person;
mod reference;
mod refusal;
mod rejection;
mod relationship;
mod requisition;
mod rules;
mod settings;
mod standing;
mod state;
mod status_changed;
mod template;
mod timestamp;
mod view;

pub use base_url::{InvalidBaseUrl, is_this_machine, parse_base_url};
pub use check::{
    Attachment, CancelState, Check, CheckKey, CreateCount, CreateLedger, CreateOutcome, CreateStep, Creating, End,
    Fingerprint, FollowedRequest, IcimsSync, Lease, NewCheck, OpenStage, Phase, Presence, RecognizedBy, RequestAnswers,
    Row, StatusMove, StatusOutcome, Subject, Timing,
};
pub use digest::Digest;
pub use failure_class::FailureClass;
pub use history::{Actor, History, HistoryEntry, HistoryEvent, Repeats, Stamp};
pub use ids::{
    AtsTag, CorrelationId, CustomerId, EntryId, InvalidId, PersonId, RequestId, RequisitionId, StatusId, SurveyId,
    WorkflowId,
};
pub use lag::look_again_in;
pub use message::{
    Cancellation, Envelope, IcimsUpdate, Message, MessageSubject, READABLE_SCHEMAS, ReferenceOrder, SCHEMA, Source,
    Sourced,
};
pub use missed::{MAX_CALLS_PER_SCAN, Pass, SearchPhase, Watermark, decide_missed};
pub use opaque::Opaque;
pub use order::{Order, Staff, candidate_of};
pub use person::{Candidate, Contact, Email, Name, Phone};
pub use reference::{FraudRisk, Link, Progress, ReferenceRequest, Stage};
pub use refusal::Refusal;
pub use rejection::{CancelReason, Rejection};
pub use relationship::{InvalidRelationship, Relationship};
pub use requisition::{RecruitingWorkflow, Requisition};
pub use rules::{
    IgnoreReason, Intent, OrderDecision, REDELIVERY_WINDOW, RepeatDecision, decide_event, decide_order, decide_repeat,
    meaning, resolve_template,
};
pub use settings::{
    AuthMode, CallbackAuth, Capabilities, CrosschqSettings, Customer, Hosts, IcimsAuth, IcimsSettings, InvalidSettings,
    MissedPushes, Profile, PushAuth, Region, RequesterSource, ResultFields, Settings, SettingsError, StageStatuses,
    StatusSets,
};
pub use standing::{Entered, Standing};
pub use state::State;
pub use status_changed::StatusChanged;
pub use template::{AutoConclude, HiringManagerRule, Notifications, ReferenceNote, Template, TemplateError};
pub use timestamp::Timestamp;
pub use view::{RowMarker, RowStatus, View};
