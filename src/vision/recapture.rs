//! What a print or a screen makes of a portrait that is held up to a camera: attacks made by computation.
//!
//! Modelled, in this order: the medium's tones and colours; its structure (halftone and paper, or the stripes
//! of a screen's pixels, whose sampling by the camera's grid gives moire); its edges (bezel or margin) before
//! a room; a slight perspective; glare; the camera's blur and noise. What a camera's JPEG adds is left to
//! the caller. A seed makes it again.
//!
//! This is a synthesis for tests, not a measure of real attacks: a network that rejects these may pass a
//! good print.

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

/// What is held up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    Print,
    Phone,
    Tablet,
    Monitor,
}

impl Medium {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Print, Self::Phone, Self::Tablet, Self::Monitor];

    fn traits(self) -> Traits {
        match self {
            Self::Print => Traits {
                pitch: 2.7,
                depth: 0.22,
                margin: 0.05,
                frame: [236.0, 234.0, 228.0],
                contrast: 0.74,
                saturation: 0.72,
                white: [1.0, 0.98, 0.93],
                black: 34.0,
                glare: 16.0,
            },
            Self::Phone => Traits {
                pitch: 1.37,
                depth: 0.16,
                margin: 0.03,
                frame: [14.0, 14.0, 17.0],
                contrast: 1.12,
                saturation: 1.16,
                white: [0.96, 0.99, 1.06],
                black: 10.0,
                glare: 60.0,
            },
            Self::Tablet => Traits {
                pitch: 1.71,
                depth: 0.2,
                margin: 0.07,
                frame: [20.0, 20.0, 22.0],
                contrast: 1.05,
                saturation: 1.08,
                white: [0.97, 1.0, 1.05],
                black: 16.0,
                glare: 48.0,
            },
            Self::Monitor => Traits {
                pitch: 2.31,
                depth: 0.28,
                margin: 0.04,
                frame: [30.0, 30.0, 32.0],
                contrast: 0.98,
                saturation: 1.0,
                white: [0.98, 1.0, 1.08],
                black: 24.0,
                glare: 26.0,
            },
        }
    }
}

/// Numbers of a medium.
struct Traits {
    /// Pixels of the camera to a pixel, or a halftone dot, of the medium.
    pitch: f32,
    /// How much darker the gaps between them are, 0 to 1.
    depth: f32,
    /// Width of the bezel or margin over that of the picture.
    margin: f32,
    /// Its colour.
    frame: [f32; 3],
    contrast: f32,
    saturation: f32,
    white: [f32; 3],
    /// Light that the medium gives or mirrors where it is black.
    black: f32,
    glare: f32,
}

/// The picture as a camera sees it on a medium, of the same size; the same for the same seed.
#[must_use]
pub fn recapture(picture: &RgbImage, medium: Medium, seed: u64) -> RgbImage {
    let (width, height) = picture.dimensions();
    if width < 2 || height < 2 {
        return picture.clone();
    }
    let mut random = Random(seed ^ 0x5851_F42D_4C95_7F2D);
    let traits = medium.traits();
    let view = View::new(&mut random, width as f32, height as f32);
    let room = imageops::fast_blur(
        &imageops::resize(
            &imageops::thumbnail(picture, 8, 8),
            width,
            height,
            FilterType::Triangle,
        ),
        8.0,
    );
    let phases = [random.unit(), random.unit(), random.unit()];
    let glare = (
        random.between(0.1, 0.9),
        random.between(0.05, 0.6),
        random.between(0.12, 0.3),
    );
    let mut seen = RgbImage::from_fn(width, height, |x, y| {
        // Place on the medium, the picture itself from 0 to 1.
        let (u, v) = view.on_medium(x as f32 + 0.5, y as f32 + 0.5);
        let margin = traits.margin;
        let outside = (-u).max(u - 1.0).max(-v).max(v - 1.0);
        let colour = if outside > margin {
            room.get_pixel(x, y).0.map(|c| 0.55 * f32::from(c) + 20.0)
        } else if outside > 0.0 {
            traits.frame
        } else {
            let toned = traits.tone(sampled(picture, u, v));
            let (px, py) = (u * width as f32, v * height as f32);
            traits.structured(toned, medium, px * view.scale, py * view.scale, phases)
        };
        let shine = if outside > margin {
            0.0
        } else {
            let distance = (u - glare.0).hypot(v - glare.1) / glare.2;
            traits.glare * (-distance * distance).exp()
        };
        Rgb(colour.map(|c| (c + shine).clamp(0.0, 255.0) as u8))
    });
    seen = imageops::fast_blur(&seen, random.between(0.45, 0.8));
    for value in seen.iter_mut() {
        let noise = random.between(-3.0, 3.0) + random.between(-3.0, 3.0);
        *value = (f32::from(*value) + noise).clamp(0.0, 255.0) as u8;
    }
    seen
}

