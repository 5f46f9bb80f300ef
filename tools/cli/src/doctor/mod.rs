//! Compares the deployed stack with what this release expects. CloudFormation's drift detection compares the resources'
//! properties; what it does not cover, each file here checks directly. What may not be read is a finding too.

mod account;
mod alarms;
mod compressed;
mod customers;
mod dead_letters;
mod drift;
mod expected;
mod finding;
mod release;
mod running;
mod stack;

#[cfg(test)]
mod drift_tests;

pub(crate) use finding::{Finding, Findings, Severity};

use crate::arguments::doctor::Doctor;
use crate::failure::CliError;
use crate::session::Session;
use crate::terminal::Terminal;

/// Runs every check.
///
/// # Errors
/// If there is no such stack, or it cannot be read: nothing can be checked then.
pub(crate) async fn check(arguments: &Doctor, session: &Session, terminal: &Terminal) -> Result<Findings, CliError> {
    let mut findings = Findings::default();
    let stack = stack::read(session).await?;
    let expected = expected::Expected::of(&stack)?;
    release::check(&stack, &expected, &mut findings);
    if session.is_local() {
        findings.note(
            "drift",
            "not checked with --local, nor are the states of functions, event sources and alarms, the account's concurrency \
             and the tables' protection",
        );
    } else {
        terminal.say("CloudFormation compares every resource with the template; this takes a few minutes");
        let polling = drift::Polling::AWS;
        let polls = polling.limit.as_secs() / polling.interval.as_secs();
        let progress = terminal.progress(usize::try_from(polls).unwrap_or(usize::MAX), "detecting drift");
        drift::check(&session.cloudformation(), &stack.name, polling, &progress, &mut findings).await;
        drop(progress);
        running::check(session, &stack, &expected, &mut findings).await;
        alarms::check(session, &stack, &mut findings).await;
        account::check_concurrency(session, &mut findings).await;
    }
    dead_letters::check(session, &mut findings).await?;
    let customers = customers::check(arguments, session, terminal, &mut findings).await?;
    if !session.is_local() {
        account::check_protection(&stack, customers, &mut findings);
    }
    Ok(findings)
}
