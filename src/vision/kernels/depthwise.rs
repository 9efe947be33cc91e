//! Convolutions of each channel by itself, over vectors of channels.

use super::convolution::{Convolution, Reach};
use super::finish::{Channels, Finish, Pixel};
use super::number::Number;
use super::simd::Simd;

/// Neighbouring output pixels that share a load of the weights.
const PIXELS: usize = 4;

/// What a depthwise kernel reads.
pub(super) fn reach<N: Number>(c: &Convolution<'_, N, N>) -> Reach {
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
pub(super) unsafe fn run<S: Simd>(c: &mut Convolution<'_, S::Value, S::Map>) {
    let finish = Finish::<S>::new(c);
    let neighbours = c.taps.columns == 3 && c.from.pixel == c.taps.column_pitch;
    for y in 0..c.height {
        for at in (0..c.packed.bias.len()).step_by(S::LANES) {
            let mut x = 0;
            // SAFETY: the pixels lie within the width, and the channels within the channels.
            unsafe {
                let channels = finish.channels(at);
                while x + PIXELS <= c.width {
                    let first = Pixel { y, x };
                    let sums = if neighbours {
                        shared_sums::<S>(c, at, first)
                    } else {
                        sums::<S, PIXELS>(c, at, first)
                    };
                    write(sums, &finish, &channels, first);
                    x += PIXELS;
                }
                while x < c.width {
                    let first = Pixel { y, x };
                    write(sums::<S, 1>(c, at, first), &finish, &channels, first);
                    x += 1;
                }
            }
        }
    }
}

/// The sums of `N` neighbouring pixels, for the vector of channels from `at` on.
#[inline(always)]
unsafe fn sums<S: Simd, const N: usize>(
    c: &Convolution<'_, S::Value, S::Map>,
    at: usize,
    first: Pixel,
) -> [S::Vector; N] {
    let (taps, all) = (c.taps, c.packed.bias.len());
    // SAFETY: `fits` has checked the last tap of the last pixel and the number of weights.
    unsafe {
        let input = c.input.as_ptr().add(first.of(c.from) + at);
        let weights = c.packed.weights.as_ptr().add(at);
        let mut tap = 0;
        let mut sums = [S::zero(); N];
        for row in 0..taps.rows {
            for column in 0..taps.columns {
                let input = input.add(row * taps.row_pitch + column * taps.column_pitch);
                let weight = S::constants(weights.add(tap));
                tap += all;
                for (n, sum) in sums.iter_mut().enumerate() {
                    *sum = S::mul_add(S::load(input.add(n * c.from.pixel)), weight, *sum);
                }
            }
        }
        sums
    }
}

/// The same for three columns and a stride of one: each input is loaded once for all pixels that it is a tap of. The
/// products are added in the same order.
#[inline(always)]
unsafe fn shared_sums<S: Simd>(
    c: &Convolution<'_, S::Value, S::Map>,
    at: usize,
    first: Pixel,
) -> [S::Vector; PIXELS] {
    let (taps, all) = (c.taps, c.packed.bias.len());
    // SAFETY: as for `sums`; the last input is the last tap of the last pixel.
    unsafe {
        let input = c.input.as_ptr().add(first.of(c.from) + at);
        let weights = c.packed.weights.as_ptr().add(at);
        let mut tap = 0;
        let mut sums = [S::zero(); PIXELS];
        for row in 0..taps.rows {
            let start = input.add(row * taps.row_pitch);
            let mut inputs = [S::zero(); PIXELS + 2];
            for (n, input) in inputs.iter_mut().enumerate() {
                *input = S::load(start.add(n * taps.column_pitch));
            }
            for column in 0..3 {
                let weight = S::constants(weights.add(tap));
                tap += all;
                for (n, sum) in sums.iter_mut().enumerate() {
                    *sum = S::mul_add(inputs[n + column], weight, *sum);
                }
            }
        }
        sums
    }
}

#[inline(always)]
unsafe fn write<S: Simd, const N: usize>(
    sums: [S::Vector; N],
    finish: &Finish<S>,
    channels: &Channels<S>,
    first: Pixel,
) {
    let mut place = finish.place(first);
    for sum in sums {
        // SAFETY: the pixels are of the output.
        unsafe { finish.write(sum, channels, place) };
        place = finish.next(place);
    }
}
