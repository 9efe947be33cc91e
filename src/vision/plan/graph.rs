//! What a network computes: convolutions with all that is fused into them, and a few small operations.

/// Index into [`Graph::tensors`].
pub type TensorId = usize;

/// A map of height x width x channels; a vector is a map of one pixel.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub name: String,
    pub operation: Operation,
    /// Of the operands of [`Operation::Add`] and the parts of [`Operation::Gather`] several.
    pub inputs: Vec<TensorId>,
    pub output: TensorId,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    Convolution(Convolution),
    /// The second operand may have fewer channels; then zeros are added to the rest.
    Add {
        slope: Vec<f32>,
    },
    Pool(Window, Pooling),
    /// Twice the size, bilinear about half-pixel centres.
    Double,
    /// All values of the inputs in turn, as a vector.
    Gather,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    Max,
    /// Over what lies within the map.
    Average,
}

/// Rows and columns of a kernel, and where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub rows: usize,
    pub columns: usize,
    pub stride: usize,
    /// Rows of zeros above the map.
    pub above: usize,
    /// Columns of zeros before the map.
    pub before: usize,
}

/// `leak(input * kernel + bias + residual, slope)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Convolution {
    pub window: Window,
    /// Each channel by itself; otherwise all of them with all.
    pub depthwise: bool,
    pub kernel: Kernel,
    /// One for each output channel, as is the slope.
    pub bias: Vec<f32>,
    /// Factor of results below zero: 1 for none, 0 for a rectifier.
    pub slope: Vec<f32>,
    /// May have fewer channels than the output.
    pub residual: Option<TensorId>,
}

/// Weights in the order output, input, row, column.
#[derive(Debug, Clone, PartialEq)]
pub enum Kernel {
    F32(Vec<f32>),
    /// A weight is `byte * scale` of its output channel.
    I8 {
        bytes: Vec<i8>,
        scale: Vec<f32>,
    },
}

impl Kernel {
    /// The weights as f32.
    #[must_use]
    pub fn floats(&self) -> Vec<f32> {
        match self {
            Self::F32(weights) => weights.clone(),
            Self::I8 { bytes, scale } => {
                let each = (bytes.len() / scale.len().max(1)).max(1);
                let channels = bytes.chunks(each).zip(scale);
                channels
                    .flat_map(|(bytes, scale)| bytes.iter().map(move |&b| f32::from(b) * scale))
                    .collect()
            }
        }
    }
}

/// A network, its nodes in an order in which they can run.
#[derive(Debug, Default)]
pub struct Graph {
    /// The first is the network's input.
    pub tensors: Vec<Tensor>,
    pub nodes: Vec<Node>,
    /// For each output the tensors whose values follow one another, pixel by pixel.
    pub outputs: Vec<Vec<TensorId>>,
}

impl Graph {
    /// Adds a tensor of this shape.
    pub fn tensor(&mut self, [height, width, channels]: [usize; 3]) -> TensorId {
        self.tensors.push(Tensor {
            height,
            width,
            channels,
        });
        self.tensors.len() - 1
    }

    /// All that a node reads, with its residual.
    pub fn reads(node: &Node) -> impl Iterator<Item = TensorId> + '_ {
        let residual = match &node.operation {
            Operation::Convolution(convolution) => convolution.residual,
            _ => None,
        };
        node.inputs.iter().copied().chain(residual)
    }
}
