//! A random convolution, and what plain loops make of it.

use super::super::*;

/// Knuth's linear congruential generator.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.next() as usize % limit
    }

    pub(super) fn float(&mut self) -> f32 {
        self.next() as f32 / (1_u32 << 30) as f32 - 1.0
    }

    pub(super) fn floats(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.float()).collect()
    }

    pub(super) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }

    pub(super) fn weights(&mut self, count: usize) -> Vec<i8> {
        (0..count).map(|_| self.next() as i8).collect()
    }
}

/// A random convolution; pitches are for sixteen lanes, so that every instruction set can run it.
pub(super) struct Case {
    pub(super) dense: bool,
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) stride: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) column_pitch: usize,
    pub(super) input_width: usize,
    pub(super) after: [Vec<f32>; 3],
    pub(super) residual_f32: Vec<f32>,
    pub(super) residual_u8: Vec<u8>,
    pub(super) residual_channels: usize,
    pub(super) zero: u8,
}

pub(super) const WIDEST: usize = 16;

impl Case {
    pub(super) fn new(random: &mut Random, dense: bool) -> Self {
        let (height, width) = (1 + random.below(6), 1 + random.below(21));
        let (stride, rows, columns) = (
            1 + random.below(2),
            1 + random.below(5),
            1 + random.below(5),
        );
        let inputs = 1 + random.below(40);
        let outputs = if dense { 1 + random.below(100) } else { inputs };
        let column_pitch = inputs.next_multiple_of(if dense { 4 } else { WIDEST });
        let padded = outputs.next_multiple_of(WIDEST);
        Self {
            dense,
            height,
            width,
            stride,
            rows,
            columns,
            inputs,
            outputs,
            column_pitch,
            input_width: (width - 1) * stride + columns,
            after: [
                random.floats(outputs),
                random.floats(outputs),
                random.floats(outputs),
            ],
            residual_f32: random.floats(height * width * padded),
            residual_u8: random.bytes(height * width * padded),
            residual_channels: random.below(padded / WIDEST + 1) * WIDEST,
            zero: random.next() as u8,
        }
    }

    pub(super) fn input_len(&self) -> usize {
        ((self.height - 1) * self.stride + self.rows) * self.input_width * self.column_pitch
    }

    pub(super) fn weights_len(&self) -> usize {
        let inputs = if self.dense { self.inputs } else { 1 };
        self.outputs * inputs * self.rows * self.columns
    }

    pub(super) fn after(&self) -> After<'_> {
        let [scale, bias, slope] = &self.after;
        After { scale, bias, slope }
    }

    pub(super) fn dense_shape(&self) -> DenseShape {
        DenseShape {
            outputs: self.outputs,
            inputs: self.inputs,
            rows: self.rows,
            columns: self.columns,
            column_pitch: self.column_pitch,
        }
    }

    pub(super) fn depthwise_shape(&self) -> DepthwiseShape {
        DepthwiseShape {
            channels: self.outputs,
            taps: self.rows * self.columns,
        }
    }

    pub(super) fn padded(&self) -> usize {
        self.outputs.next_multiple_of(WIDEST)
    }

    pub(super) fn view(&self) -> View {
        View {
            start: 0,
            row: self.width * self.padded(),
            pixel: self.padded(),
        }
    }

    pub(super) fn convolution<'a, I, W>(
        &self,
        input: &'a [I],
        packed: &'a Packed<W>,
        residual: Residual<'a>,
        output: Output<'a>,
    ) -> Convolution<'a, I, W> {
        let row_pitch = self.input_width * self.column_pitch;
        Convolution {
            input,
            from: View {
                start: 0,
                row: self.stride * row_pitch,
                pixel: self.stride * self.column_pitch,
            },
            taps: Taps {
                rows: self.rows,
                row_pitch,
                columns: self.columns,
                column_pitch: self.column_pitch,
            },
            packed,
            height: self.height,
            width: self.width,
            residual,
            output,
            to: self.view(),
        }
    }

    pub(super) fn residual(&self, bytes: bool) -> Residual<'_> {
        let (view, channels, scale) = (self.view(), self.residual_channels, 0.37);
        if bytes {
            let values = &self.residual_u8;
            Residual::U8 {
                values,
                view,
                channels,
                scale,
                zero: self.zero,
            }
        } else {
            Residual::F32 {
                values: &self.residual_f32,
                view,
                channels,
                scale,
            }
        }
    }

    /// The channels that are some, of each pixel.
    pub(super) fn real<T: Copy>(&self, output: &[T]) -> Vec<T> {
        output
            .chunks(self.padded())
            .flat_map(|pixel| &pixel[..self.outputs])
            .copied()
            .collect()
    }

    /// Sums by plain loops, in f64, and what follows.
    pub(super) fn expected(
        &self,
        input: impl Fn(usize) -> f64,
        weight: impl Fn(usize) -> f64,
    ) -> Vec<f32> {
        let mut results = Vec::new();
        for (y, x, o) in (0..self.height * self.width * self.outputs).map(|i| {
            let pixel = i / self.outputs;
            (pixel / self.width, pixel % self.width, i % self.outputs)
        }) {
            let mut sum = 0.0;
            for (row, column) in
                (0..self.rows * self.columns).map(|t| (t / self.columns, t % self.columns))
            {
                let pixel = (y * self.stride + row) * self.input_width + x * self.stride + column;
                let inputs = if self.dense { 0..self.inputs } else { o..o + 1 };
                for (n, i) in inputs.clone().enumerate() {
                    let w = ((o * inputs.len() + n) * self.rows + row) * self.columns + column;
                    sum += input(pixel * self.column_pitch + i) * weight(w);
                }
            }
            let [scale, bias, slope] = &self.after;
            let mut value = sum as f32 * scale[o] + bias[o];
            if o < self.residual_channels {
                let view = self.view();
                let added = self.residual_u8[y * view.row + x * view.pixel + o];
                value += (f32::from(added) - f32::from(self.zero)) * 0.37;
            }
            results.push(if value < 0.0 { value * slope[o] } else { value });
        }
        results
    }
}
