//! Verification error rates (ISO/IEC 19795-1).

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{Rate, write_no_face};
use crate::domain::{EqualErrorRate, OperatingPoint, ScoreSets};

/// The FMR limits at which the FNMR is reported.
const FMR_LIMITS: [f64; 3] = [1e-2, 1e-3, 1e-4];

/// Verification error rates of a set of comparisons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairsReport {
    pub eer: f64,
    pub auc: f64,
    /// How many mated comparisons were made.
    pub mated: usize,
    /// How many non-mated comparisons were made.
    pub non_mated: usize,
    /// FNMR by FMR limit; `None` where there are too few non-mated comparisons to tell.
    pub fnmr_at_fmr: BTreeMap<String, Option<f64>>,
    /// The threshold of the equal error rate, in the unit of the scores.
    pub threshold: f32,
    /// The errors at `threshold`.
    pub at_threshold: MatchErrors,
    /// The measurable entries of `fnmr_at_fmr` in full, by FMR limit.
    pub operating_points: BTreeMap<String, MatchErrors>,
    /// Images without a usable face; their pairs were not compared.
    pub no_face: Vec<String>,
}

/// False matches and false non-matches at a threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MatchErrors {
    pub threshold: f32,
    pub fmr: Rate,
    pub fnmr: Rate,
}

impl From<OperatingPoint> for MatchErrors {
    fn from(point: OperatingPoint) -> Self {
        Self {
            threshold: point.threshold,
            fmr: point.fmr.into(),
            fnmr: point.fnmr.into(),
        }
    }
}

impl PairsReport {
    /// Computes the rates of mated (positive) and non-mated (negative) scores.
    #[must_use]
    pub fn new(scores: &ScoreSets, no_face: Vec<String>) -> Self {
        let EqualErrorRate { rate: eer, at } = scores.eer();
        let points = FMR_LIMITS.map(|limit| (limit.to_string(), scores.fnmr_at_fmr(limit)));
        let fnmr = |point: &OperatingPoint| point.fnmr.rate();
        Self {
            eer,
            auc: scores.auc(),
            mated: scores.positives().len(),
            non_mated: scores.negatives().len(),
            fnmr_at_fmr: points
                .iter()
                .map(|(limit, point)| (limit.clone(), point.as_ref().map(fnmr)))
                .collect(),
            threshold: at.threshold,
            at_threshold: at.into(),
            operating_points: points
                .into_iter()
                .filter_map(|(limit, point)| Some((limit, point?.into())))
                .collect(),
            no_face,
        }
    }
}

impl fmt::Display for PairsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mated, non_mated) = (self.mated, self.non_mated);
        writeln!(f, "Comparisons  {mated} mated, {non_mated} non-mated")?;
        writeln!(f, "AUC          {:.4}", self.auc)?;
        let (eer, threshold) = (100.0 * self.eer, self.threshold);
        writeln!(f, "EER          {eer:.2} % at threshold {threshold:.3}")?;
        writeln!(f, "  FMR        {}", self.at_threshold.fmr)?;
        writeln!(f, "  FNMR       {}", self.at_threshold.fnmr)?;
        for limit in FMR_LIMITS {
            let percent = 100.0 * limit;
            match self.operating_points.get(&limit.to_string()) {
                Some(point) => {
                    let threshold = point.threshold;
                    writeln!(f, "At FMR <= {percent} %, threshold {threshold:.3}")?;
                    writeln!(f, "  FNMR       {}", point.fnmr)?;
                }
                None => {
                    let needed = (1.0 / limit).round();
                    writeln!(
                        f,
                        "At FMR <= {percent} %  not measurable: needs {needed} non-mated comparisons"
                    )?;
                }
            }
        }
        write_no_face(f, &self.no_face)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs_report() -> PairsReport {
        let scores = ScoreSets::new(vec![0.5, 0.7, 0.9, 0.25], vec![0.125; 150]).unwrap();
        PairsReport::new(&scores, vec!["blurred.jpg".to_owned()])
    }

    #[test]
    fn scripts_find_the_keys_of_a_pairs_report() {
        let json = serde_json::to_value(pairs_report()).unwrap();
        assert_eq!(json["eer"], 0.0);
        assert_eq!(json["auc"], 1.0);
        assert_eq!(
            (&json["mated"], &json["non_mated"]),
            (&4.into(), &150.into())
        );
        assert_eq!(json["threshold"], 0.25);
        let fnmr = serde_json::json!({"0.01": 0.0, "0.001": null, "0.0001": null});
        assert_eq!(json["fnmr_at_fmr"], fnmr);
        assert_eq!(json["operating_points"]["0.01"]["fnmr"]["trials"], 4);
        assert_eq!(json["at_threshold"]["fmr"]["rule_of_three"], 0.02);
        assert_eq!(json["no_face"][0], "blurred.jpg");
    }

    #[test]
    fn people_read_a_pairs_report_with_its_uncertainty() {
        let expected = "\
Comparisons  4 mated, 150 non-mated
AUC          1.0000
EER          0.00 % at threshold 0.250
  FMR        0.00 % (0 of 150, at most 2.00 % by the rule of 3)
  FNMR       0.00 % (0 of 4, at most 75.00 % by the rule of 3)
At FMR <= 1 %, threshold 0.125
  FNMR       0.00 % (0 of 4, at most 75.00 % by the rule of 3)
At FMR <= 0.1 %  not measurable: needs 1000 non-mated comparisons
At FMR <= 0.01 %  not measurable: needs 10000 non-mated comparisons
No face in 1 images, left out:
  blurred.jpg
";
        assert_eq!(pairs_report().to_string(), expected);
    }
}
