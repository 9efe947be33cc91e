//! What follows the sums: bias, residual and activation; and before them, for bytes, their scales.

use super::bytes::Range;
use super::convolution::{Convolution, Residual, View};
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

/// Where a pixel's results go, and what is added to them lies.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    to: usize,
    residual: usize,
}

/// Takes sums to the output.
#[derive(Clone, Copy)]
pub(super) struct Finish<'a> {
    residual: Residual<'a>,
    output: *mut f32,
    to: View,
    scale: *const f32,
    lean: *const f32,
    bias: *const f32,
    slope: *const f32,
}

/// The vector of output channels from `at` on.
pub(super) struct Channels<S: Simd> {
    at: usize,
    slope: S::F32,
}

impl<'a> Finish<'a> {
    #[inline(always)]
    pub(super) fn new<I, W>(c: &mut Convolution<'a, W, I>) -> Self {
        Self {
            residual: c.residual,
            output: c.output.as_mut_ptr(),
            to: c.to,
            scale: c.packed.scale.as_ptr(),
            lean: c.packed.lean.as_ptr(),
            bias: c.packed.bias.as_ptr(),
            slope: c.packed.slope.as_ptr(),
        }
    }

    /// Of an output pixel.
    #[inline(always)]
    pub(super) fn place(&self, pixel: Pixel) -> Place {
        let residual = match self.residual {
            Residual::Apart { view, .. } => pixel.of(view),
            Residual::None | Residual::InPlace { .. } => 0,
        };
        Place {
            to: pixel.of(self.to),
            residual,
        }
    }

    /// Of the pixel so many columns after another.
    #[inline(always)]
    pub(super) fn after(&self, place: Place, columns: usize) -> Place {
        let residual = match self.residual {
            Residual::Apart { view, .. } => columns * view.pixel,
            Residual::None | Residual::InPlace { .. } => 0,
        };
        Place {
            to: place.to + columns * self.to.pixel,
            residual: place.residual + residual,
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

    /// `sum + bias` for the vector of channels from `at` on. The order of the operations, here and below, is
    /// part of the result and the same in every instruction set.
    ///
    /// # Safety
    /// As for [`Finish::channels`].
    #[inline(always)]
    pub(super) unsafe fn biased<S: Simd>(&self, sum: S::F32, at: usize) -> S::F32 {
        // SAFETY: as above.
        unsafe { S::add(sum, S::load(self.bias.add(at))) }
    }

    /// The same for a sum of products of bytes: `sum * step * scale + low * lean + bias`.
    ///
    /// # Safety
    /// As for [`Finish::channels`].
    #[inline(always)]
    pub(super) unsafe fn scaled<S: Simd>(&self, sum: S::F32, at: usize, range: Range) -> S::F32 {
        // SAFETY: as above.
        unsafe {
            let scale = S::mul(S::splat(range.step), S::load(self.scale.add(at)));
            let low = S::mul(S::splat(range.low), S::load(self.lean.add(at)));
            self.biased::<S>(S::add(S::mul(sum, scale), low), at)
        }
    }

    /// Writes `leak(biased + residual, slope)` for these channels of a pixel.
    ///
    /// # Safety
    /// As for [`Finish::channels`], and the place is of one of the output's pixels.
    #[inline(always)]
    pub(super) unsafe fn write<S: Simd>(
        &self,
        biased: S::F32,
        channels: &Channels<S>,
        place: Place,
    ) {
        let at = channels.at;
        let to = place.to + at;
        // SAFETY: as above; `fits` has checked all three views for every pixel and their channels.
        unsafe {
            let added = match self.residual {
                Residual::InPlace { channels } if at < channels => {
                    S::add(biased, S::load(self.output.add(to)))
                }
                Residual::Apart {
                    values, channels, ..
                } if at < channels => {
                    S::add(biased, S::load(values.as_ptr().add(place.residual + at)))
                }
                _ => biased,
            };
            S::store(self.output.add(to), S::leak(added, channels.slope));
        }
    }
}
