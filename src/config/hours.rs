//! The `[hours]` section: when people are let in.
//!
//! An opening is written as `days from-to`: `mon-fri 07:00-19:00`, `sat,hol 10:00-12:00`,
//! `sun-thu 22:00-06:00`. `hol` is any date listed as a holiday, which then counts as no weekday.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use time::macros::format_description;
use time::{Date, Weekday};

use crate::domain::{AccessHours, Day, Days, Holiday, Opening, Schedule, ScheduleName, Zone};

/// The section as the file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "the section [hours]")]
struct HoursFile {
    time_zone: String,
    everybody: String,
    #[serde(default)]
    holidays: Vec<String>,
    #[serde(default)]
    schedule: Vec<ScheduleFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScheduleFile {
    name: String,
    open: Vec<String>,
}

/// Reads the section, for serde.
///
/// # Errors
/// The first value that won't do, with its key.
pub(super) fn hours<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AccessHours, D::Error> {
    let file = HoursFile::deserialize(deserializer)?;
    let wrong =
        |key: &'static str| move |problem| D::Error::custom(format!("hours.{key}: {problem}"));
    let zone = Zone::named(&file.time_zone).map_err(|e| wrong("time_zone")(e.to_string()))?;
    let everybody = name(&file.everybody).map_err(wrong("everybody"))?;
    let holidays = file.holidays.iter().map(|text| holiday(text));
    let holidays = holidays
        .collect::<Result<_, _>>()
        .map_err(wrong("holidays"))?;
    let schedules = file.schedule.iter().map(schedule);
    let schedules = schedules
        .collect::<Result<_, _>>()
        .map_err(wrong("schedule"))?;
    AccessHours::new(zone, everybody, holidays, schedules)
        .map_err(|e| wrong("schedule")(e.to_string()))
}

fn schedule(file: &ScheduleFile) -> Result<Schedule, String> {
    let openings = file.open.iter().map(|text| {
        let opening = opening(text);
        opening.map_err(|problem| format!("{}: open: {text:?} {problem}", file.name))
    });
    Ok(Schedule {
        name: name(&file.name)?,
        openings: openings.collect::<Result<_, _>>()?,
    })
}

fn name(text: &str) -> Result<ScheduleName, String> {
    text.parse().map_err(|e| format!("{text:?}: {e}"))
}

fn opening(text: &str) -> Result<Opening, String> {
    const FORM: &str = "is not of the form \"mon-fri 07:00-19:00\"";
    let (on, times) = text.split_once(' ').ok_or(FORM)?;
    let (start, end) = times.trim().split_once('-').ok_or(FORM)?;
    let start = minute(start).ok_or(FORM)?;
    let end = minute(end).ok_or(FORM)?;
    Opening::new(days(on)?, start, end).map_err(|e| e.to_string())
}

/// `HH:MM` as minutes after midnight; 24:00 is one.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<u16>().ok())?
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    (minute < 60).then_some(hour * 60 + minute)
}

/// `mon-fri,hol`; a range may run over the end of the week.
fn days(text: &str) -> Result<Days, String> {
    let mut days = Days::default();
    for part in text.split(',') {
        match part.split_once('-') {
            Some((first, last)) => {
                let (mut day, last) = (weekday(first)?, weekday(last)?);
                days = days.and(Day::Weekday(day));
                while day != last {
                    day = day.next();
                    days = days.and(Day::Weekday(day));
                }
            }
            None if part == "hol" => days = days.and(Day::Holiday),
            None => days = days.and(Day::Weekday(weekday(part)?)),
        }
    }
    Ok(days)
}

fn weekday(text: &str) -> Result<Weekday, String> {
    const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let number = NAMES.iter().position(|name| *name == text);
    let number = number.ok_or_else(|| {
        format!("has the unknown day {text:?}; they are mon, tue, wed, thu, fri, sat, sun and hol")
    })?;
    Ok(Weekday::Monday.nth_next(number as u8))
}

/// `YYYY-MM-DD`, or `MM-DD` for every year's.
fn holiday(text: &str) -> Result<Holiday, String> {
    let unusable = || format!("{text:?} is no date; write YYYY-MM-DD, or MM-DD for every year");
    if let Ok(date) = Date::parse(text, format_description!("[year]-[month]-[day]")) {
        return Ok(Holiday::Once(date));
    }
    // A leap year, so that 29 February is a date.
    let date = Date::parse(
        &format!("2024-{text}"),
        format_description!("[year]-[month]-[day]"),
    );
    let date = date.map_err(|_| unusable())?;
    Ok(Holiday::EveryYear(date.month(), date.day()))
}

