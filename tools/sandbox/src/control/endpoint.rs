//! The calls of the control plane, each declared once: the router serves them, the client makes them.

use std::fmt::Display;
use std::marker::PhantomData;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::types::{
    Advance, Advanced, AnyEvent, CallFilter, Calls, ClockChange, ClockReading, Merge, ProfileId, Quota, RecruiterView,
    Release, RequestView, StatusPush, Summary,
};
use crate::crosschq::model::{CallbackRecord, Message};
use crate::crosschq::settings::OrgSettings;
use crate::crosschq::steps::Step;
use crate::faults::Fault;
use crate::icims::fields::{FieldDef, Node};
use crate::icims::settings::CustomerSettings;
use crate::push::record::PushRecord;
use crate::world::{Demo, DemoOptions};

/// Where the control plane begins. It needs no credentials: the sandbox listens on the loopback interface only.
pub(crate) const PREFIX: &str = "/__sandbox/";

/// A call with a body of type `B`, which is the query string of a GET, and a reply of type `R`.
pub(super) struct Endpoint<B, R> {
    pub(super) method: Method,
    /// What follows [`PREFIX`], with the names of its parameters in braces.
    pub(super) path: &'static str,
    types: PhantomData<fn(B) -> R>,
}

/// A body or a reply without content: `{}`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Empty {}

impl<B, R> Endpoint<B, R> {
    const fn new(method: Method, path: &'static str) -> Self {
        Self { method, path, types: PhantomData }
    }

    /// The path with these parameters in the order of their braces.
    pub(super) fn path_with(&self, parameters: &[&(dyn Display + Sync)]) -> String {
        let mut parameters = parameters.iter();
        let segments = self.path.split('/').map(|segment| match parameters.as_slice().first() {
            Some(parameter) if segment.starts_with('{') => {
                parameters.next();
                parameter.to_string()
            }
            _ => segment.to_owned(),
        });
        segments.collect::<Vec<_>>().join("/")
    }
}

const fn get<B, R>(path: &'static str) -> Endpoint<B, R> {
    Endpoint::new(Method::GET, path)
}

const fn post<B, R>(path: &'static str) -> Endpoint<B, R> {
    Endpoint::new(Method::POST, path)
}

const fn put<B, R>(path: &'static str) -> Endpoint<B, R> {
    Endpoint::new(Method::PUT, path)
}

const fn patch<B, R>(path: &'static str) -> Endpoint<B, R> {
    Endpoint::new(Method::PATCH, path)
}

const fn delete<B, R>(path: &'static str) -> Endpoint<B, R> {
    Endpoint::new(Method::DELETE, path)
}

pub(super) const SUMMARY: Endpoint<Empty, Summary> = get("");
pub(super) const STATE: Endpoint<Empty, Value> = get("state");
pub(super) const RESET: Endpoint<Empty, Empty> = post("reset");
pub(super) const DEMO: Endpoint<DemoOptions, Demo> = post("demo");
pub(super) const CLOCK: Endpoint<Empty, ClockReading> = get("clock");
pub(super) const SET_CLOCK: Endpoint<ClockChange, ClockReading> = post("clock");

pub(super) const FAULTS: Endpoint<Empty, Vec<Fault>> = get("{vendor}/faults");
pub(super) const ADD_FAULT: Endpoint<Fault, Fault> = post("{vendor}/faults");
pub(super) const CLEAR_FAULTS: Endpoint<Empty, Empty> = delete("{vendor}/faults");
pub(super) const REMOVE_FAULT: Endpoint<Empty, Fault> = delete("{vendor}/faults/{id}");
pub(super) const CALLS: Endpoint<CallFilter, Calls> = get("{vendor}/requests");
pub(super) const CLEAR_CALLS: Endpoint<Empty, Empty> = delete("{vendor}/requests");

pub(super) const CUSTOMER: Endpoint<Empty, CustomerSettings> = get("icims/customers/{customer}");
pub(super) const PUT_CUSTOMER: Endpoint<CustomerSettings, CustomerSettings> = put("icims/customers/{customer}");
pub(super) const PATCH_CUSTOMER: Endpoint<Value, CustomerSettings> = patch("icims/customers/{customer}");
pub(super) const ADD_NODE: Endpoint<Node, Node> = post("icims/customers/{customer}/lists/{list}");
pub(super) const PUT_FIELD: Endpoint<FieldDef, FieldDef> = put("icims/customers/{customer}/fields/{type}/{name}");
pub(super) const CREATE_PROFILE: Endpoint<Value, ProfileId> = post("icims/customers/{customer}/profiles/{type}");
pub(super) const PROFILE: Endpoint<Empty, Value> = get("icims/customers/{customer}/profiles/{type}/{id}");
pub(super) const EDIT_PROFILE: Endpoint<Value, ProfileId> = patch("icims/customers/{customer}/profiles/{type}/{id}");
pub(super) const PURGE_PROFILE: Endpoint<Empty, Empty> = delete("icims/customers/{customer}/profiles/{type}/{id}");
pub(super) const MERGE_PEOPLE: Endpoint<Merge, Empty> = post("icims/customers/{customer}/people/{id}/merge");
pub(super) const RECRUITER_VIEW: Endpoint<Empty, RecruiterView> = get("icims/customers/{customer}/workflows/{id}");
pub(super) const ADVANCE: Endpoint<Advance, Advanced> = post("icims/customers/{customer}/workflows/{id}/advance");
pub(super) const PUSH_STATUS: Endpoint<StatusPush, Vec<PushRecord>> =
    post("icims/customers/{customer}/workflows/{id}/push");
pub(super) const PUSH_EVENT: Endpoint<AnyEvent, Vec<PushRecord>> = post("icims/customers/{customer}/events");
pub(super) const PUSHES: Endpoint<Empty, Vec<PushRecord>> = get("icims/customers/{customer}/pushes");
pub(super) const REVOKE_TOKENS: Endpoint<Empty, Empty> = post("icims/customers/{customer}/tokens/revoke");
pub(super) const SET_QUOTA: Endpoint<Quota, Quota> = put("icims/customers/{customer}/quota");

pub(super) const ORG: Endpoint<Empty, OrgSettings> = get("crosschq/orgs/{org}");
pub(super) const PUT_ORG: Endpoint<OrgSettings, OrgSettings> = put("crosschq/orgs/{org}");
pub(super) const PATCH_ORG: Endpoint<Value, OrgSettings> = patch("crosschq/orgs/{org}");
pub(super) const REQUESTS: Endpoint<Empty, Vec<RequestView>> = get("crosschq/orgs/{org}/requests");
pub(super) const REQUEST: Endpoint<Empty, RequestView> = get("crosschq/requests/{id}");
pub(super) const TAKE_STEP: Endpoint<Step, RequestView> = post("crosschq/requests/{id}/steps");
pub(super) const CALLBACKS: Endpoint<Empty, Vec<CallbackRecord>> = get("crosschq/orgs/{org}/callbacks");
pub(super) const RELEASE: Endpoint<Release, Vec<u64>> = post("crosschq/orgs/{org}/callbacks/release");
pub(super) const SEND_AGAIN: Endpoint<Empty, CallbackRecord> = post("crosschq/orgs/{org}/callbacks/{number}/send");
pub(super) const SEND_RAW: Endpoint<Value, CallbackRecord> = post("crosschq/orgs/{org}/callbacks/raw");
pub(super) const MESSAGES: Endpoint<Empty, Vec<Message>> = get("crosschq/orgs/{org}/messages");
