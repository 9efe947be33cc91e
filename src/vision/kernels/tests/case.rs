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

    /// -1, 0 and 1.
    pub(super) fn signs(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.below(3) as f32 - 1.0).collect()
    }

    pub(super) fn weights(&mut self, count: usize) -> Vec<i8> {
        (0..count).map(|_| (self.next() as i8).max(-127)).collect()
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
    pub(super) after: [Vec<f32>; 2],
    /// Of weights in bytes.
    pub(super) scale: Vec<f32>,
    pub(super) residual: Vec<f32>,
    pub(super) residual_channels: usize,
}

pub(super) const WIDEST: usize = 16;

impl Case {
    pub(super) fn new(random: &mut Random, dense: bool) -> Self {
        let mut up_to = |most| 1 + random.below(most);
        let stride = up_to(2);
        // Miri is some thousand times slower: one shape that fills a tile of pixels and more, and shares inputs.
        let [height, width, rows, columns] = if cfg!(miri) {
            [2, 5, 2, 3]
        } else {
            [up_to(6), up_to(21), up_to(5), up_to(5)]
        };
        let inputs = up_to(if cfg!(miri) { 9 } else { 40 });
        let outputs = match dense {
            true => up_to(if cfg!(miri) { 24 } else { 100 }),
            false => inputs,
        };
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
            after: [random.floats(outputs), random.floats(outputs)],
            scale: random.floats(outputs),
            residual: random.floats(height * width * padded),
            residual_channels: random.below(padded / WIDEST + 1) * WIDEST,
        }
    }

    /// One that can be run on bytes.
    pub(super) fn pointwise(random: &mut Random) -> Self {
        let mut case = Self::new(random, true);
        // More rows than fit a block, now and then.
        (case.rows, case.columns) = (1, 1);
        case.height = 1 + random.below(if cfg!(miri) { 2 } else { 30 });
        case.inputs = 16 * (1 + random.below(if cfg!(miri) { 2 } else { 8 }));
        case.column_pitch = case.inputs + 16 * random.below(2);
        case.input_width = (case.width - 1) * case.stride + 1;
        case.residual = random.floats(case.height * case.width * case.padded());
        case
    }

    pub(super) fn input_len(&self) -> usize {
        ((self.height - 1) * self.stride + self.rows) * self.input_width * self.column_pitch
    }

    pub(super) fn weights_len(&self) -> usize {
        let inputs = if self.dense { self.inputs } else { 1 };
        self.outputs * inputs * self.rows * self.columns
    }

    pub(super) fn after(&self) -> After<'_> {
        let [bias, slope] = &self.after;
        After { bias, slope }
    }

    pub(super) fn dense_shape(&self) -> DenseShape {
        DenseShape {
            outputs: self.outputs,
            inputs: self.inputs,
            rows: self.rows,
            columns: self.columns,
            column_pitch: self.taps().column_pitch,
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

    fn taps(&self) -> Taps {
        let pointwise = [self.rows, self.columns] == [1, 1] && self.dense;
        Taps {
            rows: self.rows,
            row_pitch: self.input_width * self.column_pitch,
            columns: self.columns,
            column_pitch: if pointwise {
                self.inputs
            } else {
                self.column_pitch
            },
        }
    }

    pub(super) fn convolution<'a, W: Weight, N>(
        &self,
        input: &'a [N],
        packed: &'a Packed<W>,
        residual: Residual<'a, N>,
        output: &'a mut [N],
    ) -> Convolution<'a, W, N> {
        let taps = self.taps();
        Convolution {
            input,
            from: View {
                start: 0,
                row: self.stride * taps.row_pitch,
                pixel: self.stride * self.column_pitch,
            },
            taps,
            packed,
            height: self.height,
            width: self.width,
            residual,
            output,
            to: self.view(),
        }
    }

    /// The residual, as numbers of maps, somewhere else than in the output.
    pub(super) fn apart<'a, N>(&self, values: &'a [N]) -> Residual<'a, N> {
        Residual::Apart {
            values,
            view: self.view(),
            channels: self.residual_channels,
        }
    }

    /// The channels that are some, of each pixel.
    pub(super) fn real<N: Number>(&self, output: &[N]) -> Vec<f32> {
        output
            .chunks(self.padded())
            .flat_map(|pixel| &pixel[..self.outputs])
            .map(|value| value.to_f32())
            .collect()
    }

    /// Calls `value` with each output's channel and the indices of inputs and weights that it multiplies, and adds what
    /// follows.
    fn each(&self, mut value: impl FnMut(usize, &[(usize, usize)]) -> f32) -> Vec<f32> {
        let mut results = Vec::new();
        for (y, x, o) in (0..self.height * self.width * self.outputs).map(|i| {
            let pixel = i / self.outputs;
            (pixel / self.width, pixel % self.width, i % self.outputs)
        }) {
            let mut products = Vec::new();
            for (row, column) in
                (0..self.rows * self.columns).map(|t| (t / self.columns, t % self.columns))
            {
                let pixel = (y * self.stride + row) * self.input_width + x * self.stride + column;
                let inputs = if self.dense { 0..self.inputs } else { o..o + 1 };
                for (n, i) in inputs.clone().enumerate() {
                    let w = ((o * inputs.len() + n) * self.rows + row) * self.columns + column;
                    products.push((pixel * self.column_pitch + i, w));
                }
            }
            let [bias, slope] = &self.after;
            let mut value = value(o, &products) + bias[o];
            if o < self.residual_channels {
                let view = self.view();
                value += self.residual[y * view.row + x * view.pixel + o];
            }
            results.push(if value < 0.0 { value * slope[o] } else { value });
        }
        results
    }

    /// By plain loops, in f64.
    pub(super) fn expected(&self, input: &[f32], weight: impl Fn(usize) -> f64) -> Vec<f32> {
        self.each(|_, products| {
            let products = products
                .iter()
                .map(|&(i, w)| f64::from(input[i]) * weight(w));
            products.sum::<f64>() as f32
        })
    }

    /// By plain loops, of inputs that are rounded to 256 steps in each pixel.
    pub(super) fn expected_in_bytes(&self, input: &[f32], weights: &[i8]) -> Vec<f32> {
        self.each(|o, products| {
            let values = || products.iter().map(|&(i, _)| input[i]);
            let low = values().fold(f32::INFINITY, f32::min);
            let span = values().fold(f32::NEG_INFINITY, f32::max) - low;
            let (step, steps) = if span > 0.0 {
                (span * (1.0 / 255.0), 255.0 / span)
            } else {
                (0.0, 0.0)
            };
            let (mut sum, mut lean) = (0, 0);
            for &(i, w) in products {
                let byte = ((input[i] - low) * steps).round_ties_even() as i32;
                sum += byte * i32::from(weights[w]);
                lean += i32::from(weights[w]);
            }
            sum as f32 * (step * self.scale[o]) + low * (self.scale[o] * lean as f32)
        })
    }
}
