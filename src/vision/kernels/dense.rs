//! Convolutions across channels: a product of matrices whose left one is read where it lies in the map.
//!
//! The taps of one row are neighbours in memory, so an output value is a sum over `rows` runs of
//! consecutive input, and a pointwise convolution is the case of one run. The kernel keeps the sums of a
//! tile of pixels x channels in registers.

use super::convolution::{Convolution, Reach};
use super::finish::{Finish, Pixel, Place};
use super::number::Weight;
use super::products::Products;
use super::simd::Simd;

/// What a dense kernel reads.
pub(super) fn reach<W: Weight, N>(c: &Convolution<'_, W, N>) -> Reach {
    let (rows, run) = (c.taps.rows, c.taps.run());
    let before = rows.saturating_sub(1).saturating_mul(c.taps.row_pitch);
    Reach {
        input: before.saturating_add(run),
        weights: rows.saturating_mul(run).saturating_mul(c.packed.bias.len()),
    }
}

/// Pixels whose places are worked out together, for all channels.
const STRETCH: usize = 256;

/// What a tile has to know of a pixel.
#[derive(Clone, Copy, Default)]
struct Spot {
    /// Its first tap.
    input: usize,
    place: Place,
    /// How many pixels of the convolution are before it.
    number: usize,
}

/// Convolves in tiles of `PIXELS` x `PANEL` vectors of channels.
///
/// # Safety
/// The processor has the set, the convolution fits, and there are ranges for its pixels.
#[inline(always)]
pub(super) unsafe fn run<S: Simd, P: Products<S>, const PIXELS: usize, const PANEL: usize>(
    c: &mut Convolution<'_, P::Weight, S::Map, P::Input>,
    ranges: P::Ranges,
) {
    let finish = Finish::<S>::new(c);
    let channels = c.packed.bias.len();
    let pixels = c.height * c.width;
    let mut stretch = [Spot::default(); STRETCH];
    let mut pixel = Pixel { y: 0, x: 0 };
    for first in (0..pixels).step_by(STRETCH) {
        let spots = stretch.iter_mut().take(pixels - first);
        let count = spots.len();
        for (ahead, spot) in spots.enumerate() {
            *spot = Spot {
                input: pixel.of(c.from),
                place: finish.place(pixel),
                number: first + ahead,
            };
            pixel.x += 1;
            if pixel.x == c.width {
                pixel = Pixel {
                    y: pixel.y + 1,
                    x: 0,
                };
            }
        }
        let spots = &stretch[..count];
        let mut at = 0;
        // SAFETY: as the caller says; `at` plus the panel's channels stays within the channels.
        unsafe {
            while at + PANEL * S::LANES <= channels {
                panel::<S, P, PIXELS, PANEL>(c, &finish, ranges, at, spots);
                at += PANEL * S::LANES;
            }
            while at < channels {
                panel::<S, P, PIXELS, 1>(c, &finish, ranges, at, spots);
                at += S::LANES;
            }
        }
    }
}

/// Some pixels, for the panel of channels from `at` on.
#[inline(always)]
unsafe fn panel<S: Simd, P: Products<S>, const PIXELS: usize, const PANEL: usize>(
    c: &Convolution<'_, P::Weight, S::Map, P::Input>,
    finish: &Finish<S>,
    ranges: P::Ranges,
    at: usize,
    spots: &[Spot],
) {
    // SAFETY: the spots are of the convolution's pixels.
    unsafe {
        if let &[only] = spots {
            return tile::<S, P, 1, PANEL>(c, finish, ranges, at, [only], 1);
        }
        let (tiles, last) = spots.as_chunks();
        for &spots in tiles {
            tile::<S, P, PIXELS, PANEL>(c, finish, ranges, at, spots, PIXELS);
        }
        if let Some(&spot) = last.last() {
            // Repeats the last pixel, but writes it once.
            let mut tiled = [spot; PIXELS];
            tiled[..last.len()].copy_from_slice(last);
            tile::<S, P, PIXELS, PANEL>(c, finish, ranges, at, tiled, last.len());
        }
    }
}

