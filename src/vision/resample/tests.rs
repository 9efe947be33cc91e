//! Against OpenCV's answers, and against one pixel after the other.

use image::Rgb;
use proptest::prelude::*;

use super::*;
use crate::domain::Point;

/// The same, pixel by pixel.
mod plain {
    use super::*;

    /// The source pixel, or black.
    fn pixel(image: &RgbImage, x: f32, y: f32) -> [f32; 3] {
        let inside =
            (0.0..image.width() as f32).contains(&x) && (0.0..image.height() as f32).contains(&y);
        if !inside {
            return [0.0; 3];
        }
        image.get_pixel(x as u32, y as u32).0.map(f32::from)
    }

    /// Between two columns and two rows, rounded.
    fn between(image: &RgbImage, x: (f32, f32, f32), y: (f32, f32, f32)) -> [f32; 3] {
        let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
        array::from_fn(|channel| {
            let at = |x, y| pixel(image, x, y)[channel];
            let top = mix(at(x.0, y.0), at(x.1, y.0), x.2);
            let bottom = mix(at(x.0, y.1), at(x.1, y.1), x.2);
            mix(top, bottom, y.2).round_ties_even()
        })
    }

    fn planes(side: usize, norm: Normalisation, at: impl Fn(usize, usize) -> [f32; 3]) -> Vec<f32> {
        let places = (0..3 * side * side).map(|i| (i / side / side, i % side, i / side % side));
        places
            .map(|(channel, x, y)| norm.apply(at(x, y)[channel]))
            .collect()
    }

    pub fn bilinear(image: &RgbImage, w: Window, side: usize, norm: Normalisation) -> Vec<f32> {
        let at = |start: i32, length: i32, i: usize| {
            let (scale, last) = (length as f32 / side as f32, (length - 1) as f32);
            let position = ((i as f32 + 0.5) * scale - 0.5).clamp(0.0, last);
            let (first, start) = (position.floor(), start as f32);
            (
                start + first,
                start + (first + 1.0).min(last),
                position - first,
            )
        };
        planes(side, norm, |x, y| {
            between(image, at(w.x, w.width, x), at(w.y, w.height, y))
        })
    }

    pub fn warp(
        image: &RgbImage,
        transform: &SimilarityTransform,
        side: usize,
        norm: Normalisation,
    ) -> Vec<f32> {
        let around = |t: f32| (t.floor(), t.floor() + 1.0, t - t.floor());
        planes(side, norm, |x, y| {
            let source = transform.inverse().apply(x as f32, y as f32);
            between(image, around(source.x), around(source.y))
        })
    }

    /// Sums rows first, as the picture is in memory.
    pub fn area(image: &RgbImage, w: Window, side: usize, norm: Normalisation) -> Vec<f32> {
        let parts = |start: i32, length: i32, size: u32, i: usize| {
            let scale = f64::from(length) / side as f64;
            let from = f64::from(start) + i as f64 * scale;
            let to = from + scale;
            let overlap = move |source: u32| {
                let source = f64::from(source);
                (to.min(source + 1.0) - from.max(source)) / scale
            };
            (0..size)
                .map(move |source| (source, overlap(source)))
                .filter(move |(_, overlap)| overlap * scale > 1e-3)
                .map(|(source, overlap)| (source, overlap as f32))
        };
        planes(side, norm, |x, y| {
            let rows = || parts(w.y, w.height, image.height(), y);
            array::from_fn(|channel| {
                let columns = parts(w.x, w.width, image.width(), x).map(|(x, weight)| {
                    let value = |y| f32::from(image.get_pixel(x, y).0[channel]);
                    weight * rows().fold(0.0, |sum, (y, weight)| sum + weight * value(y))
                });
                columns
                    .fold(0.0, |sum, column| sum + column)
                    .round_ties_even()
            })
        })
    }
}

#[test]
fn corners_of_a_crop_are_truncated_towards_zero() {
    let bounds = BoundingBox {
        x: 10.6,
        y: 2.0,
        width: 20.0,
        height: 30.0,
    };
    let window = |x, y, side| Window {
        x,
        y,
        width: side,
        height: side,
    };
    assert_eq!(Window::around(&bounds, 1.0), window(5, 2, 30));
    assert_eq!(Window::around(&bounds, 1.5), window(-1, -5, 44));
}

#[test]
fn a_box_without_sense_still_gives_a_crop() {
    for side in [0.0, -5.0, f32::NAN, f32::INFINITY] {
        let bounds = BoundingBox {
            x: 0.0,
            y: 0.0,
            width: side,
            height: side,
        };
        let window = Window::around(&bounds, 1.5);
        assert!(window.width >= 1 && window.height >= 1);
    }
}

const AS_IS: Normalisation = Normalisation {
    mean: 0.0,
    scale: 1.0,
};

fn area(image: &RgbImage, side: usize) -> Vec<f32> {
    let mut out = vec![0.0; 3 * side * side];
    let window = Window::letterbox(image.width(), image.height());
    AreaResampler::default().resample(image, window, side, AS_IS, &mut out);
    out
}

#[test]
fn area_is_the_mean_of_the_pixels_below() {
    let image = RgbImage::from_fn(4, 4, |x, y| Rgb([(8 * y + 2 * x) as u8, 100, 0]));
    let out = area(&image, 2);
    assert_eq!(&out[..4], [5.0, 9.0, 21.0, 25.0]);
    assert_eq!(&out[4..8], [100.0; 4]);
    assert_eq!(&out[8..], [0.0; 4]);
}

