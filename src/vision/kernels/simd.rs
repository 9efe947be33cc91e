//! What an instruction set must bring: a handful of vector operations. The kernels are written once over
//! them.

/// The vectors of one instruction set.
///
/// A set's methods must be `#[inline(always)]`: they are compiled for the set by being inlined into the
/// entry functions that [`entries`](super::entries) writes with its `target_feature`.
///
/// All sets agree bit for bit but for [`Simd::mul_add`], which may round once or twice. Products of
/// integers that are exact in f32 come out the same either way.
///
/// # Safety
/// Every method may be called only on a processor that has the set. Pointers must be valid for
/// [`Simd::LANES`] elements ([`Simd::SPREAD`] times as many for [`Simd::store_bytes`], four times for
/// [`Simd::weights`], four bytes for [`Simd::quad`]); they need not be aligned.
pub(super) trait Simd: Copy {
    /// Values of a vector: a power of two up to 16.
    const LANES: usize;
    /// What [`Simd::quad`] adds to each byte: 0, or -128 for sets that only multiply signed by signed.
    const OFFSET: i32;
    /// Bytes of memory for a byte of input or weight: 2 for sets that can't multiply bytes without saturation, whose
    /// bytes are spread to words once, where they are rounded, and not before each product.
    const SPREAD: usize;

    type F32: Copy;
    type I32: Copy;
    /// Four bytes of memory in every lane: four inputs, or two that are spread to words.
    type Quad: Copy;
    /// Four bytes of weights in each lane, spread as the inputs are.
    type Weights: Copy;

    unsafe fn splat(value: f32) -> Self::F32;
    unsafe fn load(from: *const f32) -> Self::F32;
    unsafe fn store(to: *mut f32, v: Self::F32);
    unsafe fn add(a: Self::F32, b: Self::F32) -> Self::F32;
    unsafe fn mul(a: Self::F32, b: Self::F32) -> Self::F32;
    /// `a * b + c`.
    unsafe fn mul_add(a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32;
    /// `v` where it is not below zero, `v * slope` elsewhere.
    unsafe fn leak(v: Self::F32, slope: Self::F32) -> Self::F32;
    unsafe fn min(a: Self::F32, b: Self::F32) -> Self::F32;
    unsafe fn max(a: Self::F32, b: Self::F32) -> Self::F32;
    /// The least of all lanes.
    unsafe fn least(v: Self::F32) -> f32;
    /// The greatest of all lanes.
    unsafe fn greatest(v: Self::F32) -> f32;

    /// `v`, rounded to the nearest integer and ties to even, spread. What is not within 0 and 255 becomes some byte.
    unsafe fn store_bytes(to: *mut u8, v: Self::F32);

    unsafe fn load_i32(from: *const i32) -> Self::I32;
    /// The nearest f32, ties to even.
    unsafe fn to_f32(v: Self::I32) -> Self::F32;
    unsafe fn quad(from: *const u8) -> Self::Quad;
    unsafe fn weights(from: *const i8) -> Self::Weights;
    /// In each lane `acc` plus the sum of the products of `input`, with [`Simd::OFFSET`] added, and
    /// `weights`; no intermediate result may saturate.
    unsafe fn dot(acc: Self::I32, input: Self::Quad, weights: Self::Weights) -> Self::I32;
}
