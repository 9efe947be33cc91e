//! AArch64: NEON, and the byte products of SDOT (Cortex-A76 and later).

use std::arch::aarch64::*;
use std::arch::asm;
use std::marker::PhantomData;

mod half;

use super::number::Number;
use super::simd::{Simd, SimdBytes};
pub(super) use half::{Half, from_half, to_half};

/// Four lanes of f32. `D` says how bytes are multiplied, and `M` what maps hold.
#[derive(Clone, Copy)]
pub(super) struct Neon<D, M>(PhantomData<(D, M)>);

/// What maps may hold, four numbers at a time.
///
/// # Safety
/// As for [`Simd`].
pub(super) trait Quarter: Number {
    unsafe fn load(from: *const Self) -> float32x4_t;
    unsafe fn store(to: *mut Self, v: float32x4_t);
}

impl Quarter for f32 {
    #[inline(always)]
    unsafe fn load(from: *const f32) -> float32x4_t {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vld1q_f32(from) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, v: float32x4_t) {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vst1q_f32(to, v) }
    }
}

/// Products of signed bytes and their sums.
///
/// # Safety
/// Every method may be called only on a processor that has the instructions.
pub(super) trait Dot: Copy {
    /// Four sums, in whatever form they are gathered.
    type Sums: Copy;
    /// As [`SimdBytes::Bytes`] and the like.
    type Bytes: Copy;
    type Weights: Copy;
    const BYTES: usize;
    const LOADED: usize;

    unsafe fn begin(values: int32x4_t) -> Self::Sums;
    unsafe fn end(sums: Self::Sums) -> int32x4_t;
    unsafe fn bytes(from: *const u8) -> Self::Bytes;
    unsafe fn weights(from: *const i8, pitch: usize) -> Self::Weights;
    unsafe fn dot<const N: usize>(
        sums: Self::Sums,
        bytes: Self::Bytes,
        weights: Self::Weights,
    ) -> Self::Sums;
}

/// Products of 16 bits, two of them added up before they are widened: what every processor can do. Each lane is two
/// halves, which are put together at the end.
#[derive(Clone, Copy)]
pub(super) struct Widening;

/// Four products and their sum at once.
#[derive(Clone, Copy)]
pub(super) struct Sdot;

impl Dot for Widening {
    type Sums = [int32x4_t; 2];
    type Bytes = [int8x16_t; 2];
    type Weights = [int8x16_t; 2];
    const BYTES: usize = 8;
    const LOADED: usize = 8;

    #[inline(always)]
    unsafe fn begin(values: int32x4_t) -> Self::Sums {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            let zero = vdupq_n_s32(0);
            [vzip1q_s32(values, zero), vzip2q_s32(values, zero)]
        }
    }

    #[inline(always)]
    unsafe fn end(sums: Self::Sums) -> int32x4_t {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vpaddq_s32(sums[0], sums[1]) }
    }

    #[inline(always)]
    unsafe fn bytes(from: *const u8) -> Self::Bytes {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            let [first, second] = from.cast::<[i32; 2]>().read_unaligned();
            [
                vreinterpretq_s8_s32(vdupq_n_s32(first)),
                vreinterpretq_s8_s32(vdupq_n_s32(second)),
            ]
        }
    }

    #[inline(always)]
    unsafe fn weights(from: *const i8, pitch: usize) -> Self::Weights {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { [vld1q_s8(from), vld1q_s8(from.add(pitch))] }
    }

    #[inline(always)]
    unsafe fn dot<const N: usize>(
        sums: Self::Sums,
        [a, b]: Self::Bytes,
        [v, w]: Self::Weights,
    ) -> Self::Sums {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            let low = vmull_s8(vget_low_s8(a), vget_low_s8(v));
            let low = vmlal_s8(low, vget_low_s8(b), vget_low_s8(w));
            let high = vmlal_high_s8(vmull_high_s8(a, v), b, w);
            [vpadalq_s16(sums[0], low), vpadalq_s16(sums[1], high)]
        }
    }
}

impl Dot for Sdot {
    type Sums = int32x4_t;
    type Bytes = int8x16_t;
    type Weights = int8x16_t;
    const BYTES: usize = 4;
    const LOADED: usize = 16;

    #[inline(always)]
    unsafe fn begin(values: int32x4_t) -> int32x4_t {
        values
    }

    #[inline(always)]
    unsafe fn end(sums: int32x4_t) -> int32x4_t {
        sums
    }

    #[inline(always)]
    unsafe fn bytes(from: *const u8) -> int8x16_t {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vld1q_s8(from.cast()) }
    }

    #[inline(always)]
    unsafe fn weights(from: *const i8, _: usize) -> int8x16_t {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vld1q_s8(from) }
    }

    #[inline(always)]
    unsafe fn dot<const N: usize>(
        sums: int32x4_t,
        bytes: int8x16_t,
        weights: int8x16_t,
    ) -> int32x4_t {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            match N {
                0 => dot::<0>(sums, bytes, weights),
                1 => dot::<1>(sums, bytes, weights),
                2 => dot::<2>(sums, bytes, weights),
                _ => dot::<3>(sums, bytes, weights),
            }
        }
    }
}

