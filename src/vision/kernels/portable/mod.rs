//! Eight lanes in plain Rust: runs everywhere, and is what the others are tested against.

pub(super) mod half;

use std::marker::PhantomData;

use super::number::Number;
use super::simd::{Simd, SimdBytes};

/// f32, over maps of `M`.
#[derive(Clone, Copy)]
pub(super) struct Portable<M>(PhantomData<M>);

const LANES: usize = 8;

#[inline(always)]
fn zip<T: Copy, U: Copy, V>(a: [T; LANES], b: [U; LANES], f: impl Fn(T, U) -> V) -> [V; LANES] {
    std::array::from_fn(|lane| f(a[lane], b[lane]))
}

// SAFETY of all `read_unaligned` and `write_unaligned`: the trait's callers vouch for the pointers.
impl<M: Number> Simd for Portable<M> {
    const LANES: usize = LANES;

    type Value = f32;
    type Map = M;
    type Vector = [f32; LANES];
    type Inputs = [f32; LANES];
    const INPUTS: usize = 1;

    #[inline(always)]
    unsafe fn zero() -> Self::Vector {
        [0.0; LANES]
    }

    #[inline(always)]
    unsafe fn inputs(from: *const M) -> Self::Inputs {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { Self::input(from) }
    }

    #[inline(always)]
    unsafe fn input(from: *const M) -> Self::Inputs {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { [from.read().to_f32(); LANES] }
    }

    #[inline(always)]
    unsafe fn load(from: *const M) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { from.cast::<[M; LANES]>().read_unaligned() }.map(M::to_f32)
    }

    #[inline(always)]
    unsafe fn store(to: *mut M, v: Self::Vector) {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { to.cast::<[M; LANES]>().write_unaligned(v.map(M::from_f32)) }
    }

    #[inline(always)]
    unsafe fn constants(from: *const f32) -> Self::Vector {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { from.cast::<[f32; LANES]>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn add(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        zip(a, b, |a, b| a + b)
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
        zip(zip(a, b, |a, b| a * b), c, |ab, c| ab + c)
    }

    #[inline(always)]
    unsafe fn leak(v: Self::Vector, slope: Self::Vector) -> Self::Vector {
        zip(v, slope, |v, slope| if v < 0.0 { v * slope } else { v })
    }
}

impl<M: Number> SimdBytes for Portable<M> {
    const OFFSET: i32 = 0;
    const SPREAD: usize = 1;
    const BYTES: usize = 4;
    const LOADED: usize = 4;

    type I32 = [i32; LANES];
    type Bytes = [i32; 4];
    type Weights = [[i8; 4]; LANES];

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::Vector {
        [value; LANES]
    }

    #[inline(always)]
    unsafe fn mul(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        zip(a, b, |a, b| a * b)
    }

    #[inline(always)]
    unsafe fn min(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        zip(a, b, f32::min)
    }

    #[inline(always)]
    unsafe fn max(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        zip(a, b, f32::max)
    }

    #[inline(always)]
    unsafe fn least(v: Self::Vector) -> f32 {
        v.into_iter().fold(v[0], f32::min)
    }

    #[inline(always)]
    unsafe fn greatest(v: Self::Vector) -> f32 {
        v.into_iter().fold(v[0], f32::max)
    }

    #[inline(always)]
    unsafe fn store_bytes(to: *mut u8, [first, second, ..]: [Self::Vector; 4]) {
        let bytes = [first, second].map(|v| v.map(|v| v.round_ties_even() as u8));
        // SAFETY: the caller keeps the trait's contract.
        unsafe { to.cast::<[[u8; LANES]; 2]>().write_unaligned(bytes) }
    }

    #[inline(always)]
    unsafe fn load_i32(from: *const i32) -> Self::I32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { from.cast::<[i32; LANES]>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn to_f32(v: Self::I32) -> Self::Vector {
        v.map(|v| v as f32)
    }

    #[inline(always)]
    unsafe fn bytes(from: *const u8) -> Self::Bytes {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { from.cast::<[u8; 4]>().read_unaligned() }.map(i32::from)
    }

    #[inline(always)]
    unsafe fn weights(from: *const i8, _: usize) -> Self::Weights {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { from.cast::<Self::Weights>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn dot<const N: usize>(
        acc: Self::I32,
        input: Self::Bytes,
        weights: Self::Weights,
    ) -> Self::I32 {
        zip(acc, weights, |acc, weights| {
            let products = input.iter().zip(weights).map(|(x, w)| x * i32::from(w));
            acc + products.sum::<i32>()
        })
    }
}
