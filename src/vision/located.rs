//! The faces of a single picture, which is enlarged if it is small.

use std::borrow::Cow;

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

#[cfg(doc)]
use super::Analyser;
use super::detect::Faces;
use crate::domain::{Face, Point};

/// See [`Analyser::SMALL`].
pub(super) const SMALL: u32 = 64;
/// How much larger small pictures are made.
const ENLARGEMENT: u32 = 2;

/// The faces of a single picture, at least one; see [`Analyser::locate`].
pub struct Located<'a> {
    /// The picture, or an enlarged copy of a small one; the faces are in its pixels.
    pub image: Cow<'a, RgbImage>,
    /// Largest first.
    pub faces: Faces,
    /// Of an enlarged copy, in pixels of the picture.
    pub(super) border: u32,
    /// The largest face.
    pub largest: Face,
}

impl Located<'_> {
    /// The face in the pixels of the picture that was looked at, enlarged or not.
    #[must_use]
    pub fn in_picture(&self, face: &Face) -> Face {
        match &self.image {
            Cow::Borrowed(_) => *face,
            Cow::Owned(_) => {
                let border = self.border as f32;
                face.map(|at| Point {
                    x: at.x / ENLARGEMENT as f32 - border,
                    y: at.y / ENLARGEMENT as f32 - border,
                })
            }
        }
    }
}

/// The picture, or an enlarged copy of a small one with the width of its border.
pub(super) fn large_enough(image: &RgbImage) -> (Cow<'_, RgbImage>, u32) {
    let short_side = image.width().min(image.height());
    if (1..SMALL).contains(&short_side) {
        let border = (short_side * 22).div_ceil(100);
        (Cow::Owned(enlarged(image, border)), border)
    } else {
        (Cow::Borrowed(image), 0)
    }
}

/// A small picture with a border, doubled.
fn enlarged(image: &RgbImage, border: u32) -> RgbImage {
    let (width, height) = image.dimensions();
    let source = |at: u32, size: u32| at.saturating_sub(border).min(size - 1);
    let bordered = RgbImage::from_fn(width + 2 * border, height + 2 * border, |x, y| {
        let &Rgb(pixel) = image.get_pixel(source(x, width), source(y, height));
        Rgb(pixel)
    });
    let (width, height) = bordered.dimensions();
    imageops::resize(
        &bordered,
        ENLARGEMENT * width,
        ENLARGEMENT * height,
        FilterType::CatmullRom,
    )
}
