//! The seam to time. The domain is told the time; only the rooms around it ask for it.

use time::UtcDateTime;
use time::macros::utc_datetime;

use super::Moment;

/// No clock that is right shows an earlier time than when this was written.
const WRITTEN: UtcDateTime = utc_datetime!(2026-01-01 0:00);

/// Monotonic and civil time; the real one is the operating system's, tests simulate it.
pub trait Clock: Send + Sync {
    /// Now, on the monotonic clock.
    fn now(&self) -> Moment;
    /// Now, in UTC.
    fn utc(&self) -> UtcDateTime;
}

/// Whether a clock that shows `now` can be right. A board without a battery starts in the past, until
/// somebody tells it the time.
#[must_use]
pub fn clock_is_set(now: UtcDateTime) -> bool {
    now >= WRITTEN
}
