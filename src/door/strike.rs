//! The strike: the electric lock that lets one person through.
//!
//! | lock        | door     | logical line |
//! |-------------|----------|--------------|
//! | fail-secure | secured  | inactive     |
//! | fail-secure | released | active       |
//! | fail-safe   | secured  | active       |
//! | fail-safe   | released | inactive     |
//!
//! A fail-safe lock is open without power, so that a power cut lets people out; a fail-secure lock
//! stays shut and needs a mechanical way out. Either way nobody's exit depends on this program.
//! Whether an active line is physically high or low is the pin's own affair (active-low relays).

use std::time::Duration;

use embedded_hal::digital::{OutputPin, PinState};
use serde::{Deserialize, Serialize};

use super::DoorError;
use crate::domain::Moment;

/// The longest pulse; a door held released for longer is a mistake or a broken clock.
pub const MAX_PULSE: Duration = Duration::from_secs(30);

/// What the lock does without power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailMode {
    /// Locked without power; a current releases it.
    Secure,
    /// Unlocked without power; a current keeps it shut.
    Safe,
}

impl FailMode {
    /// The logical level that secures (`released` false) or releases the door.
    #[must_use]
    pub fn level(self, released: bool) -> PinState {
        PinState::from(released == (self == Self::Secure))
    }
}

/// What the strike was last driven to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrikeState {
    Secured,
    Released {
        until: Moment,
    },
    /// The pin failed and its level is not known; [`Strike::poll`] keeps trying to secure it.
    Failed,
}

/// A strike on an output pin, which carries the logical level.
pub struct Strike<P: OutputPin> {
    pin: P,
    fail_mode: FailMode,
    state: StrikeState,
}

impl<P: OutputPin> Strike<P> {
    /// Takes the pin and secures the door.
    ///
    /// # Errors
    /// If the pin can't be driven.
    pub fn new(pin: P, fail_mode: FailMode) -> Result<Self, DoorError> {
        let mut strike = Self {
            pin,
            fail_mode,
            state: StrikeState::Failed,
        };
        strike.secure()?;
        Ok(strike)
    }

    /// Releases the door until `now + pulse`. A pulse within another can make it longer, never shorter.
    ///
    /// # Errors
    /// If the pulse is zero or above [`MAX_PULSE`], or the pin can't be driven: then the door counts as
    /// not released, and is secured again as soon as the pin allows.
    pub fn release(&mut self, now: Moment, pulse: Duration) -> Result<(), DoorError> {
        if pulse.is_zero() || pulse > MAX_PULSE {
            return Err(DoorError::Pulse(pulse));
        }
        let until = match self.state {
            StrikeState::Released { until } => until.max(now + pulse),
            StrikeState::Secured | StrikeState::Failed => now + pulse,
        };
        self.drive(true)?;
        self.state = StrikeState::Released { until };
        Ok(())
    }

    /// Secures the door when its pulse is over; call it often. After a failure it tries to secure it anew.
    ///
    /// # Errors
    /// If the pin can't be driven; the next call tries again.
    pub fn poll(&mut self, now: Moment) -> Result<StrikeState, DoorError> {
        match self.state {
            StrikeState::Secured => {}
            StrikeState::Released { until } if now < until => {}
            StrikeState::Released { .. } | StrikeState::Failed => self.secure()?,
        }
        Ok(self.state)
    }

    /// Secures the door at once.
    ///
    /// # Errors
    /// If the pin can't be driven; [`Strike::poll`] tries again.
    pub fn secure(&mut self) -> Result<(), DoorError> {
        self.drive(false)?;
        self.state = StrikeState::Secured;
        Ok(())
    }

    /// What the strike was last driven to.
    #[must_use]
    pub fn state(&self) -> StrikeState {
        self.state
    }

    fn drive(&mut self, released: bool) -> Result<(), DoorError> {
        let level = self.fail_mode.level(released);
        self.pin.set_state(level).map_err(|error| {
            self.state = StrikeState::Failed;
            DoorError::Strike {
                action: if released { "release" } else { "secure" },
                reason: format!("{error:?}"),
            }
        })
    }
}

