//! How inputs and outputs are wired, and the pins that follow from it.

use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::time::Duration;

use embedded_hal::digital::{ErrorType, InputPin, OutputPin, PinState};
#[cfg(feature = "hardware")]
use linux_embedded_hal::CdevPin;
use serde::{Deserialize, Serialize};

use super::gpio::{self, Bias, GpioInput, GpioLine, LineName, Location};
#[cfg(feature = "hardware")]
use super::linux_hal;
#[cfg(feature = "hardware")]
use super::physical::PhysicalLine;
#[cfg(feature = "hardware")]
use super::raspberry_pi::{self, HeaderInput, HeaderOutput};
use super::simulated::{FileInput, FilePin, SimulatedPin};
use super::{DoorError, FailMode, Strike};

#[cfg(not(feature = "hardware"))]
const LINUX_EMBEDDED_HAL: DoorError = DoorError::BackEnd("linux-embedded-hal");
#[cfg(not(feature = "hardware"))]
const RPPAL: DoorError = DoorError::BackEnd("rppal");

/// The strike's line and what the lock does without power.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrikeWiring {
    pub line: OutputWiring,
    pub fail_mode: FailMode,
    /// Without a heartbeat for so long the guardian secures a released strike.
    pub silence: Duration,
}

/// Where a line is, and the back end that drives or reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinePlace {
    /// A line of the GPIO character device.
    Gpio {
        /// Such as /dev/gpiochip0.
        chip: PathBuf,
        line: LineName,
    },
    /// The same, through linux-embedded-hal: without bias and edges.
    LinuxEmbeddedHal { chip: PathBuf, line: LineName },
    /// A line of a Raspberry Pi's header by its BCM number, through rppal: without edges.
    Rppal { line: u8 },
}

/// An output line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutputWiring {
    Line {
        place: LinePlace,
        active_low: bool,
    },
    /// No line at all, or one whose level can be read from a file ("0" or "1").
    Simulated {
        level_file: Option<PathBuf>,
    },
}

/// An input line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputWiring {
    Line {
        place: LinePlace,
        active_low: bool,
        bias: Bias,
    },
    /// A file that holds "1" while the input is active.
    Simulated { level_file: PathBuf },
}

/// The pin of an input line, whichever the board has.
#[derive(Debug)]
pub enum InputLine {
    Gpio(GpioInput),
    #[cfg(feature = "hardware")]
    LinuxEmbeddedHal(PhysicalLine<CdevPin>),
    #[cfg(feature = "hardware")]
    Rppal(PhysicalLine<HeaderInput>),
    File(FileInput),
}

/// The pin of an output line, whichever the board has.
#[derive(Debug)]
pub enum OutputLine {
    Gpio(GpioLine),
    #[cfg(feature = "hardware")]
    LinuxEmbeddedHal(PhysicalLine<CdevPin>),
    #[cfg(feature = "hardware")]
    Rppal(PhysicalLine<HeaderOutput>),
    Simulated(SimulatedPin),
    File(FilePin),
}

impl StrikeWiring {
    /// Claims the line and secures the door.
    ///
    /// # Errors
    /// If there is no such chip or line, or it can't be driven.
    pub fn open(&self) -> Result<Strike<OutputLine>, DoorError> {
        let secured = self.fail_mode.level(false);
        Strike::new(self.line.claim(secured)?, self.fail_mode)
    }
}

impl LinePlace {
    /// Checks that the line exists and that nobody uses it, without touching it.
    ///
    /// # Errors
    /// Why it can't be claimed.
    pub fn locate(&self) -> Result<Location, DoorError> {
        match self {
            Self::Gpio { chip, line } => gpio::locate(chip, line),
            #[cfg(feature = "hardware")]
            Self::LinuxEmbeddedHal { chip, line } => gpio::locate(chip, line),
            #[cfg(feature = "hardware")]
            Self::Rppal { line } => raspberry_pi::locate(*line),
            #[cfg(not(feature = "hardware"))]
            Self::LinuxEmbeddedHal { .. } => Err(LINUX_EMBEDDED_HAL),
            #[cfg(not(feature = "hardware"))]
            Self::Rppal { .. } => Err(RPPAL),
        }
    }

    fn claim_output(&self, active_low: bool, level: PinState) -> Result<OutputLine, DoorError> {
        match self {
            Self::Gpio { chip, line } => {
                let is_high = level == PinState::High;
                GpioLine::claim(chip, line.clone(), active_low, is_high).map(OutputLine::Gpio)
            }
            #[cfg(feature = "hardware")]
            Self::LinuxEmbeddedHal { chip, line } => {
                linux_hal::claim_output(chip, line, active_low, level)
                    .map(OutputLine::LinuxEmbeddedHal)
            }
            #[cfg(feature = "hardware")]
            Self::Rppal { line } => {
                raspberry_pi::claim_output(*line, active_low, level).map(OutputLine::Rppal)
            }
            #[cfg(not(feature = "hardware"))]
            Self::LinuxEmbeddedHal { .. } => Err(LINUX_EMBEDDED_HAL),
            #[cfg(not(feature = "hardware"))]
            Self::Rppal { .. } => Err(RPPAL),
        }
    }

