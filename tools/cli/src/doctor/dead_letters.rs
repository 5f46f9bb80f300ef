//! Dead letters that wait for an operator.

use super::finding::Findings;
use crate::failure::CliError;
use crate::queues::depth;
use crate::session::{QueueName, Session};

/// # Errors
/// If the stack cannot be read.
pub(super) async fn check(session: &Session, findings: &mut Findings) -> Result<(), CliError> {
    let stack = session.stack().await?;
    for queue in QueueName::ALL {
        let subject = format!("queue {}-dlq", queue.word());
        match depth(session, stack.dlq_url(queue)).await {
            Ok(depth) if depth.total() > 0 => findings.warning(
                &subject,
                format!("dead letters: {}; orders, updates or cancellations that were not done", depth.total()),
                format!(
                    "`connector queue peek {0}` shows why; fix the cause, then `connector queue redrive {0}`",
                    queue.word()
                ),
            ),
            Ok(_) => {}
            Err(error) => findings.unseen(&subject, error),
        }
    }
    findings.checked("dead-letter queues", QueueName::ALL.len());
    Ok(())
}