#[test]
fn area_by_a_broken_factor_weighs_by_overlap() {
    let image = RgbImage::from_fn(3, 3, |x, _| Rgb([[0, 90, 180][x as usize], 0, 0]));
    let out = area(&image, 2);
    assert!((out[0] - 30.0).abs() < 1e-3 && (out[1] - 150.0).abs() < 1e-3);
}

#[test]
fn a_wide_picture_lies_between_black_bars() {
    let image = RgbImage::from_pixel(4, 2, Rgb([200; 3]));
    let out = area(&image, 4);
    assert_eq!(
        &out[..16],
        [[0.0; 4], [200.0; 4], [200.0; 4], [0.0; 4]].concat()
    );
}

#[test]
fn bilinear_meets_opencv() {
    // cv2.resize of this 4 x 4 picture's left half (and one column outside) to 2 x 2.
    let image = RgbImage::from_fn(4, 4, |x, y| Rgb([(40 * y + 10 * x) as u8, 0, 0]));
    let mut out = [0.0; 12];
    let window = Window {
        x: 0,
        y: 0,
        width: 4,
        height: 4,
    };
    bilinear(&image, window, 2, AS_IS, &mut out);
    assert_eq!(&out[..4], [25.0, 45.0, 105.0, 125.0]);
    let window = Window {
        x: -1,
        y: 0,
        width: 2,
        height: 2,
    };
    bilinear(&image, window, 2, AS_IS, &mut out);
    assert_eq!(&out[..4], [0.0, 0.0, 0.0, 40.0]);
}

#[test]
fn warp_takes_the_corner_where_the_transform_says_and_black_outside() {
    let image = RgbImage::from_fn(8, 8, |x, y| Rgb([(16 * y + x) as u8, 0, 0]));
    let corners = [(2.0, 3.0), (4.0, 3.0), (2.0, 5.0)].map(|(x, y)| Point { x, y });
    let moved = [(0.0, 0.0), (2.0, 0.0), (0.0, 2.0)].map(|(x, y)| Point { x, y });
    let transform = SimilarityTransform::between(&corners, &moved).unwrap();
    let mut out = [0.0; 3 * 64];
    warp(&image, &transform, 8, AS_IS, &mut out);
    assert!((out[0] - 50.0).abs() < 1e-3 && (out[9] - 67.0).abs() < 1e-3);
    assert_eq!(out[63], 0.0);
}

/// A picture without a pattern.
fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 0x9E37_79B9_u32;
    RgbImage::from_fn(width, height, |_, _| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let [r, g, b, _] = state.to_le_bytes();
        Rgb([r, g, b])
    })
}

proptest! {
    #[test]
    fn runs_of_pixels_are_what_pixel_by_pixel_is(
        width in 1u32..40, height in 1u32..40, side in 1usize..40,
        (x, y) in (-50i32..50, -50i32..50), (across, down) in (1i32..90, 1i32..90),
        (turn, scale) in (-3.2f32..3.2, 0.05f32..20.0), moved in (-60.0f32..60.0, -60.0f32..60.0),
        mean in 0.0f32..200.0, spread in 0.5f32..200.0,
    ) {
        let image = noise(width, height);
        let norm = Normalisation { mean, scale: spread };
        let window = Window { x, y, width: across, height: down };
        let mut out = vec![0.0; 3 * side * side];
        bilinear(&image, window, side, norm, &mut out);
        prop_assert_eq!(&out, &plain::bilinear(&image, window, side, norm));
        AreaResampler::default().resample(&image, window, side, norm, &mut out);
        prop_assert_eq!(&out, &plain::area(&image, window, side, norm));
        let (sin, cos) = turn.sin_cos();
        let target = [(0.0, 0.0), (10.0, 0.0), (0.0, 10.0)].map(|(x, y)| Point { x, y });
        let source = target.map(|p| Point {
            x: scale * (cos * p.x - sin * p.y) + moved.0,
            y: scale * (sin * p.x + cos * p.y) + moved.1,
        });
        let transform = SimilarityTransform::between(&source, &target).unwrap();
        warp(&image, &transform, side, norm, &mut out);
        prop_assert_eq!(&out, &plain::warp(&image, &transform, side, norm));
    }

    #[test]
    fn rounding_is_to_the_nearest_and_of_two_to_the_even_one(value in 0.0f32..256.0) {
        for value in [value, value.floor(), value.floor() + 0.5] {
            prop_assert_eq!(rounded(value), value.round_ties_even());
            prop_assert_eq!(floor(value), value.floor() as i32);
            prop_assert_eq!(floor(-value), (-value).floor() as i32);
        }
    }
}

proptest! {
    #[test]
    fn no_window_panics_or_leaves_the_range_of_the_picture(
        width in 1u32..40, height in 1u32..40, side in 1usize..20,
        x in -50i32..50, y in -50i32..50, window_side in 1i32..90,
    ) {
        let image = RgbImage::from_fn(width, height, |x, y| Rgb([(x * 7 + y * 13) as u8; 3]));
        let window = Window { x, y, width: window_side, height: window_side };
        let mut out = vec![0.0; 3 * side * side];
        bilinear(&image, window, side, AS_IS, &mut out);
        prop_assert!(out.iter().all(|v| (-0.01..=255.01).contains(v)));
        AreaResampler::default().resample(&image, window, side, AS_IS, &mut out);
        prop_assert!(out.iter().all(|v| (-0.01..=255.5).contains(v)));
    }
}
