//! Lines of the GPIO character device, through gpiocdev.

use std::fmt;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use embedded_hal::digital::{ErrorType, InputPin, OutputPin};
use gpiocdev::chip::Chip;
use gpiocdev::line::{Direction, EdgeDetection, Offset, Value};
use gpiocdev::request::{Builder, Request};
use serde::{Deserialize, Serialize};

use super::DoorError;

/// How a line is found on its chip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineName {
    /// By the name the device tree gives it, such as "GPIO17".
    Name(String),
    /// By its number on the chip.
    Offset(u32),
}

impl From<&str> for LineName {
    /// A text of digits alone is an offset.
    fn from(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Name(text.to_owned()), Self::Offset)
    }
}

impl fmt::Display for LineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name:?}"),
            Self::Offset(offset) => write!(f, "{offset}"),
        }
    }
}

/// One output line. "High" is the logical active level; the kernel inverts it for active-low wiring.
///
/// When the line is let go, most chips keep its level, but the kernel does not promise it: what must
/// not change without this program needs a pull resistor.
#[derive(Debug)]
pub struct GpioLine {
    request: Request,
    chip: PathBuf,
    name: LineName,
}

impl GpioLine {
    /// Claims a line of the chip, such as /dev/gpiochip0, as an output with the given first level.
    ///
    /// Chip and line are checked before anything is driven, and the first level is set with the claim:
    /// between the two the line never has another.
    ///
    /// # Errors
    /// If there is no such chip or line, it is in use or may not be accessed; the error names both.
    pub fn claim(
        chip: &Path,
        name: LineName,
        active_low: bool,
        active: bool,
    ) -> Result<Self, DoorError> {
        let request = request(chip, &name, active_low, |builder| {
            builder.as_output(Value::from(active));
        })?;
        Ok(Self {
            request,
            chip: chip.to_owned(),
            name,
        })
    }

    fn drive(&self, value: Value) -> Result<(), DoorError> {
        self.request
            .set_lone_value(value)
            .map_err(|error| DoorError::Line {
                chip: self.chip.clone(),
                line: self.name.to_string(),
                reason: error.to_string(),
            })
    }
}

/// A line as the kernel knows it, whatever it was called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// Without links.
    pub chip: PathBuf,
    pub offset: u32,
}

/// Checks that a line exists and that nobody uses it, without touching it.
///
/// # Errors
/// Why it can't be claimed; the error names chip and line.
pub(super) fn locate(chip: &Path, name: &LineName) -> Result<Location, DoorError> {
    let located = || {
        let offset = free_line(chip, name)?;
        let chip = chip.canonicalize().map_err(|error| error.to_string())?;
        Ok(Location { chip, offset })
    };
    located().map_err(|reason| DoorError::Line {
        chip: chip.to_owned(),
        line: name.to_string(),
        reason,
    })
}

/// What holds an input that nothing drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// Whatever the board has.
    AsIs,
    PullUp,
    PullDown,
}

/// One input line. "High" is the logical active level; the kernel inverts it for active-low wiring.
#[derive(Debug)]
pub struct GpioInput {
    request: Request,
    chip: PathBuf,
    name: LineName,
}

impl GpioInput {
    /// Claims a line as an input that tells its edges.
    ///
    /// # Errors
    /// As [`GpioLine::claim`].
    pub fn claim(
        chip: &Path,
        name: LineName,
        active_low: bool,
        bias: Bias,
    ) -> Result<Self, DoorError> {
        let request = request(chip, &name, active_low, |builder| {
            builder
                .as_input()
                .with_edge_detection(EdgeDetection::BothEdges);
            match bias {
                Bias::AsIs => {}
                Bias::PullUp => drop(builder.with_bias(gpiocdev::line::Bias::PullUp)),
                Bias::PullDown => drop(builder.with_bias(gpiocdev::line::Bias::PullDown)),
            }
        })?;
        Ok(Self {
            request,
            chip: chip.to_owned(),
            name,
        })
    }

    fn level(&self) -> Result<Value, gpiocdev::Error> {
        // The edges have done their duty when they ended the wait; the level is what counts.
        while self.request.has_edge_event()? {
            self.request.read_edge_event()?;
        }
        self.request.lone_value()
    }
}

impl AsFd for GpioInput {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.request.as_fd()
    }
}

impl ErrorType for GpioInput {
    type Error = DoorError;
}

impl InputPin for GpioInput {
    fn is_high(&mut self) -> Result<bool, DoorError> {
        self.level()
            .map(|value| value == Value::Active)
            .map_err(|error| DoorError::Line {
                chip: self.chip.clone(),
                line: self.name.to_string(),
                reason: error.to_string(),
            })
    }

    fn is_low(&mut self) -> Result<bool, DoorError> {
        self.is_high().map(|high| !high)
    }
}

/// Claims a line as `configure` has it. Nothing is driven if chip or line won't do.
fn request(
    chip: &Path,
    name: &LineName,
    active_low: bool,
    configure: impl FnOnce(&mut Builder),
) -> Result<Request, DoorError> {
    let claim = || {
        let offset = free_line(chip, name)?;
        let mut builder = Request::builder();
        builder
            .on_chip(chip)
            .with_consumer("ostiary")
            .with_line(offset);
        configure(&mut builder);
        if active_low {
            builder.as_active_low();
        }
        builder.request().map_err(|error| error.to_string())
    };
    claim().map_err(|reason| DoorError::Line {
        chip: chip.to_owned(),
        line: name.to_string(),
        reason,
    })
}

/// The offset of a line that exists and that nobody uses, or why there is none.
pub(super) fn free_line(chip: &Path, name: &LineName) -> Result<Offset, String> {
    let chip = Chip::from_path(chip).map_err(|error| error.to_string())?;
    let info = match name {
        LineName::Name(name) => chip
            .find_line_info(name)
            .ok_or("the chip has no line of this name")?,
        LineName::Offset(offset) => {
            let lines = chip.info().map_err(|error| error.to_string())?.num_lines;
            if *offset >= lines {
                return Err(format!(
                    "the chip has only lines 0 to {}",
                    lines.saturating_sub(1)
                ));
            }
            chip.line_info(*offset).map_err(|error| error.to_string())?
        }
    };
    if info.used {
        let direction = match info.direction {
            Direction::Input => "input",
            Direction::Output => "output",
        };
        return Err(format!("in use as {direction} by {:?}", info.consumer));
    }
    Ok(info.offset)
}

impl ErrorType for GpioLine {
    type Error = DoorError;
}

impl OutputPin for GpioLine {
    fn set_low(&mut self) -> Result<(), DoorError> {
        self.drive(Value::Inactive)
    }

    fn set_high(&mut self) -> Result<(), DoorError> {
        self.drive(Value::Active)
    }
}

// Without GPIO chips only the ways in which a claim fails can be tested.
#[cfg(test)]
mod tests {
    use super::*;

    fn claim_error(chip: &Path) -> String {
        match GpioLine::claim(chip, LineName::Name("GPIO17".into()), true, false) {
            Ok(_) => panic!("claimed a line of {}", chip.display()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_wrong_chip_is_named_with_its_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for chip in [
            Path::new("/dev/gpiochip-none"),
            Path::new("/dev/null"),
            file.path(),
        ] {
            let message = claim_error(chip);
            assert!(message.contains(&chip.display().to_string()), "{message}");
            assert!(message.contains("\"GPIO17\""), "{message}");
        }
    }
}
