//! x86-64: AVX2 with FMA, and AVX-512, each with and without the byte products of VNNI.

use std::arch::x86_64::*;

use super::simd::{Simd, SimdBytes};

/// Eight lanes. With `VNNI`: AVX-VNNI, the 256-bit form of Alder Lake and later.
#[derive(Clone, Copy)]
pub(super) struct Avx2<const VNNI: bool>;

/// Sixteen lanes of AVX-512 F, BW and VL. With `VNNI`: AVX-512 VNNI.
#[derive(Clone, Copy)]
pub(super) struct Avx512<const VNNI: bool>;

impl<const VNNI: bool> Simd for Avx2<VNNI> {
    const LANES: usize = 8;

    type Value = f32;
    type Map = f32;
    type Vector = __m256;
    type Inputs = __m256;
    const INPUTS: usize = 1;

    #[inline(always)]
    unsafe fn zero() -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm256_setzero_ps() }
    }

    #[inline(always)]
    unsafe fn inputs(from: *const f32) -> Self::Inputs {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { Self::input(from) }
    }

    #[inline(always)]
    unsafe fn input(from: *const f32) -> Self::Inputs {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm256_set1_ps(from.read()) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm256_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, v: Self::Vector) {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm256_storeu_ps(to, v) }
    }

    #[inline(always)]
    unsafe fn constants(from: *const f32) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm256_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn add(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm256_add_ps(a, b) }
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
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    unsafe fn leak(v: Self::Vector, slope: Self::Vector) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            let below = _mm256_cmp_ps::<_CMP_LT_OQ>(v, _mm256_setzero_ps());
            _mm256_blendv_ps(v, _mm256_mul_ps(v, slope), below)
        }
    }
}

impl<const VNNI: bool> SimdBytes for Avx2<VNNI> {
    const OFFSET: i32 = 0;
    const SPREAD: usize = if VNNI { 1 } else { 2 };
    const BYTES: usize = 4;
    const LOADED: usize = 4;

    type I32 = __m256i;
    type Bytes = __m256i;
    type Weights = __m256i;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm256_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn mul(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm256_mul_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn min(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm256_min_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn max(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm256_max_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn least(v: Self::Vector) -> f32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            let four = _mm_min_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v));
            let two = _mm_min_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_min_ss(two, _mm_movehdup_ps(two)))
        }
    }

    #[inline(always)]
    unsafe fn greatest(v: Self::Vector) -> f32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            let four = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v));
            let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)))
        }
    }

    #[inline(always)]
    unsafe fn store_bytes(to: *mut u8, [first, second, ..]: [Self::Vector; 4]) {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            // Packs within halves, which are then put in order.
            let (first, second) = (_mm256_cvtps_epi32(first), _mm256_cvtps_epi32(second));
            let words = _mm256_packs_epi32(first, second);
            let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(words);
            if !VNNI {
                return _mm256_storeu_si256(to.cast(), words);
            }
            let (low, high) = (
                _mm256_castsi256_si128(words),
                _mm256_extracti128_si256::<1>(words),
            );
            _mm_storeu_si128(to.cast(), _mm_packus_epi16(low, high));
        }
    }

    #[inline(always)]
    unsafe fn load_i32(from: *const i32) -> Self::I32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm256_loadu_si256(from.cast()) }
    }

    #[inline(always)]
    unsafe fn to_f32(v: Self::I32) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm256_cvtepi32_ps(v) }
    }

    #[inline(always)]
    unsafe fn bytes(from: *const u8) -> Self::Bytes {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm256_set1_epi32(from.cast::<i32>().read_unaligned()) }
    }

    #[inline(always)]
    unsafe fn weights(from: *const i8, _: usize) -> Self::Weights {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm256_loadu_si256(from.cast()) }
    }

    #[inline(always)]
    unsafe fn dot<const N: usize>(
        acc: Self::I32,
        input: Self::Bytes,
        weights: Self::Weights,
    ) -> Self::I32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            if VNNI {
                return _mm256_dpbusd_avx_epi32(acc, input, weights);
            }
            // vpmaddubsw would saturate.
            _mm256_add_epi32(acc, _mm256_madd_epi16(input, weights))
        }
    }
}

impl<const VNNI: bool> Simd for Avx512<VNNI> {
    const LANES: usize = 16;

    type Value = f32;
    type Map = f32;
    type Vector = __m512;
    type Inputs = __m512;
    const INPUTS: usize = 1;

    #[inline(always)]
    unsafe fn zero() -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_setzero_ps() }
    }

    #[inline(always)]
    unsafe fn inputs(from: *const f32) -> Self::Inputs {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { Self::input(from) }
    }

    #[inline(always)]
    unsafe fn input(from: *const f32) -> Self::Inputs {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_set1_ps(from.read()) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, v: Self::Vector) {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_storeu_ps(to, v) }
    }

    #[inline(always)]
    unsafe fn constants(from: *const f32) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn add(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_add_ps(a, b) }
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
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    unsafe fn leak(v: Self::Vector, slope: Self::Vector) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            let below = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(v, _mm512_setzero_ps());
            _mm512_mask_mul_ps(v, below, v, slope)
        }
    }
}

impl<const VNNI: bool> SimdBytes for Avx512<VNNI> {
    const OFFSET: i32 = 0;
    const SPREAD: usize = if VNNI { 1 } else { 2 };
    const BYTES: usize = 4;
    const LOADED: usize = 4;

    type I32 = __m512i;
    type Bytes = __m512i;
    type Weights = __m512i;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn mul(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn min(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_min_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn max(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_max_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn least(v: Self::Vector) -> f32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_reduce_min_ps(v) }
    }

    #[inline(always)]
    unsafe fn greatest(v: Self::Vector) -> f32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_reduce_max_ps(v) }
    }

    #[inline(always)]
    unsafe fn store_bytes(to: *mut u8, [v, ..]: [Self::Vector; 4]) {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            let whole = _mm512_cvtps_epi32(v);
            if VNNI {
                _mm_storeu_si128(to.cast(), _mm512_cvtepi32_epi8(whole));
            } else {
                _mm256_storeu_si256(to.cast(), _mm512_cvtepi32_epi16(whole));
            }
        }
    }

    #[inline(always)]
    unsafe fn load_i32(from: *const i32) -> Self::I32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_loadu_si512(from.cast()) }
    }

    #[inline(always)]
    unsafe fn to_f32(v: Self::I32) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_cvtepi32_ps(v) }
    }

    #[inline(always)]
    unsafe fn bytes(from: *const u8) -> Self::Bytes {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_set1_epi32(from.cast::<i32>().read_unaligned()) }
    }

    #[inline(always)]
    unsafe fn weights(from: *const i8, _: usize) -> Self::Weights {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { _mm512_loadu_si512(from.cast()) }
    }

    #[inline(always)]
    unsafe fn dot<const N: usize>(
        acc: Self::I32,
        input: Self::Bytes,
        weights: Self::Weights,
    ) -> Self::I32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe {
            if VNNI {
                return _mm512_dpbusd_epi32(acc, input, weights);
            }
            _mm512_add_epi32(acc, _mm512_madd_epi16(input, weights))
        }
    }
}
