//! The use cases, one a file. They know the domain and the ports, and nothing of AWS, HTTP or either vendor's words.

mod adopt;
mod authenticate;
mod callback;
mod cancel;
mod commit;
mod conclude;
mod facts;
mod look_up;
mod memory;
mod missed;
mod notify;
mod operate;
mod prepare;
mod receive;
mod recognize;
mod reconcile;
mod repeat;
mod report_file;
mod request;
mod schedule;
mod standing;
mod status_move;
mod sync;
mod update;

pub use authenticate::authenticate;
pub use callback::Callback;
pub use cancel::Canceller;
pub use memory::Memory;
pub use missed::{Searched, Searcher};
pub use operate::{HandCancel, HandOrder, Operator, Worker};
pub use receive::{READ_BUDGET, Receiver};
pub use reconcile::{Reconciled, Reconciler};
pub use request::Requester;
pub use update::Updater;
