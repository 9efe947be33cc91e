//! What an evaluation found, as JSON for scripts and as text for people.
//!
//! The keys `eer`, `auc`, `mated`, `non_mated`, `fnmr_at_fmr`, `bpcer`, `apcer` and `threshold` are relied
//! on by scripts and keep their names and meanings. All rates are fractions, 0 to 1.

mod pad;
mod pairs;

use std::fmt;

use serde::Serialize;

use crate::domain::Proportion;

pub use pad::{PadReport, ScoredPresentation, pad_scores};
pub use pairs::PairsReport;

/// A measured error rate with its 95 % Wilson interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rate {
    pub rate: f64,
    pub low: f64,
    pub high: f64,
    pub errors: usize,
    pub trials: usize,
    /// 3 / trials where no error was seen: the rate that is not exceeded with 95 % confidence.
    pub rule_of_three: Option<f64>,
}

impl From<Proportion> for Rate {
    fn from(proportion: Proportion) -> Self {
        let interval = proportion.interval();
        Self {
            rate: proportion.rate(),
            low: interval.low,
            high: interval.high,
            errors: proportion.errors(),
            trials: proportion.trials(),
            rule_of_three: proportion.rule_of_three(),
        }
    }
}

/// `6.61 % (119 of 1800, 95 % interval 5.55 to 7.85 %)`
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rate, errors, trials) = (100.0 * self.rate, self.errors, self.trials);
        write!(f, "{rate:.2} % ({errors} of {trials}, ")?;
        match self.rule_of_three {
            Some(bound) => write!(f, "at most {:.2} % by the rule of 3)", 100.0 * bound),
            None => {
                let (low, high) = (100.0 * self.low, 100.0 * self.high);
                write!(f, "95 % interval {low:.2} to {high:.2} %)")
            }
        }
    }
}

fn write_no_face(f: &mut fmt::Formatter<'_>, images: &[String]) -> fmt::Result {
    if images.is_empty() {
        return Ok(());
    }
    writeln!(f, "No face in {} images, left out:", images.len())?;
    images.iter().try_for_each(|image| writeln!(f, "  {image}"))
}
