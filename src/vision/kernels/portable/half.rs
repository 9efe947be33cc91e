//! The arithmetic of f16 in plain Rust: each operation is exact in f64, and its result is rounded once.

use super::super::number::F16;
use super::super::simd::Simd;
use super::{LANES, zip};

/// Eight lanes of f16.
#[derive(Clone, Copy)]
pub(in super::super) struct Half;

/// How far the exponents' biases are apart, in the place of an f32's exponent.
const REBIAS: u32 = (127 - 15) << 23;
/// Bits that an f32's significand has more.
const MORE: u32 = 23 - 10;

/// The nearest f16, ties to even.
#[inline(always)]
pub(in super::super) fn to_half(value: f32) -> u16 {
    /// What rounds to infinity: half a step above the largest.
    const INFINITE: u32 = 65520_f32.to_bits();
    const LEAST_NORMAL: u32 = REBIAS + (1 << 23);
    let sign = (value.to_bits() >> 16) as u16 & 0x8000;
    let magnitude = value.to_bits() & 0x7fff_ffff;
    let half = if magnitude > f32::INFINITY.to_bits() {
        0x7e00
    } else if magnitude >= INFINITE {
        0x7c00
    } else if magnitude >= LEAST_NORMAL {
        let even = (magnitude >> MORE) & 1;
        (magnitude - REBIAS + (1 << (MORE - 1)) - 1 + even) >> MORE
    } else {
        // The last bit of a number from 0.5 on is worth a step, so that the sum is rounded to steps.
        (f32::from_bits(magnitude) + 0.5).to_bits() - 0.5_f32.to_bits()
    };
    sign | half as u16
}

/// The f32 of this f16.
#[inline(always)]
pub(in super::super) fn from_half(half: u16) -> f32 {
    let magnitude = u32::from(half & 0x7fff);
    let value = match magnitude >> 10 {
        0 => magnitude as f32 * (1.0 / (1 << 24) as f32),
        31 => f32::from_bits((magnitude << MORE) | f32::INFINITY.to_bits()),
        _ => f32::from_bits((magnitude << MORE) + REBIAS),
    };
    value.copysign(f32::from_bits(u32::from(half) << 16))
}

/// To the nearest f16, ties to even. Sums of an f16 and a product of two may be inexact in f64 only where they are so
/// close to the former that it is the nearest anyhow.
#[inline(always)]
fn round(value: f64) -> f64 {
    const LEAST_NORMAL: f64 = 1.0 / (1 << 14) as f64;
    /// A number of this magnitude has steps of 2^-24, as an f16 below the least normal one has.
    const STEPS: f64 = 1.5 * (1 << 28) as f64;
    /// Bits that an f64's significand has more.
    const MORE_OF_F64: u32 = 52 - 10;
    let magnitude = value.abs();
    let even = (magnitude.to_bits() >> MORE_OF_F64) & 1;
    let up = magnitude.to_bits() + (1 << (MORE_OF_F64 - 1)) - 1 + even;
    let normal = f64::from_bits(up >> MORE_OF_F64 << MORE_OF_F64);
    let rounded = if magnitude < LEAST_NORMAL {
        magnitude + STEPS - STEPS
    } else if normal > 65504.0 {
        f64::INFINITY
    } else {
        // Also what is no number.
        normal
    };
    rounded.copysign(value)
}

impl Simd for Half {
    const LANES: usize = LANES;

    type Value = F16;
    type Map = F16;
    /// All of them are f16.
    type Vector = [f64; LANES];
    type Inputs = [f64; LANES];
    const INPUTS: usize = 1;

    #[inline(always)]
    unsafe fn zero() -> Self::Vector {
        [0.0; LANES]
    }

    #[inline(always)]
    unsafe fn inputs(from: *const F16) -> Self::Inputs {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { Self::input(from) }
    }

    #[inline(always)]
    unsafe fn input(from: *const F16) -> Self::Inputs {
        // SAFETY: the caller keeps the trait's contract.
        [f64::from(from_half(unsafe { from.read() }.0)); LANES]
    }

    #[inline(always)]
    unsafe fn load(from: *const F16) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        let halves = unsafe { from.cast::<[F16; LANES]>().read_unaligned() };
        halves.map(|half| f64::from(from_half(half.0)))
    }

    #[inline(always)]
    unsafe fn store(to: *mut F16, v: Self::Vector) {
        let halves = v.map(|v| F16(to_half(v as f32)));
        // SAFETY: the caller keeps the trait's contract.
        unsafe { to.cast::<[F16; LANES]>().write_unaligned(halves) }
    }

    #[inline(always)]
    unsafe fn constants(from: *const F16) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { Self::load(from) }
    }

    #[inline(always)]
    unsafe fn add(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        zip(a, b, |a, b| round(a + b))
    }

    #[inline(always)]
    unsafe fn mul_add_input<const N: usize>(
        input: Self::Inputs,
        b: Self::Vector,
        c: Self::Vector,
    ) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { Self::mul_add(input, b, c) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        zip(zip(a, b, |a, b| a * b), c, |ab, c| round(ab + c))
    }

    #[inline(always)]
    unsafe fn leak(v: Self::Vector, slope: Self::Vector) -> Self::Vector {
        zip(
            v,
            slope,
            |v, slope| {
                if v < 0.0 { round(v * slope) } else { v }
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_rounded_as_a_conversion_from_f32_is() {
        for half in (0..0x7c00_u16).step_by(if cfg!(miri) { 97 } else { 1 }) {
            let [low, high] = [half, half + 1].map(from_half);
            let tie = if half == 0x7bff {
                65520.0
            } else {
                (low + high) / 2.0
            };
            for value in [low, tie.next_down(), tie, tie.next_up()] {
                for value in [value, -value] {
                    let expected = from_half(to_half(value));
                    let found = round(f64::from(value)) as f32;
                    assert_eq!(found.to_bits(), expected.to_bits(), "{value}");
                }
            }
        }
        assert!(round(f64::NAN).is_nan());
        assert_eq!(round(f64::NEG_INFINITY), f64::NEG_INFINITY);
    }

    /// 1 + 2^-10 + 2^-11 lies between two f16, and what is added to it in f32's 25th place breaks the tie.
    #[test]
    fn a_product_is_added_with_one_rounding() {
        let step = 1.0 / 1024.0;
        let sum = |a: f64, b: f64, c: f64| {
            // SAFETY: runs on every processor.
            let sums = unsafe { Half::mul_add([a; LANES], [b; LANES], [c; LANES]) };
            sums[0]
        };
        assert_eq!(sum(step / 2.0, 1.0, 1.0 + step), 1.0 + 2.0 * step);
        assert_eq!(sum(step / 2.0, 1.0 - step / 2.0, 1.0 + step), 1.0 + step);
        assert_eq!(sum(step / 2.0, 1.0, 1.0), 1.0);
        assert_eq!(sum(step / 2.0, 1.0 + step, 1.0), 1.0 + step);
    }
}
