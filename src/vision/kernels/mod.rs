//! Convolutions for the processor at hand: the arithmetic of the networks, and nothing of what they are.
//!
//! A kernel is written once, over the vector operations of [`simd`], and compiled for each instruction set
//! that is listed in [`InstructionSet::available`]. Invariants:
//!
//! - the only room inside vision with `unsafe`; what it offers outside is safe, because
//!   [`Convolution::fits`] holds every address against its slice before a kernel runs;
//! - it imports nothing but the standard library, so it can be compiled and tested by itself;
//! - convolutions on bytes give the same numbers on every instruction set: products are summed as exact integers,
//!   and what comes before and after is separate f32 products and sums in a fixed order;
//! - f32 convolutions differ between instruction sets by the rounding of fused products only.
//!
//! Maps lie in memory as rows of pixels of channels (NHWC). The channels of a pixel are padded to whole
//! vectors, and what a convolution reads beyond the edge is part of its input's slice, so kernels know
//! neither edges nor remainders. All maps are f32; bytes live within a kernel, see [`bytes`].
//!
//! To add an instruction set: implement [`simd::Simd`] for a type of its own, write its line with
//! `entries!` and list it in `available`, best first. The tests in `tests.rs` then hold it against
//! [`portable`].

#[cfg(target_arch = "aarch64")]
mod aarch64;
mod buffer;
mod bytes;
mod convolution;
mod dense;
mod depthwise;
mod finish;
mod pack;
mod portable;
mod simd;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use buffer::{Arena, Plain, Rest, Span};
pub use convolution::{Convolution, Misfit, Residual, Taps, View};
pub use pack::{After, DenseShape, DepthwiseShape, Packed};

use simd::Simd;

/// The kernels of one instruction set.
#[derive(Clone, Copy)]
pub struct InstructionSet {
    /// As `bench` and the log name it.
    pub name: &'static str,
    /// Channels of a vector: pixels of maps that are written or convolved depthwise are padded to whole
    /// vectors.
    pub lanes: usize,
    /// Vectors of output channels that the dense kernels compute at once.
    panel: usize,
    /// See [`Simd::OFFSET`].
    offset: i32,
    /// See [`Simd::SPREAD`].
    spread: usize,
    dense_f32: Entry<f32>,
    dense_bytes: Entry<i8>,
    depthwise_f32: Entry<f32>,
}

