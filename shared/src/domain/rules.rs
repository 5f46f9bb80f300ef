//! The decisions: what an event means, whether an order stands, which template a requisition names.

use std::time::Duration;

use super::{
    CancelReason, Check, Customer, PersonId, Refusal, Requisition, Standing, State, StatusId, StatusSets, Template,
    Timestamp,
};

/// What an event asks of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    Request,
    /// Cancel the open request.
    Cancel(CancelReason),
    Ignore(IgnoreReason),
}

/// Why an event asks nothing of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IgnoreReason {
    /// The status is in none of the customer's sets.
    UnknownStatus,
    /// The integration user moved the workflow.
    OwnChange,
    /// The customer takes no orders.
    CustomerOff,
    /// The customer does not cancel on rejection.
    CancelOnRejectOff,
}

impl std::fmt::Display for IgnoreReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::UnknownStatus => "a status that means nothing to us",
            Self::OwnChange => "our own change",
            Self::CustomerOff => "the customer is switched off",
            Self::CancelOnRejectOff => "cancelling on rejection is switched off",
        })
    }
}

/// What a status means to this customer.
pub fn meaning(sets: &StatusSets, status: &StatusId) -> Intent {
    let among = |set: &[StatusId]| set.iter().any(|known| known.may_be(status));
    if among(&sets.trigger) {
        Intent::Request
    } else if among(&sets.rejected) {
        Intent::Cancel(CancelReason::Rejected)
    } else if among(&sets.withdrawn) {
        Intent::Cancel(CancelReason::Withdrawn)
    } else {
        Intent::Ignore(IgnoreReason::UnknownStatus)
    }
}

/// What a status event asks of us.
pub fn decide_event(customer: &Customer, new_status: &StatusId, acting_user: Option<&PersonId>) -> Intent {
    let icims = &customer.settings.icims;
    if acting_user.is_some() && acting_user == icims.integration_user.as_ref() {
        return Intent::Ignore(IgnoreReason::OwnChange);
    }
    match meaning(&icims.statuses, new_status) {
        // A rejection is followed even then: what is open goes on, and must not go on for a rejected candidate.
        Intent::Request if !customer.settings.enabled => Intent::Ignore(IgnoreReason::CustomerOff),
        Intent::Cancel(_) if !icims.cancel_on_reject => Intent::Ignore(IgnoreReason::CancelOnRejectOff),
        intent => intent,
    }
}

/// Whether an order starts a new attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderDecision {
    /// It does, with this number.
    Start { attempt: u32 },
    /// The same event came again: nothing to do, nothing to say.
    Redelivery,
    /// Another order while one is open.
    Refuse(Refusal),
}

/// Events for the same workflow this close together are one event sent twice (docs/vendors/icims.md §2.1, §5.4).
pub const REDELIVERY_WINDOW: Duration = Duration::from_secs(60);

/// Decides on an order, given the latest attempt for its workflow. That an order after an end is a new one, and not the old
/// event delivered again, [`decide_repeat`] decides later.
pub fn decide_order(customer: &Customer, latest: Option<&Check>, now: Timestamp) -> OrderDecision {
    let Some(latest) = latest else { return OrderDecision::Start { attempt: 1 } };
    let just_taken = now.since(latest.timing.created_at) < REDELIVERY_WINDOW;
    if latest.is_over() {
        if let Some(days) = customer.settings.icims.reuse_report_days
            && latest.state() == State::Completed
            && now.since(latest.timing.state_since) < Duration::from_secs(u64::from(days) * 86_400)
        {
            return OrderDecision::Refuse(Refusal::ReportExists { days, report: None });
        }
        // What was refused may be fixed and ordered again within the minute; what was carried out may not. After a
        // rejection the candidate can only be back in the trigger status because somebody ordered anew; after an
        // operator's cancellation they never left it.
        let carried_out = latest.request().is_some() && latest.cancel_reason().is_none();
        return if just_taken && (carried_out || latest.cancel_reason() == Some(CancelReason::Operator)) {
            OrderDecision::Redelivery
        } else {
            OrderDecision::Start { attempt: latest.key.attempt.saturating_add(1) }
        };
    }
    if latest.cancel_reason().is_some() {
        // Its cancellation is under way and wins; saying nothing would lose the new order.
        return OrderDecision::Refuse(Refusal::BeingCancelled);
    }
    if just_taken { OrderDecision::Redelivery } else { OrderDecision::Refuse(Refusal::AlreadyOpen) }
}

