//! The virtual clock: the machine's clock plus an offset, or a frozen instant.

use serde::{Deserialize, Serialize};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// The time of both fakes. Signatures on what goes out use the machine's clock instead, because the receiver compares
/// them with its own.
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
fn date(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// RFC 3339 in UTC with seconds, as Crosschq writes timestamps.
pub(crate) fn rfc3339(ms: i64) -> String {
    written(ms, format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z"))
}

/// RFC 3339 with fractions of a second.
pub(crate) fn rfc3339_fractional(ms: i64) -> String {
    written(ms, format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z"))
}

/// `yyyy-MM-dd hh:mm a` on the 12-hour clock in UTC, as iCIMS writes date-times (docs/vendors/icims.md §3.2).
const ICIMS_DATETIME: Format = format_description!("[year]-[month]-[day] [hour repr:12]:[minute] [period case:upper]");

type Format = &'static [BorrowedFormatItem<'static>];

fn written(ms: i64, format: Format) -> String {
    date(ms).format(format).unwrap_or_default()
}

/// A date-time as iCIMS writes it.
pub(crate) fn icims_datetime(ms: i64) -> String {
    written(ms, ICIMS_DATETIME)
}

/// Reads a date-time as iCIMS writes it; returns milliseconds since the epoch.
pub(crate) fn parse_icims_datetime(text: &str) -> Option<i64> {
    let at = PrimitiveDateTime::parse(text, ICIMS_DATETIME).ok()?.assume_utc();
    Some(at.unix_timestamp() * 1000)
}

/// Whether `text` is a date as iCIMS writes it, `yyyy-mm-dd`.
pub(crate) fn is_date(text: &str) -> bool {
    time::Date::parse(text, format_description!("[year]-[month]-[day]")).is_ok()
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
