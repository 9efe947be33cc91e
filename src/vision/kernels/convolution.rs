//! What a convolution reads and writes, and the check that it stays within its slices.

use std::fmt;

use super::number::Weight;
use super::pack::Packed;

/// Where the pixels of a map lie in a slice, in elements: the pixel in row `y` and column `x` at
/// `start + y * row + x * pixel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    pub start: usize,
    pub row: usize,
    pub pixel: usize,
}

/// What a convolution reads for one output pixel, in elements from the pixel of its input view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taps {
    pub rows: usize,
    pub row_pitch: usize,
    pub columns: usize,
    /// From a tap to its neighbour. A dense kernel reads the taps of a row in one run and so all that lies
    /// between; where it has a single column, this is the number of input channels.
    pub column_pitch: usize,
}

impl Taps {
    /// Elements that a dense kernel reads of each tap row.
    #[must_use]
    pub fn run(&self) -> usize {
        self.columns.saturating_mul(self.column_pitch)
    }
}

/// One convolution over a map: `output = leak(sum + bias + residual, slope)`. Weights are `W`, maps hold `N`, and the
/// input is another type within a kernel alone.
pub struct Convolution<'a, W: Weight, N, I = N> {
    pub input: &'a [I],
    /// The first tap of each output pixel; its steps are the strides.
    pub from: View,
    pub taps: Taps,
    pub packed: &'a Packed<W>,
    /// Output rows.
    pub height: usize,
    /// Output columns.
    pub width: usize,
    pub residual: Residual<'a, N>,
    pub output: &'a mut [N],
    pub to: View,
}

/// What is added before the activation.
#[derive(Clone, Copy)]
pub enum Residual<'a, N> {
    None,
    Apart {
        values: &'a [N],
        view: View,
        /// Its channels, whole vectors; later ones of the output have nothing added.
        channels: usize,
    },
    /// What the output held before; each is read before it is written.
    InPlace {
        channels: usize,
    },
}

/// A convolution's addresses don't fit its slices: its plan is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misfit;

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a convolution would read or write outside its tensors")
    }
}

impl std::error::Error for Misfit {}

/// How far a kernel reads beyond the first tap of a pixel, and how many weights.
pub(super) struct Reach {
    pub(super) input: usize,
    pub(super) weights: usize,
}

impl<W: Weight, N, I> Convolution<'_, W, N, I> {
    /// Whether a kernel of so many lanes stays within the slices. Sums saturate, so that no overflow passes.
    pub(super) fn fits(&self, lanes: usize, reach: Reach) -> bool {
        let packed = self.packed;
        let channels = packed.bias.len();
        let within = |view: View, extent: usize, length: usize| {
            let last = view
                .start
                .saturating_add(self.height.saturating_sub(1).saturating_mul(view.row))
                .saturating_add(self.width.saturating_sub(1).saturating_mul(view.pixel));
            last.saturating_add(extent) <= length
        };
        let residual = match self.residual {
            Residual::None => true,
            Residual::InPlace { channels } => channels.is_multiple_of(lanes),
            Residual::Apart {
                values,
                view,
                channels,
            } => channels.is_multiple_of(lanes) && within(view, channels, values.len()),
        };
        self.height > 0
            && self.width > 0
            && self.taps.rows > 0
            && self.taps.columns > 0
            && channels.is_multiple_of(lanes)
            && [
                packed.slope.len(),
                packed.correction.len(),
                packed.scale.len(),
                packed.lean.len(),
            ] == [channels; 4]
            && reach.weights <= packed.weights.len()
            && within(self.from, reach.input, self.input.len())
            && residual
            && within(self.to, channels, self.output.len())
    }
}
