//! The seam to time. The domain is told the time; only the rooms around it ask for it.

use time::UtcDateTime;

use super::Moment;

/// Monotonic and civil time; the real one is the operating system's, tests simulate it.
pub trait Clock: Send + Sync {
    /// Now, on the monotonic clock.
    fn now(&self) -> Moment;
    /// Now, in UTC.
    fn utc(&self) -> UtcDateTime;
}
