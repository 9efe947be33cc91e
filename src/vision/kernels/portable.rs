//! Eight lanes in plain Rust: runs everywhere, and is what the others are tested against.

use super::simd::Simd;

#[derive(Clone, Copy)]
pub(super) struct Portable;

const LANES: usize = 8;

#[inline(always)]
fn zip<T: Copy, U: Copy, V>(a: [T; LANES], b: [U; LANES], f: impl Fn(T, U) -> V) -> [V; LANES] {
    std::array::from_fn(|lane| f(a[lane], b[lane]))
}

// SAFETY of all `read_unaligned` and `write_unaligned`: the trait's callers vouch for the pointers.
impl Simd for Portable {
    const LANES: usize = LANES;
    const OFFSET: i32 = 0;
    const SPREAD: usize = 1;

    type F32 = [f32; LANES];
    type I32 = [i32; LANES];
    type Quad = [i32; 4];
    type Weights = [[i8; 4]; LANES];

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::F32 {
        [value; LANES]
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::F32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { from.cast::<[f32; LANES]>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, v: Self::F32) {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { to.cast::<[f32; LANES]>().write_unaligned(v) }
    }

    #[inline(always)]
    unsafe fn add(a: Self::F32, b: Self::F32) -> Self::F32 {
        zip(a, b, |a, b| a + b)
    }

    #[inline(always)]
    unsafe fn mul(a: Self::F32, b: Self::F32) -> Self::F32 {
        zip(a, b, |a, b| a * b)
    }

    #[inline(always)]
    unsafe fn mul_add(a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32 {
        zip(zip(a, b, |a, b| a * b), c, |ab, c| ab + c)
    }

    #[inline(always)]
    unsafe fn leak(v: Self::F32, slope: Self::F32) -> Self::F32 {
        zip(v, slope, |v, slope| if v < 0.0 { v * slope } else { v })
    }

    #[inline(always)]
    unsafe fn min(a: Self::F32, b: Self::F32) -> Self::F32 {
        zip(a, b, f32::min)
    }

    #[inline(always)]
    unsafe fn max(a: Self::F32, b: Self::F32) -> Self::F32 {
        zip(a, b, f32::max)
    }

    #[inline(always)]
    unsafe fn least(v: Self::F32) -> f32 {
        v.into_iter().fold(v[0], f32::min)
    }

    #[inline(always)]
    unsafe fn greatest(v: Self::F32) -> f32 {
        v.into_iter().fold(v[0], f32::max)
    }

    #[inline(always)]
    unsafe fn store_bytes(to: *mut u8, v: Self::F32) {
        let bytes = v.map(|v| v.round_ties_even() as u8);
        // SAFETY: the caller keeps the trait's contract.
        unsafe { to.cast::<[u8; LANES]>().write_unaligned(bytes) }
    }

    #[inline(always)]
    unsafe fn load_i32(from: *const i32) -> Self::I32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { from.cast::<[i32; LANES]>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn to_f32(v: Self::I32) -> Self::F32 {
        v.map(|v| v as f32)
    }

    #[inline(always)]
    unsafe fn quad(from: *const u8) -> Self::Quad {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { from.cast::<[u8; 4]>().read_unaligned() }.map(i32::from)
    }

    #[inline(always)]
    unsafe fn weights(from: *const i8) -> Self::Weights {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { from.cast::<Self::Weights>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn dot(acc: Self::I32, input: Self::Quad, weights: Self::Weights) -> Self::I32 {
        zip(acc, weights, |acc, weights| {
            let products = input.iter().zip(weights).map(|(x, w)| x * i32::from(w));
            acc + products.sum::<i32>()
        })
    }
}
