//! From a [`Graph`] to a [`Plan`]: which form each tensor takes, where it lies, and the kernels' weights.

mod convolution;

use crate::vision::kernels::{
    After, DenseShape, DepthwiseShape, InstructionSet, Misfit, Packed, Span, Taps, View,
};

use super::Arithmetic;
use super::graph::{Convolution, Graph, Input, Kernel, Node, Operation, Pooling, TensorId, Window};
use super::layout::{self, Border, Buffer, BufferId, Form, Life};
use super::steps::{Convolve, Plan, Step};

/// Channels of the network's input are padded to so many only; it is read by dense convolutions.
const INPUT_CHANNELS: usize = 4;

/// What readers need of a tensor.
#[derive(Clone, Copy, Default)]
struct Needs {
    floats: bool,
    bytes: bool,
    border: [Border; 2],
}

impl Needs {
    /// Whether its maker writes bytes.
    fn bytes_only(self) -> bool {
        self.bytes && !self.floats
    }
}

struct Lowering<'a> {
    graph: &'a Graph,
    set: InstructionSet,
    arithmetic: Arithmetic,
    needs: Vec<Needs>,
    /// Of each tensor, the one in whose f32 buffer it is made: itself, or the residual that it is added to.
    hosts: Vec<TensorId>,
    buffers: Vec<Buffer>,
    /// Of each tensor, the buffers of its forms.
    places: Vec<[Option<BufferId>; 2]>,
    steps: Vec<Step>,
}

/// Plans a graph for an instruction set.
///
/// # Errors
/// A sentence naming the node that can't be planned.
pub fn plan(mut graph: Graph, set: InstructionSet, arithmetic: Arithmetic) -> Result<Plan, String> {
    if arithmetic == Arithmetic::Int8 {
        pool_in_bytes(&mut graph);
    }
    let mut lowering = Lowering {
        needs: vec![Needs::default(); graph.tensors.len()],
        hosts: (0..graph.tensors.len()).collect(),
        places: vec![[None; 2]; graph.tensors.len()],
        graph: &graph,
        set,
        arithmetic,
        buffers: Vec::new(),
        steps: Vec::new(),
    };
    lowering.find_needs()?;
    lowering.find_hosts();
    lowering.make_buffers();
    lowering.quantize(0)?;
    for node in &graph.nodes {
        let named = |reason: String| format!("node {}: {reason}", node.name);
        let step = lowering.step(node).map_err(named)?;
        lowering.steps.push(step);
        lowering.quantize(node.output).map_err(named)?;
    }
    lowering.finish()
}

/// Gives the input of a max pooling the scale of its output, where nobody else reads it: the maximum of
/// rounded values is the rounded maximum.
fn pool_in_bytes(graph: &mut Graph) {
    for index in (0..graph.nodes.len()).rev() {
        let Node {
            operation: Operation::Pool(_, Pooling::Max),
            inputs,
            output,
            ..
        } = &graph.nodes[index]
        else {
            continue;
        };
        let (input, output) = (inputs[0].tensor, *output);
        let readers = graph
            .nodes
            .iter()
            .flat_map(Graph::reads)
            .filter(|read| read.tensor == input);
        let outside = graph.outputs.iter().flatten().any(|&t| t == input);
        if graph.tensors[input].quantization.is_none() && readers.count() == 1 && !outside {
            graph.tensors[input].quantization = graph.tensors[output].quantization;
            graph.nodes[index].inputs[0].quantized = true;
        }
    }
}

