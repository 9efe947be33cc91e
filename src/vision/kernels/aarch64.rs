//! AArch64: NEON, and the byte products of SDOT (Cortex-A76 and later).

use std::arch::aarch64::*;
use std::arch::asm;
use std::marker::PhantomData;

use super::simd::Simd;

/// Four lanes. `D` says how bytes are multiplied.
#[derive(Clone, Copy)]
pub(super) struct Neon<D>(PhantomData<D>);

/// Products of signed bytes and their sums.
///
/// # Safety
/// Every method may be called only on a processor that has the instructions.
pub(super) trait Dot: Copy {
    /// Four sums, in whatever form they are gathered.
    type Sums: Copy;

    unsafe fn begin(values: int32x4_t) -> Self::Sums;
    unsafe fn end(sums: Self::Sums) -> int32x4_t;
    /// As [`Simd::dot`].
    unsafe fn dot(sums: Self::Sums, input: int8x16_t, weights: int8x16_t) -> Self::Sums;
}

/// Products of 16 bits, added in pairs: what every processor can do. Each lane is two halves, which are put
/// together at the end.
#[derive(Clone, Copy)]
pub(super) struct Widening;

/// Four products and their sum at once.
#[derive(Clone, Copy)]
pub(super) struct Sdot;

impl Dot for Widening {
    type Sums = [int32x4_t; 2];

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
    unsafe fn dot(sums: Self::Sums, input: int8x16_t, weights: int8x16_t) -> Self::Sums {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            let low = vmull_s8(vget_low_s8(input), vget_low_s8(weights));
            let high = vmull_high_s8(input, weights);
            [vpadalq_s16(sums[0], low), vpadalq_s16(sums[1], high)]
        }
    }
}

impl Dot for Sdot {
    type Sums = int32x4_t;

    #[inline(always)]
    unsafe fn begin(values: int32x4_t) -> int32x4_t {
        values
    }

    #[inline(always)]
    unsafe fn end(sums: int32x4_t) -> int32x4_t {
        sums
    }

    #[inline(always)]
    unsafe fn dot(mut sums: int32x4_t, input: int8x16_t, weights: int8x16_t) -> int32x4_t {
        // The intrinsic, `vdotq_s32`, is not in stable Rust.
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            asm!(
                "sdot {sums:v}.4s, {input:v}.16b, {weights:v}.16b",
                sums = inout(vreg) sums,
                input = in(vreg) input,
                weights = in(vreg) weights,
                options(pure, nomem, nostack, preserves_flags),
            );
        }
        sums
    }
}

impl<D: Dot> Simd for Neon<D> {
    const LANES: usize = 4;
    const OFFSET: i32 = -128;
    const SPREAD: usize = 1;

    type F32 = float32x4_t;
    type I32 = D::Sums;
    type Quad = int8x16_t;
    type Weights = int8x16_t;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::F32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vdupq_n_f32(value) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::F32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vld1q_f32(from) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, v: Self::F32) {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vst1q_f32(to, v) }
    }

    #[inline(always)]
    unsafe fn add(a: Self::F32, b: Self::F32) -> Self::F32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vaddq_f32(a, b) }
    }

    #[inline(always)]
    unsafe fn mul(a: Self::F32, b: Self::F32) -> Self::F32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vmulq_f32(a, b) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vfmaq_f32(c, a, b) }
    }

    #[inline(always)]
    unsafe fn leak(v: Self::F32, slope: Self::F32) -> Self::F32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vbslq_f32(vcltzq_f32(v), vmulq_f32(v, slope), v) }
    }

    #[inline(always)]
    unsafe fn min(a: Self::F32, b: Self::F32) -> Self::F32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vminq_f32(a, b) }
    }

    #[inline(always)]
    unsafe fn max(a: Self::F32, b: Self::F32) -> Self::F32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vmaxq_f32(a, b) }
    }

    #[inline(always)]
    unsafe fn least(v: Self::F32) -> f32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vminvq_f32(v) }
    }

    #[inline(always)]
    unsafe fn greatest(v: Self::F32) -> f32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vmaxvq_f32(v) }
    }

    #[inline(always)]
    unsafe fn store_bytes(to: *mut u8, v: Self::F32) {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            let words = vqmovn_s32(vcvtnq_s32_f32(v));
            let bytes = vqmovun_s16(vcombine_s16(words, words));
            let four = vget_lane_u32::<0>(vreinterpret_u32_u8(bytes));
            to.cast::<u32>().write_unaligned(four);
        }
    }

    #[inline(always)]
    unsafe fn load_i32(from: *const i32) -> Self::I32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { D::begin(vld1q_s32(from)) }
    }

    #[inline(always)]
    unsafe fn to_f32(v: Self::I32) -> Self::F32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vcvtq_f32_s32(D::end(v)) }
    }

    #[inline(always)]
    unsafe fn quad(from: *const u8) -> Self::Quad {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            // Shifts bytes from 0..=255 to -128..=127, see `OFFSET`.
            let four = from.cast::<u32>().read_unaligned() ^ 0x8080_8080;
            vreinterpretq_s8_u32(vdupq_n_u32(four))
        }
    }

    #[inline(always)]
    unsafe fn weights(from: *const i8) -> Self::Weights {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vld1q_s8(from) }
    }

    #[inline(always)]
    unsafe fn dot(acc: Self::I32, input: Self::Quad, weights: Self::Weights) -> Self::I32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { D::dot(acc, input, weights) }
    }
}
