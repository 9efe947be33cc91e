//! Convolutions of each channel by itself, over vectors of channels.

use super::convolution::{Convolution, Reach};
use super::finish::{Finish, Pixel};
use super::simd::Simd;

/// Neighbouring output pixels that share a load of the weights.
const PIXELS: usize = 4;

/// What a depthwise kernel reads.
pub(super) fn reach(c: &Convolution<'_, f32, f32>) -> Reach {
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
pub(super) unsafe fn run<S: Simd>(c: &mut Convolution<'_, f32, f32>) {
    let finish = Finish::new(c);
    for y in 0..c.height {
        for at in (0..c.packed.bias.len()).step_by(S::LANES) {
            let mut x = 0;
            // SAFETY: the pixels lie within the width, and the channels within the channels.
            unsafe {
                while x + PIXELS <= c.width {
                    tile::<S, PIXELS>(c, &finish, at, Pixel { y, x });
                    x += PIXELS;
                }
                while x < c.width {
                    tile::<S, 1>(c, &finish, at, Pixel { y, x });
                    x += 1;
                }
            }
        }
    }
}

/// `N` neighbouring pixels, for the vector of channels from `at` on.
#[inline(always)]
unsafe fn tile<S: Simd, const N: usize>(
    c: &Convolution<'_, f32, f32>,
    finish: &Finish<'_>,
    at: usize,
    first: Pixel,
) {
    let (taps, all) = (c.taps, c.packed.bias.len());
    // SAFETY: `fits` has checked the last tap of the last pixel and the number of weights.
    unsafe {
        let input = c.input.as_ptr().add(first.of(c.from) + at);
        let mut weights = c.packed.weights.as_ptr().add(at);
        let mut sums = [S::splat(0.0); N];
        for row in 0..taps.rows {
            for column in 0..taps.columns {
                let tap = input.add(row * taps.row_pitch + column * taps.column_pitch);
                let weight = S::load(weights);
                weights = weights.add(all);
                for (n, sum) in sums.iter_mut().enumerate() {
                    *sum = S::mul_add(S::load(tap.add(n * c.from.pixel)), weight, *sum);
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
