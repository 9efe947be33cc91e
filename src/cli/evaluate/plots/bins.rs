//! Histograms of scores.

use std::ops::Range;

use crate::domain::ScoreSets;

/// Bins of a histogram, over the scores of both classes.
const BINS: usize = 60;

/// Equal bins over the scores of both classes and the threshold, if that is finite.
pub struct Bins {
    low: f64,
    width: f64,
}

impl Bins {
    /// Bins that hold all of these.
    pub fn new(scores: &ScoreSets, threshold: f32) -> Self {
        let classes = [scores.positives(), scores.negatives()];
        let scores = classes.into_iter().flatten().copied();
        let all = scores.chain([threshold]).filter(|score| score.is_finite());
        let low = f64::from(all.clone().fold(f32::INFINITY, f32::min));
        let high = f64::from(all.fold(f32::NEG_INFINITY, f32::max));
        // Where all scores are equal the bins still need a width.
        let span = (high - low).max(1e-3 * high.abs().max(1.0));
        Self {
            low,
            width: span / BINS as f64,
        }
    }

    /// The lower edge of a bin.
    pub fn edge(&self, bin: usize) -> f64 {
        self.low + bin as f64 * self.width
    }

    /// From the lowest to the highest edge.
    pub fn range(&self) -> Range<f64> {
        self.edge(0)..self.edge(BINS)
    }

    /// The share of the scores in each bin, 0 to 1.
    pub fn shares(&self, scores: &[f32]) -> Vec<f64> {
        let mut shares = vec![0.0; BINS];
        for &score in scores {
            // `as` cuts off; the highest score belongs to the last bin.
            let bin = ((f64::from(score) - self.low) / self.width) as usize;
            shares[bin.min(BINS - 1)] += 1.0 / scores.len() as f64;
        }
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_is_in_a_bin_whatever_the_threshold() {
        for threshold in [0.5, 1.5, -2.0, f32::INFINITY, f32::NAN, f32::MAX] {
            let scores = ScoreSets::new(vec![1.0, 0.5], vec![0.0, 0.25, 1.0]).unwrap();
            let bins = Bins::new(&scores, threshold);
            assert!(bins.range().start <= 0.0 && bins.range().end >= 1.0 - 1e-9);
            let total: f64 = bins.shares(scores.negatives()).iter().sum();
            assert!((total - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn equal_scores_still_make_bins_of_some_width() {
        let scores = ScoreSets::new(vec![0.5], vec![0.5]).unwrap();
        let bins = Bins::new(&scores, 0.5);
        assert!(bins.edge(1) > bins.edge(0));
        assert_eq!(bins.shares(scores.positives())[0], 1.0);
    }
}