impl<P: OutputPin> Drop for Strike<P> {
    fn drop(&mut self) {
        if let Err(error) = self.secure() {
            tracing::error!(%error, "strike left as it is");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::SimulatedPin;
    use proptest::prelude::*;

    fn at(ms: u64) -> Moment {
        Moment::new(Duration::from_millis(ms))
    }

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn truth_table() {
        use PinState::{High, Low};
        // Lock, active-low wiring, physical level secured, physical level released.
        let table = [
            (FailMode::Secure, false, Low, High),
            (FailMode::Secure, true, High, Low),
            (FailMode::Safe, false, High, Low),
            (FailMode::Safe, true, Low, High),
        ];
        for (fail_mode, active_low, secured, released) in table {
            let pin = SimulatedPin::new(active_low);
            assert_eq!(pin.physical_level(), None);
            let mut strike = Strike::new(pin.clone(), fail_mode).unwrap();
            assert_eq!(pin.physical_level(), Some(secured));
            strike.release(at(0), ms(500)).unwrap();
            assert_eq!(pin.physical_level(), Some(released));
            drop(strike);
            assert_eq!(pin.physical_level(), Some(secured));
        }
    }

    #[test]
    fn the_pulse_ends_on_time_and_overlaps_only_extend() {
        let pin = SimulatedPin::new(false);
        let mut strike = Strike::new(pin.clone(), FailMode::Secure).unwrap();
        strike.release(at(0), ms(500)).unwrap();
        strike.release(at(100), ms(200)).unwrap();
        assert_eq!(
            strike.poll(at(499)).unwrap(),
            StrikeState::Released { until: at(500) }
        );
        strike.release(at(499), ms(300)).unwrap();
        strike.poll(at(798)).unwrap();
        assert_eq!(pin.is_active(), Some(true));
        assert_eq!(strike.poll(at(799)).unwrap(), StrikeState::Secured);
        assert_eq!(pin.is_active(), Some(false));
    }

    #[test]
    fn a_pulse_without_end_or_length_is_refused() {
        let pin = SimulatedPin::new(false);
        let mut strike = Strike::new(pin.clone(), FailMode::Secure).unwrap();
        for pulse in [Duration::ZERO, MAX_PULSE + ms(1), Duration::MAX] {
            assert!(matches!(
                strike.release(at(0), pulse),
                Err(DoorError::Pulse(_))
            ));
        }
        assert_eq!(pin.is_active(), Some(false));
    }

    #[test]
    fn a_failing_pin_is_no_release_and_is_secured_when_it_works_again() {
        let pin = SimulatedPin::new(false);
        let mut strike = Strike::new(pin.clone(), FailMode::Secure).unwrap();
        pin.fail_next(2);
        let error = strike.release(at(0), ms(500)).unwrap_err();
        assert!(error.to_string().contains("release"), "{error}");
        assert_eq!(strike.state(), StrikeState::Failed);
        assert!(strike.poll(at(1)).is_err());
        assert_eq!(strike.poll(at(2)).unwrap(), StrikeState::Secured);
        assert_eq!(pin.is_active(), Some(false));
    }

    #[test]
    fn a_pin_that_fails_to_secure_is_tried_until_it_works() {
        let pin = SimulatedPin::new(false);
        let mut strike = Strike::new(pin.clone(), FailMode::Secure).unwrap();
        strike.release(at(0), ms(500)).unwrap();
        pin.fail_next(1);
        assert!(strike.poll(at(500)).is_err());
        assert_eq!(strike.poll(at(510)).unwrap(), StrikeState::Secured);
        assert_eq!(pin.is_active(), Some(false));
    }

    #[test]
    fn a_pin_that_never_works_makes_no_strike() {
        let pin = SimulatedPin::new(false);
        pin.fail_next(9);
        assert!(Strike::new(pin, FailMode::Secure).is_err());
    }

    #[derive(Debug, Clone)]
    enum Op {
        Release(u64),
        Poll,
        Secure,
        FailNext(u32),
    }

    fn ops() -> impl Strategy<Value = Vec<(u64, Op)>> {
        let op = prop_oneof![
            3 => (1u64..30_000).prop_map(Op::Release),
            3 => Just(Op::Poll),
            1 => Just(Op::Secure),
            1 => (0u32..3).prop_map(Op::FailNext),
        ];
        proptest::collection::vec((0u64..5_000, op), 0..60)
    }

    proptest! {
        /// Polled at a moment, and with a pin that works, the door is released exactly within its pulses.
        #[test]
        fn released_exactly_within_the_pulses(ops in ops(), safe: bool) {
            let fail_mode = if safe { FailMode::Safe } else { FailMode::Secure };
            let pin = SimulatedPin::new(false);
            let mut strike = Strike::new(pin.clone(), fail_mode).unwrap();
            let (mut now, mut until) = (0, 0);
            for (wait, op) in ops {
                now += wait;
                match op {
                    Op::Release(pulse) => {
                        // A pulse that is over but not yet polled away can't shorten or lengthen this one.
                        match strike.release(at(now), ms(pulse)) {
                            Ok(()) => until = until.max(now + pulse),
                            Err(_) => until = 0,
                        }
                    }
                    Op::Poll => drop(strike.poll(at(now))),
                    Op::Secure => {
                        until = 0;
                        drop(strike.secure());
                    }
                    Op::FailNext(count) => pin.fail_next(count),
                }
                let clean = strike.poll(at(now)).is_ok();
                if clean {
                    let released = pin.is_active() == Some(!safe);
                    prop_assert_eq!(released, now < until, "at {} until {}", now, until);
                } else {
                    prop_assert_eq!(strike.state(), StrikeState::Failed);
                    until = 0;
                }
            }
            pin.fail_next(0);
            drop(strike);
            prop_assert_eq!(pin.is_active(), Some(safe));
        }
    }
}
