//! The door itself: the strike, the contacts, lamps and buzzer, their pins, and the badge reader.
//!
//! Invariants of the room:
//!
//! - the strike is released only for a bounded pulse, and at rest when it is made and when it goes;
//! - while a door is served, a process of its own holds the strike ([`GuardedStrike`]), so that it is
//!   secured even if this one is gone;
//! - a pin that can't be driven is an error, never a release that silently did not happen;
//! - what a badge reader sends is not trusted and never repeated in messages;
//! - leaving the building never depends on this program: the way out is mechanical, or on the
//!   door controller's own circuit.

mod badge;
mod card_output;
mod error;
mod gpio;
pub mod guardian;
#[cfg(feature = "hardware")]
mod linux_hal;
#[cfg(any(feature = "hardware", test))]
mod physical;
#[cfg(feature = "hardware")]
mod raspberry_pi;
mod sensors;
mod signalling;
mod simulated;
mod strike;
mod wait;
mod wiegand;
mod wiring;

pub use badge::{BadgeEvent, BadgeLines, BadgeReader};
pub use card_output::CardOutput;
pub use error::DoorError;
pub use gpio::{Bias, GpioInput, GpioLine, LineName, Location};
pub use guardian::{GuardedStrike, guard};
pub use sensors::{SensorEvent, SensorThread};
pub use signalling::Signalling;
pub use simulated::{FilePin, SimulatedPin};
pub use strike::{FailMode, MAX_PULSE, Strike, StrikeState};
pub use wiegand::{WiegandFormat, WiegandFrame, WiegandOutput};
pub use wiring::{InputLine, InputWiring, LinePlace, OutputLine, OutputWiring, StrikeWiring};
