//! What an instruction set must bring: a handful of vector operations. The kernels are written once over
//! them.

use super::number::Number;

/// The vectors of one instruction set.
///
/// A set's methods must be `#[inline(always)]`: they are compiled for the set by being inlined into the
/// entry functions that [`entries`](super::entries) writes with its `target_feature`.
///
/// All sets of the same [`Simd::Value`] agree bit for bit but for [`Simd::mul_add`] in f32, which may round once or
/// twice; in f16 it rounds once. Products of integers that are exact in f32 come out the same either way.
///
/// # Safety
/// Every method may be called only on a processor that has the set. Pointers must be valid for
/// [`Simd::LANES`] elements, or what a method says; they need not be aligned.
pub(super) trait Simd: Copy {
    /// Values of a vector: 4, 8 or 16.
    const LANES: usize;

    /// What is computed in, and weights, biases and slopes are kept in.
    type Value: Number;
    /// What maps hold.
    type Map: Number;
    /// Values.
    type Vector: Copy;
    /// Neighbouring numbers of a map, each of which can be multiplied with a vector.
    type Inputs: Copy;
    /// How many they are.
    const INPUTS: usize;

    unsafe fn zero() -> Self::Vector;
    /// Of a map: so many.
    unsafe fn inputs(from: *const Self::Map) -> Self::Inputs;
    /// Of a map: the first of them; the pointer is valid for this one.
    unsafe fn input(from: *const Self::Map) -> Self::Inputs;
    /// Of a map.
    unsafe fn load(from: *const Self::Map) -> Self::Vector;
    /// To a map.
    unsafe fn store(to: *mut Self::Map, v: Self::Vector);
    /// Of weights and the like.
    unsafe fn constants(from: *const Self::Value) -> Self::Vector;
    unsafe fn add(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `inputs[N] * b + c`.
    unsafe fn mul_add_input<const N: usize>(
        inputs: Self::Inputs,
        b: Self::Vector,
        c: Self::Vector,
    ) -> Self::Vector;
    /// `a * b + c`.
    unsafe fn mul_add(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// `v` where it is not below zero, `v * slope` elsewhere.
    unsafe fn leak(v: Self::Vector, slope: Self::Vector) -> Self::Vector;
}

/// What convolutions on bytes need besides.
pub(super) trait SimdBytes: Simd<Value = f32> {
    /// What [`SimdBytes::store_bytes`] adds to each byte: 0, or -128 for sets that only multiply signed by signed.
    const OFFSET: i32;
    /// Bytes of memory for a byte of input or weight: 2 for sets that can't multiply bytes without saturation, whose bytes
    /// are spread to words once, where they are rounded, and not before each product. What else is said of bytes is of
    /// those in memory.
    const SPREAD: usize;
    /// Neighbouring bytes that [`SimdBytes::dot`] multiplies: a multiple of four.
    const BYTES: usize;
    /// Bytes that [`SimdBytes::bytes`] loads: some times [`SimdBytes::BYTES`], and a divisor of 16.
    const LOADED: usize;

    type I32: Copy;
    /// Bytes of input, in the form that [`SimdBytes::dot`] takes.
    type Bytes: Copy;
    /// Weights of each lane, in the form that [`SimdBytes::dot`] takes.
    type Weights: Copy;

    unsafe fn splat(value: f32) -> Self::Vector;
    unsafe fn mul(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    unsafe fn min(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    unsafe fn max(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// The least of all lanes.
    unsafe fn least(v: Self::Vector) -> f32;
    /// The greatest of all lanes.
    unsafe fn greatest(v: Self::Vector) -> f32;

    /// Sixteen values, in as many of the vectors as it takes, rounded to the nearest integer and ties to even, with the
    /// offset added, and spread. What is not within 0 and 255 becomes some byte.
    unsafe fn store_bytes(to: *mut u8, sixteen: [Self::Vector; 4]);

    unsafe fn load_i32(from: *const i32) -> Self::I32;
    /// The nearest f32, ties to even.
    unsafe fn to_f32(v: Self::I32) -> Self::Vector;
    unsafe fn bytes(from: *const u8) -> Self::Bytes;
    /// The pointer is valid for four weights of each lane, which belong to four bytes of input. Those of the next four
    /// bytes, if [`SimdBytes::BYTES`] are more, lie `pitch` further.
    unsafe fn weights(from: *const i8, pitch: usize) -> Self::Weights;
    /// In each lane `acc` plus the sum of the products of `weights` and the `N`th [`SimdBytes::BYTES`] of the bytes
    /// loaded; no intermediate result may saturate, for weights from -127 on.
    unsafe fn dot<const N: usize>(
        acc: Self::I32,
        bytes: Self::Bytes,
        weights: Self::Weights,
    ) -> Self::I32;
}
