//! A span of the clock on the wall, on some days.

use time::Weekday;

/// What a date counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    Weekday(Weekday),
    Holiday,
}

/// Days on which an opening begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days(u8);

impl Days {
    /// The same and `day`.
    #[must_use]
    pub fn and(self, day: Day) -> Self {
        Self(self.0 | Self::bit(day))
    }

    /// Whether `day` is among them.
    #[must_use]
    pub fn contains(self, day: Day) -> bool {
        self.0 & Self::bit(day) != 0
    }

    fn bit(day: Day) -> u8 {
        1 << match day {
            Day::Weekday(weekday) => weekday.number_days_from_monday(),
            Day::Holiday => 7,
        }
    }
}

/// Times that make no opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpeningError {
    #[error("begins and ends at the same time; a whole day is 00:00-24:00")]
    Empty,
    #[error("a time is from 00:00 to 24:00, and an opening begins before 24:00")]
    Time,
    #[error("names no day")]
    NoDay,
}

/// From `start` until just before `end`, in minutes after midnight. If `end` is not after `start`, it ends on
/// the day after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    days: Days,
    start: u16,
    end: u16,
}

impl Opening {
    /// The minutes of a day on the wall.
    pub const DAY: u16 = 24 * 60;

    /// An opening that begins on `days`.
    ///
    /// # Errors
    /// If it has no day or no length, or a time is not one of the wall's.
    pub fn new(days: Days, start: u16, end: u16) -> Result<Self, OpeningError> {
        if days == Days::default() {
            Err(OpeningError::NoDay)
        } else if start >= Self::DAY || end > Self::DAY {
            Err(OpeningError::Time)
        } else if start == end {
            Err(OpeningError::Empty)
        } else {
            Ok(Self { days, start, end })
        }
    }

    /// Whether it begins on such a day.
    #[must_use]
    pub fn begins_on(&self, day: Day) -> bool {
        self.days.contains(day)
    }

    /// Start and end, in minutes after midnight.
    #[must_use]
    pub fn minutes(&self) -> (u16, u16) {
        (self.start, self.end)
    }

    /// Whether it covers `minute` of `today`.
    pub(super) fn covers(&self, today: Day, yesterday: Option<Day>, minute: u16) -> bool {
        let ends_tomorrow = self.end < self.start;
        let begun_today = self.days.contains(today)
            && minute >= self.start
            && (ends_tomorrow || minute < self.end);
        let begun_yesterday = ends_tomorrow
            && minute < self.end
            && yesterday.is_some_and(|day| self.days.contains(day));
        begun_today || begun_yesterday
    }
}
