//! From an ONNX graph to a [`Graph`], refusing what is not understood.
//!
//! Activations and additions are fused into the convolution before them. Pads of channels, reshapes and
//! transposes move nothing: they are kept as a way of looking at a tensor, see [`Value`].

mod fuse;
mod layers;

use std::collections::HashMap;

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};

use crate::vision::dequantize::{floats, integers};

use super::attributes::Attributes;
use super::graph::{
    Convolution, Graph, Input, Kernel, Node, Operation, Pooling, Quantization, TensorId, Window,
};

/// More values than any tensor of ours has.
const LARGEST_TENSOR: usize = 1 << 25;

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

/// A value under its name.
#[derive(Debug, Clone)]
struct Named {
    value: Value,
    quantized: bool,
}

struct Reader<'a> {
    graph: Graph,
    named: HashMap<&'a str, Named>,
    constants: HashMap<&'a str, &'a TensorProto>,
    /// Weights in bytes under their dequantized names.
    weights: HashMap<&'a str, &'a NodeProto>,
    /// How often a name is read.
    uses: HashMap<&'a str, usize>,
}

/// Reads a graph with one input of channels x height x width.
///
/// # Errors
/// A sentence naming the node that is not understood.
pub fn read(proto: &GraphProto, [channels, height, width]: [usize; 3]) -> Result<Graph, String> {
    let mut uses = HashMap::new();
    let outputs = proto.output.iter().map(|o| o.name.as_str());
    let inputs = proto.node.iter().flat_map(|n| &n.input).map(String::as_str);
    for name in inputs.chain(outputs.clone()) {
        *uses.entry(name).or_default() += 1;
    }
    let mut reader = Reader {
        graph: Graph::default(),
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
    reader.name(&input.name, Value::Map(tensor, channels), false);
    for node in &proto.node {
        reader
            .node(node)
            .map_err(|reason| format!("node {} ({}): {reason}", node.name, node.op_type))?;
    }
    for output in outputs {
        let parts = match reader.value(output)?.value.clone() {
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
            "QuantizeLinear" => return self.quantize(node, output),
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
            "Transpose" => match (attributes.ints("perm"), self.input(node, 0)?.value.clone()) {
                (Some([0, 2, 3, 1]), Value::Map(tensor, channels))
                    if channels == self.graph.tensors[tensor].channels =>
                {
                    Value::Turned(tensor)
                }
                _ => return Err("only a map is turned, from NCHW to NHWC".into()),
            },
            "Concat" => {
                attributes.fixed("axis", 1)?;
                let parts = (0..node.input.len()).map(|i| self.rows(node, i));
                Value::Rows(parts.collect::<Result<Vec<_>, _>>()?.concat())
            }
            _ => return Err("the operation is not understood".into()),
        };
        attributes.done()?;
        self.name(output, value, false);
        Ok(())
    }

    fn name(&mut self, name: &'a str, value: Value, quantized: bool) {
        self.named.insert(name, Named { value, quantized });
    }

    fn tensor(&mut self, shape: [usize; 3]) -> Result<TensorId, String> {
        let size = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
        match size {
            Some(1..LARGEST_TENSOR) => Ok(self.graph.tensor(shape)),
            _ => Err(format!("a tensor of shape {shape:?}")),
        }
    }

    fn value(&self, name: &str) -> Result<&Named, String> {
        self.named
            .get(name)
            .ok_or_else(|| format!("{name} is not known"))
    }

    fn input(&self, node: &'a NodeProto, index: usize) -> Result<&Named, String> {
        self.value(input_name(node, index)?)
    }

    /// An input that is a map with all its channels.
    fn map(&self, node: &'a NodeProto, index: usize) -> Result<Input, String> {
        match self.input(node, index)? {
            &Named {
                value: Value::Map(tensor, channels),
                quantized,
            } if channels == self.graph.tensors[tensor].channels => Ok(Input { tensor, quantized }),
            _ => Err(format!("input {index} is no map")),
        }
    }

    fn is_vector(&self, tensor: TensorId, channels: usize) -> bool {
        let t = &self.graph.tensors[tensor];
        t.height * t.width == 1 && t.channels == channels
    }

    /// An input that is rows, or a vector.
    fn rows(&self, node: &'a NodeProto, index: usize) -> Result<Vec<TensorId>, String> {
        match &self.input(node, index)?.value {
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
        inputs: Vec<Input>,
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

    fn quantize(&mut self, node: &'a NodeProto, output: &'a str) -> Result<(), String> {
        let (scale, zero) = (
            floats(self.constant(node, 1)?)?,
            integers(self.constant(node, 2)?)?,
        );
        let (&[scale], &[zero]) = (scale.as_slice(), zero.as_slice()) else {
            return Err("a tensor has one scale and one zero".into());
        };
        let zero = u8::try_from(zero + 128).map_err(|_| format!("zero {zero} is no int8"))?;
        if !(scale.is_finite() && scale > 0.0) {
            return Err(format!("scale {scale}"));
        }
        let value = self.input(node, 0)?.value.clone();
        let parts = match &value {
            &Value::Map(tensor, _) | &Value::Flat(tensor) => vec![tensor],
            Value::Rows(parts) => parts.clone(),
            _ => return Err("only f32 is quantized".into()),
        };
        let quantization = Quantization { scale, zero };
        for tensor in parts {
            let place = &mut self.graph.tensors[tensor].quantization;
            if place
                .replace(quantization)
                .is_some_and(|other| other != quantization)
            {
                return Err("its tensor is quantized in another way as well".into());
            }
        }
        self.name(output, value, true);
        Ok(())
    }

    fn dequantize(&mut self, node: &'a NodeProto, output: &'a str) -> Result<(), String> {
        let source = input_name(node, 0)?;
        if self.constants.contains_key(source) {
            self.weights.insert(output, node);
        } else {
            let Named {
                value,
                quantized: true,
            } = self.value(source)?.clone()
            else {
                return Err(format!("{source} is not quantized"));
            };
            self.name(output, value, true);
        }
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
