//! The coming days of a door with hours, so that a mistake in them is seen before it keeps somebody out.

use std::fmt;

use serde::Serialize;
use time::{Date, UtcDateTime};

use crate::domain::{AccessHours, Day, Schedule};

/// Seven days from today on; nothing for a door without hours.
#[derive(Debug, Serialize)]
pub struct Week {
    time_zone: String,
    /// The clock on the wall, as `YYYY-MM-DD HH:MM`.
    now: Option<String>,
    everybody: String,
    schedules: Vec<Line>,
}

/// One schedule.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    open_now: bool,
    days: Vec<Entry>,
}

/// One date.
#[derive(Debug, Serialize)]
struct Entry {
    /// `YYYY-MM-DD`.
    date: String,
    /// `Monday` to `Sunday`, or `holiday`.
    day: String,
    /// `HH:MM-HH:MM`; what ends at or before its start ends on the next day.
    open: Vec<String>,
}

impl Week {
    /// What `hours` make of the days from `now` on.
    pub fn of(hours: &AccessHours, now: UtcDateTime) -> Self {
        let local = hours.zone().local(now);
        let dates: Vec<Date> = std::iter::successors(local.map(|l| l.date()), |d| d.next_day())
            .take(7)
            .collect();
        let line = |schedule: &Schedule| Line {
            name: schedule.name.to_string(),
            open_now: hours.admits(Some(&schedule.name), now),
            days: dates
                .iter()
                .map(|date| entry(hours, schedule, *date))
                .collect(),
        };
        Self {
            time_zone: hours.zone().name().to_owned(),
            now: local.map(|l| format!("{} {:02}:{:02}", l.date(), l.hour(), l.minute())),
            everybody: hours.everybody().to_string(),
            schedules: hours.schedules().iter().map(line).collect(),
        }
    }
}

fn entry(hours: &AccessHours, schedule: &Schedule, date: Date) -> Entry {
    let day = hours.day(date);
    let openings = schedule.openings.iter().filter(|o| o.begins_on(day));
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    Entry {
        date: date.to_string(),
        day: match day {
            Day::Weekday(weekday) => weekday.to_string(),
            Day::Holiday => "holiday".into(),
        },
        open: openings
            .map(|opening| {
                let (start, end) = opening.minutes();
                format!("{}-{}", clock(start), clock(end))
            })
            .collect(),
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.schedules.is_empty() {
            return Ok(());
        }
        let now = self.now.as_deref().unwrap_or("beyond what can be told");
        writeln!(f, "hours in {}, where it is {now}", self.time_zone)?;
        for schedule in &self.schedules {
            let whose = if schedule.name == self.everybody {
                ", of everybody without a schedule of their own"
            } else {
                ""
            };
            let now = if schedule.open_now { "open" } else { "closed" };
            writeln!(f, "  {}: {now} now{whose}", schedule.name)?;
            for Entry { date, day, open } in &schedule.days {
                let open = if open.is_empty() {
                    "closed".into()
                } else {
                    open.join(", ")
                };
                writeln!(f, "    {date}  {day:<9}  {open}")?;
            }
        }
        Ok(())
    }
}
