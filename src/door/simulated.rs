//! Pins without hardware.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use embedded_hal::digital::{ErrorType, InputPin, OutputPin, PinState};

use super::DoorError;

/// An output pin for demos and tests. Clones are the same pin.
///
/// Stricter than hardware: until it is first driven it has no level, and it can be told to fail.
#[derive(Debug, Clone)]
pub struct SimulatedPin {
    line: Arc<Mutex<Line>>,
    active_low: bool,
}

#[derive(Debug, Default)]
struct Line {
    active: Option<bool>,
    failures: u32,
}

impl SimulatedPin {
    /// A pin that was never driven; `active_low` as the relay is wired.
    #[must_use]
    pub fn new(active_low: bool) -> Self {
        Self {
            line: Arc::default(),
            active_low,
        }
    }

    /// The logical level, if it was ever driven.
    #[must_use]
    pub fn is_active(&self) -> Option<bool> {
        self.lock().active
    }

    /// The level a voltmeter would show, if it was ever driven.
    #[must_use]
    pub fn physical_level(&self) -> Option<PinState> {
        self.is_active()
            .map(|active| PinState::from(active != self.active_low))
    }

    /// Makes the next `writes` fail and change nothing.
    pub fn fail_next(&self, writes: u32) {
        self.lock().failures = writes;
    }

    fn drive(&self, active: bool) -> Result<(), DoorError> {
        let mut line = self.lock();
        if let Some(left) = line.failures.checked_sub(1) {
            line.failures = left;
            return Err(DoorError::Simulated);
        }
        line.active = Some(active);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ErrorType for SimulatedPin {
    type Error = DoorError;
}

impl OutputPin for SimulatedPin {
    fn set_low(&mut self) -> Result<(), DoorError> {
        self.drive(false)
    }

    fn set_high(&mut self) -> Result<(), DoorError> {
        self.drive(true)
    }
}

/// An output pin whose logical level stands in a file as "0" or "1", where another process can see it.
#[derive(Debug)]
pub struct FilePin {
    file: File,
    path: PathBuf,
}

impl FilePin {
    /// Opens or makes the file and sets the first level.
    ///
    /// # Errors
    /// If it can't be written; the error names it.
    pub fn claim(path: &Path, level: PinState) -> Result<Self, DoorError> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|source| DoorError::LevelFile {
                path: path.to_owned(),
                source,
            })?;
        let mut pin = Self {
            file,
            path: path.to_owned(),
        };
        pin.set_state(level)?;
        Ok(pin)
    }
}

impl ErrorType for FilePin {
    type Error = DoorError;
}

impl OutputPin for FilePin {
    fn set_low(&mut self) -> Result<(), DoorError> {
        self.set_state(PinState::Low)
    }

    fn set_high(&mut self) -> Result<(), DoorError> {
        self.set_state(PinState::High)
    }

    fn set_state(&mut self, state: PinState) -> Result<(), DoorError> {
        let digit = if state == PinState::High { b"1" } else { b"0" };
        self.file
            .write_all_at(digit, 0)
            .map_err(|source| DoorError::LevelFile {
                path: self.path.clone(),
                source,
            })
    }
}

/// An input pin whose logical level another process writes into a file: "1" is active, anything else
/// or no file is not.
#[derive(Debug)]
pub struct FileInput(pub PathBuf);

impl ErrorType for FileInput {
    type Error = DoorError;
}

impl InputPin for FileInput {
    fn is_high(&mut self) -> Result<bool, DoorError> {
        match fs::read(&self.0) {
            Ok(text) => Ok(text.first() == Some(&b'1')),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(source) => Err(DoorError::LevelFile {
                path: self.0.clone(),
                source,
            }),
        }
    }

    fn is_low(&mut self) -> Result<bool, DoorError> {
        self.is_high().map(|high| !high)
    }
}
