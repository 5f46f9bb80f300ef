//! The flows as stories: what people do on either side, and what everybody sees afterwards.

mod alarmed;
mod attached;
mod budget;
mod cancelled;
mod journey;
mod lost;
mod missed;
mod privacy;
mod pushes;
mod refused;
mod repeated;
mod strays;
mod twice;
mod upgraded;

use testkit::{World, WorldOptions};

async fn world() -> World {
    World::begin(WorldOptions::default()).await
}
