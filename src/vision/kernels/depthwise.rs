//! Convolutions of each channel by itself, over vectors of channels.
//!
//! Bytes and their weights are multiplied as f32: sums of integers below 2^24 are exact in it, and so the
//! same in any order and on every instruction set.

use super::convolution::{Convolution, Reach};
use super::finish::{Finish, Pixel};
use super::simd::Simd;

/// Neighbouring output pixels that share a load of the weights.
const PIXELS: usize = 4;

/// What can be convolved depthwise.
pub(super) trait Source: Copy {
    /// # Safety
    /// As [`Simd`] says.
    unsafe fn load<S: Simd>(from: *const Self) -> S::F32;
}

impl Source for f32 {
    #[inline(always)]
    unsafe fn load<S: Simd>(from: *const Self) -> S::F32 {
        // SAFETY: the caller's.
        unsafe { S::load(from) }
    }
}

impl Source for u8 {
    #[inline(always)]
    unsafe fn load<S: Simd>(from: *const Self) -> S::F32 {
        // SAFETY: the caller's.
        unsafe { S::load_bytes(from) }
    }
}

/// What a depthwise kernel reads.
pub(super) fn reach<I, W>(c: &Convolution<'_, I, W>) -> Reach {
    let (taps, channels) = (c.taps, c.packed.bias.len());
    let rows = taps.rows.saturating_sub(1).saturating_mul(taps.row_pitch);
    let columns = taps
        .columns
        .saturating_sub(1)
        .saturating_mul(taps.column_pitch);
    Reach {
        input: rows.saturating_add(columns).saturating_add(channels),
        weights: taps
            .rows
            .saturating_mul(taps.columns)
            .saturating_mul(channels),
    }
}

/// Convolves vector by vector of channels.
///
/// # Safety
/// The processor has the set, and the convolution fits.
#[inline(always)]
pub(super) unsafe fn run<S: Simd, I: Source>(c: &mut Convolution<'_, I, f32>) {
    let finish = Finish::new(c);
    for y in 0..c.height {
        for at in (0..c.packed.bias.len()).step_by(S::LANES) {
            let mut x = 0;
            // SAFETY: the pixels lie within the width, and the channels within the channels.
            unsafe {
                while x + PIXELS <= c.width {
                    tile::<S, I, PIXELS>(c, &finish, at, Pixel { y, x });
                    x += PIXELS;
                }
                while x < c.width {
                    tile::<S, I, 1>(c, &finish, at, Pixel { y, x });
                    x += 1;
                }
            }
        }
    }
}

/// `N` neighbouring pixels, for the vector of channels from `at` on.
#[inline(always)]
unsafe fn tile<S: Simd, I: Source, const N: usize>(
    c: &Convolution<'_, I, f32>,
    finish: &Finish<'_>,
    at: usize,
    first: Pixel,
) {
    let (taps, all) = (c.taps, c.packed.bias.len());
    // SAFETY: `fits` has checked the last tap of the last pixel and the number of weights.
    unsafe {
        let input = c.input.as_ptr().add(first.of(c.from) + at);
        let mut weights = c.packed.weights.as_ptr().add(at);
        let correction = S::to_f32(S::load_i32(c.packed.correction.as_ptr().add(at)));
        let mut sums = [correction; N];
        for row in 0..taps.rows {
            for column in 0..taps.columns {
                let tap = input.add(row * taps.row_pitch + column * taps.column_pitch);
                let weight = S::load(weights);
                weights = weights.add(all);
                for (n, sum) in sums.iter_mut().enumerate() {
                    *sum = S::mul_add(I::load::<S>(tap.add(n * c.from.pixel)), weight, *sum);
                }
            }
        }
        let channels = finish.channels::<S>(at);
        // Short enough to be unrolled, so that the sums above stay in registers.
        for value in &mut sums {
            *value = finish.scaled::<S>(*value, at);
        }
        for (n, value) in sums.into_iter().enumerate() {
            let pixel = Pixel {
                x: first.x + n,
                ..first
            };
            finish.write(value, &channels, pixel);
        }
    }
}
