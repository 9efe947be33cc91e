//! A claimed reference, shown to the camera as a QR code (ISO/IEC 18004).

mod finder;

use image::RgbImage;
use rqrr::PreparedImage;

use super::CaptureError;
use crate::domain::SubjectId;

const PREFIX: &str = "OSTIARY:";
/// The side of the smallest code, in modules. Smaller pictures hold none, and empty ones upset the decoder.
const MIN_SIDE: u32 = 21;

/// Reads the ID number that a QR code in the picture claims: its whole text is `OSTIARY:<ID number>`.
///
/// `None` if there is no legible code, or only codes of others. The first code of ours counts.
///
/// # Errors
/// [`CaptureError::Claim`] if a code of ours holds no valid ID number. Its text is not repeated.
pub fn read_claim(picture: &RgbImage) -> Option<Result<SubjectId, CaptureError>> {
    let is_large_enough = picture.width().min(picture.height()) >= MIN_SIDE;
    (is_large_enough && finder::may_hold_code(picture)).then(|| search(picture))?
}

fn search(picture: &RgbImage) -> Option<Result<SubjectId, CaptureError>> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut prepared = PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        let [r, g, b] = picture.get_pixel(x as u32, y as u32).0;
        // Quick luma: finder patterns are black on white.
        ((u16::from(r) + 2 * u16::from(g) + u16::from(b)) / 4) as u8
    });
    prepared.detect_grids().iter().find_map(|grid| {
        let (_, text) = grid.decode().ok()?;
        let id = text.strip_prefix(PREFIX)?;
        Some(id.parse().map_err(CaptureError::from))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, imageops};
    use proptest::prelude::*;
    use qrcode::{Color, QrCode};

    /// A code on a grey 640 x 480 frame, each module `module` pixels wide, turned about its centre.
    fn frame_with(text: &str, module: f32, degrees: f32) -> RgbImage {
        let code = QrCode::new(text).unwrap();
        let modules = code.width() as i32;
        let colours = code.to_colors();
        let (sin, cos) = degrees.to_radians().sin_cos();
        RgbImage::from_fn(640, 480, |x, y| {
            let (dx, dy) = (x as f32 - 320.0, y as f32 - 240.0);
            let at = |offset: f32| (offset / module + modules as f32 / 2.0).floor() as i32;
            let (column, row) = (at(dx * cos + dy * sin), at(dy * cos - dx * sin));
            let inside =
                |range: std::ops::Range<i32>| range.contains(&column) && range.contains(&row);
            Rgb(if !inside(-4..modules + 4) {
                [120, 110, 130]
            } else if inside(0..modules)
                && colours[(row * modules + column) as usize] == Color::Dark
            {
                [25, 20, 30]
            } else {
                [235, 230, 225]
            })
        })
    }

    fn claimed(text: &str) -> Option<Result<SubjectId, CaptureError>> {
        read_claim(&frame_with(text, 5.0, 0.0))
    }

    #[test]
    fn a_code_is_read_at_any_angle_size_and_mirrored() {
        for (module, degrees) in [
            (3.0, 0.0),
            (4.0, 30.0),
            (6.0, 45.0),
            (8.0, 90.0),
            (5.0, 180.0),
            (10.0, 200.0),
        ] {
            let frame = frame_with("OSTIARY:A-17.b_9", module, degrees);
            let id = read_claim(&frame).expect("legible").unwrap();
            assert_eq!(id.as_str(), "A-17.b_9");
        }
        let mirrored = imageops::flip_horizontal(&frame_with("OSTIARY:17", 6.0, 10.0));
        assert_eq!(read_claim(&mirrored).unwrap().unwrap().as_str(), "17");
    }

    #[test]
    fn codes_of_others_are_ignored() {
        for text in [
            "https://example.org/17",
            "17",
            "ostiary:17",
            " OSTIARY:17",
            "WIFI:S:x;;",
        ] {
            assert!(claimed(text).is_none(), "{text}");
        }
    }

    #[test]
    fn hostile_claims_are_refused_and_not_repeated() {
        let long = "9".repeat(200);
        for id in [
            "",
            "../../etc/passwd",
            "1' OR '1'='1",
            "17\n",
            "\x1b[31m17",
            "ÿÿ",
            &long,
        ] {
            let error = claimed(&format!("OSTIARY:{id}")).unwrap().unwrap_err();
            let message = error.to_string();
            assert!(matches!(error, CaptureError::Claim(_)));
            assert!(id.len() < 2 || !message.contains(id), "{message}");
            assert!(!message.contains(char::is_control), "{message:?}");
        }
    }

    #[test]
    fn a_frame_without_pixels_or_code_has_no_claim() {
        for (width, height) in [(0, 0), (0, 9), (1, 1), (7, 3), (640, 480)] {
            assert!(read_claim(&RgbImage::new(width, height)).is_none());
        }
    }

    #[test]
    fn an_empty_wall_is_not_searched() {
        let mut state = 7u32;
        let wall = RgbImage::from_fn(640, 480, |x, y| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let stripe = if x % 97 < 40 { 30 } else { 0 };
            Rgb([(100 + x / 8 + y / 16 + stripe + (state >> 29)) as u8; 3])
        });
        assert!(!finder::may_hold_code(&wall));
        assert!(finder::may_hold_code(&frame_with("OSTIARY:17", 3.0, 10.0)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_code_that_can_be_read_is_passed_over(
            module in 2.0f32..14.0, degrees in 0.0f32..360.0, blur in 0.0f32..1.5, slope in -0.4f32..0.4,
            contrast in 0.3f32..1.0, noise in 0i32..24,
        ) {
            let mut frame = frame_with("OSTIARY:17", module, degrees);
            let mut state = 1u32;
            for (x, _, pixel) in frame.enumerate_pixels_mut() {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let grain = if noise == 0 { 0 } else { (state >> 16) as i32 % noise - noise / 2 };
                let light = contrast * (1.0 + slope * (x as f32 / 320.0 - 1.0));
                pixel.0 = pixel.0.map(|c| ((f32::from(c) * light) as i32 + grain).clamp(0, 255) as u8);
            }
            if blur > 0.3 {
                frame = imageops::fast_blur(&frame, blur);
            }
            prop_assert!(search(&frame).is_none() || finder::may_hold_code(&frame));
        }

        #[test]
        fn noise_over_a_code_never_panics(
            spots in proptest::collection::vec((180u32..460, 100u32..380, 1u32..30, any::<u8>()), 0..40),
        ) {
            let mut frame = frame_with("OSTIARY:17", 6.0, 15.0);
            for (x, y, side, level) in spots {
                let spot = RgbImage::from_pixel(side, side, Rgb([level; 3]));
                imageops::replace(&mut frame, &spot, x.into(), y.into());
            }
            // What the error correction brings back is right.
            if let Some(Ok(id)) = read_claim(&frame) {
                prop_assert_eq!(id.as_str(), "17");
            }
        }
    }
}
