//! The use cases, one a file. They know the domain and the ports, and nothing of AWS, HTTP or either vendor's words.

mod callback;
mod cancel;
mod commit;
mod facts;
mod look_up;
mod missed;
mod operate;
mod receive;
mod recognise;
mod reconcile;
mod request;
mod show;
mod status_move;
mod tell;
mod update;

pub use callback::Callback;
pub use cancel::Canceller;
pub use missed::{Searched, Searcher};
pub use operate::{HandCancel, HandOrder, Looker, Operator};
pub use receive::{READ_BUDGET, Receiver, StatusChange};
pub use reconcile::{Reconciled, Reconciler};
pub use request::Requester;
pub use update::Updater;
