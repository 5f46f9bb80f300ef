//! What time alone does to requests: reminders, past due, auto-conclude, expiry.

use super::lifecycle::take;
use super::model::{Org, ReferenceStatus, Request};
use super::render::Links;
use super::settings::AutoConclude;
use super::steps::Step;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Does everything that is due.
pub(crate) fn tick(org: &mut Org, links: Links<'_>) {
    let open: Vec<String> = org.requests.values().filter(|r| !r.state.is_terminal()).map(|r| r.id.clone()).collect();
    for id in open {
        remind(org, links.now_ms, &id);
        for step in due_steps(org, links.now_ms, &id) {
            // A step that became impossible because of the one before it is not needed any more.
            let _ = take(org, links, &id, step);
        }
    }
}

/// Whether anything is due.
pub(crate) fn has_due(org: &Org, now: i64) -> bool {
    org.requests
        .values()
        .filter(|r| !r.state.is_terminal())
        .any(|r| reminders_due(org, r, now) > 0 || !due_steps(org, now, &r.id).is_empty())
}

fn reminders_due(org: &Org, request: &Request, now: i64) -> i64 {
    (now - request.reminded_at_ms) / reminder_interval_ms(org)
}

fn reminder_interval_ms(org: &Org) -> i64 {
    i64::from(org.settings.reminder_every_h.max(1)) * HOUR_MS
}

fn due_steps(org: &Org, now: i64, id: &str) -> Vec<Step> {
    let Some(request) = org.requests.get(id) else {
        return Vec::new();
    };
    let settings = &org.settings;
    let age = now - request.created_at_ms;
    let rule = request.auto_conclude.as_ref().or(settings.auto_conclude.as_ref());
    let surveyed = !settings.self_survey || request.self_survey_done;
    if surveyed && rule.is_some_and(|rule| may_conclude(rule, request, age)) {
        return vec![Step::Conclude];
    }
    if settings.expire_after_days.is_some_and(|days| age >= i64::from(days) * DAY_MS) {
        return vec![Step::Expire];
    }
    let late_ms = i64::from(settings.past_due_after_h) * HOUR_MS;
    let late = request
        .references
        .iter()
        .filter(|r| r.status == ReferenceStatus::Pending && now - r.requested_at_ms >= late_ms);
    let mut steps: Vec<Step> = late.map(|r| Step::ReferencePastDue { email: r.email.clone() }).collect();
    if !request.past_due && age >= late_ms && request.references.is_empty() {
        steps.push(Step::PastDue);
    }
    steps
}

fn may_conclude(rule: &AutoConclude, request: &Request, age_ms: i64) -> bool {
    let of = |relationship: &str| {
        let all = request
            .references
            .iter()
            .filter(|r| r.status == ReferenceStatus::Completed && r.relationship == relationship);
        u32::try_from(all.count()).unwrap_or(u32::MAX)
    };
    let total = request.completed_references();
    total > 0
        && total >= rule.min_total
        && rule.by_relationship.iter().all(|(relationship, count)| of(relationship) >= *count)
        && age_ms >= i64::from(rule.after_days) * DAY_MS
}

fn remind(org: &mut Org, now: i64, id: &str) {
    let due = org.requests.get(id).map_or(0, |request| reminders_due(org, request, now));
    let every = reminder_interval_ms(org);
    if let Some(request) = org.requests.get_mut(id) {
        request.reminded_at_ms += due * every;
    }
    for _ in 0..due {
        send_reminders(org, now, id);
    }
}

/// Reminds the references who have not answered, or the candidate while there are none.
pub(crate) fn send_reminders(org: &mut Org, now: i64, id: &str) {
    let Some(request) = org.requests.get(id) else {
        return;
    };
    let waiting =
        request.references.iter().filter(|r| matches!(r.status, ReferenceStatus::Pending | ReferenceStatus::PastDue));
    let emails: Vec<String> = waiting.map(|r| r.email.clone()).collect();
    if request.references.is_empty() {
        org.message_candidate(now, id, "reminder");
    }
    for email in emails {
        org.send_message(now, id, "email", &email, "reminder");
    }
}
