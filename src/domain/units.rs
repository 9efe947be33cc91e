//! Scores and times as types, so that a cosine is never taken for a similarity.

use std::time::Duration;

/// A number that is outside its unit's range, or not a number at all.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{unit} must be from {min} to {max}, not {value}")]
pub struct UnitError {
    unit: &'static str,
    min: f32,
    max: f32,
    value: f32,
}

macro_rules! bounded_score {
    ($(#[$doc:meta])* $name:ident, $unit:literal, $min:literal ..= $max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
        pub struct $name(f32);

        impl $name {
            /// The lowest value of the scale.
            pub const MIN: Self = Self($min);
            /// The highest value of the scale.
            pub const MAX: Self = Self($max);

            /// Takes `value` as it is.
            ///
            /// # Errors
            /// A [`UnitError`] if `value` is out of range or NaN.
            pub fn new(value: f32) -> Result<Self, UnitError> {
                if ($min..=$max).contains(&value) {
                    Ok(Self(value))
                } else {
                    Err(UnitError { unit: $unit, min: $min, max: $max, value })
                }
            }

            /// Brings a computed value into range; NaN becomes the lowest value, which grants nothing.
            #[must_use]
            pub fn saturating(value: f32) -> Self {
                if value.is_nan() { Self::MIN } else { Self(value.clamp($min, $max)) }
            }

            /// The bare number.
            #[must_use]
            pub fn get(self) -> f32 {
                self.0
            }
        }
    };
}

bounded_score! {
    /// Calibrated comparison score, 0 to 1: higher is more likely mated (ISO/IEC 2382-37).
    Similarity, "similarity", 0.0..=1.0
}
bounded_score! {
    /// Presentation attack detection score, 0 to 1: higher is more likely bona fide (ISO/IEC 30107-3).
    PadScore, "PAD score", 0.0..=1.0
}
bounded_score! {
    /// Cosine of the angle between two templates, -1 to 1: the uncalibrated comparison score.
    Cosine, "cosine", -1.0..=1.0
}

/// Sample quality, 0 to 100, after ISO/IEC 29794-5: higher is better suited to comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quality(u8);

impl Quality {
    /// The best quality.
    pub const MAX: Self = Self(100);

    /// Takes `value` as it is.
    ///
    /// # Errors
    /// A [`UnitError`] if `value` is above 100.
    pub fn new(value: u8) -> Result<Self, UnitError> {
        if value <= 100 {
            Ok(Self(value))
        } else {
            Err(UnitError {
                unit: "quality",
                min: 0.0,
                max: 100.0,
                value: f32::from(value),
            })
        }
    }

    /// Rounds a fraction (0 to 1) to the scale; NaN is the worst quality.
    #[must_use]
    pub fn from_fraction(fraction: f32) -> Self {
        // `as` saturates and turns NaN into 0.
        Self((fraction.clamp(0.0, 1.0) * 100.0).round() as u8)
    }

    /// The bare number.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

/// A point on the monotonic clock: time since the process started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Moment(Duration);

impl Moment {
    /// The moment `since_start` after the process started.
    #[must_use]
    pub const fn new(since_start: Duration) -> Self {
        Self(since_start)
    }

    /// Time since the process started.
    #[must_use]
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl std::ops::Add<Duration> for Moment {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_of_range_and_nan_are_refused() {
        assert!(Similarity::new(1.01).is_err());
        assert!(PadScore::new(-0.01).is_err());
        assert!(Cosine::new(f32::NAN).is_err());
        assert!(Quality::new(101).is_err());
        assert_eq!(
            Similarity::new(2.0).unwrap_err().to_string(),
            "similarity must be from 0 to 1, not 2"
        );
    }

    #[test]
    fn nan_saturates_to_what_grants_nothing() {
        assert_eq!(Similarity::saturating(f32::NAN), Similarity::MIN);
        assert_eq!(PadScore::saturating(f32::NAN), PadScore::MIN);
        assert_eq!(Quality::from_fraction(f32::NAN).get(), 0);
    }

    #[test]
    fn a_moment_ahead_is_no_time_ago() {
        let later = Moment::new(Duration::from_secs(2));
        assert_eq!(Moment::default().since(later), Duration::ZERO);
        assert_eq!(later.since(Moment::default()), Duration::from_secs(2));
    }
}
