//! Shapes as signed distances, from which smooth edges come for free.
//!
//! Coordinates are those of a symbol: the middle is (0, 0), the unit circle touches the sides, y down.
//! A distance is negative inside, zero on the edge.

use std::f32::consts::{PI, TAU};

/// A place in a symbol.
pub(super) type Place = (f32, f32);

/// A line of a symbol with round ends, or a dot.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stroke {
    Line(Place, Place),
    /// Part of a circle, from the angle `from` on for `sweep` radians, clockwise from 3 o'clock.
    Arc {
        centre: Place,
        radius: f32,
        from: f32,
        sweep: f32,
    },
    Dot(Place, f32),
}

/// The filled outline that a mark is cut out of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Badge {
    Disc,
    /// A regular polygon with rounded corners.
    Polygon {
        sides: u8,
        /// Angle of the middle of one side, clockwise from 3 o'clock, in radians.
        facing: f32,
        centre: Place,
        /// Of the circle through the corners before they are rounded.
        radius: f32,
        /// Radius of the corners.
        rounding: f32,
    },
}

impl Stroke {
    /// Distance from the edge of a stroke that is `2 * half_width` wide.
    pub fn distance(&self, (x, y): Place, half_width: f32) -> f32 {
        match *self {
            Self::Line((ax, ay), (bx, by)) => {
                let (dx, dy) = (bx - ax, by - ay);
                let along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy);
                let t = along.clamp(0.0, 1.0);
                length(x - ax - t * dx, y - ay - t * dy) - half_width
            }
            Self::Arc {
                centre: (cx, cy),
                radius,
                from,
                sweep,
            } => {
                let (dx, dy) = (x - cx, y - cy);
                let angle = (dy.atan2(dx) - from).rem_euclid(TAU);
                let middle = if angle <= sweep {
                    (length(dx, dy) - radius).abs()
                } else {
                    let end = |a: f32| length(dx - radius * a.cos(), dy - radius * a.sin());
                    end(from).min(end(from + sweep))
                };
                middle - half_width
            }
            Self::Dot((cx, cy), radius) => length(x - cx, y - cy) - radius,
        }
    }
}

impl Badge {
    /// Distance from the edge.
    pub fn distance(&self, (x, y): Place) -> f32 {
        match *self {
            Self::Disc => length(x, y) - 1.0,
            Self::Polygon {
                sides,
                facing,
                centre: (cx, cy),
                radius,
                rounding,
            } => {
                let (x, y) = (x - cx, y - cy);
                let half_sector = PI / f32::from(sides);
                // Turned so that the nearest side stands upright on the right.
                let angle = y.atan2(x) - facing + half_sector;
                let angle = angle.rem_euclid(2.0 * half_sector) - half_sector;
                let from_middle = length(x, y);
                let apothem = radius * half_sector.cos() - rounding;
                let outwards = from_middle * angle.cos() - apothem;
                let beyond_corner =
                    (from_middle * angle.sin().abs() - apothem * half_sector.tan()).max(0.0);
                if outwards <= 0.0 {
                    outwards - rounding
                } else {
                    length(outwards, beyond_corner) - rounding
                }
            }
        }
    }
}

/// Distance from an upright ellipse with half axes `(a, b)` round (0, 0): exact on it, and close to it
/// near by (one step of Newton's method).
pub(super) fn ellipse_distance((x, y): Place, (a, b): Place) -> f32 {
    let scaled = length(x / a, y / b);
    let gradient = length(x / (a * a), y / (b * b));
    if gradient <= f32::EPSILON {
        -a.min(b)
    } else {
        scaled * (scaled - 1.0) / gradient
    }
}

/// Of a vector. `hypot` minds overflow, which costs a call for each pixel.
fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

/// How much of a pixel a shape covers, 0 to 1, if its edge is `distance` pixels from the pixel's middle.
pub(super) fn coverage(distance: f32) -> f32 {
    (0.5 - distance).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use std::f32::consts::FRAC_PI_2;

    use super::*;

    fn close(a: f32, b: f32) -> bool {
        (a - b).abs() < 1e-5
    }

    #[test]
    fn strokes_have_round_ends() {
        let line = Stroke::Line((0.0, 0.0), (1.0, 0.0));
        assert!(close(line.distance((0.5, 0.3), 0.1), 0.2));
        assert!(close(line.distance((2.0, 0.0), 0.1), 0.9));
        let arc = Stroke::Arc {
            centre: (0.0, 0.0),
            radius: 1.0,
            from: 0.0,
            sweep: FRAC_PI_2,
        };
        assert!(close(arc.distance((0.0, 1.5), 0.1), 0.4));
        assert!(close(arc.distance((1.0, -0.5), 0.1), 0.4));
    }

    #[test]
    fn a_polygon_is_as_far_as_its_sides() {
        let square = Badge::Polygon {
            sides: 4,
            facing: 0.0,
            centre: (0.0, 0.0),
            radius: 1.0,
            rounding: 0.0,
        };
        let side = 0.5_f32.sqrt();
        assert!(close(square.distance((1.0, 0.2)), 1.0 - side));
        assert!(close(square.distance((0.1, -side)), 0.0));
        assert!(square.distance((0.0, 0.0)) < 0.0);
        assert!(close(
            square.distance((1.5, 1.5)),
            (1.5 - side).hypot(1.5 - side)
        ));
    }

    #[test]
    fn an_ellipse_is_met_on_its_axes() {
        assert!(close(ellipse_distance((2.0, 0.0), (2.0, 3.0)), 0.0));
        assert!(close(ellipse_distance((0.0, -3.0), (2.0, 3.0)), 0.0));
        assert!(ellipse_distance((0.0, 0.0), (2.0, 3.0)) < 0.0);
    }
}
