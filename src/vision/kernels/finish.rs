//! What follows the sums: scale, bias, residual, activation, and the output's type.

use super::convolution::{Convolution, Output, Residual, View};
use super::simd::Simd;

/// An output pixel.
#[derive(Clone, Copy)]
pub(super) struct Pixel {
    pub(super) y: usize,
    pub(super) x: usize,
}

impl Pixel {
    /// Where it lies in a map.
    #[inline(always)]
    pub(super) fn of(self, view: View) -> usize {
        view.start + self.y * view.row + self.x * view.pixel
    }
}

/// Takes sums to the output.
#[derive(Clone, Copy)]
pub(super) struct Finish<'a> {
    residual: Residual<'a>,
    sink: Sink,
    to: View,
    scale: *const f32,
    bias: *const f32,
    slope: *const f32,
}

#[derive(Clone, Copy)]
enum Sink {
    F32(*mut f32),
    U8(*mut u8, u8),
}

/// The vector of output channels from `at` on.
pub(super) struct Channels<S: Simd> {
    at: usize,
    slope: S::F32,
}

impl<'a> Finish<'a> {
    #[inline(always)]
    pub(super) fn new<I, W>(c: &mut Convolution<'a, I, W>) -> Self {
        Self {
            residual: c.residual,
            sink: match &mut c.output {
                Output::F32(values) => Sink::F32(values.as_mut_ptr()),
                Output::U8(values, zero) => Sink::U8(values.as_mut_ptr(), *zero),
            },
            to: c.to,
            scale: c.packed.scale.as_ptr(),
            bias: c.packed.bias.as_ptr(),
            slope: c.packed.slope.as_ptr(),
        }
    }

    /// # Safety
    /// The processor has the set, and the convolution fits and has the channels.
    #[inline(always)]
    pub(super) unsafe fn channels<S: Simd>(&self, at: usize) -> Channels<S> {
        // SAFETY: as above.
        unsafe {
            Channels {
                at,
                slope: S::load(self.slope.add(at)),
            }
        }
    }

    /// `sum * scale + bias` for the vector of channels from `at` on. The order of the operations, here and
    /// below, is part of the result and the same in every instruction set.
    ///
    /// # Safety
    /// As for [`Finish::channels`].
    #[inline(always)]
    pub(super) unsafe fn scaled<S: Simd>(&self, sum: S::F32, at: usize) -> S::F32 {
        // SAFETY: as above.
        unsafe {
            S::add(
                S::mul(sum, S::load(self.scale.add(at))),
                S::load(self.bias.add(at)),
            )
        }
    }

    /// Writes `leak(scaled + residual, slope)` for these channels of a pixel.
    ///
    /// # Safety
    /// As for [`Finish::channels`], and the pixel is one of the output's.
    #[inline(always)]
    pub(super) unsafe fn write<S: Simd>(
        &self,
        scaled: S::F32,
        channels: &Channels<S>,
        pixel: Pixel,
    ) {
        let at = channels.at;
        let place = pixel.of(self.to) + at;
        // SAFETY: as above; `fits` has checked all three views for every pixel and their channels.
        unsafe {
            let mut value = scaled;
            match self.residual {
                Residual::InPlace { channels, scale } if at < channels => {
                    if let Sink::F32(output) = self.sink {
                        let added = S::load(output.add(place));
                        value = S::add(value, S::mul(added, S::splat(scale)));
                    }
                }
                Residual::F32 {
                    values,
                    view,
                    channels,
                    scale,
                } if at < channels => {
                    let added = S::load(values.as_ptr().add(pixel.of(view) + at));
                    value = S::add(value, S::mul(added, S::splat(scale)));
                }
                Residual::U8 {
                    values,
                    view,
                    channels,
                    scale,
                    zero,
                } if at < channels => {
                    let byte = S::load_bytes(values.as_ptr().add(pixel.of(view) + at));
                    let added = S::add(byte, S::splat(-f32::from(zero)));
                    value = S::add(value, S::mul(added, S::splat(scale)));
                }
                _ => {}
            }
            value = S::leak(value, channels.slope);
            match self.sink {
                Sink::F32(output) => S::store(output.add(place), value),
                Sink::U8(output, zero) => {
                    let zero = i32::from(zero);
                    let (low, high) = (S::splat(-zero as f32), S::splat((255 - zero) as f32));
                    S::store_bytes(output.add(place), S::clamp(value, low, high), zero);
                }
            }
        }
    }
}
