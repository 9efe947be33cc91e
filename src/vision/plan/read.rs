//! From an ONNX graph to a [`Graph`], refusing what is not understood.
//!
//! Activations and additions are fused into the convolution before them. Pads of channels, reshapes and
//! transposes move nothing: they are kept as a way of looking at a tensor, see [`Value`].

mod fuse;

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
    /// Of [`Operation::Below`], before it is cast to f32.
    Truth(TensorId),
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
            "Less" => self.below(node)?,
            "Cast" => match (attributes.int("to", 0), &self.input(node, 0)?.value) {
                (1, &Value::Truth(tensor)) => Value::Rows(vec![tensor]),
                _ => return Err("only a comparison is cast, to f32".into()),
            },
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

    /// The weights under the name of input 1, and their shape.
    fn kernel(&self, node: &'a NodeProto) -> Result<(Kernel, Vec<usize>), String> {
        let name = input_name(node, 1)?;
        let shape = |tensor: &TensorProto| -> Vec<usize> {
            let dims = tensor.dims.iter();
            dims.map(|&d| usize::try_from(d).unwrap_or_default())
                .collect()
        };
        let Some(dequantizer) = self.weights.get(name) else {
            let tensor = self
                .constants
                .get(name)
                .ok_or_else(|| format!("{name} is not constant"))?;
            return Ok((Kernel::F32(finite(floats(tensor)?)?), shape(tensor)));
        };
        let tensor = self.constant(dequantizer, 0)?;
        let scale = finite(floats(self.constant(dequantizer, 1)?)?)?;
        let shape = shape(tensor);
        let axis = Attributes::of(dequantizer).int("axis", 1);
        let symmetric = match dequantizer.input.get(2) {
            Some(_) => integers(self.constant(dequantizer, 2)?)?
                .iter()
                .all(|&z| z == 0),
            None => true,
        };
        let int8 = DataType::try_from(tensor.data_type) == Ok(DataType::Int8);
        if axis != 0 || !symmetric || !int8 || shape.first() != Some(&scale.len()) {
            return Err(format!(
                "{name} is not int8, symmetric, with a scale for each output"
            ));
        }
        let bytes = integers(tensor)?
            .into_iter()
            .map(i8::try_from)
            .collect::<Result<_, _>>();
        let bytes = bytes.map_err(|_| format!("{name} is not int8"))?;
        Ok((Kernel::I8 { bytes, scale }, shape))
    }

    /// The bias of `outputs` channels, zeros if there is none.
    fn bias(&self, node: &'a NodeProto, outputs: usize) -> Result<Vec<f32>, String> {
        if node.input.get(2).is_none_or(String::is_empty) {
            return Ok(vec![0.0; outputs]);
        }
        let bias = finite(floats(self.constant(node, 2)?)?)?;
        if bias.len() != outputs {
            return Err(format!("{} biases for {outputs} outputs", bias.len()));
        }
        Ok(bias)
    }

    fn convolve(
        &mut self,
        node: &'a NodeProto,
        input: Input,
        window: Window,
        [height, width]: [usize; 2],
        depthwise: bool,
        (kernel, outputs): (Kernel, usize),
    ) -> Result<Value, String> {
        let convolution = Convolution {
            window,
            depthwise,
            kernel,
            bias: self.bias(node, outputs)?,
            slope: vec![1.0; outputs],
            residual: None,
        };
        let output = self.tensor([height, width, outputs])?;
        self.push(
            node,
            Operation::Convolution(convolution),
            vec![input],
            output,
        );
        Ok(Value::Map(output, outputs))
    }

    fn convolution(
        &mut self,
        node: &'a NodeProto,
        attributes: &mut Attributes<'_>,
    ) -> Result<Value, String> {
        let input = self.map(node, 0)?;
        let map = &self.graph.tensors[input.tensor];
        let (inputs, size) = (map.channels, [map.height, map.width]);
        let (window, size) = attributes.window(size)?;
        let group = usize::try_from(attributes.int("group", 1)).unwrap_or_default();
        let (kernel, shape) = self.kernel(node)?;
        let depthwise = group > 1;
        let [outputs, per_output] = match shape[..] {
            [outputs, inputs, rows, columns]
                if [rows, columns] == [window.rows, window.columns] =>
            {
                [outputs, inputs]
            }
            _ => return Err(format!("weights of shape {shape:?}")),
        };
        let expected = if depthwise {
            [inputs, 1]
        } else {
            [outputs, inputs]
        };
        if [outputs, per_output] != expected || (depthwise && group != inputs) {
            return Err(format!(
                "weights of shape {shape:?} for {inputs} channels in {group} groups"
            ));
        }
        self.convolve(node, input, window, size, depthwise, (kernel, outputs))
    }

    /// A fully connected layer is a convolution whose kernel is as large as the map.
    fn product(
        &mut self,
        node: &'a NodeProto,
        attributes: &mut Attributes<'_>,
    ) -> Result<Value, String> {
        attributes.fixed("transB", 1)?;
        attributes.fixed("transA", 0)?;
        if attributes.float("alpha", 1.0) != 1.0 || attributes.float("beta", 1.0) != 1.0 {
            return Err("alpha or beta is not 1".into());
        }
        let &Named {
            ref value,
            quantized,
        } = self.input(node, 0)?;
        let tensor = match value {
            &Value::Flat(tensor) => tensor,
            _ => match self.rows(node, 0)?.as_slice() {
                &[tensor]
                    if self.graph.tensors[tensor].height * self.graph.tensors[tensor].width
                        == 1 =>
                {
                    tensor
                }
                parts => self.gather(node, parts.to_vec())?,
            },
        };
        let map = &self.graph.tensors[tensor];
        let (rows, columns, values) =
            (map.height, map.width, map.height * map.width * map.channels);
        let (kernel, shape) = self.kernel(node)?;
        let [outputs, inputs] = shape[..] else {
            return Err(format!("weights of shape {shape:?}"));
        };
        if inputs != values {
            return Err(format!("{inputs} weights for {values} values"));
        }
        let window = Window {
            rows,
            columns,
            stride: 1,
            above: 0,
            before: 0,
        };
        let input = Input { tensor, quantized };
        self.convolve(node, input, window, [1, 1], false, (kernel, outputs))
    }

    /// The parts in turn, as one vector.
    fn gather(&mut self, node: &NodeProto, parts: Vec<TensorId>) -> Result<TensorId, String> {
        let sizes = parts.iter().map(|&p| {
            let t = &self.graph.tensors[p];
            t.height * t.width * t.channels
        });
        let output = self.tensor([1, 1, sizes.sum()])?;
        let inputs = parts.into_iter().map(|tensor| Input {
            tensor,
            quantized: false,
        });
        self.push(node, Operation::Gather, inputs.collect(), output);
        Ok(output)
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
