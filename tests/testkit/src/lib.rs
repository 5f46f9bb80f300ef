//! What every proof stands on. A story's world has the sandbox as both vendors, the real store engine, the real adapters and the
//! functions' own handlers, all in this process and each held to its role; only the queues are a list, so that a story
//! can decide what is delivered, when and how often.

pub mod audit;
pub mod checks;
mod counts;
mod env;
pub mod fakes;
mod functions;
pub mod instrument;
mod people;
mod pipe;
mod repository;
pub mod wiring;
mod world;

pub use counts::counted;
pub use env::TestEnv;
pub use people::Screen;
pub use pipe::{Delivery, Pipe};
pub use repository::{files, root, template, template_in};
pub use world::{StoryClock, World, WorldOptions};
