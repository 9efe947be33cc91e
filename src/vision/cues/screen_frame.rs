//! The dark, narrow frame of a phone, tablet or monitor on both sides of a face.

use std::array;
use std::ops::Range;

use image::RgbImage;

use crate::domain::BoundingBox;

use super::{luma, row};

/// The longer side of the face after the picture is reduced, in pixels.
const FACE: f32 = 64.0;
/// How far from the middle of the face a frame is looked for, in sides of the face. A doorway is farther
/// out: who stands in one of 0.8 m has it two and a half sides away.
const NEAREST: f32 = 0.55;
const FARTHEST: f32 = 1.75;
/// How far above and below the middle of the face a frame reaches.
const HALF_HEIGHT: f32 = 0.6;
/// Least rows of the reduced picture that tell something.
const FEWEST_ROWS: usize = 51;
/// Tilts, as columns a row: up to ten degrees.
pub(super) const TILTS: [f32; 11] = [
    -0.176, -0.141, -0.105, -0.070, -0.035, 0.0, 0.035, 0.070, 0.105, 0.141, 0.176,
];
/// Widths of a frame in pixels of the reduced picture: .03 to .11 of the face.
const WIDTHS: [usize; 3] = [2, 4, 7];
/// Grey levels: a frame is no brighter, and what is beside it brighter by so much.
const BRIGHTEST: u8 = 72;
const STEP: u8 = 14;
/// Part of the rows that shows a frame: below the first, chance; from the second on mean over both sides, sure.
const CHANCE: f32 = 0.45;
const SURE: f32 = 0.7;

/// Columns of black on either side of a reduced row, in which no frame ends: as far as the widest one's surroundings.
const MARGIN: usize = 5;

/// The face and what is beside it, reduced, and the frames in it; in memory that it keeps.
#[derive(Default)]
pub struct ScreenFrame {
    /// The columns that a column of the reduced picture stands for, from the left edge of what is reduced.
    columns: Vec<Range<usize>>,
    /// The brightness of the columns left of each, over some rows.
    totals: Vec<u32>,
    /// Brightness of a reduced row, between its margins.
    line: Vec<u8>,
    /// Of each pixel of the reduced picture, whether it is the middle of a frame: a byte for each of the widths.
    frames: Vec<u32>,
    /// Rows with one on the side that is looked at.
    found_in: Vec<usize>,
    rows: usize,
    /// Of the face's middle.
    column: f32,
    row: f32,
}

impl ScreenFrame {
    /// 0 to 1 by how much of a dark, narrow, straight band there is on both sides of the face.
    pub fn read(&mut self, image: &RgbImage, bounds: &BoundingBox) -> f32 {
        if self.cut(image, bounds).is_none() {
            return 0.0;
        }
        let left = self.band(-1.0);
        if left < CHANCE {
            return 0.0;
        }
        let right = self.band(1.0);
        if right < CHANCE {
            return 0.0;
        }
        (((left + right) / 2.0 - CHANCE) / (SURE - CHANCE)).clamp(0.0, 1.0)
    }

    /// `None` if the box makes no sense or too little of it is in the picture.
    fn cut(&mut self, image: &RgbImage, bounds: &BoundingBox) -> Option<()> {
        let side = bounds.width.max(bounds.height);
        let centre = bounds.centre();
        if !((16.0..1e5).contains(&side) && centre.x.abs() < 1e6 && centre.y.abs() < 1e6) {
            return None;
        }
        // `as` saturates.
        let clip = |value: f32, end: u32| (value.max(0.0) as u32).min(end);
        let reach = (FARTHEST + 0.2) * side;
        let (left, right) = (
            clip(centre.x - reach, image.width()),
            clip(centre.x + reach, image.width()),
        );
        let (top, bottom) = (
            clip(centre.y - HALF_HEIGHT * side, image.height()),
            clip(centre.y + HALF_HEIGHT * side, image.height()),
        );
        let scale = FACE / side;
        let width = (right.saturating_sub(left) as f32 * scale) as u32;
        let rows = (bottom.saturating_sub(top) as f32 * scale) as u32;
        if (rows as usize) < FEWEST_ROWS || width < 8 {
            return None;
        }
        // The part of the picture that a reduced pixel stands for; a smaller face is enlarged.
        let part = |i: u32, count: u32, first: u32, end: u32| {
            let at =
                |i: u32| first + (u64::from(i) * u64::from(end - first) / u64::from(count)) as u32;
            at(i) as usize..at(i + 1).clamp(at(i) + 1, end) as usize
        };
        self.columns.clear();
        self.columns
            .extend((0..width).map(|x| part(x, width, 0, right - left)));
        self.line.clear();
        self.line.resize(width as usize + 2 * MARGIN, 0);
        self.totals.resize((right - left) as usize + 1, 0);
        self.frames.clear();
        for y in 0..rows {
            self.reduce(image, left as usize, part(y, rows, top, bottom));
            let around = self.line.array_windows::<{ 2 * MARGIN + 1 }>();
            self.frames.extend(around.map(frames_at));
        }
        self.rows = rows as usize;
        self.column = (centre.x - left as f32) * scale;
        self.row = (centre.y - top as f32) * scale;
        Some(())
    }

