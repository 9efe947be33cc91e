//! What can go wrong at the door.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use embedded_hal::digital;

use super::strike::MAX_PULSE;
use crate::domain::SubjectIdError;

/// Why the door does not do what it should. Each message says where, what, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DoorError {
    #[error(
        "strike: can't {action} ({reason}); the door counts as not released; check the pin and the relay"
    )]
    Strike {
        action: &'static str,
        reason: String,
    },
    #[error("strike: a pulse of {} ms is not from 1 to {} ms", .0.as_millis(), MAX_PULSE.as_millis())]
    Pulse(Duration),
    #[error("line {line} of {}: {reason}; see `gpioinfo` for what there is", chip.display())]
    Line {
        chip: PathBuf,
        line: String,
        reason: String,
    },
    #[error("{line}: {reason}; check the line, and who may use it")]
    Pin { line: String, reason: String },
    #[error("{0} is for programs built with `--features hardware`; use kind = \"gpiocdev\"")]
    BackEnd(&'static str),
    #[error("simulated pin: told to fail")]
    Simulated,
    #[error("simulated pin {}: {source}; check the folder and who may write to it", path.display())]
    LevelFile { path: PathBuf, source: io::Error },

    #[error("the contacts can't be watched: {source}")]
    Sensors { source: io::Error },

    #[error("guardian of the strike: can't {action} ({source}); the door counts as not released")]
    Guardian {
        action: &'static str,
        source: io::Error,
    },
    /// The guardian's own words.
    #[error("guardian of the strike: {0}")]
    GuardianSays(String),
    #[error("the guardian is no command of its own: `ostiary run` starts it")]
    GuardianByHand,

    #[error("Wiegand: the facility code {facility} is above {max}, the greatest of this format")]
    Facility { facility: u16, max: u16 },
    #[error("Wiegand: the ID number is no decimal number up to 65535 and can't be sent as a card")]
    NoCardNumber,
    #[error("Wiegand: cards are let in faster than they can be sent")]
    CardQueue,
    #[error("Wiegand: the output can't be started: {source}")]
    CardThread { source: io::Error },

    #[error("badge reader {}: {source}; check the cable, the path and the group of the user", path.display())]
    Reader { path: PathBuf, source: io::Error },
    #[error("badge reader {}: is no device or named pipe; name the reader's device file", .0.display())]
    NotAReader(PathBuf),
    #[error("badge reader {}: gone (end of file); check the cable", .0.display())]
    ReaderGone(PathBuf),
    #[error("badge reader: a line of more than {max} bytes was skipped; check its baud rate and format", max = super::badge::MAX_LINE)]
    BadgeTooLong,
    #[error("badge reader: a line that is not text was skipped; check its baud rate")]
    BadgeNotText,
    #[error("badge reader: not a badge number ({0}); check the reader's output format")]
    BadgeNumber(#[from] SubjectIdError),
}

impl digital::Error for DoorError {
    fn kind(&self) -> digital::ErrorKind {
        digital::ErrorKind::Other
    }
}
