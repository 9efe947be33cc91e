//! One symbol for each kind of screen, told apart by outline, in any size.

mod marks;

use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::primitives::{PointsIter, Rectangle};

use crate::domain::challenge::{Action, Instruction};
use crate::domain::{EnrolmentEnd, Guidance, Screen};

use super::shape::{Badge, Place, Stroke, coverage};
use super::theme::{Theme, mix};
use marks::{
    AGAIN, CLOSER, CROSS, DOTS, DOTS_OF_RING, EYE, FACE, LEFT, LIDS, NO_SIGNAL, OPEN_DOOR, PADLOCK,
    PERSON, PERSON_ADDED, PERSON_CROSSED, QUESTION, RIGHT, RINGS, SUN, SUN_CROSSED, TARGET, TICK,
    UP, WARNING, YES_OR_NO, strokes,
};

/// A drawing of strokes, or strokes cut out of a badge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Symbol {
    badge: Option<Badge>,
    strokes: &'static [Stroke],
    half_width: f32,
}

impl Symbol {
    pub fn of(screen: &Screen) -> Self {
        match screen {
            Screen::Idle => PERSON,
            Screen::Offline => NO_SIGNAL,
            Screen::ShowFace => FACE,
            Screen::Verifying => DOTS,
            Screen::Guide(Guidance::ComeCloser) => CLOSER,
            Screen::Guide(Guidance::HoldStill) => TARGET,
            Screen::Guide(Guidance::LookHere) => EYE,
            Screen::Guide(Guidance::MoreLight) => SUN,
            Screen::Guide(Guidance::LessLight) => SUN_CROSSED,
            Screen::Challenge(Instruction::LookHere) => EYE,
            Screen::Challenge(Instruction::Do(action)) => match action {
                // The panel is as a mirror: the person's left is on the left.
                Action::TurnLeft => LEFT,
                Action::TurnRight => RIGHT,
                Action::LookUp => UP,
                Action::Blink => LIDS,
                Action::ComeCloser => CLOSER,
            },
            Screen::Granted(_) => TICK,
            Screen::Denied(_) => CROSS,
            Screen::Review(_) => QUESTION,
            Screen::TryAgain(_) => AGAIN,
            Screen::LockedOut => PADLOCK,
            Screen::CloseDoor => OPEN_DOOR,
            Screen::Consent => YES_OR_NO,
            Screen::Enrolling { done, wanted } => progress(*done, *wanted),
            Screen::EnrolmentEnded(end) => match end {
                EnrolmentEnd::Enrolled => PERSON_ADDED,
                _ => PERSON_CROSSED,
            },
            Screen::OutOfService => WARNING,
        }
    }

    /// Fills the square `area` with the symbol in the theme's accent on its paper.
    pub fn draw<D>(&self, target: &mut D, area: Rectangle, theme: Theme) -> Result<(), D::Error>
    where
        D: DrawTarget<Color = Rgb888>,
    {
        let radius = area.size.width as f32 / 2.0;
        let colours = area.points().map(|point| {
            let offset = point - area.top_left;
            let place = (
                (offset.x as f32 + 0.5) / radius - 1.0,
                (offset.y as f32 + 0.5) / radius - 1.0,
            );
            self.colour(place, radius, theme)
        });
        target.fill_contiguous(&area, colours)
    }

    fn colour(&self, place: Place, radius: f32, theme: Theme) -> Rgb888 {
        let mark = self
            .strokes
            .iter()
            .map(|stroke| stroke.distance(place, self.half_width))
            .fold(f32::INFINITY, f32::min);
        let mark = coverage(mark * radius);
        match self.badge {
            None => mix(theme.paper, theme.accent, mark),
            Some(badge) => {
                let badge = coverage(badge.distance(place) * radius);
                mix(theme.paper, theme.accent, badge * (1.0 - mark))
            }
        }
    }
}

/// A face in a ring of dots, of which as many have grown as frames were taken.
fn progress(done: u8, wanted: u8) -> Symbol {
    let share = usize::from(done) * DOTS_OF_RING / usize::from(wanted.max(1));
    strokes(&RINGS[share.min(DOTS_OF_RING)], 0.07)
}