#[cfg(test)]
mod tests {
    use time::macros::{date, utc_datetime};

    use super::*;
    use crate::config::{Config, ConfigError};

    fn read(text: &str) -> Result<AccessHours, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ostiary.toml");
        std::fs::write(&path, text).unwrap();
        Config::read(&path).map(|config| config.hours)
    }

    fn with_opening(text: &str) -> Result<AccessHours, ConfigError> {
        read(&format!(
            "[hours]\ntime_zone = 'UTC'\neverybody = 'a'\n[[hours.schedule]]\nname = 'a'\nopen = ['{text}']\n"
        ))
    }

    #[test]
    fn openings_mean_what_they_say() {
        let table = [
            ("mon-fri 07:00-19:00", utc_datetime!(2026-06-05 18:59), true),
            (
                "mon-fri 07:00-19:00",
                utc_datetime!(2026-06-05 19:00),
                false,
            ),
            (
                "mon-fri 07:00-19:00",
                utc_datetime!(2026-06-06 12:00),
                false,
            ),
            ("sun-thu 22:00-06:00", utc_datetime!(2026-06-05 05:59), true),
            (
                "sun-thu 22:00-06:00",
                utc_datetime!(2026-06-05 22:00),
                false,
            ),
            ("sat,hol 00:00-24:00", utc_datetime!(2026-06-06 23:59), true),
            ("fri-fri 00:00-24:00", utc_datetime!(2026-06-05 0:00), true),
            ("fri-fri 00:00-24:00", utc_datetime!(2026-06-06 0:00), false),
        ];
        for (text, at, inside) in table {
            let hours = with_opening(text).unwrap();
            assert_eq!(hours.admits(None, at), inside, "{text} at {at}");
        }
    }

    #[test]
    fn holidays_are_of_one_year_or_of_every() {
        let hours = read(
            "[hours]\ntime_zone = 'UTC'\neverybody = 'always'\nholidays = ['02-29', '2026-04-03']",
        )
        .unwrap();
        let holidays = [date!(2028 - 02 - 29), date!(2026 - 04 - 03)];
        assert!(holidays.iter().all(|date| hours.day(*date) == Day::Holiday));
        let friday = Day::Weekday(Weekday::Friday);
        assert_eq!(hours.day(date!(2020 - 04 - 03)), friday);
    }

    #[test]
    fn mistakes_are_told_with_their_key() {
        let told = |text: &str| with_opening(text).unwrap_err().to_string();
        for text in [
            "",
            " ",
            "mon",
            "mon 7-19",
            "mon 07:00",
            "mon 7:00-19:00",
            "mon 07:60-19:00",
            "mon +7:00-19:00",
            "mon -07:00",
            "mon 07:00-19:00 tue",
        ] {
            assert!(
                told(text).contains("is not of the form"),
                "{text:?}: {}",
                told(text)
            );
        }
        assert!(told("mo 07:00-19:00").contains("ostiary.toml:1: hours.schedule: a: open: \"mo 07:00-19:00\" has the unknown day \"mo\""), "{}", told("mo 07:00-19:00"));
        assert!(told("mon 07:00-25:00").contains("from 00:00 to 24:00"));
        assert!(told("mon 07:00-07:00").contains("00:00-24:00"));
        assert!(told("mon--fri 07:00-08:00").contains("unknown day"));

        let told = |text: &str| read(text).unwrap_err().to_string();
        let zone = "[hours]\ntime_zone = 'Europe/Berlin'\n";
        assert!(told("[hours]\neverybody = 'always'").contains("time_zone"));
        assert!(told("[hours]\ntime_zone = 'CEST'\neverybody = 'always'").contains("IANA"));
        assert!(told(&format!("{zone}everybody = 'b'")).contains("no schedule called b"));
        assert!(told(&format!("{zone}everybody = 'a b'")).contains("hours.everybody"));
        let holiday = |date| {
            told(&format!(
                "{zone}everybody = 'always'\nholidays = ['{date}']"
            ))
        };
        for date in [
            "",
            "13-01",
            "2026-02-29",
            "02-30",
            "1-1",
            "25.12.",
            "2026-4-3",
        ] {
            assert!(holiday(date).contains("hours.holidays"), "{date}");
        }
        let unknown = told(&format!("{zone}everyone = 'always'"));
        assert!(
            unknown.contains("did you mean hours.everybody?"),
            "{unknown}"
        );
        let unknown = told(&format!(
            "{zone}everybody = 'always'\n[[hours.schedule]]\nname = 'a'\nclosed = []"
        ));
        assert!(unknown.contains("closed"), "{unknown}");
    }
}
