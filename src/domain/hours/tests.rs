use proptest::prelude::*;
use time::macros::{date, utc_datetime};
use time::{Duration, Weekday};

use super::*;

const ZONES: [&str; 7] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    // Half an hour of daylight saving time.
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    // The first Sunday after midnight: there is no 00:00 on some days.
    "America/Santiago",
];

fn every_day() -> Days {
    let weekdays = (0..7).map(|n| Day::Weekday(Weekday::Monday.nth_next(n)));
    weekdays
        .chain([Day::Holiday])
        .fold(Days::default(), Days::and)
}

fn on(days: &[Day]) -> Days {
    days.iter()
        .fold(Days::default(), |days, day| days.and(*day))
}

fn name(text: &str) -> ScheduleName {
    text.parse().unwrap()
}

fn hours(zone: &str, holidays: Vec<Holiday>, openings: Vec<Opening>) -> AccessHours {
    let name = name("office");
    let schedule = Schedule {
        name: name.clone(),
        openings,
    };
    AccessHours::new(Zone::named(zone).unwrap(), name, holidays, vec![schedule]).unwrap()
}

/// Minutes inside, of every minute in `[from, to)`.
fn minutes_inside(hours: &AccessHours, from: UtcDateTime, to: UtcDateTime) -> i64 {
    let minutes = (to - from).whole_minutes();
    let inside = |n: &i64| hours.admits(None, from + Duration::minutes(*n));
    (0..minutes).filter(inside).count() as i64
}

fn any_days() -> impl Strategy<Value = Days> {
    (1..=u8::MAX).prop_map(|bits| {
        let day = |n: u8| match n {
            7 => Day::Holiday,
            n => Day::Weekday(Weekday::Monday.nth_next(n)),
        };
        let days: Vec<Day> = (0..8).filter(|n| bits & (1 << n) != 0).map(day).collect();
        on(&days)
    })
}

fn any_opening() -> impl Strategy<Value = Opening> {
    (any_days(), 0..Opening::DAY, 0..=Opening::DAY)
        .prop_filter_map("no length", |(days, start, end)| {
            Opening::new(days, start, end).ok()
        })
}

fn any_instant() -> impl Strategy<Value = UtcDateTime> {
    let start = utc_datetime!(2026-01-01 0:00).unix_timestamp();
    (0..20 * 365 * 86_400_i64)
        .prop_map(move |s| UtcDateTime::from_unix_timestamp(start + s).unwrap())
}

/// Instants around the changes of daylight saving time, where mistakes would be.
fn any_tricky_instant() -> impl Strategy<Value = UtcDateTime> {
    const CHANGES: [UtcDateTime; 6] = [
        utc_datetime!(2026-03-29 1:00),
        utc_datetime!(2026-10-25 1:00),
        utc_datetime!(2026-03-08 7:00),
        utc_datetime!(2026-11-01 6:00),
        utc_datetime!(2026-04-04 15:00),
        utc_datetime!(2026-09-06 4:00),
    ];
    let near = (prop::sample::select(&CHANGES[..]), -100_000..100_000_i64)
        .prop_map(|(change, seconds)| change + Duration::seconds(seconds));
    prop_oneof![any_instant(), near]
}

proptest! {
    /// The same said in another way: a line of wall minutes, on which each opening is one span.
    #[test]
    fn an_instant_is_inside_as_a_line_of_wall_minutes_has_it(
        zone in prop::sample::select(&ZONES[..]),
        openings in prop::collection::vec(any_opening(), 0..4),
        holiday in -3..3_i64,
        now in any_tricky_instant(),
    ) {
        let local = Zone::named(zone).unwrap().local(now).unwrap();
        let holiday = Holiday::Once(local.date() + Duration::days(holiday));
        let hours = hours(zone, vec![holiday], openings.clone());
        let line = |date: Date, minute: u16| i64::from(date.to_julian_day()) * 1440 + i64::from(minute);
        let here = line(local.date(), u16::from(local.hour()) * 60 + u16::from(local.minute()));
        let mut inside = false;
        for date in [local.date(), local.date() - Duration::days(1)] {
            for opening in openings.iter().filter(|i| i.begins_on(hours.day(date))) {
                let (start, end) = opening.minutes();
                let length = (i64::from(end) - i64::from(start)).rem_euclid(1440);
                let length = if length == 0 { 1440 } else { length };
                let start = line(date, start);
                inside |= (start..start + length).contains(&here);
            }
        }
        prop_assert_eq!(hours.admits(None, now), inside);
    }

    /// Day and night shift: every instant belongs to exactly one of the two, in every zone and on every date.
    #[test]
    fn two_shifts_that_share_the_day_share_every_instant(
        zone in prop::sample::select(&ZONES[..]),
        a in 0..Opening::DAY,
        b in 0..Opening::DAY,
        now in any_tricky_instant(),
    ) {
        prop_assume!(a != b);
        let shift = |start, end| {
            let opening = Opening::new(every_day(), start, end).unwrap();
            hours(zone, vec![Holiday::EveryYear(Month::December, 25)], vec![opening])
        };
        prop_assert!(shift(a, b).admits(None, now) != shift(b, a).admits(None, now));
    }
}

