//! Weights in the order in which a kernel of an instruction set reads them.

use super::buffer::Aligned;
use super::convolution::Misfit;
use super::number::{Number, Weight};
use super::{InstructionSet, Tile, bytes};

/// A convolution's weights and what follows its sums, packed for one instruction set.
pub struct Packed<W: Weight> {
    pub(super) weights: Aligned<W>,
    /// What the sum of products of bytes begins with: it takes the set's offset out of it.
    pub(super) correction: Vec<i32>,
    /// Of bytes, as are the next.
    pub(super) scale: Vec<f32>,
    /// Each channel's weights added up.
    pub(super) lean: Vec<f32>,
    pub(super) bias: Vec<W::Value>,
    pub(super) slope: Vec<W::Value>,
}

/// What follows the sum of each output channel; see [`Convolution`](super::Convolution).
#[derive(Debug, Clone, Copy)]
pub struct After<'a> {
    pub bias: &'a [f32],
    /// Factor of results below zero.
    pub slope: &'a [f32],
}

/// Weights of a dense convolution in the order output, input, row, column.
#[derive(Debug, Clone, Copy)]
pub struct DenseShape {
    pub outputs: usize,
    pub inputs: usize,
    pub rows: usize,
    pub columns: usize,
    /// As the [`Taps`](super::Taps) will say.
    pub column_pitch: usize,
}

/// Weights of a depthwise convolution in the order channel, row, column.
#[derive(Debug, Clone, Copy)]
pub struct DepthwiseShape {
    pub channels: usize,
    /// Rows x columns.
    pub taps: usize,
}

impl DenseShape {
    fn weights(&self) -> usize {
        self.outputs * self.inputs * self.rows * self.columns
    }

    /// Calls `place(source, output, position)` for each weight; positions count what a kernel reads.
    fn each(&self, mut place: impl FnMut(usize, usize, usize)) {
        let mut source = 0;
        for output in 0..self.outputs {
            for input in 0..self.inputs {
                for row in 0..self.rows {
                    for column in 0..self.columns {
                        let position = (row * self.columns + column) * self.column_pitch + input;
                        place(source, output, position);
                        source += 1;
                    }
                }
            }
        }
    }
}

impl<N: Number> Packed<N> {
    /// For [`InstructionSet::dense`].
    ///
    /// # Errors
    /// [`Misfit`] if the slices are not of the shape's size.
    pub fn dense(
        set: &InstructionSet<N>,
        shape: DenseShape,
        weights: &[f32],
        after: After<'_>,
    ) -> Result<Self, Misfit> {
        let weights: Vec<N> = weights.iter().copied().map(N::from_f32).collect();
        Self::panels(set.lanes, set.values, shape, &weights, after, 1)
    }

    /// For [`InstructionSet::depthwise`].
    ///
    /// # Errors
    /// As [`Packed::dense`].
    pub fn depthwise(
        set: &InstructionSet<N>,
        shape: DepthwiseShape,
        weights: &[f32],
        after: After<'_>,
    ) -> Result<Self, Misfit> {
        let DepthwiseShape { channels, taps } = shape;
        if weights.len() != channels * taps {
            return Err(Misfit);
        }
        let padded = channels.next_multiple_of(set.lanes);
        let mut packed = Self::empty(set.lanes, channels, padded * taps, after)?;
        for (channel, weights) in weights.chunks_exact(taps.max(1)).enumerate() {
            for (tap, &weight) in weights.iter().enumerate() {
                packed.weights[tap * padded + channel] = N::from_f32(weight);
            }
        }
        Ok(packed)
    }
}

impl Packed<i8> {
    /// For [`InstructionSet::dense_bytes`]: a weight is `byte * scale` of its output.
    ///
    /// # Errors
    /// [`Misfit`] if the slices are not of the shape's size, it is not pointwise, a weight is -128, or so many could overflow an i32.
    pub fn dense_bytes<N: Number>(
        set: &InstructionSet<N>,
        shape: DenseShape,
        weights: &[i8],
        scale: &[f32],
        after: After<'_>,
    ) -> Result<Self, Misfit> {
        /// 255 x 128 each, for the sums and for what they begin with.
        const MOST_PRODUCTS: usize = (i32::MAX / (2 * 255 * 128)) as usize;
        let each = weights.len() / shape.outputs.max(1);
        let sound = bytes::can_multiply(weights)
            && each <= MOST_PRODUCTS
            && [shape.rows, shape.columns] == [1, 1];
        if !sound || scale.len() != shape.outputs {
            return Err(Misfit);
        }
        // A spread weight takes the place of two bytes.
        let spread = DenseShape {
            inputs: shape.inputs * set.spread,
            column_pitch: shape.column_pitch * set.spread,
            ..shape
        };
        let bytes: Vec<i8> = weights
            .iter()
            .flat_map(|&w| {
                let word = i16::from(w).to_le_bytes().map(|byte| byte as i8);
                word.into_iter().take(set.spread)
            })
            .collect();
        let mut packed = Self::panels(set.lanes, set.bytes, spread, &bytes, after, 4)?;
        for (channel, (weights, &scale)) in weights.chunks_exact(each.max(1)).zip(scale).enumerate()
        {
            let sum = sum(weights);
            packed.correction[channel] = -set.offset * sum;
            packed.scale[channel] = scale;
            packed.lean[channel] = scale * sum as f32;
        }
        Ok(packed)
    }
}

fn sum(weights: &[i8]) -> i32 {
    weights.iter().map(|&w| i32::from(w)).sum()
}

impl<W: Weight> Packed<W> {
    /// Panel after panel of output channels; in each, `step` inputs of a channel at a time, all channels of
    /// the panel in turn.
    fn panels(
        lanes: usize,
        tile: Tile,
        shape: DenseShape,
        weights: &[W],
        after: After<'_>,
        step: usize,
    ) -> Result<Self, Misfit> {
        if weights.len() != shape.weights() || shape.column_pitch < shape.inputs {
            return Err(Misfit);
        }
        let padded = shape.outputs.next_multiple_of(lanes);
        let positions = shape.rows * shape.columns * shape.column_pitch;
        let panel = tile.panel * tile.lanes;
        // Channels that fill no whole panel are computed vector by vector.
        let panelled = padded / panel * panel;
        let mut packed = Self::empty(lanes, shape.outputs, padded * positions, after)?;
        shape.each(|source, output, position| {
            let width = if output < panelled { panel } else { tile.lanes };
            let first = output / width * width;
            let (group, within) = (position / step, position % step);
            let place = first * positions + (group * width + output - first) * step + within;
            packed.weights[place] = weights[source];
        });
        Ok(packed)
    }

    /// So many weights of zero, and channels padded with zeros.
    fn empty(
        lanes: usize,
        channels: usize,
        weights: usize,
        after: After<'_>,
    ) -> Result<Self, Misfit> {
        if [after.bias.len(), after.slope.len()] != [channels; 2] {
            return Err(Misfit);
        }
        let padded = channels.next_multiple_of(lanes);
        let pad = |values: &[f32]| {
            let values = values.iter().copied().map(W::Value::from_f32);
            let mut values: Vec<_> = values.collect();
            values.resize(padded, W::Value::default());
            values
        };
        Ok(Self {
            weights: Aligned::zeros(weights),
            correction: vec![0; padded],
            scale: vec![0.0; padded],
            lean: vec![0.0; padded],
            bias: pad(after.bias),
            slope: pad(after.slope),
        })
    }
}
