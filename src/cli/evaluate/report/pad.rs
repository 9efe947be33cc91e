//! Presentation attack detection error rates (ISO/IEC 30107-3).

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{Rate, write_no_face};
use crate::domain::{EqualErrorRate, PadScores, Proportion, ScoreError};

/// The BPCER limits at which the APCER is reported.
const BPCER_LIMITS: [f64; 3] = [0.01, 0.05, 0.15];

/// One scored presentation, as the analyser leaves it.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredPresentation {
    pub camera: String,
    /// The attack species; `None` for a bona fide presentation.
    pub species: Option<String>,
    /// PAD score, higher is more likely bona fide.
    pub score: f32,
}

/// Presentation attack detection error rates (ISO/IEC 30107-3).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PadReport {
    pub auc: f64,
    pub eer: f64,
    /// The threshold of the equal error rate.
    pub eer_threshold: f32,
    /// BPCER at `threshold`.
    pub bpcer: f64,
    /// APCER at `threshold` by attack species.
    pub apcer: BTreeMap<String, f64>,
    /// The threshold that `bpcer` and `apcer` were measured with: the door's.
    pub threshold: f32,
    /// The errors at `threshold` with their intervals.
    pub at_threshold: PadErrors,
    /// The errors at the strictest threshold that keeps each BPCER limit.
    pub at_bpcer: BTreeMap<String, PadErrors>,
    /// Each camera by itself.
    pub by_camera: BTreeMap<String, CameraReport>,
    /// Images without a usable face, which got no score.
    pub no_face: Vec<String>,
}

/// Bona fide and attack classification errors at a threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PadErrors {
    pub threshold: f32,
    pub bpcer: Rate,
    pub apcer: BTreeMap<String, Rate>,
    /// The species with the highest APCER.
    pub worst_species: String,
    /// The APCER of that species: the figure the standard reports.
    pub worst_apcer: f64,
}

/// What one camera's presentations show, with the door's threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CameraReport {
    pub auc: f64,
    pub eer: f64,
    pub at_threshold: PadErrors,
}

impl PadErrors {
    fn new(scores: &PadScores, threshold: f32) -> Self {
        let (worst_species, worst_apcer) = scores.worst_apcer(threshold);
        let named = |(name, apcer): (&str, Proportion)| (name.to_owned(), apcer.into());
        Self {
            threshold,
            bpcer: scores.bpcer(threshold).into(),
            apcer: scores.apcer(threshold).map(named).collect(),
            worst_species: worst_species.to_owned(),
            worst_apcer: worst_apcer.rate(),
        }
    }
}

/// A line for the BPCER and one for each species, the worst marked.
impl fmt::Display for PadErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  BPCER      {}", self.bpcer)?;
        for (species, apcer) in &self.apcer {
            let several = self.apcer.len() > 1;
            let worst = several && *species == self.worst_species;
            let mark = if worst { "  <- worst" } else { "" };
            writeln!(f, "  APCER      {apcer} {species}{mark}")?;
        }
        Ok(())
    }
}

/// Sorts scored presentations into the classes.
///
/// # Errors
/// If there are no bona fide presentations, no attacks, or a score is not finite.
pub fn pad_scores<'a>(
    presentations: impl IntoIterator<Item = &'a ScoredPresentation>,
) -> Result<PadScores, ScoreError> {
    let mut bona_fide = Vec::new();
    let mut attacks: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    for presentation in presentations {
        match &presentation.species {
            None => bona_fide.push(presentation.score),
            Some(species) => attacks
                .entry(species.clone())
                .or_default()
                .push(presentation.score),
        }
    }
    PadScores::new(bona_fide, attacks)
}

impl PadReport {
    /// Computes the rates with the door's liveness `threshold`.
    ///
    /// A camera that lacks one of the classes counts in the whole but has no entry of its own.
    ///
    /// # Errors
    /// As [`pad_scores`].
    pub fn new(
        presentations: &[ScoredPresentation],
        threshold: f32,
        no_face: Vec<String>,
    ) -> Result<Self, ScoreError> {
        let scores = pad_scores(presentations)?;
        let EqualErrorRate { rate: eer, at } = scores.sets().eer();
        let at_threshold = PadErrors::new(&scores, threshold);
        let at_limit = |limit: f64| {
            let errors = PadErrors::new(&scores, scores.threshold_at_bpcer(limit));
            (limit.to_string(), errors)
        };
        Ok(Self {
            auc: scores.sets().auc(),
            eer,
            eer_threshold: at.threshold,
            bpcer: at_threshold.bpcer.rate,
            apcer: at_threshold
                .apcer
                .iter()
                .map(|(species, apcer)| (species.clone(), apcer.rate))
                .collect(),
            threshold,
            at_threshold,
            at_bpcer: BPCER_LIMITS.map(at_limit).into(),
            by_camera: by_camera(presentations, threshold),
            no_face,
        })
    }
}

