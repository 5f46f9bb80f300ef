//! The local run whole, as `cargo demo` starts it: the `local` program as a process, the six function binaries
//! unmodified as its children, data on disk. Slow, so only what cannot be seen in one process is tested here.

mod chaos;
mod empty;
mod failing;
mod killed;
mod killed_world;
mod layers;
mod played;
mod privacy;
mod process;
mod stopped;
mod variants;

use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

/// One test at a time: each of them wants both processors for itself.
static ALONE: Mutex<()> = Mutex::const_new(());

async fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().await
}

/// Looks every moment until there is something; `None` after `limit`.
async fn until<T>(limit: Duration, look: impl AsyncFn() -> Option<T>) -> Option<T> {
    let end = tokio::time::Instant::now() + limit;
    loop {
        if let Some(found) = look().await {
            return Some(found);
        }
        if tokio::time::Instant::now() > end {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
