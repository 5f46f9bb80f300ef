//! A read may be older than the event that caused it: iCIMS may send the event before the change is visible to a read.

use std::time::Duration;

use super::{StatusId, Timestamp};

/// How old an event has to be before a read that contradicts it is believed.
const LAG: Duration = Duration::from_secs(60);
/// The same where the read shows the very status that the event says was left: more likely late than moved back.
const LAG_BEHIND_EVENT: Duration = Duration::from_secs(300);

/// When to look again, if a read that shows `shown` contradicts an event and may just be late; nothing once the read is to
/// be believed. `old_status` is where the event says that the workflow was moved from.
pub fn look_again_in(
    shown: &StatusId,
    old_status: Option<&StatusId>,
    received_at: Timestamp,
    now: Timestamp,
) -> Option<Duration> {
    let lag = if old_status.is_some_and(|old| old.may_be(shown)) { LAG_BEHIND_EVENT } else { LAG };
    let age = now.since(received_at);
    (age < lag).then(|| (lag - age).min(LAG) + Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contradicting_read_is_believed_after_a_minute_and_the_old_status_after_five() {
        let status = |id: &str| StatusId::parse(id).unwrap();
        let (old, other) = (status("C7"), status("C9"));
        let received_at = Timestamp::from_s(1_767_225_600);
        let after = |s: u64| received_at.after(Duration::from_secs(s));
        let wait = |shown: &StatusId, s| look_again_in(shown, Some(&old), received_at, after(s)).map(|w| w.as_secs());
        assert_eq!(wait(&other, 5), Some(56));
        assert_eq!(wait(&other, 61), None);
        assert_eq!(wait(&old, 61), Some(61));
        assert_eq!(wait(&status("7"), 299), Some(2), "iCIMS writes statuses with and without their letter");
        assert_eq!(wait(&old, 300), None);
    }
}
