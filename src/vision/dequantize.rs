//! From a quantized graph to one in f32, for tract.
//!
//! The files' weights are int8, and other networks may hold quantized activations too (QDQ). tract runs int8
//! convolutions about ten times slower than f32, because each goes through an eager im2col, and
//! QDQ pairs left in the graph cost half as much again in casts. So for tract the graph is brought
//! to f32 as it is loaded: quantized weights become f32 constants of `(q - zero point) * scale`, and
//! the pairs round activations go.

use std::collections::HashMap;

use super::onnx::{DataType, GraphProto, NodeProto, TensorProto, floats, integers};

/// Rewrites a quantized graph to f32. A graph without quantization stays as it is.
///
/// # Errors
/// A sentence naming the tensor that can't be rewritten.
pub fn dequantize(graph: &mut GraphProto) -> Result<(), String> {
    let constants: HashMap<String, TensorProto> = std::mem::take(&mut graph.initializer)
        .into_iter()
        .map(|t| (t.name.clone(), t))
        .collect();
    let (quantizers, nodes): (Vec<_>, Vec<_>) = std::mem::take(&mut graph.node)
        .into_iter()
        .partition(|n| n.op_type == "QuantizeLinear");
    let quantized: HashMap<&str, &str> = quantizers
        .iter()
        .map(|n| Ok((output(n)?, input(n, 0)?)))
        .collect::<Result<_, String>>()?;
    let (dequantizers, mut nodes): (Vec<_>, Vec<_>) = nodes
        .into_iter()
        .partition(|n| n.op_type == "DequantizeLinear");

    let mut floats: HashMap<String, TensorProto> = HashMap::new();
    let mut renamed: HashMap<&str, &str> = HashMap::new();
    for node in &dequantizers {
        match quantized.get(input(node, 0)?) {
            Some(&activation) => {
                renamed.insert(output(node)?, activation);
            }
            None => {
                let weight = dequantized_constant(node, &constants)?;
                floats.insert(weight.name.clone(), weight);
            }
        }
    }
    for name in nodes.iter_mut().flat_map(|n| &mut n.input) {
        // A pair may read another pair; a chain is never longer than the number of pairs.
        for _ in 0..renamed.len() {
            let Some(&activation) = renamed.get(name.as_str()) else {
                break;
            };
            *name = activation.to_owned();
        }
    }
    for output in &graph.output {
        if renamed.contains_key(output.name.as_str()) {
            return Err(format!("output {} is quantized", output.name));
        }
    }
    let used = |t: &TensorProto| nodes.iter().any(|n| n.input.contains(&t.name));
    graph.initializer = constants
        .into_values()
        .chain(floats.into_values())
        .filter(used)
        .collect();
    // Shapes of tensors that are gone or of another type now; tract infers them.
    graph.value_info.clear();
    graph.node = nodes;
    Ok(())
}

fn input(node: &NodeProto, index: usize) -> Result<&str, String> {
    node.input
        .get(index)
        .map(String::as_str)
        .ok_or_else(|| format!("node {} lacks input {index}", node.name))
}

fn output(node: &NodeProto) -> Result<&str, String> {
    node.output
        .first()
        .map(String::as_str)
        .ok_or_else(|| format!("node {} has no output", node.name))
}

