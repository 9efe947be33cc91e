//! A network ready to run: steps over buffers of one arena.

use crate::vision::kernels::{
    self, Arena, InstructionSet, Misfit, Number, Packed, Residual, Rest, Taps, View, Weight,
};

use super::graph::{Pooling, Window};
use super::layout::{Buffer, BufferId};
use super::maps::{self, Map};

/// A network for one instruction set, over maps of `N`; it is not changed by running.
pub struct Plan<N: Number> {
    pub set: InstructionSet<N>,
    /// Cache lines of the arena.
    pub lines: usize,
    pub buffers: Vec<Buffer>,
    pub input: BufferId,
    pub steps: Vec<Step<N>>,
    /// For each output the buffers whose values follow one another.
    pub outputs: Vec<Vec<BufferId>>,
}

pub enum Step<N: Number> {
    Dense(Convolve<N>),
    DenseBytes(Convolve<i8>),
    Depthwise(Convolve<N>),
    Add {
        operands: [BufferId; 2],
        slope: Vec<f32>,
        to: BufferId,
    },
    Pool {
        from: BufferId,
        window: Window,
        pooling: Pooling,
        to: BufferId,
    },
    Double {
        from: BufferId,
        to: BufferId,
    },
    Gather {
        parts: Vec<BufferId>,
        to: BufferId,
    },
}

/// A convolution between buffers.
pub struct Convolve<W: Weight> {
    pub packed: Packed<W>,
    pub from: BufferId,
    pub view: View,
    pub taps: Taps,
    pub residual: Option<BufferId>,
    pub to: BufferId,
}

impl<N: Number> Step<N> {
    /// The buffer it writes.
    pub fn writes(&self) -> BufferId {
        match self {
            Self::Dense(c) | Self::Depthwise(c) => c.to,
            Self::DenseBytes(c) => c.to,
            &Self::Add { to, .. }
            | &Self::Pool { to, .. }
            | &Self::Double { to, .. }
            | &Self::Gather { to, .. } => to,
        }
    }

    /// Calls `read` with each buffer it reads.
    pub fn reads(&self, mut read: impl FnMut(BufferId)) {
        match self {
            Self::Dense(c) | Self::Depthwise(c) => c.reads(read),
            Self::DenseBytes(c) => c.reads(read),
            Self::Add { operands, .. } => operands.iter().copied().for_each(read),
            &Self::Pool { from, .. } | &Self::Double { from, .. } => read(from),
            Self::Gather { parts, .. } => parts.iter().copied().for_each(read),
        }
    }
}

impl<W: Weight> Convolve<W> {
    fn reads(&self, mut read: impl FnMut(BufferId)) {
        read(self.from);
        if let Some(residual) = self.residual {
            read(residual);
        }
    }

    /// The kernel's view of it.
    fn bind<'a, N: Number>(
        &'a self,
        buffers: &[Buffer],
        rest: &Rest<'a>,
        output: &'a mut [N],
    ) -> kernels::Convolution<'a, W, N> {
        let to = &buffers[self.to];
        let residual = match self.residual {
            None => Residual::None,
            Some(id) if id == self.to => Residual::InPlace { channels: to.pitch },
            Some(id) => Residual::Apart {
                values: rest.read(buffers[id].span),
                view: buffers[id].view(),
                channels: buffers[id].pitch,
            },
        };
        kernels::Convolution {
            input: rest.read(buffers[self.from].span),
            from: self.view,
            taps: self.taps,
            packed: &self.packed,
            height: to.height,
            width: to.width,
            residual,
            output,
            to: to.view(),
        }
    }
}

impl<N: Number> Plan<N> {
    /// Runs the network on its input, channel by channel, and copies its outputs.
    ///
    /// # Errors
    /// [`Misfit`] if the plan is wrong.
    pub fn run(
        &self,
        arena: &mut Arena,
        input: &[f32],
        outputs: &mut [Vec<f32>],
    ) -> Result<(), Misfit> {
        let buffer = &self.buffers[self.input];
        let numbers = arena.write::<N>(buffer.span).0;
        maps::import(input, numbers, buffer);
        buffer.clear_border(numbers);
        for step in &self.steps {
            let to = &self.buffers[step.writes()];
            let (numbers, rest) = arena.write(to.span);
            to.clear_border(numbers);
            self.make(step, &rest, numbers)?;
        }
        for (output, parts) in outputs.iter_mut().zip(&self.outputs) {
            let mut place = output.as_mut_slice();
            for &part in parts {
                let buffer = &self.buffers[part];
                let count = maps::gather(
                    Map {
                        numbers: arena.read::<N>(buffer.span),
                        buffer,
                    },
                    place,
                    N::to_f32,
                );
                place = place.get_mut(count..).unwrap_or_default();
            }
        }
        Ok(())
    }

    fn map<'a>(&'a self, rest: &Rest<'a>, id: BufferId) -> Map<'a, N> {
        let buffer = &self.buffers[id];
        Map {
            numbers: rest.read(buffer.span),
            buffer,
        }
    }

    fn make(&self, step: &Step<N>, rest: &Rest<'_>, output: &mut [N]) -> Result<(), Misfit> {
        let (set, buffers, to) = (&self.set, &self.buffers, &self.buffers[step.writes()]);
        match step {
            Step::Dense(c) => set.dense(&mut c.bind(buffers, rest, output))?,
            Step::DenseBytes(c) => set.dense_bytes(&mut c.bind(buffers, rest, output))?,
            Step::Depthwise(c) => set.depthwise(&mut c.bind(buffers, rest, output))?,
            Step::Add {
                operands: [a, b],
                slope,
                ..
            } => {
                maps::add(self.map(rest, *a), self.map(rest, *b), slope, output, to);
            }
            &Step::Pool {
                from,
                window,
                pooling,
                ..
            } => maps::pool(self.map(rest, from), window, pooling, output, to),
            &Step::Double { from, .. } => maps::double(self.map(rest, from), output, to),
            Step::Gather { parts, .. } => {
                let mut place = &mut *output;
                for &part in parts {
                    let count = maps::gather(self.map(rest, part), place, |number| number);
                    place = place.get_mut(count..).unwrap_or_default();
                }
                place.fill(N::default());
            }
        }
        Ok(())
    }
}
