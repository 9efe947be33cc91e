//! Weights in the order in which a kernel of an instruction set reads them.

use super::InstructionSet;
use super::buffer::{Aligned, Plain};
use super::convolution::Misfit;

/// A convolution's weights and what follows its sums, packed for one instruction set.
pub struct Packed<W> {
    pub(super) weights: Aligned<W>,
    /// What the sum of products of bytes begins with: it takes the set's offset out of it.
    pub(super) correction: Vec<i32>,
    /// Of bytes, as are the next.
    pub(super) scale: Vec<f32>,
    /// Each channel's weights added up.
    pub(super) lean: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) slope: Vec<f32>,
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

impl Packed<f32> {
    /// For [`InstructionSet::dense_f32`].
    ///
    /// # Errors
    /// [`Misfit`] if the slices are not of the shape's size.
    pub fn dense_f32(
        set: &InstructionSet,
        shape: DenseShape,
        weights: &[f32],
        after: After<'_>,
    ) -> Result<Self, Misfit> {
        Self::dense(set, shape, weights, after, 1)
    }

    /// For [`InstructionSet::depthwise_f32`].
    ///
    /// # Errors
    /// As [`Packed::dense_f32`].
    pub fn depthwise_f32(
        set: &InstructionSet,
        shape: DepthwiseShape,
        weights: &[f32],
        after: After<'_>,
    ) -> Result<Self, Misfit> {
        let DepthwiseShape { channels, taps } = shape;
        if weights.len() != channels * taps {
            return Err(Misfit);
        }
        let padded = channels.next_multiple_of(set.lanes);
        let mut packed = Self::empty(set, channels, padded * taps, after)?;
        for (channel, weights) in weights.chunks_exact(taps.max(1)).enumerate() {
            for (tap, &weight) in weights.iter().enumerate() {
                packed.weights[tap * padded + channel] = weight;
            }
        }
        Ok(packed)
    }
}

impl Packed<i8> {
    /// For [`InstructionSet::dense_bytes`]: a weight is `byte * scale` of its output.
    ///
    /// # Errors
    /// [`Misfit`] if the slices are not of the shape's size, it is not pointwise, or so many weights could overflow an i32.
    pub fn dense_bytes(
        set: &InstructionSet,
        shape: DenseShape,
        weights: &[i8],
        scale: &[f32],
        after: After<'_>,
    ) -> Result<Self, Misfit> {
        /// 255 x 128 each, for the sums and for what they begin with.
        const MOST_PRODUCTS: usize = (i32::MAX / (2 * 255 * 128)) as usize;
        let each = weights.len() / shape.outputs.max(1);
        if each > MOST_PRODUCTS
            || scale.len() != shape.outputs
            || [shape.rows, shape.columns] != [1, 1]
        {
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
        let mut packed = Self::dense(set, spread, &bytes, after, 4)?;
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

impl<W: Plain> Packed<W> {
    /// Panel after panel of output channels; in each, `step` inputs of a channel at a time, all channels of
    /// the panel in turn.
    fn dense(
        set: &InstructionSet,
        shape: DenseShape,
        weights: &[W],
        after: After<'_>,
        step: usize,
    ) -> Result<Self, Misfit> {
        if weights.len() != shape.weights() || shape.column_pitch < shape.inputs {
            return Err(Misfit);
        }
        let padded = shape.outputs.next_multiple_of(set.lanes);
        let positions = shape.rows * shape.columns * shape.column_pitch;
        let panel = set.panel * set.lanes;
        // Channels that fill no whole panel are computed vector by vector.
        let panelled = padded / panel * panel;
        let mut packed = Self::empty(set, shape.outputs, padded * positions, after)?;
        shape.each(|source, output, position| {
            let width = if output < panelled { panel } else { set.lanes };
            let first = output / width * width;
            let (group, within) = (position / step, position % step);
            let place = first * positions + (group * width + output - first) * step + within;
            packed.weights[place] = weights[source];
        });
        Ok(packed)
    }

    /// So many weights of zero, and channels padded with zeros.
    fn empty(
        set: &InstructionSet,
        channels: usize,
        weights: usize,
        after: After<'_>,
    ) -> Result<Self, Misfit> {
        if [after.bias.len(), after.slope.len()] != [channels; 2] {
            return Err(Misfit);
        }
        let padded = channels.next_multiple_of(set.lanes);
        let pad = |values: &[f32]| {
            let mut values = values.to_vec();
            values.resize(padded, 0.0);
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
