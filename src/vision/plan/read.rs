//! From an ONNX graph to a [`Graph`], refusing what is not understood.
//!
//! Activations and additions are fused into the convolution before them. Pads of channels, reshapes and
//! transposes move nothing: they are kept as a way of looking at a tensor, see [`Value`].

mod fuse;
mod layers;

use std::collections::HashMap;

use crate::vision::onnx::{DataType, GraphProto, NodeProto, TensorProto, floats, integers};

use super::attributes::Attributes;
use super::graph::{Convolution, Graph, Kernel, Node, Operation, Pooling, TensorId, Window};

/// Of all tensors together; 128 MiB in f32.
const MOST_VALUES: usize = 1 << 25;
/// A file can say much in a few bytes: what is made of its nodes must not grow without bounds.
const MOST_NODES: usize = 4096;
/// Of a concatenation.
const MOST_PARTS: usize = 256;

/// What an ONNX tensor is to us.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    /// A map, and the channels it has after padding with zeros.
    Map(TensorId, usize),
    /// A map as height x width x channels.
    Turned(TensorId),
    /// The values of tensors in turn, each pixel by pixel.
    Rows(Vec<TensorId>),
    /// A map as a vector, channel by channel.
    Flat(TensorId),
}

struct Reader<'a> {
    graph: Graph,
    /// Of the graph's tensors.
    values: usize,
    named: HashMap<&'a str, Value>,
    constants: HashMap<&'a str, &'a TensorProto>,
    /// Weights in bytes under their dequantized names.
    weights: HashMap<&'a str, &'a NodeProto>,
    /// How often a name is read.
    uses: HashMap<&'a str, usize>,
}

/// Reads a graph with one input of channels x height x width.
///
/// # Errors
/// A sentence naming the node that is not understood, or with which the graph becomes too large.
pub fn read(proto: &GraphProto, [channels, height, width]: [usize; 3]) -> Result<Graph, String> {
    if proto.node.len() > MOST_NODES {
        return Err(format!(
            "{} nodes are more than {MOST_NODES}",
            proto.node.len()
        ));
    }
    let mut uses = HashMap::new();
    let outputs = proto.output.iter().map(|o| o.name.as_str());
    let inputs = proto.node.iter().flat_map(|n| &n.input).map(String::as_str);
    for name in inputs.chain(outputs.clone()) {
        *uses.entry(name).or_default() += 1;
    }
    let mut reader = Reader {
        graph: Graph::default(),
        values: 0,
        named: HashMap::new(),
        constants: proto
            .initializer
            .iter()
            .map(|t| (t.name.as_str(), t))
            .collect(),
        weights: HashMap::new(),
        uses,
    };
    let mut inputs = proto
        .input
        .iter()
        .filter(|i| !reader.constants.contains_key(i.name.as_str()));
    let (Some(input), None) = (inputs.next(), inputs.next()) else {
        return Err("the graph has not one input".into());
    };
    let tensor = reader.tensor([height, width, channels])?;
    reader
        .named
        .insert(&input.name, Value::Map(tensor, channels));
    for node in &proto.node {
        reader
            .node(node)
            .map_err(|reason| format!("node {} ({}): {reason}", node.name, node.op_type))?;
    }
    for output in outputs {
        let parts = match reader.value(output)?.clone() {
            Value::Rows(parts) => parts,
            Value::Map(tensor, channels) if reader.is_vector(tensor, channels) => vec![tensor],
            _ => return Err(format!("output {output} is neither rows nor a vector")),
        };
        reader.graph.outputs.push(parts);
    }
    Ok(reader.graph)
}

