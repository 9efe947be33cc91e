//! Straight edges round a face, as those of a screen or a sheet held up to the camera.

use image::RgbImage;

use crate::domain::BoundingBox;

use super::luma;

/// Where an edge is looked for, from the middle of the face, in halves of the box's side.
const NEAREST: f32 = 1.15;
const FARTHEST: f32 = 2.6;
/// Least step of brightness across an edge, in grey levels.
const STEP: u8 = 24;
/// Least part of the face's side along which the edge runs.
const STRAIGHT: f32 = 0.85;
/// Columns (or rows) over which a tilted edge may spread on either side.
const TILT: i64 = 3;

/// 0, 0.5 or 1: straight edges on less than three sides of the face, on three, on all four.
#[must_use]
pub fn bezel(image: &RgbImage, bounds: &BoundingBox) -> f32 {
    let reading = Sides { image, bounds };
    let sides = [(false, -1.0), (false, 1.0), (true, -1.0), (true, 1.0)]
        .into_iter()
        .filter(|&(horizontal, direction)| reading.has_edge(horizontal, direction))
        .count();
    match sides {
        4 => 1.0,
        3 => 0.5,
        _ => 0.0,
    }
}

struct Sides<'a> {
    image: &'a RgbImage,
    bounds: &'a BoundingBox,
}

impl Sides<'_> {
    /// Whether a straight edge runs along one side: above or below if `horizontal`, else left or right.
    fn has_edge(&self, horizontal: bool, direction: f32) -> bool {
        let centre = self.bounds.centre();
        let (across, along, half) = if horizontal {
            (
                centre.y,
                centre.x,
                self.bounds.width.max(self.bounds.height) / 2.0,
            )
        } else {
            (
                centre.x,
                centre.y,
                self.bounds.width.max(self.bounds.height) / 2.0,
            )
        };
        // Off the picture there are no edges; this also bounds the loops. `as` saturates.
        let longest = i64::from(self.image.width().max(self.image.height()));
        let at =
            |distance: f32| ((across + direction * distance * half) as i64).clamp(-TILT, longest);
        let (a, b) = (at(NEAREST), at(FARTHEST));
        let along = (
            ((along - half) as i64).clamp(0, longest),
            ((along + half) as i64).clamp(0, longest),
        );
        let samples = along.1 - along.0;
        if samples < 16 {
            return false;
        }
        let (width, height) = (
            i64::from(self.image.width()),
            i64::from(self.image.height()),
        );
        let (end, end_along) = if horizontal {
            (height, width)
        } else {
            (width, height)
        };
        let inside = (along.0.min(end_along), along.1.min(end_along));
        // Off the picture no sample has a step.
        let missing = samples - (inside.1 - inside.0);
        let most = samples - (STRAIGHT * samples as f32).ceil() as i64 - missing;
        let mut positions = a.min(b).max(TILT)..=a.max(b).min(end - 1 - TILT);
        most >= 0
            && positions.any(|position| {
                let line = |across: i64| {
                    let (first, apart) = if horizontal {
                        (across * width + inside.0, 1)
                    } else {
                        (inside.0 * width + across, width)
                    };
                    // Within the picture, so neither is negative.
                    let pixels = self.image.as_chunks().0.get(first as usize..);
                    let pixels = pixels.unwrap_or_default().iter().step_by(apart as usize);
                    pixels.map(luma).take((inside.1 - inside.0) as usize)
                };
                runs_along(line(position - TILT), line(position + TILT), most)
            })
    }
}

/// Whether all but `most` samples of two lines differ by a step.
fn runs_along(
    before: impl Iterator<Item = u8>,
    after: impl Iterator<Item = u8>,
    most: i64,
) -> bool {
    let mut missed = 0;
    before.zip(after).all(|(a, b)| {
        missed += i64::from(a.abs_diff(b) < STEP);
        missed <= most
    })
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    const FACE: BoundingBox = BoundingBox {
        x: 120.0,
        y: 120.0,
        width: 80.0,
        height: 80.0,
    };

    /// A bright rectangle from (left, top) to (right, bottom) on a dark wall.
    fn picture(left: u32, top: u32, right: u32, bottom: u32) -> RgbImage {
        RgbImage::from_fn(320, 320, |x, y| {
            let inside = (left..right).contains(&x) && (top..bottom).contains(&y);
            Rgb([if inside { 180 } else { 60 }; 3])
        })
    }

    #[test]
    fn a_frame_round_the_face_is_seen_and_a_door_behind_it_is_not() {
        assert_eq!(bezel(&picture(90, 80, 230, 240), &FACE), 1.0);
        assert_eq!(bezel(&picture(90, 80, 230, 320), &FACE), 0.5);
        assert_eq!(bezel(&picture(90, 0, 230, 320), &FACE), 0.0);
        assert_eq!(bezel(&picture(0, 0, 320, 320), &FACE), 0.0);
    }

    #[test]
    fn boxes_without_sense_have_no_edges() {
        let image = picture(90, 80, 230, 240);
        for side in [0.0, -5.0, f32::NAN, f32::INFINITY] {
            let bounds = BoundingBox {
                width: side,
                height: side,
                ..FACE
            };
            assert_eq!(bezel(&image, &bounds), 0.0);
        }
    }
}
