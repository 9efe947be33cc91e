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
    /// The face is not cut off by the picture's edge.
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
    /// Share of the inner face inside the picture, 0 to 1.
    pub inside: f32,
    /// Offset of the nose from the middle of the eyes over the distance between them: about the sine of yaw.
    pub yaw: f32,
    /// Drop of the nose below the eyes as a share of the drop of the mouth, less that of the template.
    pub pitch: f32,
    /// Tilt of the line through the eyes, radians.
    pub roll: f32,
    /// Variance of the Laplacian of the inner face's luminance.
    pub laplacian: f32,
    /// Mean luminance of the inner face, 0 to 255.
    pub luminance: f32,
    /// Standard deviation of the luminance.
    pub spread: f32,
    /// Share of pixels that are burnt out.
    pub clipped: f32,
}

/// Measures faces, with buffers for the aligned face and its luminance.
pub struct QualityMeter {
    aligned: Vec<f32>,
    luminance: Vec<f32>,
}

/// The inner face, from brows to chin, in pixels of the aligned face. What lies round it (hair,
/// background, the edge of the picture) says nothing about the face.
const COLUMNS: std::ops::Range<usize> = 26..86;
const ROWS: std::ops::Range<usize> = 38..104;

impl QualityMeter {
    const AS_IS: Normalisation = Normalisation {
        mean: 0.0,
        scale: 1.0,
    };
    /// Luminance from which a pixel counts as burnt out.
    const CLIPPED: f32 = 250.0;

    /// A meter with its buffers.
    #[must_use]
    pub fn new() -> Self {
        let pixels = ALIGNED_SIDE * ALIGNED_SIDE;
        Self {
            aligned: vec![0.0; 3 * pixels],
            luminance: vec![0.0; pixels],
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
        let (red, rest) = self.aligned.split_at(self.luminance.len());
        let (green, blue) = rest.split_at(self.luminance.len());
        let colours = red.iter().zip(green).zip(blue);
        for (luminance, ((r, g), b)) in self.luminance.iter_mut().zip(colours) {
            // ITU-R BT.601.
            *luminance = 0.299 * r + 0.587 * g + 0.114 * b;
        }
        let luminance = &self.luminance;
        let values = || inner().map(|(x, y)| luminance[y * ALIGNED_SIDE + x]);
        let (mean, variance) = moments(values());
        let (_, laplacian) = moments(inner().map(|(x, y)| laplacian(luminance, x, y)));
        let (clipped, _) = moments(values().map(|l| f32::from(l >= Self::CLIPPED)));
        let (yaw, pitch, roll) = pose(&face.landmarks);
        Some(Measures {
            inter_eye: distance(face.landmarks.right_eye, face.landmarks.left_eye),
            inside: share_inside(image, &transform),
            yaw,
            pitch,
            roll,
            laplacian,
            luminance: mean,
            spread: variance.sqrt(),
            clipped,
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
            inside: ramp(m.inside, 0.75, 1.0),
            pose: ramp(m.yaw.abs(), 0.5, 0.15)
                .min(ramp(m.pitch.abs(), 0.4, 0.15))
                .min(ramp(m.roll.abs(), 0.9, 0.3)),
            sharpness: ramp(m.laplacian.max(1.0).ln(), 3_f32.ln(), 60_f32.ln()),
            dark: ramp(m.luminance, 15.0, 50.0),
            bright: ramp(m.luminance, 250.0, 215.0).min(ramp(m.clipped, 0.5, 0.15)),
            contrast: ramp(m.spread, 5.0, 20.0),
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

/// The drop of the nose over that of the mouth in the alignment template.
pub(super) const LEVEL: f32 = 0.49;

/// Yaw, pitch and roll as [`Measures`] has them, from the six points.
pub(super) fn pose(l: &Landmarks) -> (f32, f32, f32) {
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
    let pitch = nose.1 / mouth.1.max(f32::EPSILON) - LEVEL;
    (yaw, pitch, dy.atan2(dx))
}

fn distance(a: Point, b: Point) -> f32 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// The pixels of the inner face.
fn inner() -> impl Iterator<Item = (usize, usize)> {
    ROWS.flat_map(|y| COLUMNS.map(move |x| (x, y)))
}

/// The share of the inner face that the picture shows.
fn share_inside(image: &RgbImage, transform: &SimilarityTransform) -> f32 {
    let inverse = transform.inverse();
    let (width, height) = (image.width() as f32, image.height() as f32);
    let (share, _) = moments(inner().map(|(x, y)| {
        let p = inverse.apply(x as f32, y as f32);
        f32::from((0.0..width).contains(&p.x) && (0.0..height).contains(&p.y))
    }));
    share
}

/// The four-neighbour Laplacian at an inner pixel.
fn laplacian(luminance: &[f32], x: usize, y: usize) -> f32 {
    let at = y * ALIGNED_SIDE + x;
    let (above, below) = (luminance[at - ALIGNED_SIDE], luminance[at + ALIGNED_SIDE]);
    luminance[at - 1] + luminance[at + 1] + above + below - 4.0 * luminance[at]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BoundingBox;
    use image::Rgb;

    /// A level face, eyes `inter_eye` pixels apart, nose moved sideways by a share of that.
    fn face(inter_eye: f32, turn: f32) -> Face {
        let at = |x: f32, y: f32| Point {
            x: 100.0 + x * inter_eye,
            y: 100.0 + y * inter_eye,
        };
        Face {
            bounds: BoundingBox {
                x: 0.0,
                y: 0.0,
                width: 200.0,
                height: 200.0,
            },
            landmarks: Landmarks {
                right_eye: at(-0.5, 0.0),
                left_eye: at(0.5, 0.0),
                nose: at(turn, 0.55),
                mouth: at(0.0, 1.12),
                right_ear: at(-1.0, 0.1),
                left_ear: at(1.0, 0.1),
            },
            confidence: 0.9,
        }
    }

    fn texture(base: i32, spread: i32) -> RgbImage {
        RgbImage::from_fn(240, 240, |x, y| {
            let wave = if (x / 24 + y / 24) % 2 == 0 {
                spread
            } else {
                -spread
            };
            Rgb([(base + wave).clamp(0, 255) as u8; 3])
        })
    }

    fn report(image: &RgbImage, face: &Face) -> (u8, Option<Guidance>) {
        let report = QualityMeter::new().report(image, face);
        (report.quality.get(), report.guidance)
    }

    #[test]
    fn a_large_frontal_well_lit_face_is_of_full_quality() {
        assert_eq!(report(&texture(128, 40), &face(60.0, 0.0)), (100, None));
    }

    #[test]
    fn each_fault_is_told() {
        let good = texture(128, 40);
        for (image, face, guidance) in [
            (good.clone(), face(12.0, 0.0), Guidance::ComeCloser),
            (good.clone(), face(60.0, 0.45), Guidance::LookHere),
            (good.clone(), face(200.0, 0.0), Guidance::LookHere),
            (texture(20, 15), face(60.0, 0.0), Guidance::MoreLight),
            (texture(250, 40), face(60.0, 0.0), Guidance::LessLight),
            (
                image::imageops::fast_blur(&good, 6.0),
                face(60.0, 0.0),
                Guidance::HoldStill,
            ),
        ] {
            let (quality, told) = report(&image, &face);
            assert!(
                quality < 40 && told == Some(guidance),
                "{guidance:?}: {quality} {told:?}"
            );
        }
    }

    #[test]
    fn landmarks_that_fall_together_are_of_no_quality() {
        assert_eq!(report(&texture(128, 40), &face(0.0, 0.0)).0, 0);
    }
}
