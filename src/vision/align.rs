//! Bringing a face to the place where the embedder wants it.

use crate::domain::{Landmarks, Point};

/// Side of the aligned face in pixels.
pub const ALIGNED_SIDE: usize = 112;

/// Right eye, left eye, nose and mouth in the aligned face.
///
/// The five-point template of `ArcFace` (Deng et al., CVPR 2019) with the mouth corners averaged,
/// because the detector gives one mouth point.
pub const TEMPLATE: [Point; 4] = [
    Point {
        x: 38.2946,
        y: 51.6963,
    },
    Point {
        x: 73.5318,
        y: 51.5014,
    },
    Point {
        x: 56.0252,
        y: 71.7366,
    },
    Point {
        x: 56.1396,
        y: 92.2848,
    },
];

/// Rotation, scale and translation: `(x, y) -> (a x - b y + tx, b x + a y + ty)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimilarityTransform {
    a: f32,
    b: f32,
    tx: f32,
    ty: f32,
}

impl SimilarityTransform {
    /// The transform of least squared error from `source` to `target` (Umeyama, 1991).
    ///
    /// In the plane it has a closed form: with points as complex numbers about their means, rotation and
    /// scale together are `sum(conj(s) t) / sum(|s|^2)`. `None` if the source points fall together or
    /// are not finite.
    #[must_use]
    pub fn between<const N: usize>(source: &[Point; N], target: &[Point; N]) -> Option<Self> {
        let (s_mean, t_mean) = (mean(source), mean(target));
        let (mut real, mut imaginary, mut variance) = (0.0, 0.0, 0.0);
        for (s, t) in source.iter().zip(target) {
            let (sx, sy) = (f64::from(s.x) - s_mean.0, f64::from(s.y) - s_mean.1);
            let (tx, ty) = (f64::from(t.x) - t_mean.0, f64::from(t.y) - t_mean.1);
            real += sx * tx + sy * ty;
            imaginary += sx * ty - sy * tx;
            variance += sx * sx + sy * sy;
        }
        let (a, b) = (real / variance, imaginary / variance);
        // Also false for what is not a number.
        let usable = variance > 1e-6 && variance.is_finite() && a.hypot(b) > 1e-6;
        usable.then_some(Self {
            a: a as f32,
            b: b as f32,
            tx: (t_mean.0 - (a * s_mean.0 - b * s_mean.1)) as f32,
            ty: (t_mean.1 - (b * s_mean.0 + a * s_mean.1)) as f32,
        })
    }

    /// From the picture to the aligned face; `None` if the landmarks fall together.
    #[must_use]
    pub fn aligning(landmarks: &Landmarks) -> Option<Self> {
        let l = landmarks;
        Self::between(&[l.right_eye, l.left_eye, l.nose, l.mouth], &TEMPLATE)
    }

    /// Where a point goes.
    #[must_use]
    pub fn apply(&self, x: f32, y: f32) -> Point {
        Point {
            x: self.a * x - self.b * y + self.tx,
            y: self.b * x + self.a * y + self.ty,
        }
    }

    /// The way back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let square = self.a * self.a + self.b * self.b;
        let (a, b) = (self.a / square, -self.b / square);
        Self {
            a,
            b,
            tx: -(a * self.tx - b * self.ty),
            ty: -(b * self.tx + a * self.ty),
        }
    }
}

fn mean<const N: usize>(points: &[Point; N]) -> (f64, f64) {
    let n = N as f64;
    let x = points.iter().map(|p| f64::from(p.x)).sum::<f64>() / n;
    let y = points.iter().map(|p| f64::from(p.y)).sum::<f64>() / n;
    (x, y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_moved_turned_and_scaled_template_comes_back(
            turn in -3.0f32..3.0, scale in 0.1f32..20.0, dx in -500.0f32..500.0, dy in -500.0f32..500.0,
        ) {
            let (a, b) = (scale * turn.cos(), scale * turn.sin());
            let moved = TEMPLATE.map(|p| SimilarityTransform { a, b, tx: dx, ty: dy }.apply(p.x, p.y));
            let back = SimilarityTransform::between(&moved, &TEMPLATE).unwrap();
            for (p, expected) in moved.iter().zip(TEMPLATE) {
                let q = back.apply(p.x, p.y);
                prop_assert!((q.x - expected.x).hypot(q.y - expected.y) < 0.05);
                let r = back.inverse().apply(q.x, q.y);
                prop_assert!((r.x - p.x).hypot(r.y - p.y) < 0.05 * scale.max(1.0));
            }
        }
    }

    #[test]
    fn points_that_fall_together_have_no_transform() {
        let together = [Point { x: 3.0, y: 4.0 }; 4];
        assert_eq!(SimilarityTransform::between(&together, &TEMPLATE), None);
        let broken = [Point {
            x: f32::NAN,
            y: 0.0,
        }; 4];
        assert_eq!(SimilarityTransform::between(&broken, &TEMPLATE), None);
    }
}
