//! The picture of one person out of a larger one, such as an ID document.

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{GenericImageView, RgbImage};

use crate::domain::{Face, Portrait};

/// The largest portrait, in pixels.
const MAX_WIDTH: u32 = 1920;
const MAX_HEIGHT: u32 = 1080;
/// JPEG quality, 1 to 100.
const QUALITY: u8 = 92;
/// What is shown beside, above and below the face box, in its widths and heights.
const BESIDE: f32 = 0.6;
const ABOVE: f32 = 0.7;
const BELOW: f32 = 0.8;

/// Head and shoulders of a face as a JPEG of at most 1920 x 1080 pixels; `None` if the face is outside
/// the picture.
#[must_use]
pub fn portrait(picture: &RgbImage, face: &Face) -> Option<Portrait> {
    let bounds = &face.bounds;
    // `as` saturates, and turns NaN into 0.
    let left = (bounds.x - BESIDE * bounds.width).max(0.0) as u32;
    let top = (bounds.y - ABOVE * bounds.height).max(0.0) as u32;
    let right = (bounds.x + (1.0 + BESIDE) * bounds.width) as u32;
    let bottom = (bounds.y + (1.0 + BELOW) * bounds.height) as u32;
    let width = right.min(picture.width()).checked_sub(left)?;
    let height = bottom.min(picture.height()).checked_sub(top)?;
    if width == 0 || height == 0 {
        return None;
    }
    let mut crop = picture.view(left, top, width, height).to_image();
    let scale = (MAX_WIDTH as f32 / width as f32).min(MAX_HEIGHT as f32 / height as f32);
    if scale < 1.0 {
        let scaled = |side: u32| ((side as f32 * scale) as u32).max(1);
        crop = imageops::resize(&crop, scaled(width), scaled(height), FilterType::Triangle);
    }
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode_image(&crop)
        .ok()?;
    Some(Portrait(jpeg))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BoundingBox, Landmarks};

    fn of(x: f32, y: f32, side: f32) -> Option<(u32, u32)> {
        let face = Face {
            bounds: BoundingBox {
                x,
                y,
                width: side,
                height: side,
            },
            landmarks: Landmarks::default(),
            confidence: 1.0,
        };
        let jpeg = portrait(&RgbImage::new(3000, 2000), &face)?.0;
        let decoded = image::load_from_memory(&jpeg).unwrap();
        Some((decoded.width(), decoded.height()))
    }

    #[test]
    fn it_shows_head_and_shoulders_as_far_as_the_picture_goes() {
        assert_eq!(of(1000.0, 1000.0, 100.0), Some((220, 250)));
        assert_eq!(of(0.0, 0.0, 100.0), Some((160, 180)));
        let (width, height) = of(0.0, 0.0, 3000.0).unwrap();
        assert!(width <= MAX_WIDTH && height <= MAX_HEIGHT);
    }

    #[test]
    fn a_box_without_sense_gives_none() {
        assert_eq!(of(5000.0, 0.0, 100.0), None);
        assert_eq!(of(f32::NAN, 0.0, f32::NAN), None);
    }
}
