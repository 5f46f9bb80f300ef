//! Dead letters: what they say, why they died as far as that can be told, and the way back.

mod hold;
mod reading;
mod reason;

pub use hold::{Held, Letter, delete, give_back, hold, send_again};
pub use reading::{Reading, Subject};
pub use reason::{Reason, insights_query, reason};
