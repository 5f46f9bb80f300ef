//! The daily quota of a customer, as every answer tells it (docs/vendors/icims.md §6): once nothing remains, nothing is
//! called until the reset.

use std::time::Duration;

use http::HeaderMap;

use crate::domain::Timestamp;
use crate::ports::AtsError;

const LIMIT: &str = "x-ratelimit-limit";
const REMAINING: &str = "x-ratelimit-remaining";
const RESET: &str = "x-ratelimit-reset";
/// A day, in seconds: `x-ratelimit-reset` counts the seconds to 00:00 UTC, so more is not believed.
const DAY_S: u64 = 86_400;
/// Two resets closer than this are the same one, seen through whole seconds and slow answers; in seconds.
const SAME_RESET_S: u64 = 120;

#[derive(Debug, Default)]
pub(super) struct Quota(Option<Window>);

#[derive(Debug, Clone, Copy)]
struct Window {
    limit: Option<u64>,
    remaining: u64,
    reset_at: Timestamp,
}

impl Quota {
    /// Whether a call may be made.
    pub(super) fn check(&self, now: Timestamp) -> Result<(), AtsError> {
        match self.0 {
            Some(Window { remaining: 0, reset_at, .. }) if now < reset_at => {
                Err(AtsError::RateLimited { after: Some(reset_at.since(now)) })
            }
            _ => Ok(()),
        }
    }

    /// How long it is until the reset, if no more is left than a reserve. `reserve_of` tells it from the daily limit.
    pub(super) fn pause(&self, reserve_of: impl FnOnce(Option<u64>) -> u64, now: Timestamp) -> Option<Duration> {
        let Window { limit, remaining, reset_at } = self.0?;
        (now < reset_at && remaining <= reserve_of(limit)).then(|| reset_at.since(now))
    }

    /// Takes note of what an answer tells. Answers come out of order: within one window the least counts.
    pub(super) fn note(&mut self, headers: &HeaderMap, now: Timestamp) {
        let Some(remaining) = number(headers, REMAINING) else { return };
        let reset_s = number(headers, RESET).map_or_else(|| until_midnight_s(now), |s| s.min(DAY_S));
        let reset_at = now.after(Duration::from_secs(reset_s));
        let seen = Window { limit: number(headers, LIMIT), remaining, reset_at };
        self.0 = Some(match self.0 {
            Some(known)
                if known.reset_at.ms().abs_diff(reset_at.ms()) < SAME_RESET_S * 1000 && now < known.reset_at =>
            {
                Window { remaining: known.remaining.min(remaining), ..known }
            }
            _ => seen,
        });
    }
}

/// When a 429 says to come back: `Retry-After` in seconds, else the reset if the quota is spent.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let spent = || number(headers, REMAINING).filter(|remaining| *remaining == 0).and_then(|_| number(headers, RESET));
    number(headers, "retry-after").or_else(spent).map(|s| Duration::from_secs(s.min(DAY_S)))
}

fn until_midnight_s(now: Timestamp) -> u64 {
    DAY_S - u64::try_from(now.s().rem_euclid(DAY_S as i64)).unwrap_or(0)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 21:25:01 UTC, 9299 seconds before midnight: one of the two recorded pairs.
    const NOW: Timestamp = Timestamp::from_s(1_508_361_901);

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn left(remaining: &str) -> HeaderMap {
        headers(&[(REMAINING, remaining), (RESET, "9299")])
    }

    #[test]
    fn a_spent_quota_forbids_calls_until_the_reset() {
        let mut quota = Quota::default();
        assert!(quota.check(NOW).is_ok());
        quota.note(&left("0"), NOW);
        assert_eq!(quota.check(NOW), Err(AtsError::RateLimited { after: Some(Duration::from_secs(9299)) }));
        assert!(quota.check(NOW.after(Duration::from_secs(9299))).is_ok());
    }

    #[test]
    fn an_older_answer_that_comes_later_gives_nothing_back() {
        let mut quota = Quota::default();
        quota.note(&left("0"), NOW);
        quota.note(&left("1"), NOW.after(Duration::from_secs(1)));
        assert!(quota.check(NOW.after(Duration::from_secs(2))).is_err());
    }

    #[test]
    fn the_next_day_starts_anew() {
        let mut quota = Quota::default();
        quota.note(&left("0"), NOW);
        let tomorrow = NOW.after(Duration::from_secs(9300));
        quota.note(&headers(&[(REMAINING, "9999"), (RESET, "86399")]), tomorrow);
        assert!(quota.check(tomorrow).is_ok());
    }

    #[test]
    fn without_a_reset_the_quota_comes_back_at_midnight_utc() {
        let mut quota = Quota::default();
        quota.note(&headers(&[(REMAINING, "0")]), NOW);
        assert_eq!(quota.check(NOW), Err(AtsError::RateLimited { after: Some(Duration::from_secs(9299)) }));
    }

    #[test]
    fn answers_without_readable_numbers_change_nothing() {
        let mut quota = Quota::default();
        quota.note(&headers(&[(REMAINING, "many")]), NOW);
        quota.note(&HeaderMap::new(), NOW);
        assert!(quota.check(NOW).is_ok());
    }

    #[test]
    fn a_429_says_when_by_retry_after_or_by_the_reset_of_a_spent_quota() {
        let seconds = |pairs| retry_after(&headers(pairs)).map(|span| span.as_secs());
        assert_eq!(seconds(&[("retry-after", "7"), (REMAINING, "0"), (RESET, "60")]), Some(7));
        assert_eq!(seconds(&[(REMAINING, "0"), (RESET, "60")]), Some(60));
        assert_eq!(seconds(&[(REMAINING, "5"), (RESET, "60")]), None);
    }

    #[test]
    fn background_work_pauses_until_the_reset_once_only_the_reserve_is_left() {
        let mut quota = Quota::default();
        let pause = |quota: &Quota, now| quota.pause(|limit| 2_000.min(limit.unwrap_or(u64::MAX) / 2), now);
        assert_eq!(pause(&quota, NOW), None, "nothing is known yet");
        let day = |remaining| headers(&[(LIMIT, "10000"), (REMAINING, remaining), (RESET, "9299")]);
        quota.note(&day("2001"), NOW);
        assert_eq!(pause(&quota, NOW), None);
        quota.note(&day("2000"), NOW);
        assert_eq!(pause(&quota, NOW), Some(Duration::from_secs(9299)));
        assert!(quota.check(NOW).is_ok(), "live work goes on");
        assert_eq!(pause(&quota, NOW.after(Duration::from_secs(9299))), None);
    }
}
