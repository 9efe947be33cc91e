//! Lines of a Raspberry Pi's header through rppal, which writes the registers itself.
//!
//! rppal does not know what the kernel has claimed, and a register takes a write that has no effect without a
//! word. So a line is claimed from the kernel as well, which leaves it as it is, and its level is read back.

use std::path::PathBuf;

use embedded_hal::digital::{self, ErrorKind, ErrorType, InputPin, OutputPin, PinState};
use gpiocdev::chip::Chip;
use gpiocdev::request::Request;
use rppal::gpio::{self, Gpio, IoPin, Mode};

use super::gpio::{Bias, LineName, free_line};
use super::physical::{PhysicalLine, turned};
use super::{DoorError, Location};

/// Reads of a level before it counts as not followed; each takes a tenth of a microsecond or more.
const READS: usize = 1000;

/// An output of the header.
#[derive(Debug)]
pub struct HeaderOutput {
    pin: gpio::OutputPin,
    /// Keeps others away.
    _claim: Request,
}

/// An input of the header.
#[derive(Debug)]
pub struct HeaderInput {
    pin: IoPin,
    /// Keeps others away.
    _claim: Request,
}

/// The pin is not at the level that it was driven to.
#[derive(Debug, thiserror::Error)]
#[error("its level does not follow; is it shorted, or driven by something else?")]
pub struct NotFollowed;

/// Claims a line, by its BCM number, as an output with its first logical level.
///
/// # Errors
/// If this is no Raspberry Pi, it has no such line, or it is in use or may not be accessed.
pub(super) fn claim_output(
    line: u8,
    active_low: bool,
    level: PinState,
) -> Result<PhysicalLine<HeaderOutput>, DoorError> {
    let (pin, claim) = claim_pin(line)?;
    // The level is set before the pin becomes an output: it never has another.
    let mut pin = match turned(level, active_low) {
        PinState::High => pin.into_output_high(),
        PinState::Low => pin.into_output_low(),
    };
    // As an input again it would leave the strike to whatever pulls at it.
    pin.set_reset_on_drop(false);
    let output = HeaderOutput { pin, _claim: claim };
    Ok(PhysicalLine::new(output, active_low, name(line)))
}

/// Claims a line, by its BCM number, as an input.
///
/// # Errors
/// As [`claim_output`].
pub(super) fn claim_input(
    line: u8,
    active_low: bool,
    bias: Bias,
) -> Result<PhysicalLine<HeaderInput>, DoorError> {
    let (pin, claim) = claim_pin(line)?;
    let mut pin = pin.into_io(Mode::Input);
    match bias {
        Bias::AsIs => {}
        Bias::PullUp => pin.set_bias(gpio::Bias::PullUp),
        Bias::PullDown => pin.set_bias(gpio::Bias::PullDown),
    }
    let input = HeaderInput { pin, _claim: claim };
    Ok(PhysicalLine::new(input, active_low, name(line)))
}

/// Checks that a line exists and that nobody uses it, without touching it; where the kernel has it.
///
/// # Errors
/// As [`claim_output`].
pub(super) fn locate(line: u8) -> Result<Location, DoorError> {
    let locate = || {
        find_pin(line)?;
        let chip = header_chip()?;
        let offset = free_line(&chip, &LineName::Offset(line.into()))?;
        Ok(Location { chip, offset })
    };
    locate().map_err(|reason| failed(line, reason))
}

fn claim_pin(line: u8) -> Result<(gpio::Pin, Request), DoorError> {
    let claim = || {
        let pin = find_pin(line)?;
        let chip = header_chip()?;
        let offset = free_line(&chip, &LineName::Offset(line.into()))?;
        let claim = Request::builder()
            .on_chip(chip)
            .with_consumer("ostiary")
            .with_line(offset)
            .request();
        Ok((pin, claim.map_err(|error| error.to_string())?))
    };
    claim().map_err(|reason| failed(line, reason))
}

fn find_pin(line: u8) -> Result<gpio::Pin, String> {
    let pin = Gpio::new().and_then(|gpio| gpio.get(line));
    pin.map_err(|error| match error {
        gpio::Error::UnknownModel => {
            "this is no Raspberry Pi that rppal knows: use kind = \"gpiocdev\"".to_owned()
        }
        error => error.to_string(),
    })
}

/// The kernel's chip of the header.
fn header_chip() -> Result<PathBuf, String> {
    let chips = gpiocdev::chip::chips().map_err(|error| error.to_string())?;
    chips
        .into_iter()
        .find(|path| {
            let info = Chip::from_path(path).and_then(|chip| chip.info());
            info.is_ok_and(|info| is_header(&info.label))
        })
        .ok_or_else(|| "the kernel has no GPIO chip of the header, or it may not be read".into())
}

/// By the label that the kernel's driver gives its chip.
fn is_header(label: &str) -> bool {
    ["pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1"].contains(&label)
}

fn name(line: u8) -> String {
    format!("GPIO{line}")
}

fn failed(line: u8, reason: String) -> DoorError {
    DoorError::Pin {
        line: name(line),
        reason,
    }
}

impl digital::Error for NotFollowed {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl ErrorType for HeaderOutput {
    type Error = NotFollowed;
}

impl OutputPin for HeaderOutput {
    fn set_low(&mut self) -> Result<(), NotFollowed> {
        self.set_state(PinState::Low)
    }

    fn set_high(&mut self) -> Result<(), NotFollowed> {
        self.set_state(PinState::High)
    }

    fn set_state(&mut self, state: PinState) -> Result<(), NotFollowed> {
        let is_high = state == PinState::High;
        self.pin.write(gpio::Level::from(is_high));
        (0..READS)
            .any(|_| self.pin.is_set_high() == is_high)
            .then_some(())
            .ok_or(NotFollowed)
    }
}

impl ErrorType for HeaderInput {
    type Error = NotFollowed;
}

impl InputPin for HeaderInput {
    fn is_high(&mut self) -> Result<bool, NotFollowed> {
        Ok(self.pin.is_high())
    }

    fn is_low(&mut self) -> Result<bool, NotFollowed> {
        Ok(self.pin.is_low())
    }
}

// Without a Raspberry Pi only the way in which a claim fails can be tested; physical.rs has the polarity, and
// tests/vm/run the rest.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_that_is_no_raspberry_pi_is_told_what_to_use() {
        if rppal::system::DeviceInfo::new().is_ok() {
            eprintln!("skipped: this is a Raspberry Pi");
            return;
        }
        let output = claim_output(17, false, PinState::Low).unwrap_err();
        let input = claim_input(17, false, Bias::AsIs).unwrap_err();
        let located = locate(17).unwrap_err();
        for message in [output, input, located].map(|error| error.to_string()) {
            assert!(message.contains("GPIO17"), "{message}");
            assert!(message.contains("gpiocdev"), "{message}");
        }
    }
}