#[test]
fn a_night_over_a_change_of_the_clocks_is_shorter_or_longer() {
    let saturday = on(&[Day::Weekday(Weekday::Saturday)]);
    let night = Opening::new(saturday, 22 * 60, 6 * 60).unwrap();
    let hours = hours("Europe/Berlin", vec![], vec![night]);
    let weeks = [
        (utc_datetime!(2026-03-27 0:00), 7),
        (utc_datetime!(2026-06-05 0:00), 8),
        (utc_datetime!(2026-10-23 0:00), 9),
    ];
    for (friday, length) in weeks {
        let inside = minutes_inside(&hours, friday, friday + Duration::days(7));
        assert_eq!(inside, length * 60, "{friday}");
    }
}

#[test]
fn an_hour_that_is_skipped_is_never_inside_and_one_that_comes_twice_is_twice() {
    let opening = Opening::new(every_day(), 2 * 60, 3 * 60).unwrap();
    let hours = hours("Europe/Berlin", vec![], vec![opening]);
    let days = [
        (utc_datetime!(2026-03-28 12:00), 0),
        (utc_datetime!(2026-06-06 12:00), 60),
        (utc_datetime!(2026-10-24 12:00), 120),
    ];
    for (noon, length) in days {
        let inside = minutes_inside(&hours, noon, noon + Duration::days(1));
        assert_eq!(inside, length, "{noon}");
    }
}

#[test]
fn a_night_shift_runs_into_a_holiday_and_none_begins_on_it() {
    let weekdays = (0..7).map(|n| Day::Weekday(Weekday::Monday.nth_next(n)));
    let weekdays = weekdays.fold(Days::default(), Days::and);
    let night = Opening::new(weekdays, 22 * 60, 6 * 60).unwrap();
    let on_holidays = Opening::new(on(&[Day::Holiday]), 10 * 60, 12 * 60).unwrap();
    let christmas = Holiday::EveryYear(Month::December, 25);
    let friday = Holiday::Once(date!(2027 - 01 - 08));
    let hours = hours("UTC", vec![christmas, friday], vec![night, on_holidays]);
    let table = [
        (utc_datetime!(2026-12-24 21:59), false),
        (utc_datetime!(2026-12-24 22:00), true),
        (utc_datetime!(2026-12-25 5:59), true),
        (utc_datetime!(2026-12-25 6:00), false),
        (utc_datetime!(2026-12-25 10:00), true),
        (utc_datetime!(2026-12-25 12:00), false),
        (utc_datetime!(2026-12-25 23:00), false),
        (utc_datetime!(2026-12-26 5:00), false),
        (utc_datetime!(2026-12-26 22:00), true),
        (utc_datetime!(2027-01-08 22:00), false),
        (utc_datetime!(2028-01-08 22:00), true),
        (utc_datetime!(2031-12-25 11:00), true),
    ];
    for (at, inside) in table {
        assert_eq!(hours.admits(None, at), inside, "{at}");
    }
}

#[test]
fn what_can_not_be_told_is_outside() {
    let all_day = Opening::new(every_day(), 0, Opening::DAY).unwrap();
    let hours = hours("Europe/Berlin", vec![], vec![all_day]);
    let now = utc_datetime!(2026-06-05 12:00);
    assert!(hours.admits(None, now));
    assert!(!hours.admits(Some(&name("nobody-defined-it")), now));
    assert!(!hours.admits(None, UtcDateTime::UNIX_EPOCH));
    assert!(!hours.admits(None, utc_datetime!(2025-12-31 23:59:59)));
    assert!(!hours.admits(None, UtcDateTime::MAX));
    for at in [UtcDateTime::UNIX_EPOCH, now, UtcDateTime::MAX] {
        assert!(hours.admits(Some(&ScheduleName::always()), at));
        assert!(AccessHours::default().admits(None, at));
        assert!(!AccessHours::default().admits(Some(&name("office")), at));
    }
}

#[test]
fn schedules_that_contradict_each_other_are_refused() {
    let schedule = |text| Schedule {
        name: name(text),
        openings: vec![],
    };
    let made = |everybody, schedules| {
        AccessHours::new(Zone::utc(), name(everybody), vec![], schedules).map(drop)
    };
    let twice = vec![schedule("a"), schedule("b"), schedule("a")];
    assert_eq!(made("a", twice), Err(HoursError::Twice(name("a"))));
    assert_eq!(
        made("always", vec![schedule("always")]),
        Err(HoursError::BuiltIn)
    );
    assert_eq!(
        made("b", vec![schedule("a")]),
        Err(HoursError::Undefined(name("b")))
    );
    assert_eq!(made("always", vec![schedule("a")]), Ok(()));
}

#[test]
fn an_opening_has_a_day_a_length_and_times_of_the_wall() {
    let days = every_day();
    assert_eq!(
        Opening::new(Days::default(), 0, 60),
        Err(OpeningError::NoDay)
    );
    assert_eq!(Opening::new(days, 60, 60), Err(OpeningError::Empty));
    assert_eq!(Opening::new(days, 1440, 60), Err(OpeningError::Time));
    assert_eq!(Opening::new(days, 60, 1441), Err(OpeningError::Time));
    assert!(Opening::new(days, 1439, 0).is_ok());
}

#[test]
fn a_time_zone_is_one_of_the_database() {
    for unknown in ["", "Berlin", "Europe/Nowhere", "../etc/passwd", "CEST-2"] {
        assert!(Zone::named(unknown).is_err(), "{unknown:?}");
    }
    assert_eq!(
        Zone::named("Europe/Berlin").unwrap().name(),
        "Europe/Berlin"
    );
}
