//! In-process fakes of every port, on one virtual clock and one seeded source of chance: nothing here asks the machine
//! for the time, a random number or the order of a hash map, so that a seed determines the whole history.

#![expect(clippy::unwrap_used, reason = "a fake that cannot be built ends the test")]

mod bench;
mod crosschq;
mod customers;
mod fingerprints;
mod icims;
mod line;
mod lock;
mod met;
mod queues;
mod sim;
mod simulation;
mod store;
mod watermarks;

pub use bench::{Bench, BenchOptions, DAY, HOUR, MINUTE, SECOND, story};
pub use crosschq::{CrosschqBehavior, FakeCrosschq, Held};
pub use customers::{FakeCustomers, FakeSecrets, basic_header, callback_path};
pub use fingerprints::PlainFingerprints;
pub use icims::{FakeIcims, Flow, ShownRow};
pub use line::{Kind, Line, Window};
pub use met::Met;
pub use queues::{FakeQueues, MAX_RECEIVES, QueueFaults, Stats, VISIBILITY};
pub use sim::{Journal, Rng, SimClock};
pub use simulation::{Cuts, LIMITS, Limits, Parts, QUEUES, Simulation};
pub use store::{FakeStore, StoreFaults};
pub use watermarks::FakeWatermarks;
