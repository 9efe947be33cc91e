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
//! - so do f16 convolutions: each product is added with one rounding, in a fixed order;
//! - f32 convolutions differ between instruction sets by the rounding of fused products only.
//!
//! Maps lie in memory as rows of pixels of channels (NHWC). The channels of a pixel are padded to whole
//! vectors, and what a convolution reads beyond the edge is part of its input's slice, so kernels know
//! neither edges nor remainders. All maps of a network are f32, or f16 if the processor computes in it; bytes live within
//! a kernel, see [`bytes`].
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
mod number;
mod pack;
mod portable;
mod products;
mod simd;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use buffer::{Arena, Rest, Span};
pub use convolution::{Convolution, Misfit, Residual, Taps, View};
pub use number::{F16, Number, Weight};
pub use pack::{After, DenseShape, DepthwiseShape, Packed};

use simd::{Simd, SimdBytes};

/// The kernels of one instruction set, over maps of `N`.
#[derive(Clone, Copy)]
pub struct InstructionSet<N: Number = f32> {
    /// As `bench` and the log name it.
    pub name: &'static str,
    /// Channels of a vector: pixels of maps that are written or convolved depthwise are padded to whole
    /// vectors.
    pub lanes: usize,
    values: Tile,
    bytes: Tile,
    /// See [`SimdBytes::OFFSET`].
    offset: i32,
    /// See [`SimdBytes::SPREAD`].
    spread: usize,
    dense: Entry<N, N>,
    dense_bytes: Entry<i8, N>,
    depthwise: Entry<N, N>,
}

/// What a dense kernel computes at once.
#[derive(Clone, Copy)]
struct Tile {
    /// Channels of its vectors.
    lanes: usize,
    /// Vectors of output channels.
    panel: usize,
}

/// A kernel.
///
/// # Safety
/// The processor must have its instruction set, and the convolution must fit its slices.
type Entry<W, N> = unsafe fn(&mut Convolution<'_, W, N>);

/// An instruction set over maps of `$map`, which needs the `$feature`s: `$set` for values and for depthwise convolutions,
/// `$bytes` for bytes. Their dense kernels compute so many pixels times so many vectors at once.
macro_rules! entries {
    (
        $name:literal, $map:ty,
        $set:ty: $pixels:literal x $panel:literal,
        $bytes:ty: $byte_pixels:literal x $byte_panel:literal
        $(, $feature:literal)*
    ) => {{
        $(#[target_feature(enable = $feature)])*
        unsafe fn dense(c: &mut Convolution<'_, $map, $map>) {
            // SAFETY: the caller vouches for processor and slices.
            unsafe { dense::run::<$set, products::Values, $pixels, $panel>(c, ()) }
        }
        $(#[target_feature(enable = $feature)])*
        unsafe fn dense_bytes(c: &mut Convolution<'_, i8, $map>) {
            // SAFETY: the caller vouches for processor and slices.
            unsafe { bytes::run::<$bytes, $byte_pixels, $byte_panel>(c) }
        }
        $(#[target_feature(enable = $feature)])*
        unsafe fn depthwise(c: &mut Convolution<'_, $map, $map>) {
            // SAFETY: the caller vouches for processor and slices.
            unsafe { depthwise::run::<$set>(c) }
        }
        InstructionSet::<$map> {
            name: $name,
            lanes: <$set as Simd>::LANES,
            values: Tile {
                lanes: <$set as Simd>::LANES,
                panel: $panel,
            },
            bytes: Tile {
                lanes: <$bytes as Simd>::LANES,
                panel: $byte_panel,
            },
            offset: <$bytes as SimdBytes>::OFFSET,
            spread: <$bytes as SimdBytes>::SPREAD,
            dense,
            dense_bytes,
            depthwise,
        }
    }};
    // The same for both.
    ($name:literal, $set:ty, $pixels:literal x $panel:literal $(, $feature:literal)*) => {
        entries!($name, f32, $set: $pixels x $panel, $set: $pixels x $panel $(, $feature)*)
    };
}

impl InstructionSet {
    /// The one that every processor has.
    #[must_use]
    pub fn portable() -> Self {
        entries!("portable", portable::Portable<f32>, 4 x 1)
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
                    .then(|| entries!("neon-sdot", Neon<Sdot, f32>, 8 x 2, "neon,dotprod")),
                Some(entries!(
                    "neon", f32,
                    Neon<Widening, f32>: 8 x 2,
                    Neon<Widening, f32>: 3 x 2,
                    "neon"
                )),
            ]
        };
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let native: [Option<Self>; 0] = [];
        native.into_iter().flatten().chain([Self::portable()])
    }

    /// The one for maps of f16: on processors that compute in them, which is what makes them worth it.
    #[must_use]
    pub fn halves() -> Option<InstructionSet<F16>> {
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("fp16")
            && std::arch::is_aarch64_feature_detected!("dotprod")
        {
            use aarch64::{Half, Neon, Sdot};
            return Some(entries!(
                "neon-fp16-sdot", F16,
                Half: 8 x 2,
                Neon<Sdot, F16>: 8 x 2,
                "neon,fp16,dotprod"
            ));
        }
        None
    }

    /// What those of f16 are held against. It takes its time.
    #[must_use]
    pub fn portable_halves() -> InstructionSet<F16> {
        use portable::{Portable, half::Half};
        entries!("portable-f16", F16, Half: 4 x 1, Portable<F16>: 4 x 1)
    }
}

impl<N: Number> InstructionSet<N> {
    /// Convolves values; `packed` by [`Packed::dense`].
    ///
    /// # Errors
    /// [`Misfit`] if an address would lie outside its slice.
    pub fn dense(&self, c: &mut Convolution<'_, N, N>) -> Result<(), Misfit> {
        let reach = dense::reach(c);
        self.run(self.dense, c, reach)
    }

    /// Whether a pointwise convolution of so many input channels and output columns, with these weights, can be run on
    /// bytes.
    #[must_use]
    pub fn can_bytes(inputs: usize, width: usize, weights: &[i8]) -> bool {
        bytes::can(inputs, width) && bytes::can_multiply(weights)
    }

    /// Convolves pixel by pixel on bytes; `packed` by [`Packed::dense_bytes`].
    ///
    /// # Errors
    /// [`Misfit`] if an address would lie outside its slice, or [`InstructionSet::can_bytes`] says no.
    pub fn dense_bytes(&self, c: &mut Convolution<'_, i8, N>) -> Result<(), Misfit> {
        if [c.taps.rows, c.taps.columns] != [1, 1] || !bytes::can(c.taps.run(), c.width) {
            return Err(Misfit);
        }
        let mut reach = dense::reach(c);
        reach.weights = reach.weights.saturating_mul(self.spread);
        self.run(self.dense_bytes, c, reach)
    }

    /// Convolves each channel of values by itself; `packed` by [`Packed::depthwise`].
    ///
    /// # Errors
    /// As [`InstructionSet::dense`].
    pub fn depthwise(&self, c: &mut Convolution<'_, N, N>) -> Result<(), Misfit> {
        let reach = depthwise::reach(c);
        self.run(self.depthwise, c, reach)
    }

    fn run<W: Weight>(
        &self,
        entry: Entry<W, N>,
        c: &mut Convolution<'_, W, N>,
        reach: convolution::Reach,
    ) -> Result<(), Misfit> {
        if !c.fits(self.lanes, reach) {
            return Err(Misfit);
        }
        // SAFETY: an instruction set is offered only if the processor has it, and the convolution fits its slices.
        unsafe { entry(c) };
        Ok(())
    }
}
