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

/// How alike the standings of two frames of a track are, as a correlation. Measured on six cameras, rounded; it widens
/// the spread of the mean.
const FRAMES_ALIKE: f32 = 0.25;

/// A calibration that can't be made or used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SiteCalibrationError {
    #[error(
        "{found} presentations of live people are too few, {MIN_PRESENTATIONS} are needed: \
         let more people look into the camera, or for longer"
    )]
    TooFew { found: usize },
    #[error("presentation {index} has no finite liveness output: leave it out")]
    NotFinite { index: usize },
    #[error("a BPCER of {0} can't be aimed at: choose .005 to .25")]
    Bpcer(f32),
    #[error("a fusion of 0 frames can't be calibrated: set liveness_frames to at least 1")]
    NoFrames,
}

/// What one camera sees of live people, as log-odds of an attack by the liveness network.
///
/// The score of a face is its *standing*: the share of live presentations, at this camera, that looked
/// less live. Live people lie about .5, attacks near 0.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteCalibration {
    /// Ascending; low is bona fide.
    bona_fide: Vec<f32>,
    threshold: PadScore,
}

impl SiteCalibration {
    /// Fits the scale to `presentations`, the log-odds of one frame each of a live person, and the threshold to a
    /// wanted `bpcer` (0.005 to 0.25) of a decision over `frames` frames.
    ///
    /// The threshold is that of a normal distribution: means of standings, which are uniform for live
    /// people, with the frames' likeness allowed for. An empirical quantile would need hundreds of people.
    ///
    /// # Errors
    /// [`SiteCalibrationError`]
    pub fn fit(
        presentations: &[f32],
        frames: u8,
        bpcer: f32,
    ) -> Result<Self, SiteCalibrationError> {
        Self::restore(presentations.to_vec(), threshold(frames, bpcer)?)
    }

    /// Takes a calibration that was kept: log-odds in any order, and its threshold.
    ///
    /// # Errors
    /// If there are too few of them, or one is not finite.
    pub fn restore(
        mut bona_fide: Vec<f32>,
        threshold: PadScore,
    ) -> Result<Self, SiteCalibrationError> {
        if bona_fide.len() < MIN_PRESENTATIONS {
            return Err(SiteCalibrationError::TooFew {
                found: bona_fide.len(),
            });
        }
        if let Some(index) = bona_fide.iter().position(|attack| !attack.is_finite()) {
            return Err(SiteCalibrationError::NotFinite { index });
        }
        bona_fide.sort_by(f32::total_cmp);
        Ok(Self {
            bona_fide,
            threshold,
        })
    }

    /// Where a face with these log-odds of an attack stands among live people. NaN gives [`PadScore::MIN`].
    #[must_use]
    pub fn score(&self, attack: f32) -> PadScore {
        if attack.is_nan() {
            return PadScore::MIN;
        }
        let live = &self.bona_fide;
        let as_live = live.partition_point(|&other| other < attack);
        let not_less_live = live.partition_point(|&other| other <= attack);
        // Equal ones count half, so that a live person's standing is .5 on average.
        PadScore::saturating(1.0 - (as_live + not_less_live) as f32 / (2 * live.len()) as f32)
    }

    /// The score from which a decision over several frames takes a face for bona fide.
    #[must_use]
    pub fn threshold(&self) -> PadScore {
        self.threshold
    }

    /// The log-odds it rests on, ascending.
    #[must_use]
    pub fn bona_fide(&self) -> &[f32] {
        &self.bona_fide
    }
}

fn threshold(frames: u8, bpcer: f32) -> Result<PadScore, SiteCalibrationError> {
    if !(0.005..=0.25).contains(&bpcer) {
        return Err(SiteCalibrationError::Bpcer(bpcer));
    }
    if frames == 0 {
        return Err(SiteCalibrationError::NoFrames);
    }
    let frames = f32::from(frames);
    // A uniform standing has variance 1/12.
    let variance = (1.0 + (frames - 1.0) * FRAMES_ALIKE) / frames / 12.0;
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
    use proptest::prelude::*;

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

    /// Twenty live presentations with log-odds .00 to .19.
    fn live() -> Vec<f32> {
        (0..20u8).map(|i| f32::from(i) / 100.0).collect()
    }

    #[test]
    fn the_middle_of_the_live_people_stands_at_one_half_and_a_screen_at_nothing() {
        let site = SiteCalibration::fit(&live(), 2, 0.05).unwrap();
        assert!((site.score(0.095).get() - 0.5).abs() < 1e-6);
        assert_eq!(site.score(0.9), PadScore::MIN);
        assert_eq!(site.score(0.0).get(), 0.975);
        assert_eq!(site.score(-1.0), PadScore::MAX);
    }

    #[test]
    fn thresholds_follow_the_wanted_bpcer_and_the_frames() {
        let at = |frames, bpcer| {
            let site = SiteCalibration::fit(&live(), frames, bpcer).unwrap();
            site.threshold().get()
        };
        // By hand: .5 - 1.645 x sqrt(1/12 x .625), and x sqrt(1/12 x .4).
        assert!((at(2, 0.05) - 0.1246).abs() < 1e-3, "{}", at(2, 0.05));
        assert!((at(5, 0.05) - 0.1997).abs() < 1e-3, "{}", at(5, 0.05));
        assert!(at(5, 0.01) < at(5, 0.05) && at(5, 0.05) < at(5, 0.15));
        assert!(at(1, 0.005) > 0.0);
    }

    #[test]
    fn too_few_people_and_broken_outputs_are_refused() {
        let few = SiteCalibration::fit(&live()[1..], 2, 0.05);
        assert_eq!(few, Err(SiteCalibrationError::TooFew { found: 19 }));
        let mut broken = live();
        broken[7] = f32::NAN;
        let refused = SiteCalibration::fit(&broken, 2, 0.05);
        assert_eq!(refused, Err(SiteCalibrationError::NotFinite { index: 7 }));
        assert!(SiteCalibration::fit(&live(), 0, 0.05).is_err());
        for bpcer in [0.0, 0.4, f32::NAN] {
            assert!(SiteCalibration::fit(&live(), 2, bpcer).is_err());
        }
        assert!(SiteCalibration::restore(vec![], PadScore::MAX).is_err());
    }

    #[test]
    fn a_broken_output_is_never_bona_fide() {
        let site = SiteCalibration::fit(&live(), 2, 0.05).unwrap();
        assert_eq!(site.score(f32::NAN), PadScore::MIN);
        assert_eq!(site.score(f32::INFINITY), PadScore::MIN);
    }

    #[test]
    fn what_was_kept_scores_as_before() {
        let site = SiteCalibration::fit(&live(), 2, 0.05).unwrap();
        let kept = SiteCalibration::restore(site.bona_fide().to_vec(), site.threshold()).unwrap();
        assert_eq!(site, kept);
    }

    proptest! {
        #[test]
        fn what_looks_less_live_never_stands_higher(a in 0f32..1.0, b in 0f32..1.0) {
            let site = SiteCalibration::fit(&live(), 2, 0.05).unwrap();
            prop_assert!(site.score(a.min(b)) >= site.score(a.max(b)));
        }
    }
}
