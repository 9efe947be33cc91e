//! The liveness scale of one camera at its place.
//!
//! Passive liveness networks don't travel: the same raw output means a live person at one camera and a
//! screen at another. Where an output stands among those of live people *at this camera* travels much
//! better, see `models/PAD.md` for the figures.

use super::PadScore;

/// Presentations of live people that a calibration needs.
pub const MIN_PRESENTATIONS: usize = 20;

/// Decisions that tell whether a camera sees people as it did when it was calibrated.
pub const WATCHED_DECISIONS: usize = 50;

/// Where their median may lie: it is .5 of those calibrated with, and its own chance error about .04.
const STEADY: std::ops::RangeInclusive<f32> = 0.3..=0.7;

/// The median standing of the latest decisions on people who matched, if it is far from that of the people
/// calibrated with; `None` if it is not, or if there are fewer than [`WATCHED_DECISIONS`].
#[must_use]
pub fn drift(standings: &[f32]) -> Option<f32> {
    let latest = standings.len().checked_sub(WATCHED_DECISIONS)?;
    let mut latest = standings[latest..].to_vec();
    latest.sort_by(f32::total_cmp);
    let median = latest[latest.len() / 2];
    (!STEADY.contains(&median)).then_some(median)
}

/// How alike the standings of two outputs of a frame are, and those of two frames of a track, as
/// correlations. Measured on six cameras, rounded; they widen the spread of the mean.
const CROPS_ALIKE: f32 = 0.5;
const FRAMES_ALIKE: f32 = 0.25;

/// A calibration that can't be made or used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SiteCalibrationError {
    #[error(
        "{found} presentations of live people are too few, {MIN_PRESENTATIONS} are needed: \
         let more people look into the camera, or for longer"
    )]
    TooFew { found: usize },
    #[error(
        "presentation {index} has {found} finite liveness outputs, the network gives {expected}"
    )]
    Outputs {
        index: usize,
        found: usize,
        expected: usize,
    },
    #[error("a BPCER of {0} can't be aimed at: choose .005 to .25")]
    Bpcer(f32),
    #[error("a fusion of 0 frames can't be calibrated: set liveness_frames to at least 1")]
    NoFrames,
}

/// What one camera sees of live people, as outputs of the liveness network: today one, the log-odds of an attack.
///
/// The score of a face is its *standing*: the share of live presentations, at this camera, that looked
/// less live, averaged over the outputs. Live people lie about .5, attacks near 0.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteCalibration {
    /// Raw outputs for each crop, ascending; low is bona fide.
    bona_fide: Vec<Vec<f32>>,
    threshold: PadScore,
}

impl SiteCalibration {
    /// Fits the scale to `presentations`, each one frame of a live person with all its
    /// outputs, and the threshold to a wanted `bpcer` (0.005 to 0.25) of a decision over `frames` frames.
    ///
    /// The threshold is that of a normal distribution: means of standings, which are uniform for live
    /// people, with the crops' and frames' likeness allowed for. An empirical quantile would need
    /// hundreds of people.
    ///
    /// # Errors
    /// [`SiteCalibrationError`]
    pub fn fit(
        presentations: &[Vec<f32>],
        frames: u8,
        bpcer: f32,
    ) -> Result<Self, SiteCalibrationError> {
        if presentations.len() < MIN_PRESENTATIONS {
            return Err(SiteCalibrationError::TooFew {
                found: presentations.len(),
            });
        }
        let crops = presentations[0].len().max(1);
        for (index, outputs) in presentations.iter().enumerate() {
            let found = outputs.iter().filter(|raw| raw.is_finite()).count();
            if found != crops || outputs.len() != crops {
                return Err(SiteCalibrationError::Outputs {
                    index,
                    found,
                    expected: crops,
                });
            }
        }
        let of_crop = |crop: usize| {
            let mut raw: Vec<f32> = presentations.iter().map(|outputs| outputs[crop]).collect();
            raw.sort_by(f32::total_cmp);
            raw
        };
        Ok(Self {
            bona_fide: (0..crops).map(of_crop).collect(),
            threshold: threshold(crops, frames, bpcer)?,
        })
    }

    /// Takes a calibration that was kept: raw outputs for each crop in any order, and its threshold.
    ///
    /// # Errors
    /// If there are too few outputs, or one is not finite.
    pub fn restore(
        mut bona_fide: Vec<Vec<f32>>,
        threshold: PadScore,
    ) -> Result<Self, SiteCalibrationError> {
        let fewest = bona_fide.iter().map(Vec::len).min().unwrap_or_default();
        if fewest < MIN_PRESENTATIONS {
            return Err(SiteCalibrationError::TooFew { found: fewest });
        }
        for (index, raw) in bona_fide.iter_mut().enumerate() {
            let found = raw.iter().filter(|value| value.is_finite()).count();
            if found != raw.len() {
                return Err(SiteCalibrationError::Outputs {
                    index,
                    found,
                    expected: raw.len(),
                });
            }
            raw.sort_by(f32::total_cmp);
        }
        Ok(Self {
            bona_fide,
            threshold,
        })
    }

    /// Where a face stands among live people. A missing or NaN output gives [`PadScore::MIN`].
    #[must_use]
    pub fn score(&self, raw: &[f32]) -> PadScore {
        if raw.len() != self.bona_fide.len() || raw.iter().any(|value| value.is_nan()) {
            return PadScore::MIN;
        }
        let standing = |(&value, live): (&f32, &Vec<f32>)| {
            let as_live = live.partition_point(|&other| other < value);
            let not_less_live = live.partition_point(|&other| other <= value);
            // Equal outputs count half, so that a live person's standing is .5 on average.
            1.0 - (as_live + not_less_live) as f32 / (2 * live.len()) as f32
        };
        let sum: f32 = raw.iter().zip(&self.bona_fide).map(standing).sum();
        PadScore::saturating(sum / raw.len() as f32)
    }

