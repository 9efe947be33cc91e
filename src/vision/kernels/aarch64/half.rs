//! f16: its conversions, which every AArch64 processor has, and its arithmetic (FEAT_FP16: Cortex-A76 and later).
//!
//! Neither the type nor its intrinsics are in stable Rust, so vectors are of u16 and instructions are written out.

use std::arch::aarch64::*;
use std::arch::asm;

use super::super::number::F16;
use super::super::simd::Simd;
use super::Quarter;

/// Eight lanes of f16.
#[derive(Clone, Copy)]
pub(in super::super) struct Half;

/// The nearest f16.
#[inline(always)]
pub(in super::super) fn to_half(value: f32) -> u16 {
    let half: u16;
    // SAFETY: works on registers alone, and every AArch64 processor has it.
    unsafe {
        asm!(
            "fcvt {half:h}, {value:s}",
            half = lateout(vreg) half,
            value = in(vreg) value,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    half
}

/// The f32 of this f16.
#[inline(always)]
pub(in super::super) fn from_half(half: u16) -> f32 {
    let value: f32;
    // SAFETY: as above.
    unsafe {
        asm!(
            "fcvt {value:s}, {half:h}",
            value = lateout(vreg) value,
            half = in(vreg) half,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    value
}

#[inline(always)]
fn widen(halves: uint16x4_t) -> float32x4_t {
    let values: float32x4_t;
    // SAFETY: as above.
    unsafe {
        asm!(
            "fcvtl {values:v}.4s, {halves:v}.4h",
            values = lateout(vreg) values,
            halves = in(vreg) halves,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    values
}

#[inline(always)]
fn narrow(values: float32x4_t) -> uint16x4_t {
    let halves: uint16x4_t;
    // SAFETY: as above.
    unsafe {
        asm!(
            "fcvtn {halves:v}.4h, {values:v}.4s",
            halves = lateout(vreg) halves,
            values = in(vreg) values,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    halves
}

impl Quarter for F16 {
    #[inline(always)]
    unsafe fn load(from: *const F16) -> float32x4_t {
        // SAFETY: the caller keeps the trait's contract.
        widen(unsafe { vld1_u16(from.cast()) })
    }

    #[inline(always)]
    unsafe fn store(to: *mut F16, v: float32x4_t) {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vst1_u16(to.cast(), narrow(v)) }
    }
}

impl Simd for Half {
    const LANES: usize = 8;

    type Value = F16;
    type Map = F16;
    type Vector = uint16x8_t;
    type Inputs = uint16x8_t;
    const INPUTS: usize = 8;

    #[inline(always)]
    unsafe fn zero() -> uint16x8_t {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vdupq_n_u16(0) }
    }

    #[inline(always)]
    unsafe fn inputs(from: *const F16) -> uint16x8_t {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vld1q_u16(from.cast()) }
    }

    #[inline(always)]
    unsafe fn input(from: *const F16) -> uint16x8_t {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vld1q_dup_u16(from.cast()) }
    }

    #[inline(always)]
    unsafe fn load(from: *const F16) -> uint16x8_t {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vld1q_u16(from.cast()) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut F16, v: uint16x8_t) {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vst1q_u16(to.cast(), v) }
    }

    #[inline(always)]
    unsafe fn constants(from: *const F16) -> uint16x8_t {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { vld1q_u16(from.cast()) }
    }

    #[inline(always)]
    unsafe fn add(mut a: uint16x8_t, b: uint16x8_t) -> uint16x8_t {
        // SAFETY: works on registers alone, and the caller keeps the trait's contract.
        unsafe {
            asm!(
                "fadd {a:v}.8h, {a:v}.8h, {b:v}.8h",
                a = inout(vreg) a,
                b = in(vreg) b,
                options(pure, nomem, nostack, preserves_flags),
            );
        }
        a
    }

    #[inline(always)]
    unsafe fn mul_add_input<const N: usize>(
        inputs: uint16x8_t,
        b: uint16x8_t,
        c: uint16x8_t,
    ) -> uint16x8_t {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { mul_add::<N>(inputs, b, c) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: uint16x8_t, b: uint16x8_t, mut c: uint16x8_t) -> uint16x8_t {
        // SAFETY: as for `add`.
        unsafe {
            asm!(
                "fmla {c:v}.8h, {a:v}.8h, {b:v}.8h",
                c = inout(vreg) c,
                a = in(vreg) a,
                b = in(vreg) b,
                options(pure, nomem, nostack, preserves_flags),
            );
        }
        c
    }

    #[inline(always)]
    unsafe fn leak(v: uint16x8_t, slope: uint16x8_t) -> uint16x8_t {
        let leaked: uint16x8_t;
        // SAFETY: as for `add`.
        unsafe {
            asm!(
                "fcmlt {leaked:v}.8h, {v:v}.8h, #0.0",
                "fmul {product:v}.8h, {v:v}.8h, {slope:v}.8h",
                "bsl {leaked:v}.16b, {product:v}.16b, {v:v}.16b",
                leaked = out(vreg) leaked,
                product = out(vreg) _,
                v = in(vreg) v,
                slope = in(vreg) slope,
                options(pure, nomem, nostack, preserves_flags),
            );
        }
        leaked
    }
}

/// With one of the inputs.
///
/// # Safety
/// The processor has FEAT_FP16.
#[inline(always)]
unsafe fn mul_add<const N: usize>(
    inputs: uint16x8_t,
    b: uint16x8_t,
    mut c: uint16x8_t,
) -> uint16x8_t {
    // SAFETY: works on registers alone, and the caller has the instruction.
    unsafe {
        asm!(
            "fmla {c:v}.8h, {b:v}.8h, {inputs:v}.h[{n}]",
            c = inout(vreg) c,
            b = in(vreg) b,
            // There are four bits for it.
            inputs = in(vreg_low16) inputs,
            n = const N,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    c
}
