//! From a [`Graph`] to a [`Plan`]: where each tensor lies, and the kernels' weights.

mod convolution;

use crate::vision::kernels::{
    After, DenseShape, DepthwiseShape, InstructionSet, Misfit, Number, Packed, Span, Taps, View,
    Weight,
};

use super::Arithmetic;
use super::graph::{Convolution, Graph, Kernel, Node, Operation, TensorId, Window};
use super::layout::{self, Border, Buffer, BufferId, Life};
use super::steps::{Convolve, Plan, Step};

/// Of the arena, and of all packed weights, in bytes: more than any board has to spare for a network.
const MOST_BYTES: usize = 256 << 20;

/// Channels of the network's input are padded to so many only; it is read by dense convolutions.
const INPUT_CHANNELS: usize = 4;

struct Lowering<'a, N: Number> {
    graph: &'a Graph,
    set: InstructionSet<N>,
    arithmetic: Arithmetic,
    /// What the readers of each tensor need beyond its edges.
    borders: Vec<Border>,
    /// Of each tensor, the one in whose buffer it is made: itself, or the residual that it is added to.
    hosts: Vec<TensorId>,
    buffers: Vec<Buffer>,
    /// Of each tensor, its buffer.
    places: Vec<BufferId>,
}

/// Plans a graph for an instruction set.
///
/// # Errors
/// A sentence naming the node that can't be planned, or that it would take too much memory.
pub fn plan<N: Number>(
    graph: &Graph,
    set: InstructionSet<N>,
    arithmetic: Arithmetic,
) -> Result<Plan<N>, String> {
    let mut lowering = Lowering {
        borders: vec![Border::default(); graph.tensors.len()],
        hosts: (0..graph.tensors.len()).collect(),
        places: Vec::new(),
        graph,
        set,
        arithmetic,
        buffers: Vec::new(),
    };
    lowering.check_weights()?;
    lowering.find_borders()?;
    lowering.find_hosts();
    lowering.make_buffers()?;
    let steps = graph.nodes.iter().map(|node| {
        lowering
            .step(node)
            .map_err(|reason| format!("node {}: {reason}", node.name))
    });
    let steps = steps.collect::<Result<_, _>>()?;
    lowering.finish(steps)
}

