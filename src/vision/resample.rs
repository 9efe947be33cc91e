//! From the 8-bit picture to a network's planar f32 input, in one pass and into a reused buffer.
//!
//! Every function fills `out` as three planes (R, G, B) of `side` x `side` normalised values, and agrees
//! with the OpenCV call it stands for, the rounding to 8 bits included: a detection near its threshold turns
//! on that. Outside the picture everything is black (0 before normalisation).

use image::RgbImage;

use crate::domain::BoundingBox;

use super::align::SimilarityTransform;
use super::manifest::Normalisation;

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

/// Averages the picture over the area of each output pixel (`cv::resize`, `INTER_AREA`).
///
/// Keeps its tables and sums from one picture to the next.
#[derive(Debug, Default)]
pub struct AreaResampler {
    columns: Vec<Coverage>,
    row: Vec<f32>,
}

/// How much of a source pixel falls into one output pixel.
#[derive(Debug, Clone, Copy)]
struct Coverage {
    target: usize,
    source: usize,
    weight: f32,
}

impl AreaResampler {
    /// Brings a window of the picture to `side` x `side`.
    pub fn resample(
        &mut self,
        image: &RgbImage,
        window: Window,
        side: usize,
        norm: Normalisation,
        out: &mut [f32],
    ) {
        let (width, height) = (image.width() as usize, image.height() as usize);
        self.columns.clear();
        coverage(window.x, window.width, width, side, |c| {
            self.columns.push(c)
        });
        self.row.resize(width * 3, 0.0);
        out.fill(0.0);
        let pixels = image.as_raw();
        let (red, rest) = out.split_at_mut(side * side);
        let (green, blue) = rest.split_at_mut(side * side);

        let (columns, sums) = (&self.columns, &mut self.row);
        let mut flush = |target: usize, sums: &mut [f32]| {
            let line = target * side..(target + 1) * side;
            let (red, green, blue) = (
                &mut red[line.clone()],
                &mut green[line.clone()],
                &mut blue[line],
            );
            for c in columns {
                red[c.target] += c.weight * sums[c.source * 3];
                green[c.target] += c.weight * sums[c.source * 3 + 1];
                blue[c.target] += c.weight * sums[c.source * 3 + 2];
            }
            sums.fill(0.0);
        };
        sums.fill(0.0);
        let mut current = None;
        coverage(window.y, window.height, height, side, |c| {
            if let Some(done) = current.replace(c.target).filter(|&t| t != c.target) {
                flush(done, sums);
            }
            let source = &pixels[c.source * width * 3..(c.source + 1) * width * 3];
            for (sum, &value) in sums.iter_mut().zip(source) {
                *sum += c.weight * f32::from(value);
            }
        });
        if let Some(done) = current {
            flush(done, sums);
        }
        for value in out {
            *value = norm.apply(value.round_ties_even());
        }
    }
}

/// The source pixels under each output pixel along one axis, in output order.
///
/// The window begins at `start` and is `length` source pixels long; the picture is `size` long.
fn coverage(start: i32, length: i32, size: usize, side: usize, mut each: impl FnMut(Coverage)) {
    let scale = f64::from(length) / side as f64;
    for target in 0..side {
        let from = f64::from(start) + target as f64 * scale;
        let to = from + scale;
        let mut source = from.floor() as i64;
        while (source as f64) < to {
            let overlap = (to.min(source as f64 + 1.0) - from.max(source as f64)) / scale;
            let inside = usize::try_from(source).ok().filter(|&s| s < size);
            // Below a thousandth of a source pixel it is rounding of the bounds, as in OpenCV.
            if let Some(source) = inside.filter(|_| overlap * scale > 1e-3) {
                each(Coverage {
                    target,
                    source,
                    weight: overlap as f32,
                });
            }
            source += 1;
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
    for y in 0..side {
        let (top, bottom, fy) = at(window.y, window.height, y);
        for x in 0..side {
            let (left, right, fx) = at(window.x, window.width, x);
            let corners = [(left, top), (right, top), (left, bottom), (right, bottom)];
            put(
                out,
                side,
                x,
                y,
                norm,
                blend(corners.map(|(x, y)| pixel(image, x, y)), fx, fy),
            );
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
    for y in 0..side {
        for x in 0..side {
            let source = inverse.apply(x as f32, y as f32);
            let (left, top) = (source.x.floor(), source.y.floor());
            let (fx, fy) = (source.x - left, source.y - top);
            let (left, top) = (left as i32, top as i32);
            let (right, bottom) = (left.saturating_add(1), top.saturating_add(1));
            let corners = [(left, top), (right, top), (left, bottom), (right, bottom)];
            put(
                out,
                side,
                x,
                y,
                norm,
                blend(corners.map(|(x, y)| pixel(image, x, y)), fx, fy),
            );
        }
    }
}

/// The pixel, or black outside the picture.
fn pixel(image: &RgbImage, x: i32, y: i32) -> [f32; 3] {
    match (u32::try_from(x), u32::try_from(y)) {
        (Ok(x), Ok(y)) => image
            .get_pixel_checked(x, y)
            .map_or([0.0; 3], |p| p.0.map(f32::from)),
        _ => [0.0; 3],
    }
}

/// Blends top left, top right, bottom left and bottom right.
fn blend(corners: [[f32; 3]; 4], fx: f32, fy: f32) -> [f32; 3] {
    let [a, b, c, d] = corners;
    std::array::from_fn(|i| {
        let top = a[i] + (b[i] - a[i]) * fx;
        let bottom = c[i] + (d[i] - c[i]) * fx;
        top + (bottom - top) * fy
    })
}

fn put(out: &mut [f32], side: usize, x: usize, y: usize, norm: Normalisation, value: [f32; 3]) {
    for (channel, value) in value.into_iter().enumerate() {
        out[(channel * side + y) * side + x] = norm.apply(value.round_ties_even());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Point;
    use image::Rgb;
    use proptest::prelude::*;

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
}