fn by_camera(
    presentations: &[ScoredPresentation],
    threshold: f32,
) -> BTreeMap<String, CameraReport> {
    let mut cameras: BTreeMap<&str, Vec<&ScoredPresentation>> = BTreeMap::new();
    for presentation in presentations {
        let of_camera = cameras.entry(&presentation.camera).or_default();
        of_camera.push(presentation);
    }
    let report = |scores: &PadScores| CameraReport {
        auc: scores.sets().auc(),
        eer: scores.sets().eer().rate,
        at_threshold: PadErrors::new(scores, threshold),
    };
    cameras
        .into_iter()
        .filter_map(|(camera, shown)| {
            let scores = pad_scores(shown).ok()?;
            Some((camera.to_owned(), report(&scores)))
        })
        .collect()
}

impl fmt::Display for PadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bona_fide = self.at_threshold.bpcer.trials;
        let attacks: usize = self.at_threshold.apcer.values().map(|a| a.trials).sum();
        writeln!(f, "Presentations  {bona_fide} bona fide, {attacks} attacks")?;
        writeln!(f, "AUC          {:.4}", self.auc)?;
        let (eer, eer_threshold) = (100.0 * self.eer, self.eer_threshold);
        writeln!(f, "EER          {eer:.2} % at threshold {eer_threshold:.3}")?;
        writeln!(f, "At the door's threshold {:.3}", self.threshold)?;
        write!(f, "{}", self.at_threshold)?;
        for (limit, errors) in &self.at_bpcer {
            let threshold = errors.threshold;
            writeln!(f, "At BPCER <= {limit}, threshold {threshold:.3}")?;
            write!(f, "{errors}")?;
        }
        if self.by_camera.len() > 1 {
            writeln!(
                f,
                "Camera              AUC   EER %  BPCER %  APCER % (worst)"
            )?;
            for (camera, report) in &self.by_camera {
                let errors = &report.at_threshold;
                writeln!(
                    f,
                    "{camera:<16} {:>6.4} {:>7.2} {:>8.2} {:>8.2}",
                    report.auc,
                    100.0 * report.eer,
                    100.0 * errors.bpcer.rate,
                    100.0 * errors.worst_apcer,
                )?;
            }
        }
        write_no_face(f, &self.no_face)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(camera: &str, species: Option<&str>, score: f32) -> ScoredPresentation {
        ScoredPresentation {
            camera: camera.to_owned(),
            species: species.map(str::to_owned),
            score,
        }
    }

    fn pad_report() -> PadReport {
        let presentations = [
            shown("left", None, 0.75),
            shown("left", None, 0.25),
            shown("left", Some("print"), 0.5),
            shown("left", Some("print"), 0.0),
            shown("right", Some("replay"), 0.625),
        ];
        PadReport::new(&presentations, 0.5, vec![]).unwrap()
    }

    #[test]
    fn scripts_find_the_keys_of_a_pad_report() {
        let json = serde_json::to_value(pad_report()).unwrap();
        assert_eq!(
            (&json["bpcer"], &json["threshold"]),
            (&0.5.into(), &0.5.into())
        );
        assert_eq!(
            json["apcer"],
            serde_json::json!({"print": 0.5, "replay": 1.0})
        );
        assert_eq!(json["at_threshold"]["worst_species"], "replay");
        assert_eq!(json["at_bpcer"]["0.05"]["threshold"], 0.25);
        assert!(json["auc"].is_f64() && json["eer"].is_f64());
        // The other camera saw no bona fide presentation.
        let cameras = json["by_camera"].as_object().unwrap();
        assert_eq!(cameras.keys().collect::<Vec<_>>(), ["left"]);
    }

    #[test]
    fn people_see_the_worst_species() {
        let text = pad_report().to_string();
        let worst =
            "  APCER      100.00 % (1 of 1, 95 % interval 20.65 to 100.00 %) replay  <- worst";
        assert!(text.contains(worst), "{text}");
        assert!(text.contains("At the door's threshold 0.500"), "{text}");
    }

    #[test]
    fn presentations_of_one_class_give_no_report() {
        assert!(PadReport::new(&[shown("left", None, 0.5)], 0.5, vec![]).is_err());
        assert!(PadReport::new(&[], 0.5, vec![]).is_err());
    }
}