    /// The score from which a decision over several frames takes a face for bona fide.
    #[must_use]
    pub fn threshold(&self) -> PadScore {
        self.threshold
    }

    /// The raw outputs it rests on, for each crop, ascending.
    #[must_use]
    pub fn bona_fide(&self) -> &[Vec<f32>] {
        &self.bona_fide
    }
}

fn threshold(crops: usize, frames: u8, bpcer: f32) -> Result<PadScore, SiteCalibrationError> {
    if !(0.005..=0.25).contains(&bpcer) {
        return Err(SiteCalibrationError::Bpcer(bpcer));
    }
    if frames == 0 {
        return Err(SiteCalibrationError::NoFrames);
    }
    let mean_of = |count: f32, alike: f32| (1.0 + (count - 1.0) * alike) / count;
    // A uniform standing has variance 1/12.
    let variance =
        mean_of(crops as f32, CROPS_ALIKE) * mean_of(f32::from(frames), FRAMES_ALIKE) / 12.0;
    // Never 0: a threshold of 0 would let everything pass.
    let lowest = 0.5 / MIN_PRESENTATIONS as f32;
    Ok(PadScore::saturating(
        (0.5 + normal_quantile(bpcer) * variance.sqrt()).max(lowest),
    ))
}

/// The standard normal deviate below which a share `p` lies, for `p` under .5, to within .00045
/// (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.23).
fn normal_quantile(p: f32) -> f32 {
    let t = (-2.0 * p.ln()).sqrt();
    let numerator = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let denominator = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    numerator / denominator - t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_has_drifted_when_most_people_stand_elsewhere() {
        let around = |middle: f32| -> Vec<f32> {
            (0..60u8)
                .map(|i| middle + (f32::from(i % 11) - 5.0) / 25.0)
                .collect()
        };
        assert_eq!(drift(&around(0.5)), None);
        assert_eq!(drift(&around(0.15)[..40]), None);
        assert!(drift(&around(0.15)).is_some_and(|median| median < 0.3));
        assert!(drift(&around(0.85)).is_some_and(|median| median > 0.7));
        // A few attacks are no drift.
        let mut attacked = around(0.5);
        attacked.extend([0.0; 15]);
        assert_eq!(drift(&attacked), None);
    }
    use proptest::prelude::*;

    /// Twenty live presentations with outputs .00 to .19 and .50 to .69.
    fn live() -> Vec<Vec<f32>> {
        (0..20u8)
            .map(|i| vec![f32::from(i) / 100.0, 0.5 + f32::from(i) / 100.0])
            .collect()
    }

    #[test]
    fn the_middle_of_the_live_people_stands_at_one_half_and_a_screen_at_nothing() {
        let site = SiteCalibration::fit(&live(), 2, 0.05).unwrap();
        assert!((site.score(&[0.095, 0.595]).get() - 0.5).abs() < 1e-6);
        assert_eq!(site.score(&[0.9, 0.99]), PadScore::MIN);
        assert_eq!(site.score(&[0.0, 0.4]).get(), (0.975 + 1.0) / 2.0);
    }

    #[test]
    fn thresholds_follow_the_wanted_bpcer_and_the_frames() {
        let at = |frames, bpcer| {
            let site = SiteCalibration::fit(&live(), frames, bpcer).unwrap();
            site.threshold().get()
        };
        // By hand: .5 - 1.645 x sqrt(1/12 x .75 x .625).
        assert!((at(2, 0.05) - 0.1749).abs() < 1e-3, "{}", at(2, 0.05));
        assert!((at(5, 0.05) - 0.2399).abs() < 1e-3, "{}", at(5, 0.05));
        assert!(at(5, 0.01) < at(5, 0.05) && at(5, 0.05) < at(5, 0.15));
        assert!(at(1, 0.005) > 0.0);
    }

    #[test]
    fn too_few_people_and_broken_outputs_are_refused() {
        let few = SiteCalibration::fit(&live()[1..], 2, 0.05);
        assert_eq!(few, Err(SiteCalibrationError::TooFew { found: 19 }));
        let mut broken = live();
        broken[7][1] = f32::NAN;
        assert!(matches!(
            SiteCalibration::fit(&broken, 2, 0.05),
            Err(SiteCalibrationError::Outputs { index: 7, .. })
        ));
        assert!(SiteCalibration::fit(&live(), 0, 0.05).is_err());
        for bpcer in [0.0, 0.4, f32::NAN] {
            assert!(SiteCalibration::fit(&live(), 2, bpcer).is_err());
        }
        assert!(SiteCalibration::restore(vec![], PadScore::MAX).is_err());
    }

    #[test]
    fn a_missing_or_broken_output_is_never_bona_fide() {
        let site = SiteCalibration::fit(&live(), 2, 0.05).unwrap();
        assert_eq!(site.score(&[0.0]), PadScore::MIN);
        assert_eq!(site.score(&[f32::NAN, 0.0]), PadScore::MIN);
    }

    #[test]
    fn what_was_kept_scores_as_before() {
        let site = SiteCalibration::fit(&live(), 2, 0.05).unwrap();
        let kept = SiteCalibration::restore(site.bona_fide().to_vec(), site.threshold()).unwrap();
        assert_eq!(site, kept);
    }

    proptest! {
        #[test]
        fn what_looks_less_live_never_stands_higher(a in 0f32..1.0, b in 0f32..1.0, other in 0f32..1.0) {
            let site = SiteCalibration::fit(&live(), 2, 0.05).unwrap();
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(site.score(&[low, other]) >= site.score(&[high, other]));
        }
    }
}