impl Lowering<'_> {
    /// Whether a convolution works on bytes. Depthwise ones don't: they are small, would be no quicker, and
    /// their inputs lose the most by rounding (the least cosine of templates to those in f32 would be
    /// .975 instead of .996 on a hundred portraits).
    fn integer(&self, convolution: &Convolution, input: Input) -> bool {
        self.arithmetic == Arithmetic::Int8
            && !convolution.depthwise
            && input.quantized
            && matches!(convolution.kernel, Kernel::I8 { .. })
            && self.graph.tensors[input.tensor].quantization.is_some()
    }

    /// The form in which a node reads its inputs.
    fn reading(&self, node: &Node) -> Form {
        let input = node.inputs[0];
        let bytes = match &node.operation {
            Operation::Convolution(convolution) => self.integer(convolution, input),
            Operation::Pool(_, Pooling::Max) => {
                let scale = |tensor: TensorId| self.graph.tensors[tensor].quantization;
                input.quantized
                    && self.needs[node.output].bytes_only()
                    && scale(input.tensor) == scale(node.output)
            }
            _ => false,
        };
        if bytes { Form::U8 } else { Form::F32 }
    }

    fn find_needs(&mut self) -> Result<(), String> {
        for &tensor in self.graph.outputs.iter().flatten() {
            self.needs[tensor].floats = true;
        }
        // From the last node to the first, so that a node's output is settled before its inputs.
        for node in self.graph.nodes.iter().rev() {
            let form = self.reading(node);
            // Only these can write bytes.
            let writes_bytes = match node.operation {
                Operation::Convolution(_) => true,
                Operation::Pool(..) => form == Form::U8,
                _ => false,
            };
            self.needs[node.output].floats |= !writes_bytes;
            for input in &node.inputs {
                let needs = &mut self.needs[input.tensor];
                match form {
                    Form::F32 => needs.floats = true,
                    Form::U8 => needs.bytes = true,
                }
                if let Operation::Convolution(Convolution {
                    window, depthwise, ..
                }) = &node.operation
                {
                    let border =
                        convolution::border(self.graph, *window, input.tensor, node.output);
                    let place = &mut needs.border[form as usize];
                    *place = place.with(border);
                    if *depthwise && input.tensor == 0 {
                        return Err(format!(
                            "node {}: a depthwise convolution of the input",
                            node.name
                        ));
                    }
                } else if input.tensor == 0 {
                    return Err(format!("node {}: it reads the network's input", node.name));
                }
            }
            if let Operation::Convolution(Convolution {
                residual: Some(residual),
                ..
            }) = node.operation
            {
                // One that may be bytes is whatever the others need.
                let needs = &mut self.needs[residual.tensor];
                needs.floats |= !residual.quantized || residual.tensor == 0;
            }
        }
        for needs in &mut self.needs {
            needs.floats |= !needs.bytes;
        }
        Ok(())
    }

    /// Lets a sum be made where its residual lies, if that is f32, of the same shape and read by nobody later:
    /// blocks of a residual network then need two maps instead of three.
    fn find_hosts(&mut self) {
        let graph = self.graph;
        for (index, node) in graph.nodes.iter().enumerate() {
            let Operation::Convolution(Convolution {
                residual: Some(residual),
                ..
            }) = node.operation
            else {
                continue;
            };
            let (from, to) = (residual.tensor, node.output);
            let shape = |tensor: TensorId| {
                let tensor = &graph.tensors[tensor];
                [tensor.height, tensor.width, tensor.channels]
            };
            let in_floats = self.needs[from].floats
                && self.needs[to].floats
                && !(residual.quantized && self.needs[from].bytes);
            let wanted = node.inputs[0].tensor == from
                || graph.outputs.iter().flatten().any(|&t| t == from)
                || graph.nodes[index + 1..]
                    .iter()
                    .flat_map(Graph::reads)
                    .any(|read| read.tensor == from);
            if from != 0 && in_floats && !wanted && shape(from) == shape(to) {
                let host = self.hosts[from];
                self.hosts[to] = host;
                let floats = Form::F32 as usize;
                let border = self.needs[to].border[floats];
                let shared = &mut self.needs[host].border[floats];
                *shared = shared.with(border);
            }
        }
    }

    fn make_buffers(&mut self) {
        for (id, (tensor, needs)) in self.graph.tensors.iter().zip(&self.needs).enumerate() {
            let lanes = if id == 0 {
                INPUT_CHANNELS
            } else {
                self.set.lanes
            };
            // What is made as f32 first is also kept so.
            for (form, needed) in [
                (Form::F32, needs.floats || (id == 0)),
                (Form::U8, needs.bytes),
            ] {
                if needed {
                    if form == Form::F32 && self.hosts[id] != id {
                        // Made before: a node's inputs come before its output.
                        self.places[id][0] = self.places[self.hosts[id]][0];
                        continue;
                    }
                    self.places[id][form as usize] = Some(self.buffers.len());
                    self.buffers.push(Buffer {
                        form,
                        height: tensor.height,
                        width: tensor.width,
                        channels: tensor.channels,
                        pitch: tensor.channels.next_multiple_of(lanes),
                        border: needs.border[form as usize],
                        quantization: tensor.quantization.filter(|_| form == Form::U8),
                        span: Span { start: 0, lines: 0 },
                    });
                }
            }
        }
    }

    fn place(&self, tensor: TensorId, form: Form) -> Result<BufferId, String> {
        self.places[tensor][form as usize]
            .ok_or_else(|| format!("tensor {tensor} is not kept as {form:?}"))
    }

    /// Where a node's maker writes.
    fn output(&self, tensor: TensorId) -> Result<BufferId, String> {
        self.place(tensor, Form::F32)
            .or_else(|_| self.place(tensor, Form::U8))
    }

    /// The step after its maker's that a tensor needs if it is kept in both forms.
    fn quantize(&mut self, tensor: TensorId) -> Result<(), String> {
        if let [Some(from), Some(to)] = self.places[tensor] {
            self.steps.push(Step::Quantize { from, to });
        }
        Ok(())
    }

    fn step(&self, node: &Node) -> Result<Step, String> {
        let form = self.reading(node);
        let input = node.inputs[0].tensor;
        let floats = |tensor| self.place(tensor, Form::F32);
        Ok(match &node.operation {
            Operation::Convolution(convolution) => {
                return self.convolution(convolution, self.place(input, form)?, node.output);
            }
            Operation::Add { slope } => Step::Add {
                operands: [floats(input)?, floats(node.inputs[1].tensor)?],
                slope: slope.clone(),
                to: floats(node.output)?,
            },
            &Operation::Pool(window, pooling) => Step::Pool {
                from: self.place(input, form)?,
                window,
                pooling,
                to: self.output(node.output)?,
            },
            Operation::Double => Step::Double {
                from: floats(input)?,
                to: floats(node.output)?,
            },
            Operation::Gather => Step::Gather {
                parts: node
                    .inputs
                    .iter()
                    .map(|i| floats(i.tensor))
                    .collect::<Result<_, _>>()?,
                to: floats(node.output)?,
            },
        })
    }

    /// Places the buffers by when they are alive.
    fn finish(mut self) -> Result<Plan, String> {
        let end = self.steps.len() + 1;
        // The input is written before the first step.
        let mut lives: Vec<Life> = self
            .buffers
            .iter()
            .map(|_| Life { from: 0, to: 0 })
            .collect();
        for (index, step) in self.steps.iter().enumerate() {
            let life = &mut lives[step.writes()];
            // Written before only if this adds in place.
            if life.to == 0 {
                life.from = index + 1;
            }
            life.to = index + 1;
            step.reads(|buffer| lives[buffer].to = index + 1);
        }
        let outputs = self.graph.outputs.iter();
        let outputs =
            outputs.map(|parts| parts.iter().map(|&t| self.place(t, Form::F32)).collect());
        let outputs: Vec<Vec<BufferId>> = outputs.collect::<Result<_, String>>()?;
        for &buffer in outputs.iter().flatten() {
            lives[buffer].to = end;
        }
        let input = self.place(0, Form::F32)?;
        let lines = layout::place(&mut self.buffers, &lives);
        Ok(Plan {
            set: self.set,
            lines,
            buffers: self.buffers,
            input,
            steps: self.steps,
            outputs,
        })
    }
}
