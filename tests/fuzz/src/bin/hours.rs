//! Opening hours as text: a line each for the time zone, a holiday, and openings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::config::Config;
use ostiary_fuzz::file;
use time::{Duration, UtcDateTime};

fuzz_target!(|input: (i64, &str)| {
    let (seconds, text) = input;
    // What can't stand in a literal string of TOML is for the target `config`.
    if text.contains(['\'']) || text.contains(|c: char| c.is_control() && c != '\n') {
        return;
    }
    let mut lines = text.lines();
    let (zone, holiday) = (
        lines.next().unwrap_or_default(),
        lines.next().unwrap_or_default(),
    );
    let openings: Vec<String> = lines.map(|line| format!("'{line}'")).collect();
    let toml = format!(
        "[hours]\ntime_zone = '{zone}'\neverybody = 'a'\nholidays = ['{holiday}']\n\
         [[hours.schedule]]\nname = 'a'\nopen = [{}]\n",
        openings.join(", ")
    );
    if let Ok(config) = Config::read(&file("hours.toml", toml.as_bytes()))
        && let Some(now) = UtcDateTime::UNIX_EPOCH.checked_add(Duration::seconds(seconds))
    {
        let _ = config.hours.admits(None, now);
    }
});