/// With four of the bytes.
#[inline(always)]
unsafe fn dot<const N: usize>(
    mut sums: int32x4_t,
    bytes: int8x16_t,
    weights: int8x16_t,
) -> int32x4_t {
    // The intrinsic, `vdotq_laneq_s32`, is not in stable Rust.
    // SAFETY: works on registers alone, and the caller has the instruction.
    unsafe {
        asm!(
            "sdot {sums:v}.4s, {weights:v}.16b, {bytes:v}.4b[{n}]",
            sums = inout(vreg) sums,
            weights = in(vreg) weights,
            bytes = in(vreg) bytes,
            n = const N,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sums
}

impl<D: Dot, M: Quarter> Simd for Neon<D, M> {
    const LANES: usize = 4;

    type Value = f32;
    type Map = M;
    type Vector = float32x4_t;
    type Inputs = float32x4_t;
    const INPUTS: usize = 4;

    #[inline(always)]
    unsafe fn zero() -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vdupq_n_f32(0.0) }
    }

    #[inline(always)]
    unsafe fn inputs(from: *const M) -> float32x4_t {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { M::load(from) }
    }

    #[inline(always)]
    unsafe fn input(from: *const M) -> float32x4_t {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vdupq_n_f32(from.read().to_f32()) }
    }

    #[inline(always)]
    unsafe fn load(from: *const M) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { M::load(from) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut M, v: Self::Vector) {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { M::store(to, v) }
    }

    #[inline(always)]
    unsafe fn constants(from: *const f32) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vld1q_f32(from) }
    }

    #[inline(always)]
    unsafe fn add(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vaddq_f32(a, b) }
    }

    #[inline(always)]
    unsafe fn mul_add_input<const N: usize>(
        inputs: float32x4_t,
        b: float32x4_t,
        c: float32x4_t,
    ) -> float32x4_t {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            match N {
                0 => vfmaq_laneq_f32::<0>(c, b, inputs),
                1 => vfmaq_laneq_f32::<1>(c, b, inputs),
                2 => vfmaq_laneq_f32::<2>(c, b, inputs),
                _ => vfmaq_laneq_f32::<3>(c, b, inputs),
            }
        }
    }

    #[inline(always)]
    unsafe fn mul_add(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vfmaq_f32(c, a, b) }
    }

    #[inline(always)]
    unsafe fn leak(v: Self::Vector, slope: Self::Vector) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vbslq_f32(vcltzq_f32(v), vmulq_f32(v, slope), v) }
    }
}

impl<D: Dot, M: Quarter> SimdBytes for Neon<D, M> {
    const OFFSET: i32 = -128;
    const SPREAD: usize = 1;
    const BYTES: usize = D::BYTES;
    const LOADED: usize = D::LOADED;

    type I32 = D::Sums;
    type Bytes = D::Bytes;
    type Weights = D::Weights;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vdupq_n_f32(value) }
    }

    #[inline(always)]
    unsafe fn mul(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vmulq_f32(a, b) }
    }

    #[inline(always)]
    unsafe fn min(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vminq_f32(a, b) }
    }

    #[inline(always)]
    unsafe fn max(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vmaxq_f32(a, b) }
    }

    #[inline(always)]
    unsafe fn least(v: Self::Vector) -> f32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vminvq_f32(v) }
    }

    #[inline(always)]
    unsafe fn greatest(v: Self::Vector) -> f32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vmaxvq_f32(v) }
    }

    #[inline(always)]
    unsafe fn store_bytes(to: *mut u8, [a, b, c, d]: [Self::Vector; 4]) {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            let low = vqmovn_high_s32(vqmovn_s32(vcvtnq_s32_f32(a)), vcvtnq_s32_f32(b));
            let high = vqmovn_high_s32(vqmovn_s32(vcvtnq_s32_f32(c)), vcvtnq_s32_f32(d));
            let bytes = vqmovun_high_s16(vqmovun_s16(low), high);
            // From 0..=255 to -128..=127, see `OFFSET`.
            vst1q_u8(to, veorq_u8(bytes, vdupq_n_u8(0x80)));
        }
    }

    #[inline(always)]
    unsafe fn load_i32(from: *const i32) -> Self::I32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { D::begin(vld1q_s32(from)) }
    }

    #[inline(always)]
    unsafe fn to_f32(v: Self::I32) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vcvtq_f32_s32(D::end(v)) }
    }

    #[inline(always)]
    unsafe fn bytes(from: *const u8) -> Self::Bytes {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { D::bytes(from) }
    }

    #[inline(always)]
    unsafe fn weights(from: *const i8, pitch: usize) -> Self::Weights {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { D::weights(from, pitch) }
    }

    #[inline(always)]
    unsafe fn dot<const N: usize>(
        acc: Self::I32,
        bytes: Self::Bytes,
        weights: Self::Weights,
    ) -> Self::I32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { D::dot::<N>(acc, bytes, weights) }
    }
}
