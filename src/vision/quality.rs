//! How well a face is suited to comparison, after the measures of ISO/IEC 29794-5.
//!
//! Each measure becomes a component from 0 to 1, and the quality is that of the weakest one: a sharp
//! picture does not make up for a turned head.

use image::RgbImage;

use crate::domain::{Face, Guidance, Landmarks, Point, Quality};

use super::align::{ALIGNED_SIDE, SimilarityTransform};
use super::manifest::Normalisation;
use super::resample;

/// The quality of a face and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QualityReport {
    /// That of the weakest component.
    pub quality: Quality,
    /// What the person could do, if a component is weak.
    pub guidance: Option<Guidance>,
    pub components: Components,
}

/// The components, each from 0 (useless) to 1 (nothing to wish for).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Components {
    /// Distance between the eyes in picture pixels.
    pub size: f32,
    /// Share of the face box inside the picture.
    pub inside: f32,
    /// Head turned to neither side, neither up nor down, nor tilted.
    pub pose: f32,
    /// Variance of the Laplacian.
    pub sharpness: f32,
    /// Not too dark.
    pub dark: f32,
    /// Not too bright.
    pub bright: f32,
    /// Spread of the luminance.
    pub contrast: f32,
}

/// What is measured, in its own units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    /// Distance between the eyes, picture pixels.
    pub inter_eye: f32,
    /// Share of the box inside the picture, 0 to 1.
    pub inside: f32,
    /// Offset of the nose from the middle of the eyes over the distance between them: about the sine of yaw.
    pub yaw: f32,
    /// Drop of the nose below the eyes as a share of the drop of the mouth, less that of the template.
    pub pitch: f32,
    /// Tilt of the line through the eyes, radians.
    pub roll: f32,
    /// Variance of the Laplacian of the aligned face's luminance.
    pub laplacian: f32,
    /// Mean luminance of the aligned face, 0 to 255.
    pub luminance: f32,
    /// Standard deviation of the luminance.
    pub spread: f32,
    /// Share of pixels that are burnt out.
    pub clipped: f32,
}

/// Measures faces, with a buffer for the aligned face.
pub struct QualityMeter {
    aligned: Vec<f32>,
    luminance: Vec<f32>,
}

impl QualityMeter {
    const PIXELS: usize = ALIGNED_SIDE * ALIGNED_SIDE;
    const AS_IS: Normalisation = Normalisation {
        mean: 0.0,
        scale: 1.0,
    };
    /// Luminance from which a pixel counts as burnt out.
    const CLIPPED: f32 = 250.0;

    /// A meter with its buffers.
    #[must_use]
    pub fn new() -> Self {
        Self {
            aligned: vec![0.0; 3 * Self::PIXELS],
            luminance: vec![0.0; Self::PIXELS],
        }
    }

    /// The quality of a face; 0 if its landmarks fall together.
    pub fn report(&mut self, image: &RgbImage, face: &Face) -> QualityReport {
        let components = self
            .measure(image, face)
            .map_or(Components::NONE, |m| Components::of(&m));
        components.report()
    }

    /// Measures a face; `None` if its landmarks fall together.
    pub fn measure(&mut self, image: &RgbImage, face: &Face) -> Option<Measures> {
        let transform = SimilarityTransform::aligning(&face.landmarks)?;
        resample::warp(
            image,
            &transform,
            ALIGNED_SIDE,
            Self::AS_IS,
            &mut self.aligned,
        );
        let (red, rest) = self.aligned.split_at(Self::PIXELS);
        let (green, blue) = rest.split_at(Self::PIXELS);
        for (luminance, ((r, g), b)) in self
            .luminance
            .iter_mut()
            .zip(red.iter().zip(green).zip(blue))
        {
            *luminance = 0.299 * r + 0.587 * g + 0.114 * b;
        }
        let luminance = &self.luminance;
        let pixels = Self::PIXELS as f32;
        let (mean, variance) = moments(luminance.iter().copied());
        let (_, laplacian) = moments(laplacian(luminance));
        let clipped = luminance.iter().filter(|&&l| l >= Self::CLIPPED).count() as f32;
        let (yaw, pitch, roll) = pose(&face.landmarks);
        Some(Measures {
            inter_eye: distance(face.landmarks.right_eye, face.landmarks.left_eye),
            inside: share_inside(image, face),
            yaw,
            pitch,
            roll,
            laplacian,
            luminance: mean,
            spread: variance.sqrt(),
            clipped: clipped / pixels,
        })
    }
}

impl Default for QualityMeter {
    fn default() -> Self {
        Self::new()
    }
}

