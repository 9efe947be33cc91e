//! Scores and coordinates as numbers of an answer.

use std::fmt;

use serde::{Serialize, Serializer};

/// A number rounded to so many decimals: `0.4803`, and `1` rather than `1.0` or `0.99999994`.
///
/// That is also how RFC 8785 writes it, so a signed answer has one spelling.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Decimal(f64);

impl Decimal {
    /// Rounds to the nearest number of `places` decimals; what is not finite becomes 0.
    #[must_use]
    pub fn rounded(value: f32, places: i32) -> Self {
        let scale = 10_f64.powi(places);
        let rounded = (f64::from(value) * scale).round() / scale;
        // Adding 0 turns -0 into 0.
        Self(if rounded.is_finite() {
            rounded + 0.0
        } else {
            0.0
        })
    }

    /// Rounds down to `places` decimals. A value that only the type's own precision has put below such a
    /// number counts as that number.
    #[must_use]
    pub fn rounded_down(value: f32, places: i32) -> Self {
        const PRECISION: f64 = 1e-6;
        let scale = 10_f64.powi(places);
        let rounded = ((f64::from(value) + PRECISION) * scale).floor() / scale;
        Self(if rounded.is_finite() {
            rounded + 0.0
        } else {
            0.0
        })
    }

    /// The bare number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// Whole numbers up to here have an exact i64.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if self.0.fract() == 0.0 && self.0.abs() < EXACT {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(decimal: Decimal) -> String {
        serde_json::to_string(&decimal).unwrap()
    }

    #[test]
    fn a_number_has_the_decimals_asked_for_and_no_more() {
        assert_eq!(json(Decimal::rounded(0.480_26, 4)), "0.4803");
        assert_eq!(json(Decimal::rounded(0.999_999_94, 4)), "1");
        assert_eq!(json(Decimal::rounded(-0.000_01, 4)), "0");
        assert_eq!(json(Decimal::rounded(f32::NAN, 4)), "0");
        assert_eq!(Decimal::rounded(0.4, 4).to_string(), "0.4");
    }

    #[test]
    fn rounding_down_never_lifts_a_score_but_keeps_a_whole_one() {
        let down = |value| Decimal::rounded_down(value, 2).get();
        assert_eq!(down(0.749_9), 0.74);
        // 0.7 and 0.29 have no exact f32; the nearest are just below.
        assert_eq!(
            (down(0.7), down(0.29), down(0.75), down(1.0)),
            (0.7, 0.29, 0.75, 1.0)
        );
    }
}