impl<N: Number> Lowering<'_, N> {
    /// Holds the weights to a limit before they are packed: in whole vectors, a file's few can become many.
    fn check_weights(&self) -> Result<(), String> {
        let mut left = MOST_BYTES;
        for node in &self.graph.nodes {
            let Operation::Convolution(Convolution {
                window, depthwise, ..
            }) = &node.operation
            else {
                continue;
            };
            let padded = |tensor: TensorId| {
                let channels = self.graph.tensors[tensor].channels;
                channels.checked_next_multiple_of(self.set.lanes)
            };
            let inputs = if *depthwise {
                Some(1)
            } else {
                padded(node.inputs[0])
            };
            let bytes = [
                inputs,
                padded(node.output),
                Some(window.columns),
                Some(size_of::<f32>()),
            ]
            .into_iter()
            .try_fold(window.rows, |product, factor| product.checked_mul(factor?));
            left = bytes
                .and_then(|bytes| left.checked_sub(bytes))
                .ok_or_else(|| {
                    format!(
                        "node {}: with its weights they take more than {MOST_BYTES} bytes",
                        node.name
                    )
                })?;
        }
        Ok(())
    }

    fn find_borders(&mut self) -> Result<(), String> {
        for node in &self.graph.nodes {
            if let Operation::Convolution(Convolution {
                residual: Some(0), ..
            }) = node.operation
            {
                return Err(format!("node {}: it adds the network's input", node.name));
            }
            for &input in &node.inputs {
                if let Operation::Convolution(Convolution {
                    window, depthwise, ..
                }) = &node.operation
                {
                    let border = convolution::border(self.graph, *window, input, node.output);
                    let place = &mut self.borders[input];
                    *place = place.with(border);
                    if *depthwise && input == 0 {
                        return Err(format!(
                            "node {}: a depthwise convolution of the input",
                            node.name
                        ));
                    }
                } else if input == 0 {
                    return Err(format!("node {}: it reads the network's input", node.name));
                }
            }
        }
        Ok(())
    }

    /// Lets a sum be made where its residual lies, if that is of the same shape and read by nobody later:
    /// blocks of a residual network then need two maps instead of three.
    fn find_hosts(&mut self) {
        let graph = self.graph;
        for (index, node) in graph.nodes.iter().enumerate() {
            let Operation::Convolution(Convolution {
                residual: Some(from),
                ..
            }) = node.operation
            else {
                continue;
            };
            let to = node.output;
            let wanted = node.inputs[0] == from
                || graph.outputs.iter().flatten().any(|&t| t == from)
                || graph.nodes[index + 1..]
                    .iter()
                    .flat_map(Graph::reads)
                    .any(|read| read == from);
            if from != 0 && !wanted && graph.tensors[from] == graph.tensors[to] {
                let host = self.hosts[from];
                self.hosts[to] = host;
                self.borders[host] = self.borders[host].with(self.borders[to]);
            }
        }
    }

    fn make_buffers(&mut self) -> Result<(), String> {
        self.places = vec![0; self.graph.tensors.len()];
        for (id, tensor) in self.graph.tensors.iter().enumerate() {
            if self.hosts[id] != id {
                continue;
            }
            let lanes = if id == 0 {
                INPUT_CHANNELS
            } else {
                self.set.lanes
            };
            self.places[id] = self.buffers.len();
            let buffer = Buffer {
                height: tensor.height,
                width: tensor.width,
                channels: tensor.channels,
                pitch: tensor.channels.next_multiple_of(lanes),
                border: self.borders[id],
                span: Span { start: 0, lines: 0 },
            };
            if buffer.bytes().is_none_or(|bytes| bytes > MOST_BYTES) {
                return Err(format!("{tensor:?} takes more than {MOST_BYTES} bytes"));
            }
            self.buffers.push(buffer);
        }
        // A host may come behind: what is added need not have been made first.
        for (id, &host) in self.hosts.iter().enumerate() {
            self.places[id] = self.places[host];
        }
        Ok(())
    }

    fn step(&self, node: &Node) -> Result<Step<N>, String> {
        let place = |tensor: TensorId| self.places[tensor];
        let (from, to) = (place(node.inputs[0]), place(node.output));
        Ok(match &node.operation {
            Operation::Convolution(convolution) => {
                return self.convolution(convolution, from, to);
            }
            Operation::Add { slope } => Step::Add {
                operands: [from, place(node.inputs[1])],
                slope: slope.clone(),
                to,
            },
            &Operation::Pool(window, pooling) => Step::Pool {
                from,
                window,
                pooling,
                to,
            },
            Operation::Double => Step::Double { from, to },
            Operation::Gather => Step::Gather {
                parts: node.inputs.iter().map(|&i| place(i)).collect(),
                to,
            },
        })
    }

    /// Places the buffers by when they are alive.
    fn finish(mut self, steps: Vec<Step<N>>) -> Result<Plan<N>, String> {
        let end = steps.len() + 1;
        // The input is written before the first step.
        let mut lives: Vec<Life> = self
            .buffers
            .iter()
            .map(|_| Life { from: 0, to: 0 })
            .collect();
        for (index, step) in steps.iter().enumerate() {
            let life = &mut lives[step.writes()];
            // Written before only if this adds in place.
            if life.to == 0 {
                life.from = index + 1;
            }
            life.to = index + 1;
            step.reads(|buffer| lives[buffer].to = index + 1);
        }
        let outputs = self.graph.outputs.iter();
        let outputs: Vec<Vec<BufferId>> = outputs
            .map(|parts| parts.iter().map(|&t| self.places[t]).collect())
            .collect();
        for &buffer in outputs.iter().flatten() {
            lives[buffer].to = end;
        }
        let lines = layout::place(&mut self.buffers, &lives, size_of::<N>());
        if lines > Span::lines_for(MOST_BYTES) {
            return Err(format!("its maps take more than {MOST_BYTES} bytes"));
        }
        Ok(Plan {
            set: self.set,
            lines,
            input: self.places[0],
            buffers: self.buffers,
            steps,
            outputs,
        })
    }
}