impl Traits {
    /// Contrast about middle grey, saturation, white point and black level.
    fn tone(&self, colour: [f32; 3]) -> [f32; 3] {
        let grey = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2];
        let span = (255.0 - self.black) / 255.0;
        std::array::from_fn(|i| {
            let vivid = grey + self.saturation * (colour[i] - grey);
            let contrasted = (128.0 + self.contrast * (vivid - 128.0)).clamp(0.0, 255.0);
            self.black + span * self.white[i] * contrasted
        })
    }

    /// The gaps between pixels or dots at a place in camera pixels.
    fn structured(
        &self,
        colour: [f32; 3],
        medium: Medium,
        x: f32,
        y: f32,
        phases: [f32; 3],
    ) -> [f32; 3] {
        use std::f32::consts::TAU;
        std::array::from_fn(|i| {
            let gap = if medium == Medium::Print {
                // Dots in rows that are tilted differently for each ink.
                let (sin, cos) = (0.26 + 0.52 * i as f32).sin_cos();
                let (a, b) = (x * cos - y * sin, x * sin + y * cos);
                let dots =
                    (TAU * (a / self.pitch + phases[i])).cos() + (TAU * b / self.pitch).cos();
                0.5 + 0.25 * dots
            } else {
                // A stripe for each colour, and the rows.
                let stripe =
                    0.5 + 0.5 * (TAU * (x / self.pitch + i as f32 / 3.0 + phases[0])).cos();
                let row = 0.5 + 0.5 * (TAU * (y / self.pitch + phases[1])).cos();
                0.6 * stripe + 0.4 * row
            };
            colour[i] * (1.0 - self.depth * gap)
        })
    }
}

/// Where the medium is in the camera's picture: a slightly turned rectangle in perspective.
struct View {
    width: f32,
    height: f32,
    scale: f32,
    shift: (f32, f32),
    tilt: f32,
    perspective: (f32, f32),
}

impl View {
    fn new(random: &mut Random, width: f32, height: f32) -> Self {
        Self {
            width,
            height,
            scale: random.between(0.74, 0.84),
            shift: (random.between(-0.03, 0.03), random.between(-0.03, 0.03)),
            tilt: random.between(-0.05, 0.05),
            perspective: (random.between(-0.12, 0.12), random.between(-0.12, 0.12)),
        }
    }

    /// From a pixel of the camera to the place on the medium.
    fn on_medium(&self, x: f32, y: f32) -> (f32, f32) {
        let (a, b) = (x / self.width - 0.5, y / self.height - 0.5);
        let depth = 1.0 + self.perspective.0 * a + self.perspective.1 * b;
        let (a, b) = (a * depth - self.shift.0, b * depth - self.shift.1);
        let (sin, cos) = self.tilt.sin_cos();
        let (a, b) = (a * cos - b * sin, a * sin + b * cos);
        (a / self.scale + 0.5, b / self.scale + 0.5)
    }
}

/// The picture at a place from 0 to 1, between its pixels.
fn sampled(picture: &RgbImage, u: f32, v: f32) -> [f32; 3] {
    let at = |t: f32, size: u32| {
        let place = (t * size as f32 - 0.5).clamp(0.0, (size - 1) as f32);
        let first = place as u32;
        (first, (first + 1).min(size - 1), place - place.floor())
    };
    let (left, right, fx) = at(u, picture.width());
    let (top, bottom, fy) = at(v, picture.height());
    let [a, b, c, d] = [(left, top), (right, top), (left, bottom), (right, bottom)]
        .map(|(x, y)| picture.get_pixel(x, y).0.map(f32::from));
    std::array::from_fn(|i| {
        let upper = a[i] + (b[i] - a[i]) * fx;
        let lower = c[i] + (d[i] - c[i]) * fx;
        upper + (lower - upper) * fy
    })
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers everywhere.
struct Random(u64);

impl Random {
    /// From 0 to 1.
    fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portrait() -> RgbImage {
        RgbImage::from_fn(320, 320, |x, y| {
            Rgb([(60 + x / 3) as u8, (90 + y / 4) as u8, 120])
        })
    }

    #[test]
    fn a_seed_makes_the_same_picture_again_and_another_one_another() {
        for medium in Medium::ALL {
            let seen = recapture(&portrait(), medium, 7);
            assert_eq!(seen.dimensions(), (320, 320));
            assert!(seen == recapture(&portrait(), medium, 7));
            assert!(seen != recapture(&portrait(), medium, 8));
        }
        assert!(
            recapture(&portrait(), Medium::Phone, 7) != recapture(&portrait(), Medium::Print, 7)
        );
    }

    #[test]
    fn what_is_held_up_has_edges_and_a_grid() {
        use crate::domain::BoundingBox;
        use crate::vision::cues::{bezel::bezel, moire::Moire};
        let mut moire = Moire::new();
        let bounds = BoundingBox {
            x: 95.0,
            y: 95.0,
            width: 130.0,
            height: 130.0,
        };
        assert_eq!(moire.read(&portrait(), &bounds), 0.0);
        assert_eq!(bezel(&portrait(), &bounds), 0.0);
        for medium in Medium::ALL {
            let seen = recapture(&portrait(), medium, 7);
            let told = moire.read(&seen, &bounds) + bezel(&seen, &bounds);
            assert!(told >= 0.5, "{medium:?}: {told}");
        }
    }

    #[test]
    fn tiny_pictures_come_back_as_they_are() {
        for (width, height) in [(0, 0), (1, 1), (1, 40)] {
            let picture = RgbImage::new(width, height);
            assert!(recapture(&picture, Medium::Monitor, 1) == picture);
        }
    }
}