impl Components {
    const NONE: Self = Self {
        size: 0.0,
        inside: 0.0,
        pose: 0.0,
        sharpness: 0.0,
        dark: 0.0,
        bright: 0.0,
        contrast: 0.0,
    };
    /// A component below this is worth telling the person.
    const WEAK: f32 = 0.6;

    fn of(m: &Measures) -> Self {
        Self {
            size: ramp(m.inter_eye, 8.0, 32.0),
            inside: ramp(m.inside, 0.5, 0.9),
            pose: ramp(m.yaw.abs(), 0.5, 0.15)
                .min(ramp(m.pitch.abs(), 0.4, 0.15))
                .min(ramp(m.roll.abs(), 0.9, 0.3)),
            sharpness: ramp(m.laplacian.max(1.0).ln(), 10f32.ln(), 150f32.ln()),
            dark: ramp(m.luminance, 20.0, 70.0),
            bright: ramp(m.luminance, 245.0, 200.0).min(ramp(m.clipped, 0.5, 0.15)),
            contrast: ramp(m.spread, 8.0, 30.0),
        }
    }

    fn report(self) -> QualityReport {
        let with_guidance = [
            (self.size, Guidance::ComeCloser),
            (self.inside, Guidance::LookHere),
            (self.pose, Guidance::LookHere),
            (self.dark, Guidance::MoreLight),
            (self.bright, Guidance::LessLight),
            (self.contrast, Guidance::MoreLight),
            (self.sharpness, Guidance::HoldStill),
        ];
        let weakest = with_guidance
            .into_iter()
            .fold((1.0, None), |weakest, (value, guidance)| {
                if value < weakest.0 {
                    (value, Some(guidance))
                } else {
                    weakest
                }
            });
        QualityReport {
            quality: Quality::from_fraction(weakest.0),
            guidance: weakest.1.filter(|_| weakest.0 < Self::WEAK),
            components: self,
        }
    }
}

/// A straight line from 0 at `worst` to 1 at `best`, level beyond; `best` may be the smaller one.
fn ramp(value: f32, worst: f32, best: f32) -> f32 {
    ((value - worst) / (best - worst)).clamp(0.0, 1.0)
}

/// Yaw, pitch and roll as [`Measures`] has them, from the six points.
fn pose(l: &Landmarks) -> (f32, f32, f32) {
    let (dx, dy) = (l.left_eye.x - l.right_eye.x, l.left_eye.y - l.right_eye.y);
    let inter_eye = dx.hypot(dy).max(f32::EPSILON);
    let middle = Point {
        x: (l.left_eye.x + l.right_eye.x) / 2.0,
        y: (l.left_eye.y + l.right_eye.y) / 2.0,
    };
    // Along and across the line through the eyes.
    let upright = |p: Point| {
        let (x, y) = (p.x - middle.x, p.y - middle.y);
        ((x * dx + y * dy) / inter_eye, (y * dx - x * dy) / inter_eye)
    };
    let (nose, mouth) = (upright(l.nose), upright(l.mouth));
    let yaw = nose.0 / inter_eye;
    /// Of the alignment template.
    const LEVEL: f32 = 0.49;
    let pitch = nose.1 / mouth.1.max(f32::EPSILON) - LEVEL;
    (yaw, pitch, dy.atan2(dx))
}

fn distance(a: Point, b: Point) -> f32 {
    (a.x - b.x).hypot(a.y - b.y)
}

fn share_inside(image: &RgbImage, face: &Face) -> f32 {
    let b = &face.bounds;
    let visible =
        |start: f32, length: f32, size: u32| (start + length).min(size as f32) - start.max(0.0);
    let width = visible(b.x, b.width, image.width()).max(0.0);
    let height = visible(b.y, b.height, image.height()).max(0.0);
    width * height / b.area().max(f32::EPSILON)
}

/// The four-neighbour Laplacian of the inner pixels.
fn laplacian(luminance: &[f32]) -> impl Iterator<Item = f32> + Clone + '_ {
    let inner = 1..ALIGNED_SIDE - 1;
    inner.clone().flat_map(move |y| {
        inner.clone().map(move |x| {
            let at = y * ALIGNED_SIDE + x;
            luminance[at - 1]
                + luminance[at + 1]
                + luminance[at - ALIGNED_SIDE]
                + luminance[at + ALIGNED_SIDE]
                - 4.0 * luminance[at]
        })
    })
}

/// Mean and variance.
fn moments(values: impl Iterator<Item = f32>) -> (f32, f32) {
    let (mut count, mut sum, mut squares) = (0.0_f32, 0.0_f32, 0.0_f32);
    for value in values {
        count += 1.0;
        sum += value;
        squares += value * value;
    }
    let mean = sum / count.max(1.0);
    (mean, (squares / count.max(1.0) - mean * mean).max(0.0))
}
