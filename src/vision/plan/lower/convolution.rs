//! From a convolution of the graph to one of the kernels.

use super::*;

impl Lowering<'_> {
    pub(super) fn convolution(
        &self,
        c: &Convolution,
        from: BufferId,
        output: TensorId,
    ) -> Result<Step, String> {
        let to = self.output(output)?;
        let (input, out) = (&self.buffers[from], &self.buffers[to]);
        let Window {
            rows,
            columns,
            stride,
            above,
            before,
        } = c.window;
        // Results in units of the output's bytes.
        let unit = out.quantization.map_or(1.0, |q| f64::from(q.scale));
        let scaled = |value: f32| (f64::from(value) / unit) as f32;
        let residual = match c.residual {
            None => None,
            Some(read) => {
                let bytes = self
                    .place(read.tensor, Form::U8)
                    .ok()
                    .filter(|_| read.quantized);
                let place = bytes.map_or_else(|| self.place(read.tensor, Form::F32), Ok)?;
                Some((
                    place,
                    scaled(self.buffers[place].quantization.map_or(1.0, |q| q.scale)),
                ))
            }
        };
        let view = input.view();
        let pointwise = rows == 1 && columns == 1;
        let column_pitch = match (pointwise && !c.depthwise, input.form) {
            (true, Form::F32) => input.channels,
            (true, Form::U8) => input.channels.next_multiple_of(4),
            (false, _) => input.pitch,
        };
        let taps = Taps {
            rows,
            row_pitch: view.row,
            columns,
            column_pitch,
        };
        let from_view = View {
            start: view.start - above * view.row - before * view.pixel,
            row: stride * view.row,
            pixel: stride * view.pixel,
        };
        let bias: Vec<f32> = c.bias.iter().map(|&b| scaled(b)).collect();
        let shape = DenseShape {
            outputs: out.channels,
            inputs: input.channels,
            rows,
            columns,
            column_pitch,
        };
        let depthwise = DepthwiseShape {
            channels: out.channels,
            taps: rows * columns,
        };
        let misfit = |misfit: Misfit| misfit.to_string();
        fn convolve<W: Copy>(
            packed: Result<Packed<W>, String>,
            [from, to]: [BufferId; 2],
            view: View,
            taps: Taps,
            residual: Option<(BufferId, f32)>,
        ) -> Result<Convolve<W>, String> {
            packed.map(|packed| Convolve {
                packed,
                from,
                view,
                taps,
                residual,
                to,
            })
        }
        let ids = [from, to];
        if let (Some(q), Kernel::I8 { bytes, scale }) = (input.quantization, &c.kernel) {
            let scale: Vec<f32> = scale
                .iter()
                .map(|&s| (f64::from(s) * f64::from(q.scale) / unit) as f32)
                .collect();
            let after = After {
                scale: &scale,
                bias: &bias,
                slope: &c.slope,
            };
            let packed = Packed::dense_u8(&self.set, shape, bytes, q.zero, after);
            let packed = packed.map_err(misfit);
            return Ok(Step::DenseU8(convolve(
                packed, ids, from_view, taps, residual,
            )?));
        }
        let scale = vec![scaled(1.0); out.channels];
        let after = After {
            scale: &scale,
            bias: &bias,
            slope: &c.slope,
        };
        let weights = c.kernel.floats();
        Ok(if c.depthwise {
            let packed = Packed::depthwise_f32(&self.set, depthwise, &weights, after);
            Step::DepthwiseF32(convolve(
                packed.map_err(misfit),
                ids,
                from_view,
                taps,
                residual,
            )?)
        } else {
            let packed = Packed::dense_f32(&self.set, shape, &weights, after);
            Step::DenseF32(convolve(
                packed.map_err(misfit),
                ids,
                from_view,
                taps,
                residual,
            )?)
        })
    }
}

/// What a convolution reads beyond the edges of its input.
pub(super) fn border(graph: &Graph, window: Window, input: TensorId, output: TensorId) -> Border {
    let (map, result) = (&graph.tensors[input], &graph.tensors[output]);
    let beyond = |steps: usize, kernel: usize, padding: usize, size: usize| {
        ((steps - 1) * window.stride + kernel).saturating_sub(padding + size)
    };
    Border {
        above: window.above,
        before: window.before,
        below: beyond(result.height, window.rows, window.above, map.height),
        after: beyond(result.width, window.columns, window.before, map.width),
    }
}
