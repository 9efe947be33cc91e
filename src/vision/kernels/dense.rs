//! Convolutions across channels: a product of matrices whose left one is read where it lies in the map.
//!
//! The taps of one row are neighbours in memory, so an output value is a sum over `rows` runs of
//! consecutive input, and a pointwise convolution is the case of one run. The kernel keeps the sums of a
//! tile of pixels x channels in registers.

use super::buffer::Plain;
use super::bytes::Range;
use super::convolution::{Convolution, Reach};
use super::finish::{Finish, Pixel, Place};
use super::simd::Simd;

/// How input and weights are multiplied.
///
/// # Safety
/// Every method asks for what [`Simd`] asks for.
pub(super) trait Products<S: Simd> {
    type Input: Copy;
    type Weight: Plain;
    type Broadcast: Copy;
    type Vector: Copy;
    type Sum: Copy;
    /// What the products of each pixel need to become values.
    type Ranges: Copy;
    /// Consecutive inputs that one product takes.
    const STEP: usize;

    unsafe fn begin(correction: *const i32) -> Self::Sum;
    unsafe fn broadcast(from: *const Self::Input) -> Self::Broadcast;
    unsafe fn vector(from: *const Self::Weight) -> Self::Vector;
    unsafe fn multiply(sum: Self::Sum, input: Self::Broadcast, weights: Self::Vector) -> Self::Sum;
    /// The value of a sum with its bias; `pixel` counts those of the convolution.
    unsafe fn biased(
        sum: Self::Sum,
        finish: &Finish<'_>,
        at: usize,
        ranges: Self::Ranges,
        pixel: usize,
    ) -> S::F32;
}

/// f32 times f32.
pub(super) struct Floats;

/// u8 times i8, summed in i32.
pub(super) struct Bytes;

impl<S: Simd> Products<S> for Floats {
    type Input = f32;
    type Weight = f32;
    type Broadcast = S::F32;
    type Vector = S::F32;
    type Sum = S::F32;
    type Ranges = ();
    const STEP: usize = 1;

    #[inline(always)]
    unsafe fn begin(_: *const i32) -> S::F32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::splat(0.0) }
    }

    #[inline(always)]
    unsafe fn broadcast(from: *const f32) -> S::F32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::splat(*from) }
    }

    #[inline(always)]
    unsafe fn vector(from: *const f32) -> S::F32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::load(from) }
    }

    #[inline(always)]
    unsafe fn multiply(sum: S::F32, input: S::F32, weights: S::F32) -> S::F32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::mul_add(input, weights, sum) }
    }

    #[inline(always)]
    unsafe fn biased(sum: S::F32, finish: &Finish<'_>, at: usize, _: (), _: usize) -> S::F32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { finish.biased::<S>(sum, at) }
    }
}

impl<S: Simd> Products<S> for Bytes {
    type Input = u8;
    type Weight = i8;
    type Broadcast = S::Quad;
    type Vector = S::Weights;
    type Sum = S::I32;
    type Ranges = *const Range;
    const STEP: usize = 4;

    #[inline(always)]
    unsafe fn begin(correction: *const i32) -> S::I32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::load_i32(correction) }
    }

    #[inline(always)]
    unsafe fn broadcast(from: *const u8) -> S::Quad {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::quad(from) }
    }

    #[inline(always)]
    unsafe fn vector(from: *const i8) -> S::Weights {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::weights(from) }
    }

    #[inline(always)]
    unsafe fn multiply(sum: S::I32, input: S::Quad, weights: S::Weights) -> S::I32 {
        // SAFETY: the caller keeps the trait's contract.
        unsafe { S::dot(sum, input, weights) }
    }

    #[inline(always)]
    unsafe fn biased(
        sum: S::I32,
        finish: &Finish<'_>,
        at: usize,
        ranges: *const Range,
        pixel: usize,
    ) -> S::F32 {
        // SAFETY: the caller keeps the trait's contract, and has a range for each pixel.
        unsafe { finish.scaled::<S>(S::to_f32(sum), at, *ranges.add(pixel)) }
    }
}

/// What a dense kernel reads.
pub(super) fn reach<W: Plain>(c: &Convolution<'_, W>) -> Reach {
    let (rows, run) = (c.taps.rows, c.taps.run());
    let before = rows.saturating_sub(1).saturating_mul(c.taps.row_pitch);
    Reach {
        input: before.saturating_add(run),
        weights: rows.saturating_mul(run).saturating_mul(c.packed.bias.len()),
    }
}

