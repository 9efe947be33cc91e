//! Lines of the GPIO character device through linux-embedded-hal, which uses the first version of its interface:
//! no edges here, and no bias.

use std::path::Path;

use embedded_hal::digital::PinState;
use linux_embedded_hal::CdevPin;
use linux_embedded_hal::gpio_cdev::{Chip, LineRequestFlags, errors::Error};

use super::DoorError;
use super::gpio::{LineName, free_line};
use super::physical::{PhysicalLine, turned};

/// Claims a line as an output with its first logical level.
///
/// # Errors
/// If there is no such chip or line, it is in use or may not be accessed; the error names both.
pub(super) fn claim_output(
    chip: &Path,
    line: &LineName,
    active_low: bool,
    level: PinState,
) -> Result<PhysicalLine<CdevPin>, DoorError> {
    let first = u8::from(turned(level, active_low) == PinState::High);
    claim(chip, line, active_low, LineRequestFlags::OUTPUT, first)
}

/// Claims a line as an input.
///
/// # Errors
/// As [`claim_output`].
pub(super) fn claim_input(
    chip: &Path,
    line: &LineName,
    active_low: bool,
) -> Result<PhysicalLine<CdevPin>, DoorError> {
    claim(chip, line, active_low, LineRequestFlags::INPUT, 0)
}

fn claim(
    chip: &Path,
    line: &LineName,
    active_low: bool,
    flags: LineRequestFlags,
    first: u8,
) -> Result<PhysicalLine<CdevPin>, DoorError> {
    let failed = |reason| DoorError::Line {
        chip: chip.to_owned(),
        line: line.to_string(),
        reason,
    };
    let offset = free_line(chip, line).map_err(failed)?;
    let request = || -> Result<CdevPin, Error> {
        let line = Chip::new(chip)?.get_line(offset)?;
        CdevPin::new(line.request(flags, first, "ostiary")?)
    };
    let pin = request().map_err(|error| failed(error.to_string()))?;
    let name = format!("line {line} of {}", chip.display());
    Ok(PhysicalLine::new(pin, active_low, name))
}

// Without GPIO chips only the ways in which a claim fails can be tested; physical.rs has the polarity.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_chip_is_named_with_its_line() {
        let line = LineName::Name("GPIO17".into());
        for chip in [Path::new("/dev/gpiochip-none"), Path::new("/dev/null")] {
            let output = claim_output(chip, &line, true, PinState::Low).unwrap_err();
            let input = claim_input(chip, &line, true).unwrap_err();
            for message in [output.to_string(), input.to_string()] {
                assert!(message.contains(&chip.display().to_string()), "{message}");
                assert!(message.contains("\"GPIO17\""), "{message}");
            }
        }
    }
}
