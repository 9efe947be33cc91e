//! A pin that exists only here; stricter than hardware.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use embedded_hal::digital::{ErrorType, OutputPin, PinState};

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