/// The constant that a `DequantizeLinear` makes, per tensor or along its axis.
fn dequantized_constant(
    node: &NodeProto,
    constants: &HashMap<String, TensorProto>,
) -> Result<TensorProto, String> {
    let constant = |index| {
        let name = input(node, index)?;
        constants
            .get(name)
            .ok_or_else(|| format!("{name}, read by {}, is not constant", node.name))
    };
    let tensor = constant(0)?;
    let quantized = integers(tensor)?;
    let scales = floats(constant(1)?)?;
    let zero_points = match node.input.get(2).filter(|name| !name.is_empty()) {
        Some(_) => integers(constant(2)?)?,
        None => vec![0; scales.len()],
    };
    let axis = node
        .attribute
        .iter()
        .find(|a| a.name == "axis")
        .map_or(1, |a| a.i);
    let dims: Vec<usize> = tensor
        .dims
        .iter()
        .map(|&d| usize::try_from(d).unwrap_or(0))
        .collect();
    let axis = if axis < 0 {
        axis + dims.len() as i64
    } else {
        axis
    };
    let (channels, stride) = if scales.len() == 1 {
        (1, quantized.len().max(1))
    } else {
        let from_axis = usize::try_from(axis).ok().and_then(|a| dims.get(a..));
        match from_axis.and_then(<[usize]>::split_first) {
            Some((&channels, after)) => (channels, after.iter().product()),
            None => (0, 0),
        }
    };
    if channels != scales.len() || channels != zero_points.len() || stride == 0 {
        return Err(format!(
            "scales of {} don't fit its shape {dims:?}",
            tensor.name
        ));
    }
    let raw_data = quantized
        .iter()
        .enumerate()
        .flat_map(|(i, &q)| {
            let channel = (i / stride) % channels;
            let steps = i64::from(q) - i64::from(zero_points[channel]);
            (steps as f32 * scales[channel]).to_le_bytes()
        })
        .collect();
    Ok(TensorProto {
        name: output(node)?.to_owned(),
        dims: tensor.dims.clone(),
        data_type: DataType::Float.into(),
        raw_data,
        ..Default::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::onnx::{AttributeProto, ValueInfoProto};
    use proptest::prelude::*;

    fn int8(name: &str, dims: &[i64], values: &[i8]) -> TensorProto {
        TensorProto {
            name: name.into(),
            dims: dims.to_vec(),
            data_type: DataType::Int8.into(),
            raw_data: values.iter().map(|v| v.cast_unsigned()).collect(),
            ..Default::default()
        }
    }

    fn float(name: &str, values: &[f32]) -> TensorProto {
        TensorProto {
            name: name.into(),
            dims: vec![values.len() as i64],
            data_type: DataType::Float.into(),
            float_data: values.to_vec(),
            ..Default::default()
        }
    }

    fn node(op: &str, inputs: &[&str], output: &str, axis: Option<i64>) -> NodeProto {
        NodeProto {
            op_type: op.into(),
            input: inputs.iter().map(|&i| i.into()).collect(),
            output: vec![output.into()],
            attribute: axis
                .map(|i| AttributeProto {
                    name: "axis".into(),
                    i,
                    ..Default::default()
                })
                .into_iter()
                .collect(),
            ..Default::default()
        }
    }

    /// `y = Conv(pair(x), dequantized w)`.
    fn graph(
        weight: TensorProto,
        scale: TensorProto,
        zero: TensorProto,
        axis: Option<i64>,
    ) -> GraphProto {
        GraphProto {
            node: vec![
                node("QuantizeLinear", &["x", "s", "z"], "xq", None),
                node("DequantizeLinear", &["xq", "s", "z"], "xd", None),
                node("DequantizeLinear", &["w", "ws", "wz"], "wd", axis),
                node("Conv", &["xd", "wd"], "y", None),
            ],
            initializer: vec![
                float("s", &[0.1]),
                int8("z", &[1], &[0]),
                weight,
                scale,
                zero,
            ],
            output: vec![ValueInfoProto {
                name: "y".into(),
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    #[test]
    fn pairs_go_and_weights_become_floats_along_their_axis() {
        let mut g = graph(
            int8("w", &[2, 2], &[1, 2, 3, -4]),
            float("ws", &[0.5, 10.0]),
            int8("wz", &[2], &[0, 1]),
            Some(0),
        );
        dequantize(&mut g).unwrap();
        assert_eq!(g.node.len(), 1);
        assert_eq!(g.node[0].input, ["x", "wd"]);
        assert_eq!(g.initializer.len(), 1);
        assert_eq!(floats(&g.initializer[0]).unwrap(), [0.5, 1.0, 20.0, -50.0]);
    }

    #[test]
    fn the_last_axis_counts_from_behind() {
        let mut g = graph(
            int8("w", &[2, 2], &[1, 2, 3, 4]),
            float("ws", &[1.0, 10.0]),
            int8("wz", &[2], &[0, 0]),
            Some(-1),
        );
        dequantize(&mut g).unwrap();
        assert_eq!(floats(&g.initializer[0]).unwrap(), [1.0, 20.0, 3.0, 40.0]);
    }

    #[test]
    fn one_scale_serves_the_whole_tensor() {
        let mut g = graph(
            int8("w", &[3], &[1, 2, 3]),
            float("ws", &[2.0]),
            int8("wz", &[1], &[1]),
            None,
        );
        dequantize(&mut g).unwrap();
        assert_eq!(floats(&g.initializer[0]).unwrap(), [0.0, 2.0, 4.0]);
    }

    #[test]
    fn a_graph_in_f32_stays_as_it_is() {
        let mut g = GraphProto {
            node: vec![node("Conv", &["x", "w"], "y", None)],
            initializer: vec![float("w", &[1.0])],
            ..Default::default()
        };
        let before = g.clone();
        dequantize(&mut g).unwrap();
        assert_eq!(g, before);
    }

    proptest! {
        #[test]
        fn no_shape_or_axis_panics(
            dims in prop::collection::vec(-2i64..4, 0..4), values in prop::collection::vec(any::<i8>(), 0..12),
            scales in prop::collection::vec(any::<f32>(), 0..4), axis in any::<i64>(),
        ) {
            let zeros = vec![0; scales.len()];
            let zero = int8("wz", &[zeros.len() as i64], &zeros);
            let mut g = graph(int8("w", &dims, &values), float("ws", &scales), zero, Some(axis));
            let _ = dequantize(&mut g);
        }
    }
}
