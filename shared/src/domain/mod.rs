//! The connector's own world: what a reference check is, how it lives, what iCIMS should show of it.
//!
//! Pure: no clock, no environment, no network, no words of either vendor. Time comes in as a [`Timestamp`].

mod check;
mod failure_class;
mod history;
mod ids;
mod lag;
mod message;
mod missed;
mod order;
mod person;
mod reference;
mod refusal;
mod relationship;
mod requisition;
mod rules;
mod settings;
mod status_changed;
mod template;
mod timestamp;
mod view;

pub use check::{
    Attachment, CancelReason, Check, CheckKey, CreateLedger, CreateStep, Fingerprint, Lease, NewCheck, Rejection, Row,
    State,
};
pub use failure_class::FailureClass;
pub use history::{Actor, Entry, Repeats, What};
pub use ids::{
    AtsTag, CorrelationId, CustomerId, EntryId, InvalidId, PersonId, RequestId, RequisitionId, StatusId, SurveyId,
    WorkflowId,
};
pub use lag::look_again_in;
pub use message::{Cancellation, Envelope, IcimsUpdate, Message, ReferenceOrder, SCHEMA, Source, Sourced, Subject};
pub use missed::{CALLS_A_LOOK, Entered, Pass, Seeking, Standing, Watermark, decide_missed};
pub use order::{Order, Staff, candidate_of};
pub use person::{Candidate, Contact, Email, Name, Phone};
pub use reference::{FraudRisk, Link, Progress, ReferenceRequest, Stage};
pub use refusal::Refusal;
pub use relationship::{InvalidRelationship, Relationship};
pub use requisition::{RecruitingWorkflow, Requisition};
pub use rules::{
    IgnoreReason, Intent, OrderDecision, REDELIVERY_WINDOW, RepeatDecision, decide_event, decide_order, decide_repeat,
    meaning, resolve_template,
};
pub use settings::{
    AuthMode, CallbackAuth, Capabilities, CrosschqSettings, Customer, Hosts, IcimsAuth, IcimsSettings, MissedPushes,
    Profile, PushAuth, Region, RequesterSource, ResultFields, Settings, SettingsError, StageStatuses, StatusSets,
};
pub use status_changed::StatusChanged;
pub use template::{AutoConclude, HiringManagerRule, Notifications, ReferenceNote, Template, TemplateError};
pub use timestamp::Timestamp;
pub use view::{Digest, RowMarker, RowStatus, View};
