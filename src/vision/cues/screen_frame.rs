//! The dark, narrow frame of a phone, tablet or monitor on both sides of a face.

use image::RgbImage;

use crate::domain::BoundingBox;

use super::luma;

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
const TILTS: [f32; 11] = [
    -0.176, -0.141, -0.105, -0.070, -0.035, 0.0, 0.035, 0.070, 0.105, 0.141, 0.176,
];
/// Widths of a frame in pixels of the reduced picture: .03 to .11 of the face.
const WIDTHS: [i32; 3] = [2, 4, 7];
/// Grey levels: a frame is no brighter, and what is beside it brighter by so much.
const BRIGHTEST: u8 = 72;
const STEP: u8 = 14;
/// Part of the rows that shows a frame: below the first, chance; from the second on mean over both sides, sure.
const CHANCE: f32 = 0.45;
const SURE: f32 = 0.7;

/// The face and what is beside it, reduced, as brightness; in memory that it keeps.
#[derive(Default)]
pub struct ScreenFrame {
    pixels: Vec<u8>,
    width: i32,
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
        let (left, right) = (self.band(-1.0), self.band(1.0));
        if left.min(right) < CHANCE {
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
            at(i)..at(i + 1).clamp(at(i) + 1, end)
        };
        self.pixels.clear();
        for y in 0..rows {
            for x in 0..width {
                let (across, down) = (part(x, width, left, right), part(y, rows, top, bottom));
                let count = across.len() * down.len();
                let sum: usize = down
                    .flat_map(|y| across.clone().map(move |x| (x, y)))
                    .map(|(x, y)| usize::from(luma(image.get_pixel(x, y))))
                    .sum();
                self.pixels.push((sum / count) as u8);
            }
        }
        self.width = width as i32;
        self.rows = rows as usize;
        self.column = (centre.x - left as f32) * scale;
        self.row = (centre.y - top as f32) * scale;
        Some(())
    }

    /// The largest part of the rows with a frame along one line, to the left of the face (-1) or right (1).
    fn band(&self, direction: f32) -> f32 {
        let mut best = 0;
        for tilt in TILTS {
            for step in 0..((FARTHEST - NEAREST) * FACE) as usize {
                let distance = NEAREST * FACE + step as f32;
                for width in WIDTHS {
                    best = best.max(self.rows_along(
                        self.column + direction * distance,
                        tilt,
                        width,
                        best,
                    ));
                }
            }
        }
        best as f32 / self.rows as f32
    }

    /// Rows with a frame along a line; gives up once they can't be more than `best`.
    fn rows_along(&self, column: f32, tilt: f32, width: i32, best: usize) -> usize {
        let mut found = 0;
        for row in 0..self.rows {
            let middle = (column + tilt * (row as f32 - self.row)).round() as i32;
            found += usize::from(self.has_frame(row, middle - width / 2, width));
            if found + self.rows - row - 1 <= best {
                return 0;
            }
        }
        found
    }

    /// Whether `width` pixels from `first` on are dark and both sides of them brighter.
    fn has_frame(&self, row: usize, first: i32, width: i32) -> bool {
        let (before, after) = (first - 2, first + width + 1);
        if before < 0 || after >= self.width {
            return false;
        }
        let line = &self.pixels[row * self.width as usize..][..self.width as usize];
        let frame = &line[first as usize..(first + width) as usize];
        let brightest = frame.iter().copied().max().unwrap_or(u8::MAX);
        brightest <= BRIGHTEST
            && line[before as usize] > brightest + STEP
            && line[after as usize] > brightest + STEP
    }
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
