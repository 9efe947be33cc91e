//! Error rates of ISO/IEC 19795-1 (comparison) and ISO/IEC 30107-3 (presentation attacks) from scores.
//!
//! A score at or above the threshold is taken for the positive class. Rates are fractions, 0 to 1.

mod pad;
mod proportion;
#[cfg(test)]
mod tests;

pub use pad::PadScores;
pub use proportion::{Interval, Proportion};

/// Scores that no rate can be computed from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    #[error("no {0} scores: error rates need at least one score of each class")]
    Empty(String),
    #[error("{class} score {index} (counted from 0) is not a finite number")]
    NotFinite { class: String, index: usize },
}

/// The scores of two classes, of which the positive one should score higher.
///
/// For comparisons the positives are the mated ones and the negatives the non-mated; for presentation
/// attack detection they are bona fide presentations and attacks, and FNMR reads BPCER, FMR reads APCER.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreSets {
    /// Ascending, finite and not empty, like `negatives`.
    positives: Vec<f32>,
    negatives: Vec<f32>,
}

/// Where false matches and false non-matches are equally frequent, or as near to it as the scores come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EqualErrorRate {
    /// Mean of FMR and FNMR at the threshold, 0 to 1.
    pub rate: f64,
    /// What was measured at the threshold.
    pub at: OperatingPoint,
}

/// A threshold and the errors made with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OperatingPoint {
    /// The least score that is taken for the positive class.
    pub threshold: f32,
    /// Negatives at or above the threshold.
    pub fmr: Proportion,
    /// Positives below the threshold.
    pub fnmr: Proportion,
}

impl ScoreSets {
    /// The most points that [`ScoreSets::det_curve`] returns.
    pub const MAX_CURVE_POINTS: usize = 512;

    /// Takes the scores of both classes, in any order.
    ///
    /// # Errors
    /// If a class is empty or holds a NaN or infinite score.
    pub fn new(positives: Vec<f32>, negatives: Vec<f32>) -> Result<Self, ScoreError> {
        Ok(Self {
            positives: sorted("positive (mated or bona fide)", positives)?,
            negatives: sorted("negative (non-mated or attack)", negatives)?,
        })
    }

    /// The scores of the positive class, ascending.
    #[must_use]
    pub fn positives(&self) -> &[f32] {
        &self.positives
    }

    /// The scores of the negative class, ascending.
    #[must_use]
    pub fn negatives(&self) -> &[f32] {
        &self.negatives
    }

    /// The false match rate with this threshold.
    #[must_use]
    pub fn fmr(&self, threshold: f32) -> Proportion {
        at_or_above(&self.negatives, threshold)
    }

    /// The false non-match rate with this threshold.
    #[must_use]
    pub fn fnmr(&self, threshold: f32) -> Proportion {
        below(&self.positives, threshold)
    }

    /// Both errors with this threshold.
    #[must_use]
    pub fn at(&self, threshold: f32) -> OperatingPoint {
        OperatingPoint {
            threshold,
            fmr: self.fmr(threshold),
            fnmr: self.fnmr(threshold),
        }
    }

    /// The equal error rate, over all thresholds that are scores; the lowest of several equally good.
    #[must_use]
    pub fn eer(&self) -> EqualErrorRate {
        // |FNMR - FMR| times both counts: whole numbers, so that equal gaps compare equal.
        let gap = |point: &OperatingPoint| {
            let fnmr = point.fnmr.errors() as u128 * point.fmr.trials() as u128;
            let fmr = point.fmr.errors() as u128 * point.fnmr.trials() as u128;
            fnmr.abs_diff(fmr)
        };
        let lowest = self.at(self.positives[0].min(self.negatives[0]));
        let at = self.sweep().fold(
            lowest,
            |best, p| if gap(&p) < gap(&best) { p } else { best },
        );
        EqualErrorRate {
            rate: f64::midpoint(at.fmr.rate(), at.fnmr.rate()),
            at,
        }
    }

    /// Area under the ROC curve: the chance that a positive scores above a negative, ties counting half.
    #[must_use]
    pub fn auc(&self) -> f64 {
        // Twice the Mann-Whitney statistic, in whole numbers.
        let wins: u128 = self
            .positives
            .iter()
            .map(|&score| {
                let lower = self.negatives.partition_point(|&n| n < score);
                let not_higher = self.negatives.partition_point(|&n| n <= score);
                (lower + not_higher) as u128
            })
            .sum();
        wins as f64 / (2.0 * self.positives.len() as f64 * self.negatives.len() as f64)
    }