    /// Makes one reduced row of some of the picture's, from the column `left` on.
    fn reduce(&mut self, image: &RgbImage, left: usize, rows: Range<usize>) {
        self.totals.fill(0);
        for y in rows.clone() {
            let pixels = &row(image, y)[left..];
            for (total, pixel) in self.totals[1..].iter_mut().zip(pixels) {
                *total += u32::from(luma(pixel));
            }
        }
        let mut sum = 0u32;
        for total in &mut self.totals {
            sum = sum.wrapping_add(*total);
            *total = sum;
        }
        for (pixel, columns) in self.line[MARGIN..].iter_mut().zip(&self.columns) {
            let sum = self.totals[columns.end].wrapping_sub(self.totals[columns.start]);
            *pixel = (sum / (columns.len() * rows.len()) as u32) as u8;
        }
    }

    /// The largest part of the rows with a frame along one line, to the left of the face (-1) or right (1); 0 if it is
    /// less than chance.
    fn band(&mut self, direction: f32) -> f32 {
        const STEPS: usize = ((FARTHEST - NEAREST) * FACE) as usize;
        let columns: [f32; STEPS] = array::from_fn(|step| {
            let distance = NEAREST * FACE + step as f32;
            self.column + direction * distance
        });
        let width = self.columns.len();
        let middle = (self.column.max(0.0) as usize).min(width);
        let side = if direction < 0.0 {
            0..middle
        } else {
            middle..width
        };
        self.found_in.clear();
        self.found_in.reserve(self.rows);
        for (row, frames) in self.frames.chunks_exact(width).enumerate() {
            if frames[side.clone()].iter().fold(0, |all, at| all | at) != 0 {
                self.found_in.push(row);
            }
        }
        if (self.found_in.len() as f32 / self.rows as f32) < CHANCE {
            return 0.0;
        }
        let mut best = 0;
        for tilt in TILTS {
            let mut found = [0u32; STEPS];
            for &row in &self.found_in {
                let frames = &self.frames[row * width..][..width];
                let shift = tilt * (row as f32 - self.row);
                for (found, column) in found.iter_mut().zip(columns) {
                    // To the nearest one; what is negative is none.
                    let at = (column + shift + 0.5) as i32 as usize;
                    *found += frames.get(at).copied().unwrap_or_default();
                }
            }
            // No width has more rows than fit into its byte.
            let most = found.iter().flat_map(|found| found.to_le_bytes()).max();
            best = best.max(most.unwrap_or_default());
        }
        f32::from(best) / self.rows as f32
    }
}

/// Whether there is a frame of each of the [`WIDTHS`] in the middle of these pixels of a row: dark ones, and both sides
/// of them brighter.
fn frames_at(around: &[u8; 2 * MARGIN + 1]) -> u32 {
    if around[MARGIN] > BRIGHTEST {
        return 0;
    }
    let mut found = [0; 4];
    for (found, width) in found.iter_mut().zip(WIDTHS) {
        let first = MARGIN - width / 2;
        let frame = &around[first..first + width];
        let brightest = frame.iter().copied().max().unwrap_or(u8::MAX);
        let beside = around[first - 2].min(around[first + width + 1]);
        *found = u8::from(brightest <= BRIGHTEST && beside > brightest.saturating_add(STEP));
    }
    u32::from_le_bytes(found)
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    const BOUNDS: BoundingBox = BoundingBox {
        x: 240.0,
        y: 160.0,
        width: 160.0,
        height: 160.0,
    };

    /// A wall, and on it a black frame of some width round the middle, tilted by columns a row.
    fn picture(frame: f32, half: f32, tilt: f32) -> RgbImage {
        RgbImage::from_fn(640, 480, |x, y| {
            let u = (x as f32 - 320.0 - tilt * (y as f32 - 240.0)).abs();
            let dark = u > half && u < half + frame;
            Rgb([if dark { 12 } else { 130 + (x % 7) as u8 }; 3])
        })
    }

    #[test]
    fn a_frame_on_both_sides_is_seen_though_it_is_tilted() {
        for tilt in [0.0, 0.05, -0.12] {
            for frame in [6.0, 11.0, 16.0] {
                let seen = ScreenFrame::default().read(&picture(frame, 130.0, tilt), &BOUNDS);
                assert_eq!(seen, 1.0, "{frame} {tilt}");
            }
        }
    }

    #[test]
    fn a_wall_a_wide_shadow_and_a_doorway_are_no_frames() {
        assert_eq!(
            ScreenFrame::default().read(&picture(0.0, 130.0, 0.0), &BOUNDS),
            0.0
        );
        assert_eq!(
            ScreenFrame::default().read(&picture(60.0, 130.0, 0.0), &BOUNDS),
            0.0
        );
        assert_eq!(
            ScreenFrame::default().read(&picture(12.0, 300.0, 0.0), &BOUNDS),
            0.0
        );
        let mut one_side = picture(12.0, 130.0, 0.0);
        for (x, _, pixel) in one_side.enumerate_pixels_mut() {
            if x > 320 {
                *pixel = Rgb([140; 3]);
            }
        }
        assert_eq!(ScreenFrame::default().read(&one_side, &BOUNDS), 0.0);
    }

    #[test]
    fn boxes_without_sense_have_no_frame() {
        let image = picture(12.0, 130.0, 0.0);
        for side in [0.0, -5.0, 1e9, f32::NAN, f32::INFINITY] {
            let bounds = BoundingBox {
                width: side,
                height: side,
                ..BOUNDS
            };
            assert_eq!(ScreenFrame::default().read(&image, &bounds), 0.0);
        }
    }
}
