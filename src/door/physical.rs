//! Lines whose pins carry the physical level: those of linux-embedded-hal and rppal.
//!
//! gpiocdev has the kernel turn the level of an active-low line round. linux-embedded-hal turns such a line round
//! once more, so that its "high" stays the physical one, and rppal knows no polarity: theirs is turned round here.
//!
//! | wiring      | logical | physical |
//! |-------------|---------|----------|
//! | active-high | active  | high     |
//! | active-low  | active  | low      |

use std::fmt;

use embedded_hal::digital::{ErrorType, InputPin, OutputPin, PinState};

use super::DoorError;

/// A pin with its polarity. "High" is the logical active level.
pub struct PhysicalLine<P> {
    pin: P,
    active_low: bool,
    /// For messages.
    name: String,
}

/// The physical level of a logical one, or the other way round.
pub(super) fn turned(level: PinState, active_low: bool) -> PinState {
    if active_low { !level } else { level }
}

impl<P> PhysicalLine<P> {
    pub(super) fn new(pin: P, active_low: bool, name: String) -> Self {
        Self {
            pin,
            active_low,
            name,
        }
    }

    fn failed(&self, error: &impl fmt::Display) -> DoorError {
        DoorError::Pin {
            line: self.name.clone(),
            reason: error.to_string(),
        }
    }
}

impl<P> fmt::Debug for PhysicalLine<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhysicalLine")
            .field("name", &self.name)
            .field("active_low", &self.active_low)
            .finish_non_exhaustive()
    }
}

impl<P: ErrorType> ErrorType for PhysicalLine<P> {
    type Error = DoorError;
}

impl<P: OutputPin<Error: fmt::Display>> OutputPin for PhysicalLine<P> {
    fn set_low(&mut self) -> Result<(), DoorError> {
        self.set_state(PinState::Low)
    }

    fn set_high(&mut self) -> Result<(), DoorError> {
        self.set_state(PinState::High)
    }

    fn set_state(&mut self, state: PinState) -> Result<(), DoorError> {
        self.pin
            .set_state(turned(state, self.active_low))
            .map_err(|error| self.failed(&error))
    }
}

impl<P: InputPin<Error: fmt::Display>> InputPin for PhysicalLine<P> {
    fn is_high(&mut self) -> Result<bool, DoorError> {
        let is_high = self.pin.is_high().map_err(|error| self.failed(&error))?;
        Ok(is_high != self.active_low)
    }

    fn is_low(&mut self) -> Result<bool, DoorError> {
        self.is_high().map(|high| !high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::{FailMode, SimulatedPin, Strike};

    /// Wired as linux-embedded-hal and rppal have it: what it is told is the physical level.
    fn line(active_low: bool) -> (SimulatedPin, PhysicalLine<SimulatedPin>) {
        let pin = SimulatedPin::new(false);
        let line = PhysicalLine::new(pin.clone(), active_low, "GPIO17".into());
        (pin, line)
    }

    #[test]
    fn truth_table_of_outputs() {
        use PinState::{High, Low};
        for (active_low, logical, physical) in [
            (false, Low, Low),
            (false, High, High),
            (true, Low, High),
            (true, High, Low),
        ] {
            let (pin, mut line) = line(active_low);
            line.set_state(logical).unwrap();
            assert_eq!(pin.physical_level(), Some(physical));
            assert_eq!(turned(logical, active_low), physical);
        }
    }

    #[test]
    fn truth_table_of_the_strike() {
        use PinState::{High, Low};
        for (fail_mode, active_low, secured, released) in [
            (FailMode::Secure, false, Low, High),
            (FailMode::Secure, true, High, Low),
            (FailMode::Safe, false, High, Low),
            (FailMode::Safe, true, Low, High),
        ] {
            let (pin, line) = line(active_low);
            let mut strike = Strike::new(line, fail_mode).unwrap();
            assert_eq!(pin.physical_level(), Some(secured));
            let pulse = std::time::Duration::from_millis(500);
            strike.release(Default::default(), pulse).unwrap();
            assert_eq!(pin.physical_level(), Some(released));
            drop(strike);
            assert_eq!(pin.physical_level(), Some(secured));
        }
    }

    #[test]
    fn truth_table_of_inputs() {
        struct Level(bool);

        impl ErrorType for Level {
            type Error = DoorError;
        }

        impl InputPin for Level {
            fn is_high(&mut self) -> Result<bool, DoorError> {
                Ok(self.0)
            }

            fn is_low(&mut self) -> Result<bool, DoorError> {
                Ok(!self.0)
            }
        }

        for (active_low, physical, active) in [
            (false, false, false),
            (false, true, true),
            (true, false, true),
            (true, true, false),
        ] {
            let mut line = PhysicalLine::new(Level(physical), active_low, "GPIO22".into());
            assert_eq!(line.is_high().unwrap(), active);
            assert_eq!(line.is_low().unwrap(), !active);
        }
    }

    #[test]
    fn a_pin_that_fails_is_named() {
        let (pin, mut line) = line(true);
        pin.fail_next(1);
        let message = line.set_high().unwrap_err().to_string();
        assert!(message.contains("GPIO17"), "{message}");
        assert_eq!(pin.physical_level(), None);
    }
}
