//! Axes on which small rates can be read.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// An axis of rates, 0 to 1, with a tick at each end and between.
pub struct Axis {
    scale: fn(f64) -> f64,
    /// Rates, ascending, at least two.
    ticks: Vec<f64>,
}

impl Axis {
    /// Normal deviates, on which normally distributed scores give a straight DET curve
    /// (A. Martin et al., Eurospeech 1997). From below the least rate that `trials` can show to 80 %.
    pub fn normal_deviate(trials: usize) -> Self {
        const TICKS: [f64; 12] = [
            1e-6, 1e-5, 1e-4, 1e-3, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8,
        ];
        Self {
            scale: normal_deviate,
            ticks: from_below(trials, &TICKS),
        }
    }

    /// Decades from below the least rate that `trials` can show to 100 %.
    pub fn logarithmic(trials: usize) -> Self {
        const TICKS: [f64; 7] = [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1.0];
        Self {
            scale: f64::log10,
            ticks: from_below(trials, &TICKS),
        }
    }

    /// Even steps from 0 to 100 %.
    pub fn linear() -> Self {
        Self {
            scale: |rate| rate,
            ticks: vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
        }
    }

    /// Whether a rate is not beyond the upper end. Rates below the lower end are shown on it.
    pub fn shows(&self, rate: f64) -> bool {
        rate <= self.range().end
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, rate: &f64, limit: (i32, i32)) -> i32 {
        let Range { start, end } = self.range();
        let [low, high, at] = [start, end, rate.clamp(start, end)].map(self.scale);
        let pixels = f64::from(limit.1 - limit.0) * (at - low) / (high - low);
        limit.0 + pixels.round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.ticks[0]..self.ticks[self.ticks.len() - 1]
    }
}

/// Labels in per cent, without trailing zeros.
impl ValueFormatter<f64> for Axis {
    fn format(rate: &f64) -> String {
        format!("{} %", (rate * 1e8).round() / 1e6)
    }
}

/// The ticks from the last one that is below 1 / `trials`, but at least from 10 %.
fn from_below(trials: usize, ticks: &[f64]) -> Vec<f64> {
    let least = (1.0 / trials.max(1) as f64).min(0.11);
    let visible = ticks.partition_point(|&tick| tick < least);
    ticks[visible.saturating_sub(1)..].to_vec()
}

/// The standard normal quantile of a probability strictly between 0 and 1, to 1.2e-9
/// (P. J. Acklam's rational approximation, 2003).
fn normal_deviate(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    const TAIL: f64 = 0.024_25;
    let polynomial = |factors: &[f64], x: f64| factors.iter().fold(0.0, |sum, c| sum * x + c);
    let tail = |p: f64| {
        let q = (-2.0 * p.ln()).sqrt();
        polynomial(&C, q) / polynomial(&D, q)
    };
    if p < TAIL {
        tail(p)
    } else if p > 1.0 - TAIL {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        q * polynomial(&A, q * q) / polynomial(&B, q * q)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_deviates_of_known_probabilities() {
        let table = [
            (0.5, 0.0),
            (0.975, 1.959_963_985),
            (0.025, -1.959_963_985),
            (0.01, -2.326_347_874),
            (0.999, 3.090_232_306),
            (1e-6, -4.753_424_309),
        ];
        for (p, deviate) in table {
            assert!((normal_deviate(p) - deviate).abs() < 1e-7, "{p}");
        }
    }

    #[test]
    fn an_axis_reaches_below_the_least_rate_of_its_trials() {
        for trials in [1, 2, 10, 38, 1_000, 78_000, usize::MAX] {
            for axis in [Axis::normal_deviate(trials), Axis::logarithmic(trials)] {
                assert!(axis.ticks[0] < 1.0 / trials as f64 || axis.ticks[0] == 1e-6);
                let places = [0.0, axis.ticks[0], 1.0].map(|rate| axis.map(&rate, (100, 500)));
                assert_eq!(places, [100, 100, 500]);
            }
        }
    }

    #[test]
    fn ticks_are_labelled_in_per_cent() {
        let labels = Axis::normal_deviate(78_000).ticks;
        let labels: Vec<_> = labels.iter().map(Axis::format).collect();
        assert_eq!(labels[..4], ["0.001 %", "0.01 %", "0.1 %", "0.5 %"]);
    }
}
