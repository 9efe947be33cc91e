//! Presentation attack detection, attack species by attack species (ISO/IEC 30107-3).

use std::collections::BTreeMap;

use super::{Proportion, ScoreError, ScoreSets, at_or_above, sorted};

/// PAD scores of bona fide presentations and of attacks by species; higher is more likely bona fide.
#[derive(Debug, Clone, PartialEq)]
pub struct PadScores {
    sets: ScoreSets,
    /// Ascending, finite and not empty for each species.
    species: BTreeMap<String, Vec<f32>>,
}

impl PadScores {
    /// Takes the scores in any order; the keys of `attacks` name the species.
    ///
    /// # Errors
    /// If there are no bona fide scores, no species, a species without scores, or a score is not finite.
    pub fn new(
        bona_fide: Vec<f32>,
        attacks: BTreeMap<String, Vec<f32>>,
    ) -> Result<Self, ScoreError> {
        let species = attacks
            .into_iter()
            .map(|(name, scores)| {
                sorted(&format!("{name} attack"), scores).map(|scores| (name, scores))
            })
            .collect::<Result<BTreeMap<_, _>, _>>()?;
        let positives = sorted("bona fide", bona_fide)?;
        let negatives = sorted("attack", species.values().flatten().copied().collect())?;
        Ok(Self {
            sets: ScoreSets {
                positives,
                negatives,
            },
            species,
        })
    }

    /// Bona fide presentations against the attacks of all species together.
    #[must_use]
    pub fn sets(&self) -> &ScoreSets {
        &self.sets
    }

    /// Bona fide presentation classification error rate: bona fide presentations below the threshold.
    #[must_use]
    pub fn bpcer(&self, threshold: f32) -> Proportion {
        self.sets.fnmr(threshold)
    }

    /// Attack presentation classification error rate of each species: attacks at or above the threshold.
    pub fn apcer(&self, threshold: f32) -> impl Iterator<Item = (&str, Proportion)> {
        self.species
            .iter()
            .map(move |(name, scores)| (name.as_str(), at_or_above(scores, threshold)))
    }

    /// The species that passes most often, with its APCER: the figure that the standard reports.
    #[must_use]
    pub fn worst_apcer(&self, threshold: f32) -> (&str, Proportion) {
        // The rate of all attacks together is a mean, so at least one species reaches it.
        let all = ("all", self.sets.fmr(threshold));
        self.apcer(threshold).fold(all, |worst, species| {
            if species.1.rate() >= worst.1.rate() {
                species
            } else {
                worst
            }
        })
    }

    /// The strictest threshold whose BPCER is at most `max_bpcer` (0 to 1).
    ///
    /// With fewer than 1 / `max_bpcer` presentations it is the one that rejects none of them.
    #[must_use]
    pub fn threshold_at_bpcer(&self, max_bpcer: f64) -> f32 {
        let scores = self.sets.positives();
        // The small addend takes 28.999... for the 29 it stands for; `as` saturates and turns NaN into 0.
        let may_fail = (scores.len() as f64 * max_bpcer + 1e-9).floor() as usize;
        scores[may_fail.min(scores.len() - 1)]
    }
}
