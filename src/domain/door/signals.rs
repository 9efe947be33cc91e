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
    use crate::domain::challenge::{Action, Instruction};
    use crate::domain::{
        DenialReason, DoorInput, DoorRules, EnrolmentEnd, Guidance, InconclusiveReason, Moment,
        ReviewReason, Sensor,
    };

    /// A leaf at `seconds`, whose contacts changed to these levels at the times in front of them.
    fn leaf(changes: &[(u64, Sensor, bool)], seconds: u64) -> Supervision {
        let mut leaf = Supervision::new(DoorRules::default());
        for &(second, sensor, active) in changes {
            let at = Moment::new(Duration::from_secs(second));
            leaf.step(at, DoorInput::Sensed { sensor, active });
            leaf.step(at + Duration::from_millis(50), DoorInput::Tick);
        }
        let now = Moment::new(Duration::from_secs(seconds));
        leaf.step(now, DoorInput::Tick);
        leaf
    }

    #[test]
    fn truth_table() {
        use Sensor::{Position, Tamper};
        let (off, on) = (false, true);
        // Green and red of each screen while nothing is wrong with the leaf.
        let screens = [
            (Screen::Idle, off, off),
            (Screen::Offline, off, off),
            (Screen::ShowFace, off, off),
            (Screen::Verifying, off, off),
            (Screen::Guide(Guidance::ComeCloser), off, off),
            (
                Screen::Challenge(Instruction::Do(Action::TurnLeft)),
                off,
                off,
            ),
            (Screen::Granted("17".parse().unwrap()), on, off),
            (Screen::Denied(DenialReason::Unknown), off, on),
            (Screen::Denied(DenialReason::OutsideHours), off, on),
            (Screen::Review(ReviewReason::SimilarityInBand), off, off),
            (Screen::TryAgain(InconclusiveReason::TimedOut), off, off),
            (Screen::LockedOut, off, on),
            (Screen::CloseDoor, off, off),
            (Screen::Consent, off, off),
            (Screen::Enrolling { done: 1, wanted: 5 }, off, off),
            (Screen::EnrolmentEnded(EnrolmentEnd::Enrolled), off, off),
            (Screen::EnrolmentEnded(EnrolmentEnd::Attack), off, off),
            (Screen::OutOfService, off, on),
        ];
        // What the state of the leaf adds: red, buzzer.
        let leaves = [
            ("never seen", leaf(&[], 1), off, off),
            ("shut", leaf(&[(0, Position, off)], 1), off, off),
            ("open", leaf(&[(0, Position, on)], 1), off, off),
            ("open for long", leaf(&[(0, Position, on)], 25), off, on),
            ("held open", leaf(&[(0, Position, on)], 35), on, on),
            (
                "shut again",
                leaf(&[(0, Position, on), (35, Position, off)], 36),
                off,
                off,
            ),
            (
                "forced",
                leaf(&[(0, Position, off), (1, Position, on)], 2),
                on,
                on,
            ),
            ("tampered with", leaf(&[(0, Tamper, on)], 1), on, on),
            (
                "mended",
                leaf(&[(0, Tamper, on), (1, Tamper, off)], 2),
                off,
                off,
            ),
        ];
        for (screen, green, red) in &screens {
            for (state, leaf, adds_red, buzzer) in &leaves {
                let expected = Signals {
                    green: *green,
                    red: *red || *adds_red,
                    buzzer: *buzzer,
                };
                assert_eq!(Signals::of(screen, leaf), expected, "{screen:?}, {state}");
            }
        }
    }
}