/// A kernel.
///
/// # Safety
/// The processor must have its instruction set, and the convolution must fit its slices.
type Entry<W> = unsafe fn(&mut Convolution<'_, W>);

/// The instruction set of the type `$set`, whose dense kernel computes `$pixels` pixels times `$panel` vectors
/// at once, and which needs the `$feature`s.
macro_rules! entries {
    ($name:literal, $set:ty, $pixels:literal x $panel:literal $(, $feature:literal)*) => {{
        $(#[target_feature(enable = $feature)])*
        unsafe fn dense_f32(c: &mut Convolution<'_, f32>) {
            // SAFETY: the caller vouches for processor and slices.
            unsafe { dense::run::<$set, dense::Floats, $pixels, $panel>(c, ()) }
        }
        $(#[target_feature(enable = $feature)])*
        unsafe fn dense_bytes(c: &mut Convolution<'_, i8>) {
            // SAFETY: the caller vouches for processor and slices.
            unsafe { bytes::run::<$set, $pixels, $panel>(c) }
        }
        $(#[target_feature(enable = $feature)])*
        unsafe fn depthwise_f32(c: &mut Convolution<'_, f32>) {
            // SAFETY: the caller vouches for processor and slices.
            unsafe { depthwise::run::<$set>(c) }
        }
        InstructionSet {
            name: $name,
            lanes: <$set as Simd>::LANES,
            panel: $panel,
            offset: <$set as Simd>::OFFSET,
            spread: <$set as Simd>::SPREAD,
            dense_f32,
            dense_bytes,
            depthwise_f32,
        }
    }};
}

impl InstructionSet {
    /// The one that every processor has.
    #[must_use]
    pub fn portable() -> Self {
        entries!("portable", portable::Portable, 4 x 1)
    }

    /// The best of this processor.
    #[must_use]
    pub fn detect() -> Self {
        Self::available().next().unwrap_or_else(Self::portable)
    }

    /// All of this processor, the best first and the portable one last.
    pub fn available() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let native = {
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl");
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            [
                (avx512 && is_x86_feature_detected!("avx512vnni")).then(|| {
                    entries!("avx512-vnni", x86::Avx512<true>, 8 x 2, "avx512f,avx512bw,avx512vl,avx512vnni")
                }),
                avx512.then(|| {
                    entries!("avx512", x86::Avx512<false>, 8 x 2, "avx512f,avx512bw,avx512vl")
                }),
                (avx2 && is_x86_feature_detected!("avxvnni"))
                    .then(|| entries!("avx2-vnni", x86::Avx2<true>, 6 x 2, "avx2,fma,avxvnni")),
                avx2.then(|| entries!("avx2", x86::Avx2<false>, 6 x 2, "avx2,fma")),
            ]
        };
        #[cfg(target_arch = "aarch64")]
        let native = {
            use aarch64::{Neon, Sdot, Widening};
            // Every AArch64 processor has NEON.
            [
                std::arch::is_aarch64_feature_detected!("dotprod")
                    .then(|| entries!("neon-sdot", Neon<Sdot>, 6 x 4, "neon,dotprod")),
                Some(entries!("neon", Neon<Widening>, 6 x 2, "neon")),
            ]
        };
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let native: [Option<Self>; 0] = [];
        native.into_iter().flatten().chain([Self::portable()])
    }

    /// Convolves f32; `packed` by [`Packed::dense_f32`].
    ///
    /// # Errors
    /// [`Misfit`] if an address would lie outside its slice.
    pub fn dense_f32(&self, c: &mut Convolution<'_, f32>) -> Result<(), Misfit> {
        let reach = dense::reach(c);
        self.run(self.dense_f32, c, reach)
    }

    /// Whether a pointwise convolution of so many input channels and output columns can be run on bytes.
    #[must_use]
    pub fn can_bytes(inputs: usize, width: usize) -> bool {
        bytes::can(inputs, width)
    }

    /// Convolves pixel by pixel on bytes; `packed` by [`Packed::dense_bytes`].
    ///
    /// # Errors
    /// [`Misfit`] if an address would lie outside its slice, or [`InstructionSet::can_bytes`] says no.
    pub fn dense_bytes(&self, c: &mut Convolution<'_, i8>) -> Result<(), Misfit> {
        if [c.taps.rows, c.taps.columns] != [1, 1] || !bytes::can(c.taps.run(), c.width) {
            return Err(Misfit);
        }
        let mut reach = dense::reach(c);
        reach.weights = reach.weights.saturating_mul(self.spread);
        self.run(self.dense_bytes, c, reach)
    }

    /// Convolves each channel of f32 by itself; `packed` by [`Packed::depthwise_f32`].
    ///
    /// # Errors
    /// As [`InstructionSet::dense_f32`].
    pub fn depthwise_f32(&self, c: &mut Convolution<'_, f32>) -> Result<(), Misfit> {
        let reach = depthwise::reach(c);
        self.run(self.depthwise_f32, c, reach)
    }

    fn run<W: Plain>(
        &self,
        entry: Entry<W>,
        c: &mut Convolution<'_, W>,
        reach: convolution::Reach,
    ) -> Result<(), Misfit> {
        if !c.fits(self.lanes, reach) {
            return Err(Misfit);
        }
        // SAFETY: `available` lists an instruction set only if the processor has it, and the convolution
        // fits its slices.
        unsafe { entry(c) };
        Ok(())
    }
}
