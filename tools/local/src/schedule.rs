//! Invokes a function on a schedule, with EventBridge's event. A failed invocation is not retried, since the next one
//! follows.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::lambda::Function;
use crate::template::Schedule;

/// A running schedule, stopped by a drop.
#[derive(Debug)]
pub struct Scheduled {
    task: JoinHandle<()>,
}

impl Drop for Scheduled {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Scheduled {
    /// Invokes `function` every `every`, first after `every`. Invocations do not overlap.
    #[must_use]
    pub fn start(schedule: Schedule, every: Duration, function: Function) -> Self {
        let task = tokio::spawn(async move {
            let mut ticks = interval_at(Instant::now() + every, every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let event = event(&schedule, OffsetDateTime::now_utc());
                if let Err(problem) = function.invoke(Bytes::from(event.to_string())).await {
                    crate::console::print(&format!("{}: {problem}", function.name()));
                }
            }
        });
        Self { task }
    }
}

/// The event of a rule.
fn event(schedule: &Schedule, now: OffsetDateTime) -> Value {
    let rule = format!("arn:aws:events:us-east-1:000000000000:rule/{}-{}", schedule.function, schedule.event);
    json!({
        "version": "0",
        "id": uuid::Uuid::new_v4().to_string(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_default(),
        "region": "us-east-1",
        "resources": [rule],
        "detail": {},
    })
}
