//! The symbols themselves.

use std::f32::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use super::Symbol;
use crate::panel::shape::{Badge, Place, Stroke};

pub(super) const fn strokes(strokes: &'static [Stroke], half_width: f32) -> Symbol {
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

pub(super) const TICK: Symbol = cut_out(
    Badge::Disc,
    &[
        line((-0.46, 0.04), (-0.14, 0.36)),
        line((-0.14, 0.36), (0.46, -0.30)),
    ],
    0.11,
);

pub(super) const CROSS: Symbol = cut_out(
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

pub(super) const QUESTION: Symbol = cut_out(
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

pub(super) const WARNING: Symbol = cut_out(
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

pub(super) const PADLOCK: Symbol = strokes(
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
pub(super) const OPEN_DOOR: Symbol = strokes(
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

pub(super) const AGAIN: Symbol = strokes(
    &[
        arc((0.0, 0.0), 0.75, 0.34, PI * 1.75 - 0.34),
        line((0.53, -0.53), (0.91, -0.16)),
        line((0.91, -0.16), (0.91, -0.66)),
        line((0.91, -0.16), (0.41, -0.16)),
    ],
    0.085,
);

pub(super) const PERSON: Symbol = strokes(
    &[
        arc((0.0, -0.42), 0.38, 0.0, 2.0 * PI),
        arc((0.0, 0.86), 0.70, PI, PI),
    ],
    0.08,
);

/// Waves from a dot, crossed out.
pub(super) const NO_SIGNAL: Symbol = strokes(
    &[
        Stroke::Dot((0.0, 0.62), 0.13),
        arc((0.0, 0.62), 0.46, PI * 1.25, FRAC_PI_2),
        arc((0.0, 0.62), 0.86, PI * 1.25, FRAC_PI_2),
        arc((0.0, 0.62), 1.26, PI * 1.25, FRAC_PI_2),
        line((-0.72, -0.82), (0.80, 0.84)),
    ],
    0.08,
);

pub(super) const FACE: Symbol = strokes(
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

/// Head and shoulders with a tick beside them.
pub(super) const PERSON_ADDED: Symbol = strokes(
    &[
        arc((-0.26, -0.44), 0.34, 0.0, 2.0 * PI),
        arc((-0.26, 0.80), 0.62, PI, PI),
        line((0.34, -0.08), (0.54, 0.14)),
        line((0.54, 0.14), (0.92, -0.30)),
    ],
    0.08,
);

/// The same, crossed out.
pub(super) const PERSON_CROSSED: Symbol = strokes(
    &[
        arc((-0.26, -0.44), 0.34, 0.0, 2.0 * PI),
        arc((-0.26, 0.80), 0.62, PI, PI),
        line((0.44, -0.28), (0.88, 0.16)),
        line((0.44, 0.16), (0.88, -0.28)),
    ],
    0.08,
);

/// No to the left, yes to the right.
pub(super) const YES_OR_NO: Symbol = strokes(
    &[
        line((-0.72, -0.62), (-0.32, -0.22)),
        line((-0.72, -0.22), (-0.32, -0.62)),
        line((0.28, -0.42), (0.48, -0.20)),
        line((0.48, -0.20), (0.82, -0.64)),
        line((-0.90, 0.44), (-0.16, 0.44)),
        line((-0.90, 0.44), (-0.62, 0.16)),
        line((-0.90, 0.44), (-0.62, 0.72)),
        line((0.16, 0.44), (0.90, 0.44)),
        line((0.90, 0.44), (0.62, 0.16)),
        line((0.90, 0.44), (0.62, 0.72)),
    ],
    0.08,
);

pub(super) const DOTS_OF_RING: usize = 5;

/// From none to all of the dots.
pub(super) const RINGS: [[Stroke; DOTS_OF_RING + 3]; DOTS_OF_RING + 1] =
    [ring(0), ring(1), ring(2), ring(3), ring(4), ring(5)];

const fn ring(grown: usize) -> [Stroke; DOTS_OF_RING + 3] {
    const fn dot(number: usize, grown: usize, at: Place) -> Stroke {
        Stroke::Dot(at, if number < grown { 0.17 } else { 0.06 })
    }
    [
        dot(0, grown, (0.0, -0.80)),
        dot(1, grown, (0.76, -0.25)),
        dot(2, grown, (0.47, 0.65)),
        dot(3, grown, (-0.47, 0.65)),
        dot(4, grown, (-0.76, -0.25)),
        line((-0.22, -0.26), (-0.22, -0.14)),
        line((0.22, -0.26), (0.22, -0.14)),
        arc((0.0, 0.0), 0.30, PI * 0.2, PI * 0.6),
    ]
}

pub(super) const DOTS: Symbol = strokes(
    &[
        Stroke::Dot((-0.62, 0.0), 0.19),
        Stroke::Dot((0.0, 0.0), 0.19),
        Stroke::Dot((0.62, 0.0), 0.19),
    ],
    0.19,
);

pub(super) const CLOSER: Symbol = strokes(
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

pub(super) const TARGET: Symbol = strokes(
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
pub(super) const EYE: Symbol = strokes(
    &[
        arc((0.0, 0.69), 1.15, PI + 0.6435, PI - 1.287),
        arc((0.0, -0.69), 1.15, 0.6435, PI - 1.287),
        arc((0.0, 0.0), 0.22, 0.0, 2.0 * PI),
    ],
    0.075,
);

/// The lower lid of [`EYE`], with lashes.
pub(super) const LIDS: Symbol = strokes(
    &[
        arc((0.0, -0.69), 1.15, 0.6435, PI - 1.287),
        line((-0.62, 0.30), (-0.78, 0.56)),
        line((-0.22, 0.46), (-0.28, 0.76)),
        line((0.22, 0.46), (0.28, 0.76)),
        line((0.62, 0.30), (0.78, 0.56)),
    ],
    0.075,
);

pub(super) const LEFT: Symbol = strokes(
    &[
        line((-0.88, 0.0), (0.88, 0.0)),
        line((-0.88, 0.0), (-0.36, -0.52)),
        line((-0.88, 0.0), (-0.36, 0.52)),
    ],
    0.1,
);

pub(super) const RIGHT: Symbol = strokes(
    &[
        line((-0.88, 0.0), (0.88, 0.0)),
        line((0.88, 0.0), (0.36, -0.52)),
        line((0.88, 0.0), (0.36, 0.52)),
    ],
    0.1,
);

pub(super) const UP: Symbol = strokes(
    &[
        line((0.0, -0.88), (0.0, 0.88)),
        line((0.0, -0.88), (-0.52, -0.36)),
        line((0.0, -0.88), (0.52, -0.36)),
    ],
    0.1,
);

pub(super) const SUN: Symbol = strokes(&RAYS, 0.075);

/// The sun with a line from the top left to the bottom right in place of two rays.
pub(super) const SUN_CROSSED: Symbol = strokes(
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
