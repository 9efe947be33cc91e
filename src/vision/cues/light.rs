//! Brightness of a face and of what is beside it, by rows.

use image::RgbImage;

use crate::domain::BoundingBox;
use crate::domain::liveness::LightReading;

use super::{luma, row};

/// The inner part of the face, in sides of the window: without hair, ears and the room beside the chin.
const HALF_WIDTH: f32 = 0.32;
const HALF_HEIGHT: f32 = 0.4;
/// Where beside it is, from the middle; a phone that shows a face to its edges ends before.
const NEAREST: f32 = 1.1;
const FARTHEST: f32 = 2.4;
/// Least width of what is beside that tells something.
const NARROWEST: f32 = 0.2;
/// Smallest window, in pixels: a band of a smaller one has hardly a row.
const SMALLEST: f32 = 64.0;
/// Pixels across a strip or a side, and rows of a band, that are looked at.
const ACROSS: usize = 48;
const DOWN: usize = 8;

/// Reads a square of the picture; `None` if it is too small or not whole.
#[must_use]
pub fn light(image: &RgbImage, window: BoundingBox) -> Option<LightReading> {
    let side = window.width;
    let middle = window.centre();
    let (width, height) = (image.width() as f32, image.height() as f32);
    let (left, right) = (middle.x - HALF_WIDTH * side, middle.x + HALF_WIDTH * side);
    let (top, bottom) = (middle.y - HALF_HEIGHT * side, middle.y + HALF_HEIGHT * side);
    // False for NaN too.
    let whole = side >= SMALLEST && left >= 0.0 && top >= 0.0 && right <= width && bottom <= height;
    if !whole {
        return None;
    }
    let rows = |band: usize| {
        let edge = |band: usize| top + (bottom - top) * band as f32 / LightReading::BANDS as f32;
        (edge(band), edge(band + 1))
    };
    let strip = (right - left) / LightReading::STRIPS as f32;
    let side_of = |from: f32, to: f32| {
        let (from, to) = (from.max(0.0), to.min(width));
        (to - from >= NARROWEST * side)
            .then(|| std::array::from_fn(|band| mean(image, (from, to), rows(band))))
    };
    Some(LightReading {
        window,
        face: std::array::from_fn(|band| {
            std::array::from_fn(|i| {
                let from = left + strip * i as f32;
                mean(image, (from, from + strip), rows(band))
            })
        }),
        beside: [
            side_of(middle.x - FARTHEST * side, middle.x - NEAREST * side),
            side_of(middle.x + NEAREST * side, middle.x + FARTHEST * side),
        ],
    })
}

/// Mean brightness of a part of the picture that lies within it.
fn mean(image: &RgbImage, columns: (f32, f32), rows: (f32, f32)) -> f32 {
    let range = |(from, to): (f32, f32), end: u32| {
        let first = (from as u32).min(end - 1);
        first as usize..(to as u32).clamp(first + 1, end) as usize
    };
    let (columns, rows) = (range(columns, image.width()), range(rows, image.height()));
    let (across, down) = (columns.len().div_ceil(ACROSS), rows.len().div_ceil(DOWN));
    let (mut sum, mut count) = (0u32, 0u32);
    for y in rows.step_by(down) {
        for pixel in row(image, y)[columns.clone()].iter().step_by(across) {
            sum += u32::from(luma(pixel));
            count += 1;
        }
    }
    sum as f32 / count.max(1) as f32
}

#[cfg(test)]
mod tests {
    use image::Rgb;
    use proptest::prelude::*;

    use super::*;
    use crate::vision::cues::plain;

    proptest! {
        #[test]
        fn a_mean_is_that_of_its_pixels(
            (left, top) in (0.0f32..300.0, 0.0f32..200.0), (width, height) in (0.0f32..200.0, 0.0f32..100.0),
            (across, down) in (1u32..300, 1u32..200),
        ) {
            let image = RgbImage::from_fn(across, down, |x, y| Rgb([(x * y) as u8, x as u8, y as u8]));
            let part = |from: f32, length: f32, end: u32, most: usize| {
                let first = (from as u32).min(end - 1);
                let part = first..((from + length) as u32).clamp(first + 1, end);
                let step = part.len().div_ceil(most);
                part.step_by(step)
            };
            let rows = part(top, height, down, DOWN);
            let columns = part(left, width, across, ACROSS);
            let values = rows.flat_map(|y| columns.clone().map(move |x| (x, y)));
            let values: Vec<u8> = values.map(|(x, y)| plain::luma(&image, x, y)).collect();
            let sum: u32 = values.iter().copied().map(u32::from).sum();
            prop_assert_eq!(
                mean(&image, (left, left + width), (top, top + height)),
                sum as f32 / values.len() as f32
            );
        }
    }
}
