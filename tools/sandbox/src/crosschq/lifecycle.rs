//! The state machine of a request (docs/vendors/crosschq.md §3.3): what can happen, and what it leads to.

use super::callbacks;
use super::model::{Org, Reference, ReferenceStatus, Request};
use super::render::Links;
use super::request_state::State;
use super::steps::{NewReference, Step};

/// Why a step could not be taken.
pub(crate) type Impossible = String;

/// Takes one step and queues its callbacks.
pub(crate) fn take(org: &mut Org, links: Links<'_>, id: &str, step: Step) -> Result<(), Impossible> {
    if step == Step::CompleteAll {
        return complete_all(org, links, id);
    }
    change(org, links.now_ms, id, step)?;
    callbacks::changed(org, links, id);
    Ok(())
}

fn change(org: &mut Org, now: i64, id: &str, step: Step) -> Result<(), Impossible> {
    let self_survey = org.settings.self_survey;
    let late_report = org.settings.report.late;
    let request = org.requests.get_mut(id).ok_or("no such request")?;
    let before = request.state;
    let open_only = !matches!(
        step,
        Step::ReportReady | Step::ReissueReport | Step::Reopen | Step::RawStatus { .. } | Step::Callback
    );
    if open_only && before.is_terminal() {
        return Err(format!("the request is {}", before.word()));
    }
    let mut messages: Vec<(String, &str)> = Vec::new();
    let mut to_candidate: Option<&str> = None;
    match step {
        Step::CandidateOpens => {
            request.opened = true;
            if before == State::Requested {
                request.state = State::CandidateInProgress;
            }
        }
        Step::AddReferences { references } => {
            for new in references {
                if request.references.iter().any(|r| r.email.eq_ignore_ascii_case(&new.email)) {
                    return Err(format!("there is a reference {} already", new.email));
                }
                messages.push((new.email.clone(), "reference_request"));
                request.references.push(Reference {
                    first_name: new.first_name,
                    last_name: new.last_name,
                    email: new.email,
                    mobile_phone: new.mobile_phone,
                    relationship: new.relationship,
                    status: ReferenceStatus::Pending,
                    requested_at_ms: now,
                });
            }
            request.opened = true;
            request.past_due = false;
            if matches!(request.state, State::Requested | State::CandidateInProgress) {
                request.state = State::AwaitingReferences;
            }
        }
        Step::RemoveReference { email } => {
            let at = request
                .references
                .iter()
                .position(|r| r.email.eq_ignore_ascii_case(&email))
                .ok_or_else(|| unknown(&email))?;
            request.references.remove(at);
        }
        Step::SelfSurvey => request.self_survey_done = true,
        Step::ReferenceCompletes { email } => {
            set_reference(&mut request.references, &email, ReferenceStatus::Completed)?;
            request.state = State::InProgress;
            request.past_due = false;
        }
        Step::ReferenceDeclines { email } => set_reference(&mut request.references, &email, ReferenceStatus::Declined)?,
        Step::ReferenceBounces { email } => set_reference(&mut request.references, &email, ReferenceStatus::Bounced)?,
        Step::ReferencePastDue { email } => {
            set_reference(&mut request.references, &email, ReferenceStatus::PastDue)?;
            to_candidate = Some("past_due");
        }
        Step::PastDue => request.past_due = true,
        Step::Conclude => {
            if request.completed_references() == 0 {
                return Err("no reference has answered yet".to_owned());
            }
            if self_survey && !request.self_survey_done {
                return Err("the self-survey is not done yet".to_owned());
            }
            complete(request, late_report);
        }
        Step::ReportReady if before == State::Completed => request.report_ready = true,
        Step::ReissueReport if before == State::Completed => {
            request.report_version += 1;
            request.report_ready = true;
        }
        Step::ReportReady | Step::ReissueReport => {
            return Err("the request is not completed".to_owned());
        }
        Step::Decline => request.state = State::Declined,
        Step::Expire => request.state = State::Expired,
        Step::Fail => request.state = State::Failed,
        Step::Cancel => {
            request.state = State::Cancelled;
            to_candidate = Some("cancelled");
        }
        Step::Reopen if before == State::Cancelled => {
            request.state = State::Requested;
            request.cancel_reason = None;
        }
        Step::Reopen => return Err("only a cancelled request can be opened again".to_owned()),
        Step::RawStatus { word, progress } => {
            request.raw_status = word;
            request.raw_progress = progress;
        }
        Step::Callback | Step::CompleteAll => return Ok(()),
    }
    // Everybody answered, the candidate too: done.
    if !request.state.is_terminal()
        && request.completed_references() >= request.wanted.max(1)
        && (!self_survey || request.self_survey_done)
    {
        complete(request, late_report);
    }
    if request.state == State::Completed && before != State::Completed {
        to_candidate = Some("completed");
    }
    if request.state.is_terminal() {
        request.past_due = false;
    }
    request.updated_at_ms = now;
    if request.state != before {
        request.status_updated_at_ms = now;
    }
    for (to, kind) in messages {
        org.send_message(now, id, "email", &to, kind);
    }
    if let Some(kind) = to_candidate {
        org.message_candidate(now, id, kind);
    }
    Ok(())
}

