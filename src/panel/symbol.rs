//! One symbol for each kind of screen, told apart by outline, in any size.

use std::f32::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::primitives::{PointsIter, Rectangle};

use crate::domain::challenge::{Action, Instruction};
use crate::domain::{Guidance, Screen};

use super::shape::{Badge, Place, Stroke, coverage};
use super::theme::{Theme, mix};

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

const fn strokes(strokes: &'static [Stroke], half_width: f32) -> Symbol {
    Symbol {
        badge: None,
        strokes,
        half_width,
    }
}

const fn cut_out(badge: Badge, strokes: &'static [Stroke], half_width: f32) -> Symbol {
    Symbol {
        badge: Some(badge),
        strokes,
        half_width,
    }
}

const fn line(a: Place, b: Place) -> Stroke {
    Stroke::Line(a, b)
}

const fn arc(centre: Place, radius: f32, from: f32, sweep: f32) -> Stroke {
    Stroke::Arc {
        centre,
        radius,
        from,
        sweep,
    }
}

const TICK: Symbol = cut_out(
    Badge::Disc,
    &[
        line((-0.46, 0.04), (-0.14, 0.36)),
        line((-0.14, 0.36), (0.46, -0.30)),
    ],
    0.11,
);

const CROSS: Symbol = cut_out(
    Badge::Polygon {
        sides: 8,
        facing: 0.0,
        centre: (0.0, 0.0),
        radius: 1.0,
        rounding: 0.10,
    },
    &[
        line((-0.36, -0.36), (0.36, 0.36)),
        line((-0.36, 0.36), (0.36, -0.36)),
    ],
    0.11,
);

const QUESTION: Symbol = cut_out(
    Badge::Polygon {
        sides: 4,
        facing: FRAC_PI_4,
        centre: (0.0, 0.0),
        radius: 1.0,
        rounding: 0.12,
    },
    &[
        arc((0.0, -0.26), 0.25, PI * 1.02, PI * 1.28),
        line((0.16, -0.07), (0.0, 0.12)),
        line((0.0, 0.12), (0.0, 0.20)),
        Stroke::Dot((0.0, 0.50), 0.11),
    ],
    0.085,
);

const WARNING: Symbol = cut_out(
    Badge::Polygon {
        sides: 3,
        facing: FRAC_PI_2,
        centre: (0.0, 0.25),
        radius: 1.2,
        rounding: 0.10,
    },
    &[
        line((0.0, -0.28), (0.0, 0.20)),
        Stroke::Dot((0.0, 0.50), 0.11),
    ],
    0.095,
);

const PADLOCK: Symbol = strokes(
    &[
        arc((0.0, -0.38), 0.40, PI, PI),
        line((-0.40, -0.38), (-0.40, -0.06)),
        line((0.40, -0.38), (0.40, -0.06)),
        line((-0.66, -0.06), (0.66, -0.06)),
        line((0.66, -0.06), (0.66, 0.84)),
        line((0.66, 0.84), (-0.66, 0.84)),
        line((-0.66, 0.84), (-0.66, -0.06)),
        Stroke::Dot((0.0, 0.30), 0.12),
        line((0.0, 0.30), (0.0, 0.54)),
    ],
    0.08,
);

/// A frame and the leaf that stands open in it.
const OPEN_DOOR: Symbol = strokes(
    &[
        line((-0.60, 0.90), (-0.60, -0.84)),
        line((-0.60, -0.84), (0.60, -0.84)),
        line((0.60, -0.84), (0.60, 0.62)),
        line((-0.60, -0.84), (0.12, -0.52)),
        line((0.12, -0.52), (0.12, 0.90)),
        line((0.12, 0.90), (-0.60, 0.62)),
        Stroke::Dot((-0.08, 0.20), 0.08),
    ],
    0.08,
);

const AGAIN: Symbol = strokes(
    &[
        arc((0.0, 0.0), 0.75, 0.34, PI * 1.75 - 0.34),
        line((0.53, -0.53), (0.91, -0.16)),
        line((0.91, -0.16), (0.91, -0.66)),
        line((0.91, -0.16), (0.41, -0.16)),
    ],
    0.085,
);

const PERSON: Symbol = strokes(
    &[
        arc((0.0, -0.42), 0.38, 0.0, 2.0 * PI),
        arc((0.0, 0.86), 0.70, PI, PI),
    ],
    0.08,
);

/// Waves from a dot, crossed out.
const NO_SIGNAL: Symbol = strokes(
    &[
        Stroke::Dot((0.0, 0.62), 0.13),
        arc((0.0, 0.62), 0.46, PI * 1.25, FRAC_PI_2),
        arc((0.0, 0.62), 0.86, PI * 1.25, FRAC_PI_2),
        arc((0.0, 0.62), 1.26, PI * 1.25, FRAC_PI_2),
        line((-0.72, -0.82), (0.80, 0.84)),
    ],
    0.08,
);

