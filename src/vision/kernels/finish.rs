//! What follows the sums: bias, residual and activation; and before them, for bytes, their scales.

use super::bytes::Range;
use super::convolution::{Convolution, Residual, View};
use super::number::Weight;
use super::simd::{Simd, SimdBytes};

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

/// Where a pixel's results go, and what is added to them lies.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    to: usize,
    residual: usize,
}

/// Takes sums to the output.
pub(super) struct Finish<S: Simd> {
    output: *mut S::Map,
    to: View,
    residual: *const S::Map,
    residual_view: View,
    /// Channels that the residual has: none if there is no residual.
    residual_channels: usize,
    scale: *const f32,
    lean: *const f32,
    bias: *const S::Value,
    slope: *const S::Value,
}

/// The vector of output channels from `at` on.
pub(super) struct Channels<S: Simd> {
    at: usize,
    bias: S::Vector,
    slope: S::Vector,
    has_residual: bool,
}

/// What sums of products of bytes of these channels need besides.
pub(super) struct Scales<S: Simd> {
    scale: S::Vector,
    lean: S::Vector,
}

impl<S: Simd> Finish<S> {
    #[inline(always)]
    pub(super) fn new<W: Weight<Value = S::Value>, I>(
        c: &mut Convolution<'_, W, S::Map, I>,
    ) -> Self {
        let output = c.output.as_mut_ptr();
        let (residual, residual_view, residual_channels) = match c.residual {
            Residual::None => (output.cast_const(), c.to, 0),
            Residual::InPlace { channels } => (output.cast_const(), c.to, channels),
            Residual::Apart {
                values,
                view,
                channels,
            } => (values.as_ptr(), view, channels),
        };
        Self {
            output,
            to: c.to,
            residual,
            residual_view,
            residual_channels,
            scale: c.packed.scale.as_ptr(),
            lean: c.packed.lean.as_ptr(),
            bias: c.packed.bias.as_ptr(),
            slope: c.packed.slope.as_ptr(),
        }
    }

    /// Of an output pixel.
    #[inline(always)]
    pub(super) fn place(&self, pixel: Pixel) -> Place {
        Place {
            to: pixel.of(self.to),
            residual: pixel.of(self.residual_view),
        }
    }

    /// Of the next pixel of the row.
    #[inline(always)]
    pub(super) fn next(&self, place: Place) -> Place {
        Place {
            to: place.to + self.to.pixel,
            residual: place.residual + self.residual_view.pixel,
        }
    }

    /// # Safety
    /// The processor has the set, and the convolution fits and has the channels.
    #[inline(always)]
    pub(super) unsafe fn channels(&self, at: usize) -> Channels<S> {
        // SAFETY: as above.
        unsafe {
            Channels {
                at,
                bias: S::constants(self.bias.add(at)),
                slope: S::constants(self.slope.add(at)),
                has_residual: at < self.residual_channels,
            }
        }
    }

    /// # Safety
    /// As for [`Finish::channels`].
    #[inline(always)]
    pub(super) unsafe fn scales(&self, at: usize) -> Scales<S>
    where
        S: SimdBytes,
    {
        // SAFETY: as above.
        unsafe {
            Scales {
                scale: S::constants(self.scale.add(at)),
                lean: S::constants(self.lean.add(at)),
            }
        }
    }

    /// Writes `leak(value + bias + residual, slope)` for these channels of a pixel. The order of the operations, here and
    /// in [`Scales::value`], is part of the result and the same in every instruction set.
    ///
    /// # Safety
    /// As for [`Finish::channels`], and the place is of one of the output's pixels.
    #[inline(always)]
    pub(super) unsafe fn write(&self, value: S::Vector, channels: &Channels<S>, place: Place) {
        let at = channels.at;
        // SAFETY: as above; `fits` has checked all three views for every pixel and their channels.
        unsafe {
            let mut sum = S::add(value, channels.bias);
            if channels.has_residual {
                sum = S::add(sum, S::load(self.residual.add(place.residual + at)));
            }
            S::store(self.output.add(place.to + at), S::leak(sum, channels.slope));
        }
    }
}

impl<S: SimdBytes> Scales<S> {
    /// What a sum of products of bytes stands for: `sum * step * scale + low * lean`.
    ///
    /// # Safety
    /// The processor has the set.
    #[inline(always)]
    pub(super) unsafe fn value(&self, sum: S::Vector, range: Range) -> S::Vector {
        // SAFETY: as above.
        unsafe {
            let scale = S::mul(S::splat(range.step), self.scale);
            let low = S::mul(S::splat(range.low), self.lean);
            S::add(S::mul(sum, scale), low)
        }
    }
}