fn unknown(email: &str) -> String {
    format!("no reference {email}")
}

fn set_reference(references: &mut [Reference], email: &str, status: ReferenceStatus) -> Result<(), Impossible> {
    let found = references.iter_mut().find(|r| r.email.eq_ignore_ascii_case(email)).ok_or_else(|| unknown(email))?;
    found.status = status;
    Ok(())
}

/// References who have not answered are no longer needed (docs/vendors/crosschq.md §3.1 L7, L8).
fn complete(request: &mut Request, late_report: bool) {
    request.state = State::Completed;
    request.report_ready = !late_report;
    request.report_version = 1;
    for reference in &mut request.references {
        if matches!(reference.status, ReferenceStatus::Pending | ReferenceStatus::PastDue) {
            reference.status = ReferenceStatus::Cancelled;
        }
    }
}

fn complete_all(org: &mut Org, links: Links<'_>, id: &str) -> Result<(), Impossible> {
    let request = org.requests.get(id).ok_or("no such request")?;
    let mut steps = Vec::new();
    if !request.opened {
        steps.push(Step::CandidateOpens);
    }
    let known = u32::try_from(request.references.len()).unwrap_or(u32::MAX);
    let wanted: Vec<&str> = request
        .counts
        .iter()
        .flat_map(|(relationship, count)| std::iter::repeat_n(relationship.as_str(), *count as usize))
        .chain(std::iter::repeat("managers"))
        .skip(known as usize)
        .take(request.wanted.saturating_sub(known) as usize)
        .collect();
    let fresh: Vec<NewReference> = wanted
        .iter()
        .zip(known + 1..)
        .map(|(relationship, n)| NewReference {
            first_name: "Reference".to_owned(),
            last_name: format!("Number {n}"),
            email: format!("reference{n}@references.example"),
            mobile_phone: None,
            relationship: (*relationship).to_owned(),
        })
        .collect();
    let waiting =
        request.references.iter().filter(|r| matches!(r.status, ReferenceStatus::Pending | ReferenceStatus::PastDue));
    let emails: Vec<String> = waiting.map(|r| r.email.clone()).chain(fresh.iter().map(|r| r.email.clone())).collect();
    if !fresh.is_empty() {
        steps.push(Step::AddReferences { references: fresh });
    }
    if org.settings.self_survey && !request.self_survey_done {
        steps.push(Step::SelfSurvey);
    }
    steps.extend(emails.into_iter().map(|email| Step::ReferenceCompletes { email }));
    for step in steps {
        take(org, links, id, step)?;
    }
    if org.requests.get(id).is_some_and(|r| !r.state.is_terminal()) {
        take(org, links, id, Step::Conclude)?;
    }
    Ok(())
}
