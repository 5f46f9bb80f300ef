//! A workflow as the recruiter sees it.

use serde_json::Value;

use super::types::{AttachedFile, HistoryLine, Labeled, RecruiterView, ResultRow};
use crate::icims::delivered::{ASSESSMENT_NAMES, ASSESSMENT_STATUSES, STATUSES};
use crate::icims::model::Customer;
use crate::icims::profile_type::ProfileType;
use crate::state::clock::icims_datetime;

fn label(customer: &Customer, list: &str, id: &str) -> String {
    customer.node(list, id).map_or_else(|| id.to_owned(), |node| node.label().to_owned())
}

/// The view, or nothing when there is no such workflow.
pub(crate) fn recruiter(customer: &Customer, id: u64) -> Option<RecruiterView> {
    let workflow = customer.profile(ProfileType::ApplicantWorkflows, id)?;
    let linked = |field: &str| customer.link_of(ProfileType::ApplicantWorkflows, id, field);
    let status = |id: &str| Labeled { id: id.to_owned(), label: label(customer, STATUSES, id) };
    let (person, job) = (linked("associatedprofile"), linked("baseprofile"));
    let title = job
        .and_then(|job| customer.profile(ProfileType::Jobs, job))
        .and_then(|j| j.fields.get("jobtitle"))
        .and_then(Value::as_str);
    let entries = workflow.fields.get("assessmentresults").and_then(Value::as_array);
    Some(RecruiterView {
        workflow: id,
        person,
        candidate: person.and_then(|person| customer.person_name(person)),
        job,
        job_title: title.map(str::to_owned),
        status: customer.status_of(id).map(status).unwrap_or_default(),
        history: workflow
            .status_log
            .iter()
            .map(|change| HistoryLine {
                status: status(&change.status),
                at: icims_datetime(change.at_ms),
                by: change.by,
            })
            .collect(),
        results: entries.into_iter().flatten().map(|entry| row(customer, entry)).collect(),
        files: workflow
            .files
            .iter()
            .map(|(field, file)| AttachedFile {
                field: field.clone(),
                filename: file.filename.clone(),
                content_type: file.content_type.clone(),
                size: file.size,
            })
            .collect(),
        pushes: customer.pushes.values().filter(|p| p.workflow == Some(id)).cloned().collect(),
    })
}

fn row(customer: &Customer, entry: &Value) -> ResultRow {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    let node = |key: &str, list: &str| entry.get(key)?.get("id")?.as_str().map(|id| label(customer, list, id));
    ResultRow {
        entry: entry.get("entry").and_then(Value::as_u64).unwrap_or_default(),
        name: node("assessmentname", ASSESSMENT_NAMES),
        status: node("assessmentstatus", ASSESSMENT_STATUSES),
        date: text("assessmentdate"),
        score: entry.get("assessmentscore").and_then(Value::as_f64),
        result: text("assessmentresult"),
        notes: text("assessmentnotes"),
        url: text("assessmenturl"),
    }
}
