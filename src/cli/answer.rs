//! What a command answers, for people and for scripts.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;
use serde_json::{Value, json};
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;

use super::error::CliError;
use super::log;

/// The exit status of a command that ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Yes, granted, done.
    Yes = 0,
    /// No, denied.
    No = 1,
    /// Could not tell.
    CouldNotTell = 2,
}

/// The outcome of a command.
#[derive(Debug)]
pub struct Answer {
    exit: Exit,
    text: String,
    json: Value,
}

impl Answer {
    /// An answer in words and in JSON.
    ///
    /// # Errors
    /// If `json` has no JSON form.
    pub fn new(
        exit: Exit,
        text: impl Into<String>,
        json: &impl Serialize,
    ) -> Result<Self, CliError> {
        Ok(Self {
            exit,
            text: text.into(),
            json: serde_json::to_value(json)?,
        })
    }

    /// Prints it on standard output.
    #[must_use]
    pub fn print(&self, as_json: bool) -> ExitCode {
        if as_json {
            print_json(&self.json);
        } else {
            print_line(&plain(&self.text));
        }
        ExitCode::from(self.exit as u8)
    }
}

/// Prints an error as one line on standard error, and with `--json` as a value on standard output too.
#[must_use]
pub fn fail(error: &CliError, as_json: bool) -> ExitCode {
    let message = error.to_string();
    let first_line = message.lines().next().unwrap_or_default();
    if as_json {
        print_json(&json!({"error": {"code": error.code(), "message": first_line}}));
    }
    log::fail(&plain(first_line));
    ExitCode::from(Exit::CouldNotTell as u8)
}

/// A point in time as RFC 3339 has it, to the second.
#[must_use]
pub fn date(at: UtcDateTime) -> String {
    at.truncate_to_second()
        .format(&Rfc3339)
        .unwrap_or_else(|_| at.to_string())
}

/// Control characters written out, but for the ends of lines and tabs: names and files come from outside, and must not
/// steer the terminal.
fn plain(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c.is_control() && !matches!(c, '\n' | '\t'))
}

/// JSON leaves DEL and the control characters of ISO 6429 as they are, and they stand in its strings alone.
fn print_json(value: &Value) {
    print_line(&escaped(&value.to_string(), char::is_control));
}

fn escaped(text: &str, is_unfit: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_unfit) {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unfit(c) {
            // Writing to a String never fails. All of them have four digits at the most.
            let _ = write!(plain, "\\u{:04x}", u32::from(c));
        } else {
            plain.push(c);
        }
    }
    plain.into()
}

/// A reader that has gone (`ostiary … | head`) is no error.
fn print_line(line: &str) {
    if !line.is_empty() {
        let _ = writeln!(io::stdout().lock(), "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_does_not_steer_the_terminal() {
        assert_eq!(plain("17\t Ada\n18\t é"), "17\t Ada\n18\t é");
        assert_eq!(
            plain("\x1b[2J\r\u{9b}2J\x7f\0"),
            "\\u001b[2J\\u000d\\u009b2J\\u007f\\u0000"
        );
        let json = json!({"name": "\x1b\u{9b}\x7f\n"}).to_string();
        let told = escaped(&json, char::is_control);
        assert!(!told.contains(char::is_control), "{told:?}");
        assert_eq!(
            serde_json::from_str::<Value>(&told).unwrap(),
            json!({"name": "\x1b\u{9b}\x7f\n"})
        );
    }
}
