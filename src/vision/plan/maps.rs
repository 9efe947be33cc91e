//! The operations between convolutions, in plain loops over vectors of channels: none of them weighs much.

use crate::vision::kernels::Number;

use super::graph::{Pooling, Window};
use super::layout::Buffer;

/// A map's numbers with their layout.
#[derive(Clone, Copy)]
pub struct Map<'a, N> {
    pub numbers: &'a [N],
    pub buffer: &'a Buffer,
}

impl<'a, N> Map<'a, N> {
    /// All channels of a pixel; none if the map is not there.
    fn pixel(&self, y: usize, x: usize) -> &'a [N] {
        let at = self.buffer.at(y, x);
        self.numbers
            .get(at..at + self.buffer.pitch)
            .unwrap_or_default()
    }
}

/// Calls `compute` with each pixel of the output.
fn each<N>(output: &mut [N], to: &Buffer, mut compute: impl FnMut(usize, usize, &mut [N])) {
    for y in 0..to.height {
        for x in 0..to.width {
            let at = to.at(y, x);
            if let Some(pixel) = output.get_mut(at..at + to.pitch) {
                compute(y, x, pixel);
            }
        }
    }
}

/// `leak(a + b, slope)`; `b` may have fewer channels.
pub fn add<N: Number>(a: Map<'_, N>, b: Map<'_, N>, slope: &[f32], output: &mut [N], to: &Buffer) {
    each(output, to, |y, x, sums| {
        sums.copy_from_slice(a.pixel(y, x));
        for (sum, &b) in sums.iter_mut().zip(b.pixel(y, x)) {
            *sum = N::from_f32(sum.to_f32() + b.to_f32());
        }
        for (sum, &slope) in sums.iter_mut().zip(slope) {
            let value = sum.to_f32();
            if value < 0.0 {
                *sum = N::from_f32(value * slope);
            }
        }
    });
}

/// Rows and columns of the map that a window covers.
fn covered(
    window: Window,
    at: usize,
    padding: usize,
    kernel: usize,
    size: usize,
) -> std::ops::Range<usize> {
    let start = at * window.stride;
    start.saturating_sub(padding)..(start + kernel).saturating_sub(padding).min(size)
}

/// Calls `join` with the result so far and each further pixel under the window, then `end` with their number.
fn pool_by<N: Number>(
    map: Map<'_, N>,
    window: Window,
    output: &mut [N],
    to: &Buffer,
    join: impl Fn(N, N) -> N,
    end: impl Fn(&mut [N], usize),
) {
    let from = map.buffer;
    each(output, to, |y, x, result| {
        let rows = covered(window, y, window.above, window.rows, from.height);
        let columns = covered(window, x, window.before, window.columns, from.width);
        let mut count = 0;
        for row in rows {
            for column in columns.clone() {
                let pixel = map.pixel(row, column);
                if count == 0 {
                    result.copy_from_slice(pixel);
                } else {
                    for (result, &value) in result.iter_mut().zip(pixel) {
                        *result = join(*result, value);
                    }
                }
                count += 1;
            }
        }
        end(result, count);
    });
}

/// The greatest value under a window, or the average of what lies within the map.
pub fn pool<N: Number>(
    map: Map<'_, N>,
    window: Window,
    pooling: Pooling,
    output: &mut [N],
    to: &Buffer,
) {
    match pooling {
        Pooling::Max => pool_by(map, window, output, to, N::greater, |_, _| ()),
        Pooling::Average => pool_by(
            map,
            window,
            output,
            to,
            |a, b| N::from_f32(a.to_f32() + b.to_f32()),
            |sums, count| {
                let share = 1.0 / count.max(1) as f32;
                for sum in sums {
                    *sum = N::from_f32(sum.to_f32() * share);
                }
            },
        ),
    }
}

/// Twice the size: between the centres of the pixels, bilinear; beyond them, the nearest.
pub fn double<N: Number>(map: Map<'_, N>, output: &mut [N], to: &Buffer) {
    let from = map.buffer;
    // The nearest source pixel, and the next nearest on the other side.
    let sources = |at: usize, size: usize| {
        let near = at / 2;
        let far = if at.is_multiple_of(2) {
            near.saturating_sub(1)
        } else {
            (near + 1).min(size - 1)
        };
        (near, far)
    };
    each(output, to, |y, x, result| {
        let ((near_y, far_y), (near_x, far_x)) = (sources(y, from.height), sources(x, from.width));
        let near = map
            .pixel(near_y, near_x)
            .iter()
            .zip(map.pixel(near_y, far_x));
        let far = map.pixel(far_y, near_x).iter().zip(map.pixel(far_y, far_x));
        for (result, (near, far)) in result.iter_mut().zip(near.zip(far)) {
            let row = |(near, far): (&N, &N)| near.to_f32() * 0.75 + far.to_f32() * 0.25;
            *result = N::from_f32(row(near) * 0.75 + row(far) * 0.25);
        }
    });
}

/// The map's values pixel by pixel, without padding and as `take` takes them, into the front of `output`; returns how many.
pub fn gather<N: Number, M>(map: Map<'_, N>, output: &mut [M], take: impl Fn(N) -> M) -> usize {
    let Buffer {
        height,
        width,
        channels,
        ..
    } = *map.buffer;
    let mut places = output.chunks_exact_mut(channels.max(1));
    for y in 0..height {
        for x in 0..width {
            if let (Some(place), Some(values)) = (places.next(), map.pixel(y, x).get(..channels)) {
                for (place, &value) in place.iter_mut().zip(values) {
                    *place = take(value);
                }
            }
        }
    }
    height * width * channels
}

/// A network's input, channel by channel, to a map; the padding becomes zeros.
pub fn import<N: Number>(input: &[f32], output: &mut [N], to: &Buffer) {
    let planes = input.chunks_exact(to.height * to.width);
    for (channel, plane) in planes.enumerate() {
        for (y, values) in plane.chunks_exact(to.width).enumerate() {
            let pixels = output.get_mut(to.at(y, 0)..).unwrap_or_default();
            for (pixel, &value) in pixels.chunks_exact_mut(to.pitch).zip(values) {
                if channel == 0 {
                    pixel.fill(N::default());
                }
                if let Some(place) = pixel.get_mut(channel) {
                    *place = N::from_f32(value);
                }
            }
        }
    }
}