/// Whether an order after an end is a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepeatDecision {
    /// The candidate was moved to a trigger status again since.
    New,
    /// They were not: the event of the earlier order came again.
    Redelivered,
    /// They stand elsewhere.
    Left,
}

/// By how much the log's dates may be off: they name no zone.
const ZONES: Duration = Duration::from_secs(14 * 3600);

/// Decides whether an order after `previous` has ended is a new one, by the workflow's log: it needs an entry of its own
/// into a trigger status, not clearly older than the previous order. Orders that were refused at once have entries too. Where the ATS shows no log, that the workflow stands in a trigger status has to do.
pub fn decide_repeat(customer: &Customer, previous: &Check, standing: &Standing) -> RepeatDecision {
    let sets = &customer.settings.icims.statuses;
    let is_order = |status: &StatusId| meaning(sets, status) == Intent::Request;
    let mut entries = standing.log.iter().filter(|entered| entered.status.as_ref().is_some_and(is_order));
    if standing.log.is_empty() {
        // A status that is hidden cannot speak against the order.
        let stands = standing.workflow.status.as_ref().is_none_or(is_order);
        return if stands { RepeatDecision::New } else { RepeatDecision::Left };
    }
    let orders = previous.key.attempt.saturating_sub(previous.subject.manual_orders);
    let is_new = entries.clone().count() > usize::try_from(orders).unwrap_or(usize::MAX)
        && entries.next().is_some_and(|latest| latest.at.after(ZONES) >= previous.timing.created_at.floor_to_minute());
    let stages = &customer.settings.icims.stage_statuses;
    match &standing.workflow.status {
        // A move of ours for the attempt before may have hidden the new order.
        Some(status) if !(is_order(status) || is_new && stages.contains(status)) => RepeatDecision::Left,
        _ if is_new => RepeatDecision::New,
        _ => RepeatDecision::Redelivered,
    }
}

