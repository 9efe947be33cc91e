//! The lamps and the buzzer beside the door.

use embedded_hal::digital::OutputPin;

use super::{DoorError, OutputLine};
use crate::domain::Signals;

/// The outputs that a board has of a green and a red lamp and a buzzer. Dropped, they are off.
#[derive(Debug, Default)]
pub struct Signalling {
    green: Option<OutputLine>,
    red: Option<OutputLine>,
    buzzer: Option<OutputLine>,
    shown: Option<Signals>,
}

impl Signalling {
    /// Takes outputs that are off.
    #[must_use]
    pub fn new(
        green: Option<OutputLine>,
        red: Option<OutputLine>,
        buzzer: Option<OutputLine>,
    ) -> Self {
        Self {
            green,
            red,
            buzzer,
            shown: None,
        }
    }

    /// Switches what is to be switched.
    ///
    /// # Errors
    /// If a line can't be driven; the next other signals drive it again.
    pub fn show(&mut self, signals: Signals) -> Result<(), DoorError> {
        if self.shown.replace(signals) == Some(signals) {
            return Ok(());
        }
        let levels = [
            (&mut self.green, signals.green),
            (&mut self.red, signals.red),
            (&mut self.buzzer, signals.buzzer),
        ];
        let mut result = Ok(());
        for (line, on) in levels {
            if let Some(line) = line
                && let Err(error) = line.set_state(on.into())
            {
                result = Err(error);
            }
        }
        result
    }
}

impl Drop for Signalling {
    fn drop(&mut self) {
        if let Err(error) = self.show(Signals::default()) {
            tracing::warn!(%error, "a lamp or the buzzer is left as it is");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::SimulatedPin;

    #[test]
    fn each_output_follows_and_all_go_off_at_the_end() {
        let pins = [(); 3].map(|()| SimulatedPin::new(false));
        let [green, red, buzzer] = pins.clone().map(|pin| Some(OutputLine::Simulated(pin)));
        let mut signalling = Signalling::new(green, red, buzzer);
        let levels = || pins.each_ref().map(|pin| pin.is_active() == Some(true));
        for wanted in [
            [true, false, false],
            [false, true, true],
            [false, true, false],
        ] {
            let [green, red, buzzer] = wanted;
            let signals = Signals { green, red, buzzer };
            signalling.show(signals).unwrap();
            assert_eq!(levels(), wanted);
        }
        drop(signalling);
        assert_eq!(levels(), [false; 3]);
    }

    #[test]
    fn one_that_fails_does_not_keep_the_others_from_following() {
        let (bad, good) = (SimulatedPin::new(false), SimulatedPin::new(false));
        bad.fail_next(1);
        let lines = [&bad, &good].map(|pin| Some(OutputLine::Simulated(pin.clone())));
        let [green, red] = lines;
        let mut signalling = Signalling::new(green, red, None);
        let all = Signals {
            green: true,
            red: true,
            buzzer: true,
        };
        assert!(signalling.show(all).is_err());
        assert_eq!((bad.is_active(), good.is_active()), (None, Some(true)));
    }
}
