//! The deployed stack against what this release expects. What is expected is `template.yaml` itself, compiled in and
//! resolved for the stack's own parameters: nothing is said twice. One file a service; each looks and reports what it
//! finds, and what it may not look at is a finding too.

mod alarms;
mod customers;
mod expected;
mod finding;
mod functions;
mod mappings;
mod queues;
mod schedules;
mod stack;
mod table_parts;
mod tables;

pub use expected::Expected;
pub use finding::{Finding, Findings, Severity};

use crate::arguments::doctor::Doctor;
use crate::failure::CliError;
use crate::session::Session;
use crate::terminal::Terminal;

/// Looks at everything.
///
/// # Errors
/// If there is no such stack, or it cannot be asked for: there is nothing to look at then.
pub async fn look(arguments: &Doctor, session: &Session, terminal: &Terminal) -> Result<Findings, CliError> {
    let mut findings = Findings::default();
    let seen = stack::seen(session).await?;
    let expected = Expected::of(&seen)?;
    let progress = terminal.progress(7, "looking");
    stack::look(&seen, &expected, &mut findings);
    progress.step();
    tables::look(session, &expected, &mut findings).await;
    progress.step();
    queues::look(session, &expected, &mut findings).await;
    progress.step();
    functions::look(session, &seen, &expected, &mut findings).await;
    mappings::look(session, &expected, &mut findings).await;
    progress.step();
    schedules::look(session, &expected, &mut findings).await;
    progress.step();
    alarms::look(session, &seen, &expected, &mut findings).await;
    progress.step();
    customers::look(arguments, session, terminal, &mut findings).await?;
    progress.step();
    Ok(findings)
}
