//! When somebody may be let in: schedules by the week, holidays, and the time zone they are read in.
//!
//! Invariants:
//!
//! - it is the clock on the wall that counts: every instant has one local time, and is inside or outside
//!   of a schedule by that alone. An hour that daylight saving time skips is never inside, one that it
//!   repeats is inside both times;
//! - an opening belongs to the day it begins on, also if it ends on the next one;
//! - whatever can't be told is outside: a clock that was never set, a schedule that nobody defined.

mod name;
mod opening;
#[cfg(test)]
mod tests;
mod zone;

use time::{Date, Month, UtcDateTime};

use super::clock_is_set;
pub use name::{ScheduleName, ScheduleNameError};
pub use opening::{Day, Days, Opening, OpeningError};
pub use zone::{UnknownZone, Zone};

/// A date that counts as [`Day::Holiday`] whatever its weekday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holiday {
    /// 29 February is one in leap years.
    EveryYear(Month, u8),
    Once(Date),
}

impl Holiday {
    fn is(self, date: Date) -> bool {
        match self {
            Self::EveryYear(month, day) => (date.month(), date.day()) == (month, day),
            Self::Once(holiday) => holiday == date,
        }
    }
}

/// When those who have this schedule are let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    pub name: ScheduleName,
    /// They may overlap; with none of them, nobody is ever let in.
    pub openings: Vec<Opening>,
}

/// Schedules that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    #[error("there are two schedules called {0}")]
    Twice(ScheduleName),
    #[error("{always} is built in and can't be defined", always = ScheduleName::ALWAYS)]
    BuiltIn,
    #[error("there is no schedule called {0}")]
    Undefined(ScheduleName),
}

/// The hours of access of one door.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessHours {
    zone: Zone,
    everybody: ScheduleName,
    holidays: Vec<Holiday>,
    schedules: Vec<Schedule>,
}

/// A door without hours of its own: whoever has no schedule is let in at any time.
impl Default for AccessHours {
    fn default() -> Self {
        Self {
            zone: Zone::utc(),
            everybody: ScheduleName::always(),
            holidays: Vec::new(),
            schedules: Vec::new(),
        }
    }
}

impl AccessHours {
    /// `everybody` is the schedule of those who have none of their own.
    ///
    /// # Errors
    /// If a schedule is defined twice or is [`ScheduleName::ALWAYS`], or `everybody` is not defined.
    pub fn new(
        zone: Zone,
        everybody: ScheduleName,
        holidays: Vec<Holiday>,
        schedules: Vec<Schedule>,
    ) -> Result<Self, HoursError> {
        for (index, Schedule { name, .. }) in schedules.iter().enumerate() {
            if name.is_always() {
                return Err(HoursError::BuiltIn);
            }
            if schedules[..index].iter().any(|other| other.name == *name) {
                return Err(HoursError::Twice(name.clone()));
            }
        }
        let hours = Self {
            zone,
            everybody,
            holidays,
            schedules,
        };
        if !hours.defines(&hours.everybody) {
            return Err(HoursError::Undefined(hours.everybody));
        }
        Ok(hours)
    }

    /// Whether somebody whose enrolment names `schedule`, or none, may be let in at `now`.
    #[must_use]
    pub fn admits(&self, schedule: Option<&ScheduleName>, now: UtcDateTime) -> bool {
        let name = schedule.unwrap_or(&self.everybody);
        if name.is_always() {
            return true;
        }
        let Some(schedule) = self.schedules.iter().find(|s| s.name == *name) else {
            return false;
        };
        let Some(local) = self.zone.local(now).filter(|_| clock_is_set(now)) else {
            return false;
        };
        let minute = u16::from(local.hour()) * 60 + u16::from(local.minute());
        let today = self.day(local.date());
        let yesterday = local.date().previous_day().map(|date| self.day(date));
        schedule
            .openings
            .iter()
            .any(|opening| opening.covers(today, yesterday, minute))
    }

    /// Whether there is such a schedule.
    #[must_use]
    pub fn defines(&self, name: &ScheduleName) -> bool {
        name.is_always() || self.schedules.iter().any(|schedule| schedule.name == *name)
    }

    /// What a date counts as.
    #[must_use]
    pub fn day(&self, date: Date) -> Day {
        if self.holidays.iter().any(|holiday| holiday.is(date)) {
            Day::Holiday
        } else {
            Day::Weekday(date.weekday())
        }
    }

    /// Where the clock on the wall hangs.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The schedule of those who have none of their own.
    #[must_use]
    pub fn everybody(&self) -> &ScheduleName {
        &self.everybody
    }

    /// All that are defined, [`ScheduleName::ALWAYS`] apart.
    #[must_use]
    pub fn schedules(&self) -> &[Schedule] {
        &self.schedules
    }
}
