//! From UTC to the clock on the wall.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use time::{OffsetDateTime, UtcDateTime, UtcOffset};

/// A name that the database of time zones does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time zone; use a name of the IANA database, such as Europe/Lisbon or UTC")]
pub struct UnknownZone(String);

/// A time zone with its rules of daylight saving time. They are part of the program, so that they need no
/// file of the board and change with it alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated universal time.
    #[must_use]
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The time zone that the IANA database calls `name`.
    ///
    /// # Errors
    /// If it has none of that name.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        let zone = TimeZoneDatabase::bundled().get(name);
        zone.map(Self).map_err(|_| UnknownZone(name.to_owned()))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// What the clock on the wall shows; `None` beyond the years that can be told.
    #[must_use]
    pub fn local(&self, now: UtcDateTime) -> Option<OffsetDateTime> {
        let timestamp = Timestamp::from_second(now.unix_timestamp()).ok()?;
        let seconds = self.0.to_offset(timestamp).seconds();
        let offset = UtcOffset::from_whole_seconds(seconds).ok()?;
        now.checked_to_offset(offset)
    }
}
