//! The use cases, one a file or folder; `support` and `sync` hold what several of them share. They know the domain and the
//! ports, and nothing of AWS, HTTP or either vendor's words.

mod authenticate;
mod backfill;
mod callback;
mod cancel;
mod operate;
mod receive;
mod reconcile;
mod request;
mod support;
mod sync;
mod update;

pub use authenticate::authenticate;
pub use backfill::{BackfillReport, EventBackfill};
pub use callback::Callback;
pub use cancel::Canceller;
pub use operate::{ManualCancel, ManualOrder, Operator};
pub use receive::{READ_BUDGET, Receiver};
pub use reconcile::{Reconciled, Reconciler};
pub use request::Requester;
pub use support::memory::Memory;
pub use support::workers::Worker;
pub use update::Updater;
