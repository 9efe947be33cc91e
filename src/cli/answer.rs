//! What a command answers, for people and for scripts.

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
        let line = if as_json {
            self.json.to_string()
        } else {
            self.text.clone()
        };
        print_line(&line);
        ExitCode::from(self.exit as u8)
    }
}

/// Prints an error as one line on standard error, and with `--json` as a value on standard output too.
#[must_use]
pub fn fail(error: &CliError, as_json: bool) -> ExitCode {
    let message = error.to_string();
    let first_line = message.lines().next().unwrap_or_default();
    if as_json {
        print_line(&json!({"error": {"code": error.code(), "message": first_line}}).to_string());
    }
    log::fail(first_line);
    ExitCode::from(Exit::CouldNotTell as u8)
}

/// A point in time as RFC 3339 has it, to the second.
#[must_use]
pub fn date(at: UtcDateTime) -> String {
    at.truncate_to_second()
        .format(&Rfc3339)
        .unwrap_or_else(|_| at.to_string())
}

/// A reader that has gone (`ostiary … | head`) is no error.
fn print_line(line: &str) {
    if !line.is_empty() {
        let _ = writeln!(io::stdout().lock(), "{line}");
    }
}
