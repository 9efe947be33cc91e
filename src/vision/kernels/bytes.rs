//! Pointwise convolutions on bytes: each pixel's channels are rounded to 256 steps between their own least and
//! greatest value, so that no pixel pays for the range of another, and the products are summed as integers.
//!
//! A value is `low + step * byte`, so the product with weights of `scale * w` is
//! `step * scale * sum(byte * w) + low * scale * sum(w)`. Measured on aligned faces, the templates of the embedder
//! lose a third of what one range for the whole map loses, and no images are needed to calibrate it.

use std::mem::MaybeUninit;
use std::slice;

use super::convolution::{Convolution, Residual, Taps, View};
use super::dense;
use super::products;
use super::simd::SimdBytes;

/// Bytes that are rounded before they are multiplied: what a small cache holds beside the weights.
const BLOCK: usize = 32 << 10;
/// The most that a set's [`SimdBytes::SPREAD`] may be.
const MOST_SPREAD: usize = 2;
/// Pixels of a block.
const PIXELS_AT_ONCE: usize = 1 << 10;

/// What a pixel's bytes stand for: `low + step * byte`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) low: f32,
    pub(super) step: f32,
}

/// Whether a pointwise convolution of so many input channels and output columns can be run on bytes.
pub(super) fn can(inputs: usize, width: usize) -> bool {
    // Whole vectors of any set, and at least one row a block.
    inputs > 0
        && inputs.is_multiple_of(16)
        && width <= PIXELS_AT_ONCE
        && inputs.saturating_mul(width) <= BLOCK
}

/// Whether all of the weights are from -127 on, as symmetric ones are: the sum of two products then fits 16 bits.
pub(super) fn can_multiply(weights: &[i8]) -> bool {
    !weights.contains(&i8::MIN)
}

/// Convolves block after block of output rows.
///
/// # Safety
/// The processor has the set, the convolution is pointwise and fits, and [`can`] says so.
#[inline(always)]
pub(super) unsafe fn run<S: SimdBytes, const PIXELS: usize, const PANEL: usize>(
    c: &mut Convolution<'_, i8, S::Map>,
) {
    let inputs = c.taps.run();
    // A pixel in memory.
    let pitch = inputs * S::SPREAD;
    let mut bytes = [const { MaybeUninit::<u8>::uninit() }; MOST_SPREAD * BLOCK];
    let mut ranges = [const { MaybeUninit::<Range>::uninit() }; PIXELS_AT_ONCE];
    let rows = (BLOCK / (inputs * c.width)).min(PIXELS_AT_ONCE / c.width);
    for first in (0..c.height).step_by(rows) {
        let height = rows.min(c.height - first);
        // SAFETY: `fits` has checked every pixel of the input, `rows` those of the block; of the block only what has
        // been written is read.
        unsafe {
            for y in 0..height {
                for x in 0..c.width {
                    let from = c.from.start + (first + y) * c.from.row + x * c.from.pixel;
                    let pixel = y * c.width + x;
                    let to = bytes.as_mut_ptr().add(pixel * pitch).cast();
                    let range = round::<S>(c.input.as_ptr().add(from), inputs, to);
                    ranges
                        .as_mut_ptr()
                        .add(pixel)
                        .write(MaybeUninit::new(range));
                }
            }
            let below = |view: View| View {
                start: view.start + first * view.row,
                ..view
            };
            let mut block = Convolution {
                input: slice::from_raw_parts(bytes.as_ptr().cast(), height * c.width * pitch),
                from: View {
                    start: 0,
                    row: c.width * pitch,
                    pixel: pitch,
                },
                taps: Taps {
                    column_pitch: pitch,
                    ..c.taps
                },
                packed: c.packed,
                height,
                width: c.width,
                residual: match c.residual {
                    Residual::Apart {
                        values,
                        view,
                        channels,
                    } => Residual::Apart {
                        values,
                        view: below(view),
                        channels,
                    },
                    other => other,
                },
                output: &mut *c.output,
                to: below(c.to),
            };
            dense::run::<S, products::Bytes, PIXELS, PANEL>(&mut block, ranges.as_ptr().cast());
        }
    }
}

/// Rounds the channels of a pixel to bytes.
///
/// # Safety
/// The processor has the set, so many numbers, a multiple of sixteen, can be read, and their bytes, spread, written.
#[inline(always)]
unsafe fn round<S: SimdBytes>(from: *const S::Map, channels: usize, to: *mut u8) -> Range {
    // SAFETY: as above.
    unsafe {
        let mut low = S::load(from);
        let mut high = low;
        for at in (0..channels).step_by(16) {
            for within in (0..16).step_by(S::LANES) {
                let values = S::load(from.add(at + within));
                low = S::min(low, values);
                high = S::max(high, values);
            }
        }
        let (low, high) = (S::least(low), S::greatest(high));
        let span = high - low;
        let steps = 255.0 / span;
        // A pixel of one value has no steps.
        let (step, steps) = if steps.is_infinite() {
            (0.0, 0.0)
        } else {
            (span * (1.0 / 255.0), steps)
        };
        for at in (0..channels).step_by(16) {
            let mut sixteen = [S::zero(); 4];
            for (n, within) in (0..16).step_by(S::LANES).enumerate() {
                let above = S::add(S::load(from.add(at + within)), S::splat(-low));
                sixteen[n] = S::mul(above, S::splat(steps));
            }
            S::store_bytes(to.add(at * S::SPREAD), sixteen);
        }
        Range { low, step }
    }
}
