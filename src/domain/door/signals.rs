//! What lamps and buzzer tell those who do not read the panel.

use super::Supervision;
use crate::domain::Screen;

/// The levels of the lamps and the buzzer.
///
/// | panel | green | red | buzzer |
/// |---|---|---|---|
/// | granted | on | off | off |
/// | denied, locked out, out of service | off | on | off |
/// | anything else | off | off | off |
/// | the door is about to be held open | as above | as above | on |
/// | forced, held open, tamper | as above | on | on |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signals {
    pub green: bool,
    pub red: bool,
    pub buzzer: bool,
}

impl Signals {
    /// The signals that go with a screen and the state of the door leaf.
    #[must_use]
    pub fn of(screen: &Screen, leaf: &Supervision) -> Self {
        let refuses = matches!(
            screen,
            Screen::Denied(_) | Screen::LockedOut | Screen::OutOfService
        );
        Self {
            green: matches!(screen, Screen::Granted(_)),
            red: refuses || leaf.is_alarmed(),
            buzzer: leaf.is_alarmed() || leaf.wants_closing(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{DenialReason, DoorInput, DoorRules, Moment, Sensor};

    fn open_for(seconds: u64) -> Supervision {
        let mut leaf = Supervision::new(DoorRules::default());
        let open = DoorInput::Sensed {
            sensor: Sensor::Position,
            active: true,
        };
        leaf.step(Moment::default(), open);
        leaf.step(Moment::new(Duration::from_millis(50)), DoorInput::Tick);
        leaf.step(Moment::new(Duration::from_secs(seconds)), DoorInput::Tick);
        leaf
    }

    #[test]
    fn truth_table() {
        let granted = Screen::Granted("17".parse().unwrap());
        let denied = Screen::Denied(DenialReason::Unknown);
        // Screen, seconds that the door is open: green, red, buzzer.
        let table = [
            (&Screen::Idle, 1, [false, false, false]),
            (&granted, 1, [true, false, false]),
            (&denied, 1, [false, true, false]),
            (&Screen::LockedOut, 1, [false, true, false]),
            (&Screen::OutOfService, 1, [false, true, false]),
            (&Screen::Idle, 25, [false, false, true]),
            (&granted, 25, [true, false, true]),
            (&Screen::Idle, 35, [false, true, true]),
        ];
        for (screen, seconds, levels) in table {
            let signals = Signals::of(screen, &open_for(seconds));
            let found = [signals.green, signals.red, signals.buzzer];
            assert_eq!(found, levels, "{screen:?} open for {seconds} s");
        }
    }
}
