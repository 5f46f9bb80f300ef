//! The virtual clock: the machine's clock plus an offset, or a frozen instant.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The sandbox's idea of now. Both vendors share it; signatures on what goes out use the machine's clock instead,
/// because the receiver compares them with its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Clock {
    /// Milliseconds added to the machine's clock.
    pub offset_ms: i64,
    /// When set, time stands still here (milliseconds since the epoch) and only `advance` moves it.
    pub frozen_at_ms: Option<i64>,
}

impl Clock {
    /// Milliseconds since the epoch.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.frozen_at_ms.unwrap_or_else(|| machine_now_ms().saturating_add(self.offset_ms))
    }

    /// Moves the clock forward by `ms` milliseconds.
    pub fn advance(&mut self, ms: i64) {
        match &mut self.frozen_at_ms {
            Some(at) => *at = at.saturating_add(ms),
            None => self.offset_ms = self.offset_ms.saturating_add(ms),
        }
    }
}

/// The machine's clock in milliseconds since the epoch.
pub(crate) fn machine_now_ms() -> i64 {
    i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// An instant of the clock as a date.
pub(crate) fn date(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// RFC 3339 in UTC with seconds, as Crosschq's timestamps are written.
pub(crate) fn rfc3339(ms: i64) -> String {
    let d = date(ms);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        d.year(),
        u8::from(d.month()),
        d.day(),
        d.hour(),
        d.minute(),
        d.second()
    )
}

/// `yyyy-MM-dd hh:mm a` in UTC, as iCIMS writes date-times (docs/vendors/icims.md §3.2).
pub(crate) fn icims_datetime(ms: i64) -> String {
    let d = date(ms);
    let (hour, half) = match d.hour() {
        0 => (12, "AM"),
        h @ 1..=11 => (h, "AM"),
        12 => (12, "PM"),
        h => (h - 12, "PM"),
    };
    format!("{:04}-{:02}-{:02} {hour:02}:{:02} {half}", d.year(), u8::from(d.month()), d.day(), d.minute())
}

/// Whether `text` is a date-time as iCIMS wants it: `yyyy-MM-dd hh:mm a`, 12-hour clock; returns milliseconds.
pub(crate) fn parse_icims_datetime(text: &str) -> Option<i64> {
    let (day, rest) = text.split_once(' ')?;
    let (clock, half) = rest.split_once(' ')?;
    let (hour, minute) = clock.split_once(':')?;
    let date = parse_date(day)?;
    let hour = two_digits(hour).filter(|h| (1..=12).contains(h))? % 12;
    let hour = match half {
        "AM" => hour,
        "PM" => hour + 12,
        _ => return None,
    };
    let at = date.with_hms(hour, two_digits(minute)?, 0).ok()?.assume_utc();
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()
}

/// `yyyy-mm-dd`.
pub(crate) fn parse_date(text: &str) -> Option<time::Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    let month = time::Month::try_from(two_digits(month)?).ok()?;
    time::Date::from_calendar_date(year.parse().ok()?, month, two_digits(day)?).ok()
}

fn two_digits(text: &str) -> Option<u8> {
    (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_and_noon_are_twelve_on_the_twelve_hour_clock() {
        let midnight = parse_icims_datetime("2016-03-25 12:00 AM").unwrap();
        assert_eq!(icims_datetime(midnight), "2016-03-25 12:00 AM");
        assert_eq!(icims_datetime(midnight + 12 * 3_600_000), "2016-03-25 12:00 PM");
        assert_eq!(icims_datetime(midnight + 16 * 3_600_000), "2016-03-25 04:00 PM");
    }

    #[test]
    fn other_spellings_of_a_date_are_refused() {
        for wrong in
            ["2016-03-25 16:00 PM", "2016-03-25 4:00 AM", "2016-03-25T04:00:00Z", "25/03/2016", "2016-03-25 04:00 am"]
        {
            assert_eq!(parse_icims_datetime(wrong), None, "{wrong}");
        }
    }
}
