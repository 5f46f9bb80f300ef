//! One delivery, and what becomes of it: the rules of who delivers, and what is done again where a fault met it.

use std::time::Duration;

use connector_core::domain::CorrelationId;
use testkit::instrument::Ended;

use super::{Again, Deferred, LATE, MAX_RECEIVES, Run, VISIBILITY};
use crate::functions::{Fate, Trigger};

/// How long the function that a trigger starts may run, as in the template.
fn timeout(trigger: &Trigger) -> Duration {
    Duration::from_secs(match trigger {
        Trigger::Push(_) | Trigger::Callback(_) => 10,
        Trigger::Message(_) => 30,
        Trigger::Schedule | Trigger::Search => 60,
    })
}

impl Run {
    /// Delivers a trigger, once or twice side by side, and sees to what becomes of it.
    pub(super) async fn deliver(&self, mut trigger: Trigger, twice: bool) {
        if let Trigger::Message(delivery) = &mut trigger {
            delivery.receives += 1;
        }
        let before = self.call_log.injected().len();
        let (fates, invocations) = if twice {
            let both = tokio::join!(self.invoke(&trigger), self.invoke(&trigger));
            (vec![both.0.0, both.1.0], vec![both.0.1, both.1.1])
        } else {
            let (fate, invocation) = self.invoke(&trigger).await;
            (vec![fate], vec![invocation])
        };
        // A message is gone once one of its deliveries is acknowledged.
        let fate = fates.into_iter().min().unwrap();
        let injected = self.call_log.injected();
        let met = injected[before..].iter().any(|(_, invocation)| invocations.contains(invocation));
        if met { self.again(trigger, fate) } else { self.after(trigger, fate) }
    }

    async fn invoke(&self, trigger: &Trigger) -> (Fate, u64) {
        let deadline = self.now().after(timeout(trigger));
        let acknowledged = std::sync::atomic::AtomicBool::new(false);
        let correlation_id = CorrelationId::untraced();
        let work = self.functions.handle(trigger, deadline, &correlation_id, &acknowledged);
        let (number, ended) = self.call_log.invoke(deadline, work).await;
        let fate = match ended {
            _ if acknowledged.into_inner() => Fate::Gone,
            Ended::Answered(()) => Fate::Failed,
            Ended::Killed => Fate::Killed,
        };
        (fate, number)
    }

    /// What becomes of a delivery that no fault met.
    fn after(&self, trigger: Trigger, fate: Fate) {
        match (trigger, fate) {
            (_, Fate::Gone) | (Trigger::Schedule | Trigger::Search, _) => {}
            (Trigger::Message(delivery), _) => self.pipe.give_back(delivery, MAX_RECEIVES),
            // Whoever pushed tries again.
            (trigger, _) => self.defer(trigger, Duration::from_secs(30), false),
        }
    }

    /// What becomes of a delivery that a fault met.
    fn again(&self, trigger: Trigger, fate: Fate) {
        let sender_was_answered = fate == Fate::Gone && !matches!(trigger, Trigger::Message(_));
        match (self.again, trigger) {
            (Again::Redelivered, Trigger::Message(delivery)) if fate == Fate::Killed => {
                self.pipe.put_back(delivery, self.now().after(Duration::from_secs(1)));
            }
            (Again::Redelivered, trigger) => self.after(trigger, fate),
            (Again::TwiceAtOnce, trigger @ Trigger::Message(_)) if fate == Fate::Killed => {
                self.defer(trigger, VISIBILITY, true);
            }
            (Again::TwiceAtOnce, trigger) => self.defer(trigger, Duration::from_secs(1), true),
            (Again::Late, _) if sender_was_answered => {}
            (Again::Late, trigger) => self.defer(trigger, LATE, false),
        }
    }

    fn defer(&self, trigger: Trigger, span: Duration, twice: bool) {
        let at = self.now().after(span);
        self.state.lock().unwrap().deferred.push(Deferred { at, trigger, twice });
    }
}
