//! From a network's raw output to a score with a meaning.

use super::{Cosine, PadScore, Similarity};

/// A calibration that can't be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CalibrationError {
    #[error("a similarity calibration needs at least two knots")]
    TooFewKnots,
    #[error(
        "similarity calibration: knot {index} does not rise above the one before, or is out of range"
    )]
    NotRising { index: usize },
    #[error("PAD calibration: {crops} crop factors but {weights} weights")]
    WeightCount { crops: usize, weights: usize },
    #[error("PAD calibration: {0} is not finite, or a crop factor not above 0")]
    NotFinite(&'static str),
}

/// Maps the raw cosine to [`Similarity`]: straight lines between measured knots.
///
/// The knots of the manifest are set so that .60 stands for FMR 1e-2 and .75 for FMR 1e-4.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarityCalibration {
    knots: Vec<(f32, f32)>,
}

impl SimilarityCalibration {
    /// Takes `(cosine, similarity)` knots, both rising.
    ///
    /// # Errors
    /// Fewer than two knots, or one that does not rise or lies outside [-1, 1] or [0, 1].
    pub fn new(knots: Vec<(f32, f32)>) -> Result<Self, CalibrationError> {
        if knots.len() < 2 {
            return Err(CalibrationError::TooFewKnots);
        }
        let in_range = |&(c, s): &(f32, f32)| (-1.0..=1.0).contains(&c) && (0.0..=1.0).contains(&s);
        if let Some(index) = knots.iter().position(|knot| !in_range(knot)) {
            return Err(CalibrationError::NotRising { index });
        }
        let rises = |pair: &[(f32, f32)]| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1;
        match knots.windows(2).position(|pair| !rises(pair)) {
            Some(index) => Err(CalibrationError::NotRising { index: index + 1 }),
            None => Ok(Self { knots }),
        }
    }

    /// The similarity that a cosine stands for; beyond the outermost knots it stays level.
    #[must_use]
    pub fn similarity(&self, cosine: Cosine) -> Similarity {
        let c = cosine.get();
        let after = self.knots.partition_point(|&(knot, _)| knot <= c);
        let value = if after == 0 {
            self.knots[0].1
        } else if after == self.knots.len() {
            self.knots[after - 1].1
        } else {
            let ((c0, s0), (c1, s1)) = (self.knots[after - 1], self.knots[after]);
            s0 + (s1 - s0) * (c - c0) / (c1 - c0)
        };
        Similarity::saturating(value)
    }
}

/// Fuses the liveness network's raw outputs, one for each crop, by logistic regression.
#[derive(Debug, Clone, PartialEq)]
pub struct PadCalibration {
    crop_factors: Vec<f32>,
    weights: Vec<f32>,
    bias: f32,
}

impl PadCalibration {
    /// One weight for each crop factor (side of the square crop over the longer side of the box).
    ///
    /// # Errors
    /// If the counts differ or a number is unusable.
    pub fn new(
        crop_factors: Vec<f32>,
        weights: Vec<f32>,
        bias: f32,
    ) -> Result<Self, CalibrationError> {
        if crop_factors.len() != weights.len() || crop_factors.is_empty() {
            return Err(CalibrationError::WeightCount {
                crops: crop_factors.len(),
                weights: weights.len(),
            });
        }
        if crop_factors.iter().any(|f| !f.is_finite() || *f <= 0.0) {
            return Err(CalibrationError::NotFinite("crop_factors"));
        }
        if weights.iter().chain([&bias]).any(|w| !w.is_finite()) {
            return Err(CalibrationError::NotFinite("weights"));
        }
        Ok(Self {
            crop_factors,
            weights,
            bias,
        })
    }

    /// The crops the network is run on.
    #[must_use]
    pub fn crop_factors(&self) -> &[f32] {
        &self.crop_factors
    }

    /// The fused score of the raw outputs, in the order of the crop factors.
    ///
    /// A missing or NaN output gives [`PadScore::MIN`]: it can't pass for bona fide.
    #[must_use]
    pub fn score(&self, raw: &[f32]) -> PadScore {
        PadScore::saturating(1.0 / (1.0 + self.attack(raw).exp()))
    }

    /// The log-odds of an attack; NaN if an output is missing or NaN.
    #[must_use]
    pub fn attack(&self, raw: &[f32]) -> f32 {
        if raw.len() != self.weights.len() {
            return f32::NAN;
        }
        let parts = raw.iter().zip(&self.weights).map(|(r, w)| r * w);
        -(self.bias + parts.sum::<f32>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn calibration() -> SimilarityCalibration {
        SimilarityCalibration::new(vec![(-1.0, 0.0), (0.3, 0.6), (0.5, 0.75), (1.0, 1.0)]).unwrap()
    }

    #[test]
    fn knots_are_met_and_between_them_it_is_straight() {
        let c = |v| calibration().similarity(Cosine::new(v).unwrap()).get();
        assert!((c(0.3) - 0.6).abs() < 1e-6);
        assert!((c(0.4) - 0.675).abs() < 1e-6);
        assert_eq!((c(-1.0), c(1.0)), (0.0, 1.0));
    }

    #[test]
    fn falling_or_single_knots_are_refused() {
        assert!(SimilarityCalibration::new(vec![(0.0, 0.5)]).is_err());
        assert!(SimilarityCalibration::new(vec![(0.0, 0.5), (0.0, 0.6)]).is_err());
        assert!(SimilarityCalibration::new(vec![(0.0, 0.5), (0.5, 0.4)]).is_err());
        assert!(SimilarityCalibration::new(vec![(0.0, f32::NAN), (0.5, 0.4)]).is_err());
    }

    #[test]
    fn a_missing_or_broken_output_is_never_bona_fide() {
        let pad = PadCalibration::new(vec![1.0, 1.5], vec![-2.0, -2.0], 3.0).unwrap();
        assert!(pad.score(&[0.1, 0.1]).get() > 0.9);
        assert_eq!(pad.score(&[0.1]), PadScore::MIN);
        assert_eq!(pad.score(&[f32::NAN, 0.1]), PadScore::MIN);
    }

    proptest! {
        #[test]
        fn similarity_never_falls_as_the_cosine_rises(a in -1.0f32..=1.0, b in -1.0f32..=1.0) {
            let (low, high) = (a.min(b), a.max(b));
            let of = |v| calibration().similarity(Cosine::new(v).unwrap());
            prop_assert!(of(low) <= of(high));
        }
    }
}
