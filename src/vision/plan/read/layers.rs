//! Layers with weights.

use super::*;

impl<'a> Reader<'a> {
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
        input: TensorId,
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

    pub(super) fn convolution(
        &mut self,
        node: &'a NodeProto,
        attributes: &mut Attributes<'_>,
    ) -> Result<Value, String> {
        let input = self.map(node, 0)?;
        let map = &self.graph.tensors[input];
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
    pub(super) fn product(
        &mut self,
        node: &'a NodeProto,
        attributes: &mut Attributes<'_>,
    ) -> Result<Value, String> {
        attributes.fixed("transB", 1)?;
        attributes.fixed("transA", 0)?;
        if attributes.float("alpha", 1.0) != 1.0 || attributes.float("beta", 1.0) != 1.0 {
            return Err("alpha or beta is not 1".into());
        }
        let tensor = match self.input(node, 0)? {
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
        self.convolve(node, tensor, window, [1, 1], false, (kernel, outputs))
    }

    /// The parts in turn, as one vector.
    pub(super) fn gather(
        &mut self,
        node: &NodeProto,
        parts: Vec<TensorId>,
    ) -> Result<TensorId, String> {
        let sizes = parts.iter().map(|&p| {
            let t = &self.graph.tensors[p];
            t.height * t.width * t.channels
        });
        let output = self.tensor([1, 1, sizes.sum()])?;
        self.push(node, Operation::Gather, parts, output);
        Ok(output)
    }
}
