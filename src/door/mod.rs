//! The door itself: the strike, the pins that drive it, and the badge reader beside it.
//!
//! Invariants of the room:
//!
//! - the strike is released only for a bounded pulse, and at rest when it is made and when it goes;
//! - a pin that can't be driven is an error, never a release that silently did not happen;
//! - what a badge reader sends is not trusted and never repeated in messages;
//! - leaving the building never depends on this program: the way out is mechanical, or on the
//!   door controller's own circuit.

mod badge;
mod error;
mod gpio;
mod simulated;
mod strike;

pub use badge::{BadgeEvent, BadgeReader};
pub use error::DoorError;
pub use gpio::{GpioLine, LineName};
pub use simulated::SimulatedPin;
pub use strike::{FailMode, MAX_PULSE, Strike, StrikeState};