const FACE: Symbol = strokes(
    &[
        line((-0.92, -0.46), (-0.92, -0.68)),
        arc((-0.68, -0.68), 0.24, PI, FRAC_PI_2),
        line((-0.68, -0.92), (-0.46, -0.92)),
        line((0.46, -0.92), (0.68, -0.92)),
        arc((0.68, -0.68), 0.24, -FRAC_PI_2, FRAC_PI_2),
        line((0.92, -0.68), (0.92, -0.46)),
        line((0.92, 0.46), (0.92, 0.68)),
        arc((0.68, 0.68), 0.24, 0.0, FRAC_PI_2),
        line((0.68, 0.92), (0.46, 0.92)),
        line((-0.46, 0.92), (-0.68, 0.92)),
        arc((-0.68, 0.68), 0.24, FRAC_PI_2, FRAC_PI_2),
        line((-0.92, 0.68), (-0.92, 0.46)),
        line((-0.34, -0.30), (-0.34, -0.14)),
        line((0.34, -0.30), (0.34, -0.14)),
        arc((0.0, 0.04), 0.44, PI * 0.2, PI * 0.6),
    ],
    0.07,
);

const DOTS: Symbol = strokes(
    &[
        Stroke::Dot((-0.62, 0.0), 0.19),
        Stroke::Dot((0.0, 0.0), 0.19),
        Stroke::Dot((0.62, 0.0), 0.19),
    ],
    0.19,
);

const CLOSER: Symbol = strokes(
    &[
        line((0.28, -0.28), (0.84, -0.84)),
        line((0.84, -0.84), (0.84, -0.42)),
        line((0.84, -0.84), (0.42, -0.84)),
        line((-0.28, 0.28), (-0.84, 0.84)),
        line((-0.84, 0.84), (-0.84, 0.42)),
        line((-0.84, 0.84), (-0.42, 0.84)),
        line((-0.28, -0.28), (-0.84, -0.84)),
        line((-0.84, -0.84), (-0.84, -0.42)),
        line((-0.84, -0.84), (-0.42, -0.84)),
        line((0.28, 0.28), (0.84, 0.84)),
        line((0.84, 0.84), (0.84, 0.42)),
        line((0.84, 0.84), (0.42, 0.84)),
    ],
    0.075,
);

const TARGET: Symbol = strokes(
    &[
        arc((0.0, 0.0), 0.56, 0.0, 2.0 * PI),
        Stroke::Dot((0.0, 0.0), 0.13),
        line((0.0, -0.92), (0.0, -0.56)),
        line((0.0, 0.56), (0.0, 0.92)),
        line((-0.92, 0.0), (-0.56, 0.0)),
        line((0.56, 0.0), (0.92, 0.0)),
    ],
    0.075,
);

/// The lids are arcs of radius 1.15 that meet at (-0.92, 0) and (0.92, 0).
const EYE: Symbol = strokes(
    &[
        arc((0.0, 0.69), 1.15, PI + 0.6435, PI - 1.287),
        arc((0.0, -0.69), 1.15, 0.6435, PI - 1.287),
        arc((0.0, 0.0), 0.22, 0.0, 2.0 * PI),
    ],
    0.075,
);

/// The lower lid of [`EYE`], with lashes.
const LIDS: Symbol = strokes(
    &[
        arc((0.0, -0.69), 1.15, 0.6435, PI - 1.287),
        line((-0.62, 0.30), (-0.78, 0.56)),
        line((-0.22, 0.46), (-0.28, 0.76)),
        line((0.22, 0.46), (0.28, 0.76)),
        line((0.62, 0.30), (0.78, 0.56)),
    ],
    0.075,
);

const LEFT: Symbol = strokes(
    &[
        line((-0.88, 0.0), (0.88, 0.0)),
        line((-0.88, 0.0), (-0.36, -0.52)),
        line((-0.88, 0.0), (-0.36, 0.52)),
    ],
    0.1,
);

const RIGHT: Symbol = strokes(
    &[
        line((-0.88, 0.0), (0.88, 0.0)),
        line((0.88, 0.0), (0.36, -0.52)),
        line((0.88, 0.0), (0.36, 0.52)),
    ],
    0.1,
);

const UP: Symbol = strokes(
    &[
        line((0.0, -0.88), (0.0, 0.88)),
        line((0.0, -0.88), (-0.52, -0.36)),
        line((0.0, -0.88), (0.52, -0.36)),
    ],
    0.1,
);

const SUN: Symbol = strokes(&RAYS, 0.075);

/// The sun with a line from the top left to the bottom right in place of two rays.
const SUN_CROSSED: Symbol = strokes(
    &[
        RAYS[0],
        RAYS[1],
        RAYS[2],
        RAYS[3],
        RAYS[4],
        RAYS[5],
        RAYS[6],
        line((-0.80, -0.80), (0.80, 0.80)),
    ],
    0.075,
);

/// The disc of the sun and its eight rays; the last two lie on the falling diagonal.
const RAYS: [Stroke; 9] = [
    arc((0.0, 0.0), 0.40, 0.0, 2.0 * PI),
    line((0.0, -0.70), (0.0, -0.92)),
    line((0.50, -0.50), (0.65, -0.65)),
    line((0.70, 0.0), (0.92, 0.0)),
    line((0.0, 0.70), (0.0, 0.92)),
    line((-0.50, 0.50), (-0.65, 0.65)),
    line((-0.70, 0.0), (-0.92, 0.0)),
    line((0.50, 0.50), (0.65, 0.65)),
    line((-0.50, -0.50), (-0.65, -0.65)),
];
