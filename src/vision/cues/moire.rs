//! Peaks in the spectrum of a face, as a screen's grid or a halftone leaves them.

use image::RgbImage;

use crate::domain::BoundingBox;

use super::spectrum::{ACROSS, SIDE, Spectrum};
use super::{luma, row};

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
    /// The places in the spectrum of what is looked at, by whole distances from the zero frequency.
    rings: Vec<Vec<usize>>,
    /// Powers in one of them.
    powers: Vec<f32>,
}

impl Moire {
    pub fn new() -> Self {
        let mut rings = vec![Vec::new(); (HIGHEST - LOWEST) as usize];
        for i in 0..SIDE * ACROSS {
            let (u, v) = ((i % ACROSS) as f32, (i / ACROSS) as f32);
            let v = v - if i / ACROSS < SIDE / 2 {
                0.0
            } else {
                SIDE as f32
            };
            let radius = u.hypot(v);
            // Blocks of JPEG leave power along both axes.
            let on_axis = u < 3.0 || v.abs() < 3.0;
            if (LOWEST..HIGHEST).contains(&radius) && !on_axis {
                rings[(radius - LOWEST) as usize].push(i);
            }
        }
        Self {
            spectrum: Spectrum::new(),
            powers: Vec::with_capacity(rings.iter().map(Vec::len).max().unwrap_or_default()),
            rings,
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
        let (left, top) = (left as usize, top as usize);
        let brightness = |y: usize| {
            let pixels = &row(image, top + y)[left..left + SIDE];
            pixels.iter().map(|pixel| f32::from(luma(pixel)))
        };
        let peak = self.peak_over_ring(brightness).max(1.0).log10();
        ((peak - CHANCE) / (GRID - CHANCE)).clamp(0.0, 1.0)
    }

    /// The largest ratio of a frequency's power to the median of those as high.
    fn peak_over_ring<R: Iterator<Item = f32>>(&mut self, brightness: impl Fn(usize) -> R) -> f32 {
        let powers = self.spectrum.power(brightness);
        let mut largest = 0.0_f32;
        for ring in &self.rings {
            self.powers.clear();
            self.powers.extend(ring.iter().map(|&i| powers[i]));
            // The ring's other half has the same powers.
            let middle = self.powers.len() / 2;
            let (_, median, above) = self.powers.select_nth_unstable_by(middle, f32::total_cmp);
            let peak = above.iter().copied().fold(*median, f32::max);
            largest = largest.max(peak / median.max(QUIETEST));
        }
        largest
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
