//! From a convolution of the graph to one of the kernels.

use super::*;

impl<N: Number> Lowering<'_, N> {
    /// Whether a convolution works on bytes: pointwise ones, where most of the products are.
    fn in_bytes(&self, c: &Convolution, weights: &[i8], input: &Buffer, output: &Buffer) -> bool {
        self.arithmetic == Arithmetic::Int8
            && !c.depthwise
            && [c.window.rows, c.window.columns] == [1, 1]
            && InstructionSet::<N>::can_bytes(input.channels, output.width, weights)
    }

    pub(super) fn convolution(
        &self,
        c: &Convolution,
        from: BufferId,
        to: BufferId,
    ) -> Result<Step<N>, String> {
        let (input, output) = (&self.buffers[from], &self.buffers[to]);
        let Window {
            rows,
            columns,
            stride,
            above,
            before,
        } = c.window;
        let view = input.view();
        let pointwise = rows == 1 && columns == 1;
        let column_pitch = if pointwise && !c.depthwise {
            input.channels
        } else {
            input.pitch
        };
        let shape = DenseShape {
            outputs: output.channels,
            inputs: input.channels,
            rows,
            columns,
            column_pitch,
        };
        let after = After {
            bias: &c.bias,
            slope: &c.slope,
        };
        let place = Placed {
            ids: [from, to],
            view: View {
                start: view.start - above * view.row - before * view.pixel,
                row: stride * view.row,
                pixel: stride * view.pixel,
            },
            taps: Taps {
                rows,
                row_pitch: view.row,
                columns,
                column_pitch,
            },
            residual: c.residual.map(|tensor| self.places[tensor]),
        };
        if c.depthwise {
            let shape = DepthwiseShape {
                channels: output.channels,
                taps: rows * columns,
            };
            let packed = Packed::depthwise(&self.set, shape, &c.kernel.floats(), after);
            return place.convolve(packed).map(Step::Depthwise);
        }
        if let Kernel::I8 { bytes, scale } = &c.kernel
            && self.in_bytes(c, bytes, input, output)
        {
            let packed = Packed::dense_bytes(&self.set, shape, bytes, scale, after);
            return place.convolve(packed).map(Step::DenseBytes);
        }
        let packed = Packed::dense(&self.set, shape, &c.kernel.floats(), after);
        place.convolve(packed).map(Step::Dense)
    }
}

/// A convolution but for its weights.
struct Placed {
    ids: [BufferId; 2],
    view: View,
    taps: Taps,
    residual: Option<BufferId>,
}

impl Placed {
    fn convolve<W: Weight>(self, packed: Result<Packed<W>, Misfit>) -> Result<Convolve<W>, String> {
        let [from, to] = self.ids;
        Ok(Convolve {
            packed: packed.map_err(|misfit| misfit.to_string())?,
            from,
            view: self.view,
            taps: self.taps,
            residual: self.residual,
            to,
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
