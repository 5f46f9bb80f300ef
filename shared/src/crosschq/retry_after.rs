//! `Retry-After`: seconds, or an HTTP date (docs/vendors/crosschq.md §9.4).

use std::time::Duration;

use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// No queue of ours can wait longer.
const LONGEST: Duration = Duration::from_secs(12 * 3_600);

/// The span from `now`; nothing if the value is neither seconds nor a date. A date that has passed means at once.
pub(super) fn parse(value: &str, now: OffsetDateTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return Some(value.parse().map_or(LONGEST, Duration::from_secs).min(LONGEST));
    }
    let form =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    let until = PrimitiveDateTime::parse(value, form).ok()?.assume_utc();
    Some(Duration::try_from(until - now).unwrap_or(Duration::ZERO).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_nonsense_is_not() {
        let now = time::macros::datetime!(2026-01-05 10:15:00 UTC);
        let span = |value| parse(value, now).map(|span| span.as_secs());
        assert_eq!(span("7"), Some(7));
        assert_eq!(span(" 0 "), Some(0));
        assert_eq!(span("Mon, 05 Jan 2026 10:15:30 GMT"), Some(30));
        assert_eq!(span("Mon, 05 Jan 2026 10:14:00 GMT"), Some(0));
        assert_eq!(span("99999999999999999999999"), Some(12 * 3_600));
        assert_eq!(span("999999"), Some(12 * 3_600));
        for nonsense in ["", "soon", "-5", "1.5", "2026-01-05T10:15:30Z"] {
            assert_eq!(span(nonsense), None, "{nonsense:?}");
        }
    }
}
