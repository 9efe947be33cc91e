//! From the 8-bit picture to a network's planar f32 input, in one pass and into a reused buffer.
//!
//! Every function fills `out` as three planes (R, G, B) of `side` x `side` normalised values, and agrees
//! with the OpenCV call it stands for, the rounding to 8 bits included: a detection near its threshold turns
//! on that. Outside the picture everything is black (0 before normalisation).

mod area;
#[cfg(test)]
mod tests;

use std::array;

use image::RgbImage;

use crate::domain::BoundingBox;

use super::align::SimilarityTransform;
use super::manifest::Normalisation;

pub use area::AreaResampler;

/// A square of the picture, in pixels; it may reach outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

impl Window {
    /// The smallest centred square round a picture of this size.
    #[must_use]
    pub fn letterbox(width: u32, height: u32) -> Self {
        let side = width.max(height);
        Self {
            x: -((side - width) as i32 / 2),
            y: -((side - height) as i32 / 2),
            width: side as i32,
            height: side as i32,
        }
    }

    /// The square round a box's centre whose side is `factor` times the longer side of the box, corners
    /// truncated to whole pixels as the networks' training did.
    #[must_use]
    pub fn around(bounds: &BoundingBox, factor: f32) -> Self {
        let half = bounds.width.max(bounds.height) * factor / 2.0;
        let centre = bounds.centre();
        // `as` truncates and saturates.
        let (x, y) = ((centre.x - half) as i32, (centre.y - half) as i32);
        let (right, bottom) = ((centre.x + half) as i32, (centre.y + half) as i32);
        Self {
            x,
            y,
            width: right.saturating_sub(x).max(1),
            height: bottom.saturating_sub(y).max(1),
        }
    }
}

/// Resizes a window of the picture by the four nearest pixels (`cv::resize`, `INTER_LINEAR`).
///
/// Within the window the outermost pixels are replicated, as OpenCV does; what of the window
/// lies outside the picture is black.
pub fn bilinear(
    image: &RgbImage,
    window: Window,
    side: usize,
    norm: Normalisation,
    out: &mut [f32],
) {
    let at = |start: i32, length: i32, target: usize| {
        let scale = length as f32 / side as f32;
        let last = (length - 1).max(0) as f32;
        let position = ((target as f32 + 0.5) * scale - 0.5).clamp(0.0, last);
        let first = position.floor();
        let next = (first + 1.0).min(last);
        (start + first as i32, start + next as i32, position - first)
    };
    let mut planes = Planes { side, norm, out };
    let mut run = Run::default();
    for from in (0..side).step_by(Run::LENGTH) {
        let columns: [_; Run::LENGTH] = array::from_fn(|i| at(window.x, window.width, from + i));
        for y in 0..side {
            let row = at(window.y, window.height, y);
            for (i, &column) in columns.iter().enumerate() {
                run.take(i, image, column, row);
            }
            planes.put_run(from, y, &run);
        }
    }
}

/// Maps the picture through a similarity transform (`cv::warpAffine`, bilinear, black border).
///
/// `transform` goes from picture to output coordinates.
pub fn warp(
    image: &RgbImage,
    transform: &SimilarityTransform,
    side: usize,
    norm: Normalisation,
    out: &mut [f32],
) {
    let inverse = transform.inverse();
    let mut planes = Planes { side, norm, out };
    let mut run = Run::default();
    for y in 0..side {
        for from in (0..side).step_by(Run::LENGTH) {
            for i in 0..Run::LENGTH {
                let source = inverse.apply((from + i) as f32, y as f32);
                let around = |position: f32| {
                    let first = floor(position);
                    (first, first.saturating_add(1), position - first as f32)
                };
                run.take(i, image, around(source.x), around(source.y));
            }
            planes.put_run(from, y, &run);
        }
    }
}

/// Some pixels of the output next to each other.
#[derive(Default)]
struct Run {
    /// Top left, top right, bottom left and bottom right of each in the picture.
    corners: [[u32; Self::LENGTH]; 4],
    /// How far it is from left to right and from top to bottom, 0 to 1.
    across: [f32; Self::LENGTH],
    down: [f32; Self::LENGTH],
}

impl Run {
    const LENGTH: usize = 16;

    /// Takes the pixels between two columns and two rows of the picture, and how far it is from the first to the second.
    fn take(
        &mut self,
        i: usize,
        image: &RgbImage,
        (left, right, across): (i32, i32, f32),
        (top, bottom, down): (i32, i32, f32),
    ) {
        let corners = [(left, top), (right, top), (left, bottom), (right, bottom)];
        for (corner, (x, y)) in self.corners.iter_mut().zip(corners) {
            corner[i] = pixel(image, x, y);
        }
        (self.across[i], self.down[i]) = (across, down);
    }

    /// Red (0), green or blue (2) of each, blended.
    fn channel(&self, channel: usize) -> [f32; Self::LENGTH] {
        array::from_fn(|i| {
            let [a, b, c, d] = array::from_fn(|corner| {
                // Of 0 to 255, so that the sign plays no part.
                ((self.corners[corner][i] >> (8 * channel)) & 0xff) as i32 as f32
            });
            let top = a + (b - a) * self.across[i];
            let bottom = c + (d - c) * self.across[i];
            top + (bottom - top) * self.down[i]
        })
    }
}

/// Red, green and blue from the lowest byte up, and one that means nothing; black outside the picture.
fn pixel(image: &RgbImage, x: i32, y: i32) -> u32 {
    let (width, height) = (image.width() as usize, image.height() as usize);
    // What is negative is beyond the picture's other side.
    let (x, y) = (x as usize, y as usize);
    if x >= width || y >= height {
        return 0;
    }
    match image.as_raw()[(y * width + x) * 3..] {
        [r, g, b, next, ..] => u32::from_le_bytes([r, g, b, next]),
        // The last one.
        [r, g, b] => u32::from_le_bytes([r, g, b, 0]),
        _ => 0,
    }
}

/// The largest whole number that is not above, or the last there is.
fn floor(value: f32) -> i32 {
    let whole = value as i32;
    whole.saturating_sub(i32::from(whole as f32 > value))
}

/// Where the output goes.
struct Planes<'a> {
    side: usize,
    norm: Normalisation,
    out: &'a mut [f32],
}

impl Planes<'_> {
    /// Sets a pixel to red, green and blue, rounded to whole levels; the fourth value means nothing.
    fn put(&mut self, x: usize, y: usize, value: [f32; 4]) {
        let value = value.map(|value| self.norm.apply(rounded(value)));
        for (channel, &value) in value.iter().take(3).enumerate() {
            self.out[(channel * self.side + y) * self.side + x] = value;
        }
    }

    /// Sets the pixels of a row from `from` on, as far as it goes.
    fn put_run(&mut self, from: usize, y: usize, run: &Run) {
        let length = Run::LENGTH.min(self.side - from);
        for channel in 0..3 {
            let values = run
                .channel(channel)
                .map(|value| self.norm.apply(rounded(value)));
            let first = (channel * self.side + y) * self.side + from;
            self.out[first..first + length].copy_from_slice(&values[..length]);
        }
    }
}

/// `round_ties_even` of what is far smaller than 2^22, without a call where the processor has no instruction for it.
fn rounded(value: f32) -> f32 {
    // Up there a step of f32 is 1.
    const UP: f32 = 12_582_912.0;
    (value + UP) - UP
}
