//! What maps hold: f32, or IEEE 754's binary16, which stable Rust has no type for.

use super::buffer::Plain;

/// What weights may be.
pub trait Weight: Plain {
    /// What their sums become.
    type Value: Number;
}

impl Weight for f32 {
    type Value = f32;
}

impl Weight for F16 {
    type Value = F16;
}

impl Weight for i8 {
    type Value = f32;
}

/// A number of maps.
pub trait Number: Weight<Value = Self> + Default + Send + Sync + 'static {
    /// As the names of engines have it.
    const NAME: &'static str;

    /// The nearest, ties to even; infinite beyond the range.
    #[must_use]
    fn from_f32(value: f32) -> Self;

    /// Exactly this.
    #[must_use]
    fn to_f32(self) -> f32;

    /// The greater of two numbers.
    #[must_use]
    fn greater(self, other: Self) -> Self;
}

impl Number for f32 {
    const NAME: &'static str = "f32";

    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        value
    }

    #[inline(always)]
    fn to_f32(self) -> f32 {
        self
    }

    #[inline(always)]
    fn greater(self, other: Self) -> Self {
        if other > self { other } else { self }
    }
}

/// Half precision: 11 bits of significand, magnitudes of up to 65504 and in steps of 2^-24.
#[derive(Debug, Clone, Copy, Default)]
#[repr(transparent)]
pub struct F16(pub(super) u16);

// SAFETY: a plain number.
unsafe impl Plain for F16 {}

impl Number for F16 {
    const NAME: &'static str = "f16";

    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        #[cfg(target_arch = "aarch64")]
        return Self(super::aarch64::to_half(value));
        #[cfg(not(target_arch = "aarch64"))]
        Self(super::portable::half::to_half(value))
    }

    #[inline(always)]
    fn to_f32(self) -> f32 {
        #[cfg(target_arch = "aarch64")]
        return super::aarch64::from_half(self.0);
        #[cfg(not(target_arch = "aarch64"))]
        super::portable::half::from_half(self.0)
    }

    /// Compares the bits, as vectors can: those of numbers below zero the other way round.
    #[inline(always)]
    fn greater(self, other: Self) -> Self {
        let ordered = |half: Self| {
            let bits = half.0 as i16;
            bits ^ ((bits >> 15) & 0x7fff)
        };
        if ordered(other) > ordered(self) {
            other
        } else {
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::portable::half::{from_half, to_half};
    use super::*;

    /// From the standard's definition.
    fn defined(half: u16) -> f64 {
        let (exponent, fraction) = (half >> 10 & 31, f64::from(half & 0x3ff));
        let steps = f64::from(1_u32 << 24);
        let magnitude = match exponent {
            0 => fraction / steps,
            31 => f64::INFINITY,
            _ => (1024.0 + fraction) * f64::from(1_u32 << (exponent - 1)) / steps,
        };
        if half >> 15 == 1 {
            -magnitude
        } else {
            magnitude
        }
    }

    fn is_number(half: u16) -> bool {
        half & 0x7fff <= 0x7c00
    }

    #[test]
    fn every_half_is_what_the_standard_says_and_comes_back() {
        for half in (0..=u16::MAX).step_by(if cfg!(miri) { 97 } else { 1 }) {
            let (plain, value) = (from_half(half), F16(half).to_f32());
            if is_number(half) {
                assert_eq!(f64::from(plain), defined(half), "{half:#x}");
                assert_eq!(plain.to_bits(), value.to_bits(), "{half:#x}");
                assert_eq!(to_half(plain), half);
                assert_eq!(F16::from_f32(value).0, half);
            } else {
                assert!(plain.is_nan() && value.is_nan(), "{half:#x}");
                assert!(!is_number(to_half(plain)) && !is_number(F16::from_f32(value).0));
            }
        }
    }

    #[test]
    fn of_neighbours_the_greater_is_found() {
        let ascending: Vec<u16> = (0x8000..=0xfc00).rev().chain(1..=0x7c00).collect();
        for pair in ascending
            .windows(2)
            .step_by(if cfg!(miri) { 97 } else { 1 })
        {
            let [low, high] = [F16(pair[0]), F16(pair[1])];
            assert!(low.to_f32() < high.to_f32());
            assert_eq!(low.greater(high).0, high.0);
            assert_eq!(high.greater(low).0, high.0);
        }
    }

    #[test]
    fn between_two_halves_the_nearer_is_taken_and_on_a_tie_the_even_one() {
        for half in (0..0x7c00_u16).step_by(if cfg!(miri) { 97 } else { 1 }) {
            let low = from_half(half);
            let step = if half == 0x7bff {
                32.0
            } else {
                from_half(half + 1) - low
            };
            let tie = low + step / 2.0;
            let (below, above) = (tie.next_down(), tie.next_up());
            let even = half + (half & 1);
            for (value, expected) in [(below, half), (tie, even), (above, half + 1)] {
                for round in [to_half, |value| F16::from_f32(value).0] {
                    assert_eq!(round(value), expected, "{value}");
                    assert_eq!(round(-value), expected | 0x8000, "{value}");
                }
            }
        }
    }
}
