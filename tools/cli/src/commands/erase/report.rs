//! What an erasure did, and what is kept where and for how long. Names no id of the person.

use connector_core::domain::Customer;
use serde::Serialize;

use super::checks::Found;
use super::messages::{Count, Messages};
use crate::failure::CliError;
use crate::session::Session;
use crate::terminal::{Report, Table};

/// AWS's window of point-in-time recovery, in days.
const PITR_DAYS: u32 = 35;

/// Something that is kept.
#[derive(Debug, Serialize)]
pub(super) struct Retained {
    place: &'static str,
    days: Option<u32>,
    text: String,
}

impl Retained {
    pub(super) async fn of(session: &Session, customer: Option<&Customer>) -> Result<Vec<Self>, CliError> {
        let log_days = session.stack().await?.log_retention_days;
        let retention = customer.map(|customer| u32::from(customer.settings.retention_days));
        let message =
            |days: Option<u32>, unknown: &str| days.map_or_else(|| unknown.to_owned(), |days| format!("{days} days"));
        Ok(vec![
            Self {
                place: "backups",
                days: Some(PITR_DAYS),
                text: format!("point-in-time backups of the checks table keep what was removed for up to {PITR_DAYS} days"),
            },
            Self {
                place: "logs",
                days: log_days,
                text: format!(
                    "the functions' log lines hold workflow and request ids, no names; CloudWatch drops them after {}",
                    message(log_days, "the stack's LogRetentionDays")
                ),
            },
            Self {
                place: "checks",
                days: retention,
                text: format!(
                    "other people's ended checks are forgotten by themselves after {} (`retention_days`)",
                    message(retention, "the customer's retention")
                ),
            },
            Self {
                place: "vendors",
                days: None,
                text: "what iCIMS and Crosschq hold is theirs: have it erased there; a callback about it is let go, and only a \
                       new order would make the connector know the person again"
                    .to_owned(),
            },
        ])
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Erased {
    dry_run: bool,
    checks_found: usize,
    checks_open: usize,
    checks_removed: u64,
    /// Removed before iCIMS showed how they had ended.
    checks_not_shown: usize,
    messages: Vec<Count>,
    workflows_left: usize,
    audit_entries_naming: usize,
    /// Checks that name no candidate, and of whose workflow iCIMS knows nothing (any more).
    checks_unattributed: usize,
    /// Messages that no function can read.
    messages_unreadable: u64,
    orders_out_of_sight: u64,
    retained: Vec<Retained>,
}

impl Erased {
    pub(super) fn planned(found: &Found, open: usize, messages: Messages, retained: Vec<Retained>) -> Self {
        Self {
            dry_run: true,
            checks_found: found.checks.len(),
            checks_open: open,
            checks_removed: 0,
            checks_not_shown: 0,
            workflows_left: 0,
            audit_entries_naming: 0,
            checks_unattributed: found.unattributed,
            messages_unreadable: messages.unreadable,
            orders_out_of_sight: messages.orders_out_of_sight,
            messages: messages.counts,
            retained,
        }
    }

    pub(super) fn done(
        found: &Found,
        removed: u64,
        unshown: usize,
        messages: Messages,
        left: usize,
        named: usize,
        retained: Vec<Retained>,
    ) -> Self {
        Self {
            dry_run: false,
            checks_removed: removed,
            checks_not_shown: unshown,
            workflows_left: left,
            audit_entries_naming: named,
            ..Self::planned(found, 0, messages, retained)
        }
    }

    pub(super) fn messages_removed(&self) -> u64 {
        self.messages.iter().map(|count| count.messages).sum()
    }
}

impl Report for Erased {
    fn tables(&self) -> Vec<Table> {
        let title = if self.dry_run { "Would be removed" } else { "Removed" };
        let mut table = Table::pairs().title(title);
        let checks = if self.dry_run { self.checks_found as u64 } else { self.checks_removed };
        table.row([&"checks", &checks]);
        for count in &self.messages {
            table.row([&format!("messages in {}", count.queue), &count.messages]);
        }
        let mut note = |condition: bool, name: &str, text: String| {
            if condition {
                table.row([&name, &text]);
            }
        };
        note(self.checks_open > 0, "of these open", self.checks_open.to_string());
        note(self.checks_not_shown > 0, "not shown in iCIMS before", self.checks_not_shown.to_string());
        note(
            self.checks_unattributed > 0,
            "whose is not known",
            format!("{} checks name no candidate, and iCIMS does not tell", self.checks_unattributed),
        );
        note(self.messages_unreadable > 0, "unreadable messages", self.messages_unreadable.to_string());
        let mut kept = Table::pairs().title("Kept elsewhere");
        for retained in &self.retained {
            kept.row([&retained.place, &retained.text]);
        }
        vec![table, kept]
    }
}