impl<'a> Reader<'a> {
    fn node(&mut self, node: &'a NodeProto) -> Result<(), String> {
        let [output] = node.output.as_slice() else {
            return Err("it has not one output".into());
        };
        let mut attributes = Attributes::of(node);
        let value = match node.op_type.as_str() {
            "DequantizeLinear" => return self.dequantize(node, output),
            "Conv" => self.convolution(node, &mut attributes)?,
            "Gemm" => self.product(node, &mut attributes)?,
            "Relu" => self.activation(node, Some(0.0))?,
            "LeakyRelu" => self.activation(node, Some(attributes.float("alpha", 0.01)))?,
            "PRelu" => self.activation(node, None)?,
            "Add" => self.add(node)?,
            "MaxPool" => {
                attributes.fixed("ceil_mode", 0)?;
                attributes.fixed("storage_order", 0)?;
                self.pool(node, &mut attributes, Pooling::Max)?
            }
            "AveragePool" => {
                attributes.fixed("ceil_mode", 0)?;
                attributes.fixed("count_include_pad", 0)?;
                self.pool(node, &mut attributes, Pooling::Average)?
            }
            "Pad" => {
                attributes.text("mode", "constant")?;
                self.pad(node)?
            }
            "Resize" => {
                attributes.text("coordinate_transformation_mode", "half_pixel")?;
                attributes.text("mode", "linear")?;
                attributes.fixed("exclude_outside", 0)?;
                // Says nothing where the mode is linear.
                attributes.text("nearest_mode", "floor")?;
                self.resize(node)?
            }
            "Reshape" => {
                attributes.fixed("allowzero", 0)?;
                self.reshape(node)?
            }
            "Transpose" => match (attributes.ints("perm"), self.input(node, 0)?.clone()) {
                (Some([0, 2, 3, 1]), Value::Map(tensor, channels))
                    if channels == self.graph.tensors[tensor].channels =>
                {
                    Value::Turned(tensor)
                }
                _ => return Err("only a map is turned, from NCHW to NHWC".into()),
            },
            "Concat" => {
                attributes.fixed("axis", 1)?;
                self.concatenation(node)?
            }
            _ => return Err("the operation is not understood".into()),
        };
        attributes.done()?;
        match self.named.insert(output, value) {
            Some(_) => Err(format!("{output} is made twice")),
            None => Ok(()),
        }
    }

    fn tensor(&mut self, shape: [usize; 3]) -> Result<TensorId, String> {
        let size = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
        match size.filter(|size| *size > 0) {
            Some(size) if size <= MOST_VALUES - self.values => {
                self.values += size;
                Ok(self.graph.tensor(shape))
            }
            _ => Err(format!(
                "with a tensor of shape {shape:?} there are none, or more than {MOST_VALUES}, values in the graph"
            )),
        }
    }

    fn value(&self, name: &str) -> Result<&Value, String> {
        self.named
            .get(name)
            .ok_or_else(|| format!("{name} is not known"))
    }

    fn input(&self, node: &'a NodeProto, index: usize) -> Result<&Value, String> {
        self.value(input_name(node, index)?)
    }

    /// An input that is a map with all its channels.
    fn map(&self, node: &'a NodeProto, index: usize) -> Result<TensorId, String> {
        match self.input(node, index)? {
            &Value::Map(tensor, channels) if channels == self.graph.tensors[tensor].channels => {
                Ok(tensor)
            }
            _ => Err(format!("input {index} is no map")),
        }
    }

    fn is_vector(&self, tensor: TensorId, channels: usize) -> bool {
        let t = &self.graph.tensors[tensor];
        t.height * t.width == 1 && t.channels == channels
    }

    /// An input that is rows, or a vector.
    fn rows(&self, node: &'a NodeProto, index: usize) -> Result<Vec<TensorId>, String> {
        match self.input(node, index)? {
            Value::Rows(parts) => Ok(parts.clone()),
            &Value::Map(tensor, channels) if self.is_vector(tensor, channels) => Ok(vec![tensor]),
            _ => Err(format!("input {index} is neither rows nor a vector")),
        }
    }

    fn constant(&self, node: &'a NodeProto, index: usize) -> Result<&'a TensorProto, String> {
        let name = input_name(node, index)?;
        let constant = self.constants.get(name).copied();
        constant.ok_or_else(|| format!("{name} is not constant"))
    }

    fn push(
        &mut self,
        node: &NodeProto,
        operation: Operation,
        inputs: Vec<TensorId>,
        output: TensorId,
    ) {
        let name = node.name.clone();
        self.graph.nodes.push(Node {
            name,
            operation,
            inputs,
            output,
        });
    }

    fn dequantize(&mut self, node: &'a NodeProto, output: &'a str) -> Result<(), String> {
        let source = input_name(node, 0)?;
        if !self.constants.contains_key(source) {
            return Err("only weights are in bytes".into());
        }
        self.weights.insert(output, node);
        Ok(())
    }
}

fn input_name(node: &NodeProto, index: usize) -> Result<&str, String> {
    let name = node.input.get(index).filter(|name| !name.is_empty());
    name.map(String::as_str)
        .ok_or_else(|| format!("input {index} is missing"))
}

fn finite(values: Vec<f32>) -> Result<Vec<f32>, String> {
    if values.iter().all(|v| v.is_finite()) {
        Ok(values)
    } else {
        Err("a constant is not finite".into())
    }
}
