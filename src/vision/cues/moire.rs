//! Peaks in the spectrum of a face, as a screen's grid or a halftone leaves them.

use image::RgbImage;

use crate::domain::BoundingBox;

use super::luma;
use super::spectrum::{SIDE, Spectrum};

/// Frequencies that are looked at, in cycles over the square: below is the face itself, above the
/// sensor's own pattern.
const LOWEST: f32 = 16.0;
const HIGHEST: f32 = 60.0;
/// A peak over the median of its ring: below the first, chance and the face's own lines; above the second,
/// a grid. Logarithms to the base of ten.
const CHANCE: f32 = 2.3;
const GRID: f32 = 3.2;
/// Power that a frequency has at least in what a camera took, about one and a half grey levels of noise: in
/// a smooth drawing rounding alone would leave peaks.
const QUIETEST: f32 = 5_000.0;

/// Looks for peaks, in memory that it keeps.
pub struct Moire {
    spectrum: Spectrum,
    /// Powers by distance from the zero frequency. Each time they are as many.
    rings: Vec<Vec<f32>>,
}

impl Moire {
    pub fn new() -> Self {
        Self {
            spectrum: Spectrum::new(),
            rings: vec![Vec::new(); HIGHEST as usize + 1],
        }
    }

    /// 0 to 1 by how far the strongest peak in the face's spectrum stands out of its ring.
    ///
    /// A square of the picture's own pixels is taken, because a change of scale would blur the pattern or
    /// make one. A face smaller than it tells nothing.
    pub fn read(&mut self, image: &RgbImage, bounds: &BoundingBox) -> f32 {
        let side = SIDE as i64;
        let centre = bounds.centre();
        // Far outside the picture, infinity included. `as` saturates.
        if !(centre.x.abs() < 1e6 && centre.y.abs() < 1e6) {
            return 0.0;
        }
        let (left, top) = (centre.x as i64 - side / 2, centre.y as i64 - side / 2);
        let fits = bounds.width.min(bounds.height) >= SIDE as f32
            && left >= 0
            && top >= 0
            && left + side <= i64::from(image.width())
            && top + side <= i64::from(image.height());
        if !fits {
            return 0.0;
        }
        let (left, top) = (left as u32, top as u32);
        let brightness =
            |x: usize, y: usize| f32::from(luma(image.get_pixel(left + x as u32, top + y as u32)));
        let peak = self.peak_over_ring(brightness).max(1.0).log10();
        ((peak - CHANCE) / (GRID - CHANCE)).clamp(0.0, 1.0)
    }

    /// The largest ratio of a frequency's power to the median of those as high.
    fn peak_over_ring(&mut self, brightness: impl Fn(usize, usize) -> f32) -> f32 {
        let Self { spectrum, rings } = self;
        rings.iter_mut().for_each(Vec::clear);
        let signed = |i: usize| {
            if i < SIDE / 2 {
                i as f32
            } else {
                i as f32 - SIDE as f32
            }
        };
        for (i, power) in spectrum.power(brightness).enumerate() {
            let (u, v) = (signed(i % SIDE), signed(i / SIDE));
            let radius = u.hypot(v);
            // Blocks of JPEG leave power along both axes.
            let on_axis = u.abs() < 3.0 || v.abs() < 3.0;
            if (LOWEST..HIGHEST).contains(&radius) && !on_axis {
                rings[radius as usize].push(power);
            }
        }
        rings
            .iter_mut()
            .filter(|ring| ring.len() > 8)
            .map(|ring| {
                ring.sort_unstable_by(f32::total_cmp);
                let median = ring[ring.len() / 2].max(QUIETEST);
                ring.last().copied().unwrap_or_default() / median
            })
            .fold(0.0, f32::max)
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    const FACE: BoundingBox = BoundingBox {
        x: 20.0,
        y: 20.0,
        width: 160.0,
        height: 160.0,
    };

    /// A soft ramp with noise, and a wave of some grey levels on it.
    fn picture(wave: f32) -> RgbImage {
        let mut state = 12345u32;
        RgbImage::from_fn(200, 200, |x, y| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let phase = 0.9 * x as f32 + 0.5 * y as f32;
            let noise = (state % 9) as f32;
            Rgb([(90.0 + 0.3 * x as f32 + noise + wave * phase.cos()) as u8; 3])
        })
    }

    #[test]
    fn a_grid_on_the_face_is_seen_and_noise_is_not() {
        assert_eq!(Moire::new().read(&picture(0.0), &FACE), 0.0);
        let mut moire = Moire::new();
        let faint = moire.read(&picture(6.0), &FACE);
        assert!(faint > 0.5);
        assert!(moire.read(&picture(12.0), &FACE) >= faint);
    }

    #[test]
    fn a_small_or_cut_off_face_tells_nothing() {
        for (x, side) in [
            (20.0, 60.0),
            (-80.0, 160.0),
            (f32::NAN, 160.0),
            (0.0, f32::INFINITY),
        ] {
            let bounds = BoundingBox {
                x,
                y: 20.0,
                width: side,
                height: side,
            };
            let seen = Moire::new().read(&picture(12.0), &bounds);
            assert_eq!(seen, 0.0);
        }
    }
}