/// Some pixels, for the panel of channels from `at` on; the first `count` of them are written.
#[inline(always)]
unsafe fn tile<S: Simd, P: Products<S>, const PIXELS: usize, const PANEL: usize>(
    c: &Convolution<'_, P::Weight, S::Map, P::Input>,
    finish: &Finish<S>,
    ranges: P::Ranges,
    at: usize,
    spots: [Spot; PIXELS],
    count: usize,
) {
    let (rows, run) = (c.taps.rows, c.taps.run());
    // SAFETY: `fits` has checked the last tap of the last pixel and the number of weights.
    unsafe {
        let mut input = [c.input.as_ptr(); PIXELS];
        for (input, spot) in input.iter_mut().zip(spots) {
            *input = input.add(spot.input);
        }
        let mut weights = c.packed.weights.as_ptr().add(at * rows * run);
        let correction = c.packed.correction.as_ptr().add(at);
        // Plain loops: a closure would not be compiled for the instruction set.
        let mut begin = [P::begin(correction); PANEL];
        for (v, sum) in begin.iter_mut().enumerate() {
            *sum = P::begin(correction.add(v * S::LANES));
        }
        let mut sums = [begin; PIXELS];
        // All vectors, for one product.
        let step = PANEL * S::LANES * P::STEP;
        let loaded = P::STEP * P::LOADED;
        for row in 0..rows {
            let start = row * c.taps.row_pitch;
            let whole = if P::LOADED == 1 {
                0
            } else {
                run / loaded * loaded
            };
            for first in (0..whole).step_by(loaded) {
                let mut inputs = [P::inputs(input[0].add(start + first)); PIXELS];
                for (inputs, input) in inputs.iter_mut().zip(input) {
                    *inputs = P::inputs(input.add(start + first));
                }
                // No loop, so that all of it is unrolled.
                macro_rules! multiply {
                    ($($n:literal)*) => { $(
                        if $n < P::LOADED {
                            multiply::<S, P, PIXELS, PANEL, $n>(&mut sums, inputs, weights);
                            weights = weights.add(step);
                        }
                    )* };
                }
                multiply!(0 1 2 3 4 5 6 7);
            }
            for last in (whole..run).step_by(P::STEP) {
                let vectors = vectors::<S, P, PANEL>(weights);
                weights = weights.add(step);
                // Loaded right before they are used: most sets have few registers beside the sums.
                for (sums, input) in sums.iter_mut().zip(input) {
                    let inputs = P::input(input.add(start + last));
                    for (sum, vector) in sums.iter_mut().zip(vectors) {
                        *sum = P::multiply::<0>(*sum, inputs, vector);
                    }
                }
            }
        }
        // Short enough to be unrolled, so that the sums above stay in registers.
        let mut numbers = [[S::zero(); PIXELS]; PANEL];
        for (n, sums) in sums.into_iter().enumerate() {
            for (v, sum) in sums.into_iter().enumerate() {
                numbers[v][n] = P::number(sum);
            }
        }
        for (v, numbers) in numbers.iter().enumerate() {
            let at = at + v * S::LANES;
            let channels = finish.channels(at);
            let scales = P::scales(finish, at);
            for (&number, spot) in numbers.iter().zip(&spots).take(count) {
                let value = P::value(number, &scales, ranges, spot.number);
                finish.write(value, &channels, spot.place);
            }
        }
    }
}

/// Adds the `N`th product of the inputs of each pixel and the weights of all vectors.
#[inline(always)]
unsafe fn multiply<
    S: Simd,
    P: Products<S>,
    const PIXELS: usize,
    const PANEL: usize,
    const N: usize,
>(
    sums: &mut [[P::Sum; PANEL]; PIXELS],
    inputs: [P::Inputs; PIXELS],
    weights: *const P::Weight,
) {
    // SAFETY: the caller has the weights.
    unsafe {
        let vectors = vectors::<S, P, PANEL>(weights);
        for (sums, inputs) in sums.iter_mut().zip(inputs) {
            for (sum, vector) in sums.iter_mut().zip(vectors) {
                *sum = P::multiply::<N>(*sum, inputs, vector);
            }
        }
    }
}

/// The weights of one product, of all vectors.
#[inline(always)]
unsafe fn vectors<S: Simd, P: Products<S>, const PANEL: usize>(
    weights: *const P::Weight,
) -> [P::Vector; PANEL] {
    // Four bytes of weights are packed together.
    let packed = if P::STEP == 1 { 1 } else { 4 };
    let pitch = PANEL * S::LANES * packed;
    // SAFETY: the caller has the weights.
    unsafe {
        let mut vectors = [P::vector(weights, pitch); PANEL];
        for (v, vector) in vectors.iter_mut().enumerate() {
            *vector = P::vector(weights.add(v * S::LANES * packed), pitch);
        }
        vectors
    }
}
