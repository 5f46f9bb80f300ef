//! Before anything is saved: whether the templates can work, as far as we and Crosschq can tell.

use connector_core::domain::Customer;

use super::draft::Draft;
use super::{Problem, fit};
use crate::failure::CliError;
use crate::session::Session;
use crate::terminal::Terminal;
use crate::vendors;

/// How sure we are of what is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verified {
    /// Crosschq's list of surveys agrees.
    ByCrosschq,
    /// Crosschq could not be asked, and the operator wanted it all the same.
    No,
}

impl Verified {
    /// The command's name in the audit log.
    pub(crate) fn action(self, command: &str) -> String {
        match self {
            Self::ByCrosschq => command.to_owned(),
            Self::No => format!("{command} --unverified"),
        }
    }
}

/// Holds the templates against the customer's surveys, and tells what will not be as they say.
///
/// # Errors
/// [`Kind::Input`] with everything that is wrong; why Crosschq cannot be asked, unless `unverified`.
pub(crate) async fn all(
    session: &Session,
    terminal: &Terminal,
    customer: &Customer,
    drafts: &[&Draft],
    unverified: bool,
) -> Result<Verified, CliError> {
    let extensions = customer.settings.crosschq.extensions;
    let mut problems: Vec<Problem> = drafts.iter().flat_map(|draft| fit::alone(&draft.template)).collect();
    let mut surveys = Vec::new();
    let verified = match vendors::surveys(session, customer).await {
        Ok(listed) => {
            problems.extend(drafts.iter().flat_map(|draft| fit::survey(&draft.template, &listed, extensions)));
            surveys = listed;
            Verified::ByCrosschq
        }
        // What is wrong in itself is told first: it is wrong whatever Crosschq says.
        Err(_) if !problems.is_empty() => Verified::No,
        Err(why) if unverified => {
            terminal.warn(format!("not verified: {}", why.message));
            Verified::No
        }
        Err(why) => return Err(not_asked(why)),
    };
    refuse(problems)?;
    for doubt in drafts.iter().flat_map(|draft| fit::doubts(&draft.template, &surveys, extensions)) {
        terminal.warn(doubt);
    }
    Ok(verified)
}

fn not_asked(why: CliError) -> CliError {
    let fix = why.fix.map(|fix| format!("{fix}; ")).unwrap_or_default();
    CliError::new(why.kind, format!("the surveys could not be looked up, so nothing was saved: {}", why.message))
        .fix(format!("{fix}--unverified saves all the same, and the audit log says so"))
}

fn refuse(problems: Vec<Problem>) -> Result<(), CliError> {
    let mut problems = problems.into_iter();
    let Some(first) = problems.next() else { return Ok(()) };
    let others: Vec<Problem> = problems.collect();
    if others.is_empty() {
        return Err(CliError::input(first.message).fix(first.fix));
    }
    let count = others.len() + 1;
    let lines = std::iter::once(first).chain(others).map(|it| format!("\n  {} ({})", it.message, it.fix));
    Err(CliError::input(format!("{count} things are wrong, so nothing was saved:{}", lines.collect::<String>())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(message: &str) -> Problem {
        Problem { message: message.to_owned(), fix: format!("correct {message}") }
    }

    #[test]
    fn one_problem_is_the_error_and_several_are_all_reported() {
        let one = refuse(vec![problem("a")]).unwrap_err();
        assert_eq!((one.message.as_str(), one.fix.as_deref()), ("a", Some("correct a")));
        let two = refuse(vec![problem("a"), problem("b")]).unwrap_err();
        assert!(two.message.starts_with("2 things") && two.message.contains("b (correct b)"), "{two}");
        assert_eq!(refuse(Vec::new()), Ok(()));
    }
}
