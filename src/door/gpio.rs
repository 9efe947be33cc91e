//! Lines of the GPIO character device, through gpiocdev.

use std::fmt;
use std::path::{Path, PathBuf};

use embedded_hal::digital::{ErrorType, OutputPin};
use gpiocdev::chip::Chip;
use gpiocdev::line::{Direction, Offset, Value};
use gpiocdev::request::Request;

use super::DoorError;

/// How a line is found on its chip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineName {
    /// By the name the device tree gives it, such as "GPIO17".
    Name(String),
    /// By its number on the chip.
    Offset(u32),
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
        let failed = |reason: String| DoorError::Line {
            chip: chip.to_owned(),
            line: name.to_string(),
            reason,
        };
        let offset = free_line(chip, &name).map_err(failed)?;
        let mut builder = Request::builder();
        builder
            .on_chip(chip)
            .with_consumer("ostiary")
            .with_line(offset)
            .as_output(Value::from(active));
        if active_low {
            builder.as_active_low();
        }
        let request = builder
            .request()
            .map_err(|error| failed(error.to_string()))?;
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

/// The offset of a line that exists and that nobody uses, or why there is none.
fn free_line(chip: &Path, name: &LineName) -> Result<Offset, String> {
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
