//! What each command does with the stack. A new command does not compile before it says so here.

use crate::arguments::{Command, check, customer, event, queue, secrets, template};
use crate::session::Access;

impl Command {
    /// What the command does with the stack.
    pub(crate) fn access(&self) -> Access {
        match self {
            Self::Customer(verb) => of_customer(verb),
            Self::Template(verb) => of_template(verb),
            Self::Check(verb) => of_check(verb),
            Self::Queue(verb) => match verb {
                queue::Verb::Status(_) | queue::Verb::Peek(_) => Access::Reads,
                queue::Verb::Redrive(redrive) => unless_dry(redrive.dry_run),
            },
            Self::Secrets(verb) => match verb {
                secrets::Verb::Status(_) => Access::Reads,
                secrets::Verb::Rotate(_) | secrets::Verb::Confirm(_) | secrets::Verb::Cancel(_) => Access::Writes,
            },
            Self::Erase(erase) => unless_dry(erase.dry_run),
            Self::Doctor(_) => Access::Compares,
            // It posts what iCIMS posts to any release; the functions write.
            Self::Event(event::Verb::Send(_)) | Self::Completions { .. } => Access::Reads,
        }
    }
}

const fn unless_dry(dry_run: bool) -> Access {
    if dry_run { Access::Reads } else { Access::Writes }
}

fn of_customer(verb: &customer::Verb) -> Access {
    use customer::Verb;
    match verb {
        Verb::Show(_) | Verb::List => Access::Reads,
        Verb::Discover(discover) => unless_dry(discover.dry_run),
        Verb::Add(_) | Verb::Edit(_) | Verb::Enable(_) | Verb::Disable(_) | Verb::Remove(_) => Access::Writes,
    }
}

fn of_template(verb: &template::Verb) -> Access {
    use template::Verb;
    match verb {
        Verb::Show(_) | Verb::List { .. } | Verb::Export { .. } | Verb::Sync(_) => Access::Reads,
        Verb::Import(import) => unless_dry(import.dry_run),
        Verb::Add(_) | Verb::Edit(_) | Verb::Remove { .. } => Access::Writes,
    }
}

fn of_check(verb: &check::Verb) -> Access {
    use check::Verb;
    match verb {
        Verb::List(_) | Verb::Show(_) | Verb::Watch(_) => Access::Reads,
        Verb::Request { .. } | Verb::Resend { .. } | Verb::Cancel { .. } | Verb::Reconcile(_) => Access::Writes,
    }
}
