//! The operations that are fused into others, or are a way of looking at a tensor, or small.

use super::*;

impl<'a> Reader<'a> {
    /// The node before this one, if what it makes is read by nobody else and has no activation yet.
    fn before(&self, node: &'a NodeProto, index: usize) -> Result<Option<usize>, String> {
        let name = input_name(node, index)?;
        let &Value::Map(tensor, channels) = self.value(name)? else {
            return Ok(None);
        };
        let whole = channels == self.graph.tensors[tensor].channels;
        if !whole || self.uses.get(name) != Some(&1) {
            return Ok(None);
        }
        Ok(self.graph.nodes.iter().position(|before| {
            let (Operation::Convolution(Convolution { slope, .. }) | Operation::Add { slope }) =
                &before.operation
            else {
                return false;
            };
            before.output == tensor && slope.iter().all(|&s| s == 1.0)
        }))
    }

    /// A rectifier with this factor below zero; with those of input 1 if there is none.
    pub(super) fn activation(
        &mut self,
        node: &'a NodeProto,
        factor: Option<f32>,
    ) -> Result<Value, String> {
        let before = self.before(node, 0)?;
        let before = before.ok_or("it does not follow a convolution or an addition of its own")?;
        let output = self.graph.nodes[before].output;
        let channels = self.graph.tensors[output].channels;
        let slopes = match factor {
            Some(factor) => vec![factor; channels],
            None => floats(self.constant(node, 1)?)?,
        };
        let slopes = finite(slopes)?;
        if slopes.len() != channels {
            return Err(format!("{} slopes for {channels} channels", slopes.len()));
        }
        if let Operation::Convolution(Convolution { slope, .. }) | Operation::Add { slope } =
            &mut self.graph.nodes[before].operation
        {
            *slope = slopes;
        }
        Ok(Value::Map(output, channels))
    }

    /// Two maps, of which one may be padded with channels of zeros.
    pub(super) fn add(&mut self, node: &'a NodeProto) -> Result<Value, String> {
        let operand = |index| match self.input(node, index)? {
            &Value::Map(tensor, channels) => Ok((tensor, channels)),
            _ => Err(format!("input {index} is no map")),
        };
        let operands = [operand(0)?, operand(1)?];
        let [(a, channels), (b, others)] = operands;
        let size = |tensor: TensorId| {
            let t = &self.graph.tensors[tensor];
            [t.height, t.width]
        };
        if channels != others || size(a) != size(b) {
            return Err("the operands are of different sizes".into());
        }
        for (index, other) in [(1, a), (0, b)] {
            let Some(before) = self.before(node, index)? else {
                continue;
            };
            let Operation::Convolution(convolution) = &mut self.graph.nodes[before].operation
            else {
                continue;
            };
            if convolution.residual.is_none() {
                convolution.residual = Some(other);
                // It has to wait for the residual.
                let fused = self.graph.nodes.remove(before);
                let output = fused.output;
                self.graph.nodes.push(fused);
                return Ok(Value::Map(output, channels));
            }
        }
        let inputs = if self.graph.tensors[a].channels == channels {
            vec![a, b]
        } else {
            vec![b, a]
        };
        let [height, width] = size(a);
        if self.graph.tensors[inputs[0]].channels != channels {
            return Err("both operands are padded".into());
        }
        let output = self.tensor([height, width, channels])?;
        self.push(
            node,
            Operation::Add {
                slope: vec![1.0; channels],
            },
            inputs,
            output,
        );
        Ok(Value::Map(output, channels))
    }

    pub(super) fn pool(
        &mut self,
        node: &'a NodeProto,
        attributes: &mut Attributes<'_>,
        pooling: Pooling,
    ) -> Result<Value, String> {
        let input = self.map(node, 0)?;
        let map = &self.graph.tensors[input];
        let (channels, size) = (map.channels, [map.height, map.width]);
        let (window, [height, width]) = attributes.window(size)?;
        let output = self.tensor([height, width, channels])?;
        self.push(node, Operation::Pool(window, pooling), vec![input], output);
        Ok(Value::Map(output, channels))
    }

    /// Channels of zeros after those that are.
    pub(super) fn pad(&self, node: &'a NodeProto) -> Result<Value, String> {
        let zeros = match node.input.get(2).filter(|name| !name.is_empty()) {
            Some(_) => floats(self.constant(node, 2)?)? == [0.0],
            None => true,
        };
        let pads = long_integers(self.constant(node, 1)?)?;
        let &Value::Map(tensor, channels) = self.input(node, 0)? else {
            return Err("only maps are padded".into());
        };
        match pads[..] {
            // None at all would give a tensor a second name, by which its reader could be taken for the only one.
            [0, 0, 0, 0, 0, more @ 1..=4096, 0, 0] if zeros => {
                Ok(Value::Map(tensor, channels + more as usize))
            }
            _ => Err(format!("pads {pads:?} are not zeros after the channels")),
        }
    }

    pub(super) fn resize(&mut self, node: &'a NodeProto) -> Result<Value, String> {
        let input = self.map(node, 0)?;
        let scales = floats(self.constant(node, 2)?)?;
        if scales != [1.0, 1.0, 2.0, 2.0] || node.input.len() > 3 {
            return Err(format!("scales {scales:?} are not twice the size"));
        }
        let map = &self.graph.tensors[input];
        let (height, width, channels) = (2 * map.height, 2 * map.width, map.channels);
        let output = self.tensor([height, width, channels])?;
        self.push(node, Operation::Double, vec![input], output);
        Ok(Value::Map(output, channels))
    }

    /// Rows after rows.
    pub(super) fn concatenation(&self, node: &'a NodeProto) -> Result<Value, String> {
        let mut parts = Vec::new();
        for index in 0..node.input.len() {
            parts.extend(self.rows(node, index)?);
            if parts.len() > MOST_PARTS {
                return Err(format!("it has more than {MOST_PARTS} parts"));
            }
        }
        Ok(Value::Rows(parts))
    }

    pub(super) fn reshape(&self, node: &'a NodeProto) -> Result<Value, String> {
        let shape = long_integers(self.constant(node, 1)?)?;
        let value = self.input(node, 0)?;
        if shape.first() != Some(&1) {
            return Err(format!("shape {shape:?} is not of a batch of one"));
        }
        match value {
            &Value::Map(tensor, channels) => {
                let t = &self.graph.tensors[tensor];
                let pixels = t.height * t.width;
                if channels != t.channels {
                    Err("a padded map".into())
                } else if pixels == 1 || channels == 1 {
                    Ok(Value::Rows(vec![tensor]))
                } else if shape.len() == 2 {
                    Ok(Value::Flat(tensor))
                } else {
                    Err("a map is turned before its pixels become rows".into())
                }
            }
            &Value::Turned(tensor) => Ok(Value::Rows(vec![tensor])),
            Value::Rows(parts) => Ok(Value::Rows(parts.clone())),
            Value::Flat(_) => Err("its input can't be reshaped".into()),
        }
    }
}

fn long_integers(tensor: &TensorProto) -> Result<Vec<i64>, String> {
    if DataType::try_from(tensor.data_type) != Ok(DataType::Int64) {
        return Err(format!("{} is no i64 tensor", tensor.name));
    }
    if tensor.raw_data.is_empty() {
        return Ok(tensor.int64_data.clone());
    }
    let (values, _) = tensor.raw_data.as_chunks();
    Ok(values.iter().map(|b| i64::from_le_bytes(*b)).collect())
}
