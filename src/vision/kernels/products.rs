//! What a dense kernel multiplies: values, or bytes that stand for them.

use super::bytes::Range;
use super::finish::{Finish, Scales};
use super::number::Weight;
use super::simd::{Simd, SimdBytes};

/// How input and weights are multiplied.
///
/// # Safety
/// Every method asks for what [`Simd`] asks for.
pub(super) trait Products<S: Simd> {
    type Input: Copy;
    type Weight: Weight<Value = S::Value>;
    type Inputs: Copy;
    type Vector: Copy;
    type Sum: Copy;
    /// What the sums of some channels need to become values, and those of each pixel.
    type Scales;
    type Ranges: Copy;
    /// Consecutive inputs that one product takes.
    const STEP: usize;
    /// Products that are made of one load of inputs.
    const LOADED: usize;

    unsafe fn begin(correction: *const i32) -> Self::Sum;
    unsafe fn inputs(from: *const Self::Input) -> Self::Inputs;
    /// Those of one product, at the end of a run that is no whole number of loads.
    unsafe fn input(from: *const Self::Input) -> Self::Inputs;
    /// `pitch`: the weights of all vectors for one packed step of inputs.
    unsafe fn vector(from: *const Self::Weight, pitch: usize) -> Self::Vector;
    /// Adds the `N`th product of what was loaded.
    unsafe fn multiply<const N: usize>(
        sum: Self::Sum,
        inputs: Self::Inputs,
        weights: Self::Vector,
    ) -> Self::Sum;
    /// The sum in numbers.
    unsafe fn number(sum: Self::Sum) -> S::Vector;
    unsafe fn scales(finish: &Finish<S>, at: usize) -> Self::Scales;
    /// What the sum stands for; `pixel` counts those of the convolution.
    unsafe fn value(
        sum: S::Vector,
        scales: &Self::Scales,
        ranges: Self::Ranges,
        pixel: usize,
    ) -> S::Vector;
}

/// Values times values.
pub(super) struct Values;

/// u8 times i8, summed in i32.
pub(super) struct Bytes;

impl<S: Simd> Products<S> for Values {
    type Input = S::Map;
    type Weight = S::Value;
    type Inputs = S::Inputs;
    type Vector = S::Vector;
    type Sum = S::Vector;
    type Scales = ();
    type Ranges = ();
    const STEP: usize = 1;
    const LOADED: usize = S::INPUTS;

    #[inline(always)]
    unsafe fn begin(_: *const i32) -> S::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::zero() }
    }

    #[inline(always)]
    unsafe fn inputs(from: *const S::Map) -> S::Inputs {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::inputs(from) }
    }

    #[inline(always)]
    unsafe fn input(from: *const S::Map) -> S::Inputs {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::input(from) }
    }

    #[inline(always)]
    unsafe fn vector(from: *const S::Value, _: usize) -> S::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::constants(from) }
    }

    #[inline(always)]
    unsafe fn multiply<const N: usize>(
        sum: S::Vector,
        inputs: S::Inputs,
        weights: S::Vector,
    ) -> S::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::mul_add_input::<N>(inputs, weights, sum) }
    }

    #[inline(always)]
    unsafe fn number(sum: S::Vector) -> S::Vector {
        sum
    }

    #[inline(always)]
    unsafe fn scales(_: &Finish<S>, _: usize) {}

    #[inline(always)]
    unsafe fn value(sum: S::Vector, (): &(), (): (), _: usize) -> S::Vector {
        sum
    }
}

impl<S: SimdBytes> Products<S> for Bytes {
    type Input = u8;
    type Weight = i8;
    type Inputs = S::Bytes;
    type Vector = S::Weights;
    type Sum = S::I32;
    type Scales = Scales<S>;
    type Ranges = *const Range;
    const STEP: usize = S::BYTES;
    const LOADED: usize = S::LOADED / S::BYTES;

    #[inline(always)]
    unsafe fn begin(correction: *const i32) -> S::I32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::load_i32(correction) }
    }

    #[inline(always)]
    unsafe fn inputs(from: *const u8) -> S::Bytes {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::bytes(from) }
    }

    /// Runs are whole numbers of loads, see [`super::bytes::can`].
    #[inline(always)]
    unsafe fn input(from: *const u8) -> S::Bytes {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::bytes(from) }
    }

    #[inline(always)]
    unsafe fn vector(from: *const i8, pitch: usize) -> S::Weights {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::weights(from, pitch) }
    }

    #[inline(always)]
    unsafe fn multiply<const N: usize>(
        sum: S::I32,
        inputs: S::Bytes,
        weights: S::Weights,
    ) -> S::I32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::dot::<N>(sum, inputs, weights) }
    }

    #[inline(always)]
    unsafe fn number(sum: S::I32) -> S::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::to_f32(sum) }
    }

    #[inline(always)]
    unsafe fn scales(finish: &Finish<S>, at: usize) -> Scales<S> {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { finish.scales(at) }
    }

    #[inline(always)]
    unsafe fn value(
        sum: S::Vector,
        scales: &Scales<S>,
        ranges: *const Range,
        pixel: usize,
    ) -> S::Vector {
        // SAFETY: the caller keeps the trait's contract, and has a range for each pixel.
        unsafe { scales.value(sum, *ranges.add(pixel)) }
    }
}