    /// The operating point whose FMR is `max_fmr` (above 0, at most 1) or just below it.
    ///
    /// `None` if there are too few negatives to observe such a rate: fewer than 1 / `max_fmr`.
    #[must_use]
    pub fn fnmr_at_fmr(&self, max_fmr: f64) -> Option<OperatingPoint> {
        let count = self.negatives.len();
        // Written so that NaN and out-of-range limits fail too.
        if !(max_fmr <= 1.0 && count as f64 * max_fmr >= 1.0) {
            return None;
        }
        let rank = (count as f64 * (1.0 - max_fmr)).ceil() as usize;
        let highest_rejected = self.negatives[rank.min(count - 1)];
        Some(self.at(highest_rejected.next_up()))
    }

    /// The detection error trade-off from accepting all to rejecting all, thresholds ascending.
    ///
    /// Of many scores it leaves out points that lie close together on logit axes, tails included.
    /// The ROC curve is the same points as (FMR, 1 - FNMR).
    #[must_use]
    pub fn det_curve(&self) -> Vec<OperatingPoint> {
        let span = |count: usize| 2.0 * logit(0, count).abs();
        let travel = span(self.positives.len()) + span(self.negatives.len());
        // Each kept point uses up a step of the way, besides the first and the last.
        let step = travel / (Self::MAX_CURVE_POINTS - 2) as f64;
        let place = |p: &OperatingPoint| {
            logit(p.fnmr.errors(), p.fnmr.trials()) - logit(p.fmr.errors(), p.fmr.trials())
        };
        let mut curve: Vec<OperatingPoint> = Vec::new();
        for point in self.sweep() {
            if curve
                .last()
                .is_none_or(|last| place(&point) - place(last) >= step)
            {
                curve.push(point);
            }
        }
        let highest =
            self.positives[self.positives.len() - 1].max(self.negatives[self.negatives.len() - 1]);
        curve.push(self.at(highest.next_up()));
        curve
    }

    /// The operating points of all distinct scores, ascending, in one pass over both classes.
    fn sweep(&self) -> impl Iterator<Item = OperatingPoint> {
        let (mut positives, mut negatives) = (&self.positives[..], &self.negatives[..]);
        std::iter::from_fn(move || {
            let threshold = match (positives.first(), negatives.first()) {
                (Some(&p), Some(&n)) => p.min(n),
                (Some(&score), None) | (None, Some(&score)) => score,
                (None, None) => return None,
            };
            let rejected = self.positives.len() - positives.len();
            let point = OperatingPoint {
                threshold,
                fmr: Proportion::new(negatives.len(), self.negatives.len()),
                fnmr: Proportion::new(rejected, self.positives.len()),
            };
            for rest in [&mut positives, &mut negatives] {
                while rest.first().is_some_and(|&score| score <= threshold) {
                    *rest = &rest[1..];
                }
            }
            Some(point)
        })
    }
}

/// Checks and sorts the scores of a class.
fn sorted(class: &str, mut scores: Vec<f32>) -> Result<Vec<f32>, ScoreError> {
    if scores.is_empty() {
        return Err(ScoreError::Empty(class.to_owned()));
    }
    if let Some(index) = scores.iter().position(|score| !score.is_finite()) {
        let class = class.to_owned();
        return Err(ScoreError::NotFinite { class, index });
    }
    scores.sort_unstable_by(f32::total_cmp);
    Ok(scores)
}

/// How many of the ascending, non-empty `scores` are below the threshold.
fn below(scores: &[f32], threshold: f32) -> Proportion {
    Proportion::new(scores.partition_point(|&s| s < threshold), scores.len())
}

/// How many of the ascending, non-empty `scores` are at or above the threshold.
fn at_or_above(scores: &[f32], threshold: f32) -> Proportion {
    let lower = scores.partition_point(|&s| s < threshold);
    Proportion::new(scores.len() - lower, scores.len())
}

/// Log-odds of a rate, kept finite by adding half an error and half a success (Haldane, Anscombe).
fn logit(errors: usize, trials: usize) -> f64 {
    ((errors as f64 + 0.5) / ((trials - errors) as f64 + 0.5)).ln()
}