/// Convolves in tiles of `PIXELS` x `PANEL` vectors of channels.
///
/// # Safety
/// The processor has the set, the convolution fits, and there are ranges for its pixels.
#[inline(always)]
pub(super) unsafe fn run<S: Simd, P: Products<S>, const PIXELS: usize, const PANEL: usize>(
    c: &mut Convolution<'_, P::Weight, P::Input>,
    ranges: P::Ranges,
) {
    let finish = Finish::new(c);
    let channels = c.packed.bias.len();
    let mut at = 0;
    // SAFETY: as the caller says; `at` plus the panel's channels stays within the channels.
    unsafe {
        while at + PANEL * S::LANES <= channels {
            panel::<S, P, PIXELS, PANEL>(c, &finish, ranges, at);
            at += PANEL * S::LANES;
        }
        while at < channels {
            panel::<S, P, PIXELS, 1>(c, &finish, ranges, at);
            at += S::LANES;
        }
    }
}

/// All pixels, for the panel of channels from `at` on.
#[inline(always)]
unsafe fn panel<S: Simd, P: Products<S>, const PIXELS: usize, const PANEL: usize>(
    c: &Convolution<'_, P::Weight, P::Input>,
    finish: &Finish<'_>,
    ranges: P::Ranges,
    at: usize,
) {
    let pixels = c.height * c.width;
    // SAFETY: every pixel is below `pixels`.
    unsafe {
        if pixels == 1 {
            return tile::<S, P, 1, PANEL>(c, finish, ranges, at, [Pixel { y: 0, x: 0 }], 1);
        }
        let mut next = Pixel { y: 0, x: 0 };
        for first in (0..pixels).step_by(PIXELS) {
            let mut tiled = [next; PIXELS];
            for (ahead, pixel) in tiled.iter_mut().enumerate() {
                *pixel = next;
                // The last tile repeats the last pixel, but writes it once.
                if first + ahead + 1 < pixels {
                    next.x += 1;
                    if next.x == c.width {
                        next = Pixel {
                            y: next.y + 1,
                            x: 0,
                        };
                    }
                }
            }
            tile::<S, P, PIXELS, PANEL>(c, finish, ranges, at, tiled, pixels - first);
        }
    }
}

/// Some pixels, for the panel of channels from `at` on; the first `count` of them are written.
#[inline(always)]
unsafe fn tile<S: Simd, P: Products<S>, const PIXELS: usize, const PANEL: usize>(
    c: &Convolution<'_, P::Weight, P::Input>,
    finish: &Finish<'_>,
    ranges: P::Ranges,
    at: usize,
    pixels: [Pixel; PIXELS],
    count: usize,
) {
    let (rows, run) = (c.taps.rows, c.taps.run());
    // SAFETY: `fits` has checked the last tap of the last pixel and the number of weights.
    unsafe {
        let mut input = [c.input.as_ptr(); PIXELS];
        for (input, pixel) in input.iter_mut().zip(pixels) {
            *input = input.add(pixel.of(c.from));
        }
        let mut weights = c.packed.weights.as_ptr().add(at * rows * run);
        let correction = c.packed.correction.as_ptr().add(at);
        // Plain loops: a closure would not be compiled for the instruction set.
        let mut begin = [P::begin(correction); PANEL];
        for (v, sum) in begin.iter_mut().enumerate() {
            *sum = P::begin(correction.add(v * S::LANES));
        }
        let mut sums = [begin; PIXELS];
        for row in 0..rows {
            let start = row * c.taps.row_pitch;
            for step in (0..run).step_by(P::STEP) {
                let mut vectors = [P::vector(weights); PANEL];
                for (v, vector) in vectors.iter_mut().enumerate() {
                    *vector = P::vector(weights.add(v * S::LANES * P::STEP));
                }
                weights = weights.add(PANEL * S::LANES * P::STEP);
                for (sums, input) in sums.iter_mut().zip(input) {
                    let value = P::broadcast(input.add(start + step));
                    for (sum, vector) in sums.iter_mut().zip(vectors) {
                        *sum = P::multiply(*sum, value, vector);
                    }
                }
            }
        }
        // Short enough to be unrolled, so that the sums above stay in registers.
        let mut values = [[S::splat(0.0); PANEL]; PIXELS];
        for (n, (values, sums)) in values.iter_mut().zip(sums).enumerate() {
            let pixel = pixels[n].y * c.width + pixels[n].x;
            for (v, (value, sum)) in values.iter_mut().zip(sums).enumerate() {
                *value = P::biased(sum, finish, at + v * S::LANES, ranges, pixel);
            }
        }
        let mut places = [Place::default(); PIXELS];
        for (place, pixel) in places.iter_mut().zip(pixels) {
            *place = finish.place(pixel);
        }
        for v in 0..PANEL {
            let channels = finish.channels::<S>(at + v * S::LANES);
            for (n, (values, place)) in values.iter().zip(places).enumerate() {
                if n < count {
                    finish.write(values[v], &channels, place);
                }
            }
        }
    }
}