/// The template that a requisition names: the first of its values that is a tag or name of one. Values we do not know
/// belong to other vendors and are passed over while one is known (docs/vendors/icims.md §3.6).
///
/// # Errors
/// [`Refusal::NoTemplate`] or [`Refusal::UnknownTemplate`].
pub fn resolve_template<'a>(customer: &'a Customer, requisition: &Requisition) -> Result<&'a Template, Refusal> {
    let field = &customer.settings.icims.template_field;
    let named = requisition
        .template_values
        .iter()
        .find_map(|value| customer.templates.iter().find(|template| template.answers_to(value)));
    if let Some(template) = named {
        return Ok(template);
    }
    let default = customer.settings.icims.default_template.as_ref();
    if let Some(template) = default.and_then(|tag| customer.templates.iter().find(|template| template.tag == *tag)) {
        return Ok(template);
    }
    if requisition.template_values.is_empty() {
        Err(Refusal::NoTemplate { field: field.clone() })
    } else {
        Err(Refusal::UnknownTemplate { field: field.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Actor, AtsTag, CorrelationId, Entered, RecruitingWorkflow, Stamp};
    use crate::testing;

    fn template(tag: &str, name: &str) -> Template {
        serde_json::from_str(&format!(
            r#"{{"name":"{name}","tag":"{tag}","survey":"sales","references":{{"managers":1}}}}"#
        ))
        .unwrap()
    }

    fn customer() -> Customer {
        let icims = serde_json::json!({
            "region": "us", "push": {"accept": ["basic"]}, "integration_user": "99",
            "statuses": {"trigger": ["C1"], "rejected": ["C2"], "withdrawn": ["D3"]}
        });
        let templates = vec![template("sales-ae", "Sales AE"), template("eng", "Engineering")];
        Customer { templates, ..testing::customer("1234", icims) }
    }

    fn status(id: &str) -> StatusId {
        StatusId::parse(id).unwrap()
    }

    #[test]
    fn a_status_orders_cancels_or_means_nothing() {
        let customer = customer();
        for (status, intent) in [
            ("C1", Intent::Request),
            ("1", Intent::Request),
            ("D1", Intent::Ignore(IgnoreReason::UnknownStatus)),
            ("C2", Intent::Cancel(CancelReason::Rejected)),
            ("3", Intent::Cancel(CancelReason::Withdrawn)),
            ("C4", Intent::Ignore(IgnoreReason::UnknownStatus)),
        ] {
            assert_eq!(decide_event(&customer, &self::status(status), None), intent, "{status}");
        }
    }

    #[test]
    fn a_customer_switched_off_and_our_own_user_order_nothing() {
        let mut customer = customer();
        let ours = PersonId::parse("99").unwrap();
        assert!(matches!(decide_event(&customer, &status("C1"), Some(&ours)), Intent::Ignore(_)));
        customer.settings.icims.cancel_on_reject = false;
        assert!(matches!(decide_event(&customer, &status("C2"), None), Intent::Ignore(_)));
        customer.settings.enabled = false;
        assert!(matches!(decide_event(&customer, &status("C1"), None), Intent::Ignore(_)));
    }

    #[test]
    fn values_of_other_vendors_are_passed_over_while_one_is_known() {
        let customer = customer();
        let named = |values: &[&str]| Requisition {
            template_values: values.iter().map(|&value| value.to_owned()).collect(),
            ..Requisition::default()
        };
        let tag_of =
            |values: &[&str]| resolve_template(&customer, &named(values)).map(|found| found.tag.as_str().to_owned());
        assert_eq!(tag_of(&["Typing test", " SALES-AE "]), Ok("sales-ae".to_owned()));
        assert_eq!(tag_of(&["engineering"]), Ok("eng".to_owned()), "a name will do");
        assert!(matches!(tag_of(&["Typing test"]), Err(Refusal::UnknownTemplate { .. })));
        assert!(matches!(tag_of(&[]), Err(Refusal::NoTemplate { .. })));
    }

    #[test]
    fn the_default_template_serves_requisitions_that_name_none_of_ours() {
        let mut customer = customer();
        customer.settings.icims.default_template = Some(AtsTag::parse("eng").unwrap());
        let found = resolve_template(&customer, &Requisition::default()).unwrap();
        assert_eq!(found.tag.as_str(), "eng");
    }

    #[test]
    fn an_order_after_an_end_is_new_only_with_an_entry_of_its_own_in_the_log() {
        let now = Timestamp::from_s(1_767_225_600);
        let hours = |n: u64| now.after(Duration::from_secs(3600 * n));
        let cause = CorrelationId::untraced();
        let stamp = Stamp { by: Actor::Requester, cause: &cause, now };
        let previous = testing::claimed(&testing::order(1, now), now, &stamp);
        let standing = |status: &str, log: &[(&str, Timestamp)]| Standing {
            workflow: RecruitingWorkflow { status: StatusId::parse(status).ok(), ..RecruitingWorkflow::default() },
            log: log
                .iter()
                .map(|(status, at)| Entered { status: StatusId::parse(*status).ok(), at: *at, by: None })
                .collect(),
        };
        let decided =
            |status: &str, log: &[(&str, Timestamp)]| decide_repeat(&customer(), &previous, &standing(status, log));
        assert_eq!(decided("C1", &[("C1", now)]), RepeatDecision::Redelivered);
        assert_eq!(decided("C1", &[("C1", hours(48)), ("C2", hours(24)), ("C1", now)]), RepeatDecision::New);
        let behind = now.before(Duration::from_secs(5 * 3600));
        assert_eq!(decided("C1", &[("C1", behind), ("C1", behind)]), RepeatDecision::New, "dated in another zone");
        let old = now.before(Duration::from_secs(48 * 3600));
        assert_eq!(
            decided("C1", &[("C1", old), ("C1", old)]),
            RepeatDecision::Redelivered,
            "refused at once, long ago"
        );
        assert_eq!(decided("C2", &[("C2", hours(1)), ("C1", now)]), RepeatDecision::Left);
        assert_eq!(decided("C1", &[]), RepeatDecision::New, "where no log is shown, the status has to do");
        assert_eq!(decided("C2", &[]), RepeatDecision::Left);
    }

    #[test]
    fn an_event_told_again_after_an_operators_cancellation_is_no_new_order() {
        let now = Timestamp::from_s(1_767_225_600);
        let cause = CorrelationId::untraced();
        let stamp = Stamp { by: Actor::Operator, cause: &cause, now };
        let claimed = testing::claimed(&testing::order(1, now), now, &stamp);
        let cancelled = |reason: CancelReason| {
            let mut check = claimed.clone();
            check.want_cancel(reason, &stamp);
            check.cancelled(&stamp);
            check
        };
        let soon = now.after(Duration::from_secs(30));
        let next = OrderDecision::Start { attempt: 2 };
        assert_eq!(
            decide_order(&customer(), Some(&cancelled(CancelReason::Operator)), soon),
            OrderDecision::Redelivery
        );
        assert_eq!(
            decide_order(&customer(), Some(&cancelled(CancelReason::Rejected)), soon),
            next,
            "ordered anew since"
        );
        let later = now.after(Duration::from_secs(61));
        assert_eq!(decide_order(&customer(), Some(&cancelled(CancelReason::Operator)), later), next);
    }
}