    fn claim_input(&self, active_low: bool, bias: Bias) -> Result<InputLine, DoorError> {
        match self {
            Self::Gpio { chip, line } => {
                GpioInput::claim(chip, line.clone(), active_low, bias).map(InputLine::Gpio)
            }
            #[cfg(feature = "hardware")]
            Self::LinuxEmbeddedHal { chip, line } => {
                linux_hal::claim_input(chip, line, active_low).map(InputLine::LinuxEmbeddedHal)
            }
            #[cfg(feature = "hardware")]
            Self::Rppal { line } => {
                raspberry_pi::claim_input(*line, active_low, bias).map(InputLine::Rppal)
            }
            #[cfg(not(feature = "hardware"))]
            Self::LinuxEmbeddedHal { .. } => Err(LINUX_EMBEDDED_HAL),
            #[cfg(not(feature = "hardware"))]
            Self::Rppal { .. } => Err(RPPAL),
        }
    }
}

impl OutputWiring {
    /// As [`LinePlace::locate`]; a simulated one is nowhere.
    ///
    /// # Errors
    /// Why it can't be claimed.
    pub fn locate(&self) -> Result<Option<Location>, DoorError> {
        match self {
            Self::Line { place, .. } => place.locate().map(Some),
            Self::Simulated { .. } => Ok(None),
        }
    }

    /// Claims the line with its first logical level.
    ///
    /// # Errors
    /// If there is no such chip, line or folder, or it can't be driven.
    pub fn claim(&self, level: PinState) -> Result<OutputLine, DoorError> {
        match self {
            Self::Line { place, active_low } => place.claim_output(*active_low, level),
            Self::Simulated { level_file: None } => {
                Ok(OutputLine::Simulated(SimulatedPin::new(false)))
            }
            Self::Simulated {
                level_file: Some(path),
            } => FilePin::claim(path, level).map(OutputLine::File),
        }
    }
}

impl ErrorType for OutputLine {
    type Error = DoorError;
}

impl OutputPin for OutputLine {
    fn set_low(&mut self) -> Result<(), DoorError> {
        self.set_state(PinState::Low)
    }

    fn set_high(&mut self) -> Result<(), DoorError> {
        self.set_state(PinState::High)
    }

    fn set_state(&mut self, state: PinState) -> Result<(), DoorError> {
        match self {
            Self::Gpio(line) => line.set_state(state),
            #[cfg(feature = "hardware")]
            Self::LinuxEmbeddedHal(line) => line.set_state(state),
            #[cfg(feature = "hardware")]
            Self::Rppal(line) => line.set_state(state),
            Self::Simulated(pin) => pin.set_state(state),
            Self::File(pin) => pin.set_state(state),
        }
    }
}

impl InputWiring {
    /// As [`LinePlace::locate`]; a simulated one is nowhere.
    ///
    /// # Errors
    /// Why it can't be claimed.
    pub fn locate(&self) -> Result<Option<Location>, DoorError> {
        match self {
            Self::Line { place, .. } => place.locate().map(Some),
            Self::Simulated { .. } => Ok(None),
        }
    }

    /// Claims the line.
    ///
    /// # Errors
    /// If there is no such chip or line, or it is in use.
    pub fn claim(&self) -> Result<InputLine, DoorError> {
        match self {
            Self::Line {
                place,
                active_low,
                bias,
            } => place.claim_input(*active_low, *bias),
            Self::Simulated { level_file } => Ok(InputLine::File(FileInput(level_file.clone()))),
        }
    }
}

impl InputLine {
    /// Readable when there was an edge; only gpiocdev tells any.
    #[must_use]
    pub fn edges(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Gpio(line) => Some(line.as_fd()),
            #[cfg(feature = "hardware")]
            Self::LinuxEmbeddedHal(_) | Self::Rppal(_) => None,
            Self::File(_) => None,
        }
    }
}

impl ErrorType for InputLine {
    type Error = DoorError;
}

impl InputPin for InputLine {
    fn is_high(&mut self) -> Result<bool, DoorError> {
        match self {
            Self::Gpio(line) => line.is_high(),
            #[cfg(feature = "hardware")]
            Self::LinuxEmbeddedHal(line) => line.is_high(),
            #[cfg(feature = "hardware")]
            Self::Rppal(line) => line.is_high(),
            Self::File(file) => file.is_high(),
        }
    }

    fn is_low(&mut self) -> Result<bool, DoorError> {
        self.is_high().map(|high| !high)
    }
}
