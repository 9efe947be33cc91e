//! How sure a measured rate is.

/// The two-sided 95 % quantile of the standard normal distribution.
const Z_95: f64 = 1.959_963_984_540_054;

/// Errors out of trials, with at least one trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proportion {
    errors: usize,
    trials: usize,
}

/// A confidence interval of a rate: 0 <= `low` <= rate <= `high` <= 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

impl Proportion {
    /// `errors` of `trials`. The callers hold `errors <= trials` and `trials > 0`.
    pub(super) fn new(errors: usize, trials: usize) -> Self {
        debug_assert!(errors <= trials && trials > 0);
        Self { errors, trials }
    }

    /// How many of the trials went wrong.
    #[must_use]
    pub fn errors(self) -> usize {
        self.errors
    }

    /// How many trials there were.
    #[must_use]
    pub fn trials(self) -> usize {
        self.trials
    }

    /// The observed error rate, 0 to 1.
    #[must_use]
    pub fn rate(self) -> f64 {
        self.errors as f64 / self.trials as f64
    }

    /// Wilson score interval at 95 % confidence (E. B. Wilson, JASA 22, 1927).
    ///
    /// It takes the trials as independent. Comparisons that share a person are not, nor are the
    /// frames of one video: then the true interval is wider.
    #[must_use]
    pub fn interval(self) -> Interval {
        let (n, p, z2) = (self.trials as f64, self.rate(), Z_95 * Z_95);
        let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z_95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        // Rounding may carry the ends past the observed rate where that is 0 or 1.
        Interval {
            low: (centre - half).clamp(0.0, p),
            high: (centre + half).clamp(p, 1.0),
        }
    }

    /// With no error seen, the rate that is not exceeded with 95 % confidence: 3 / trials
    /// (the rule of 3, ISO/IEC 19795-1). `None` if there were errors.
    #[must_use]
    pub fn rule_of_three(self) -> Option<f64> {
        (self.errors == 0).then(|| (3.0 / self.trials as f64).min(1.0))
    }
}
