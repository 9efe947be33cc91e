//! Graphs that no network of ours has, and that a file may hold all the same.

use prost::Message as _;

use super::*;
use crate::vision::manifest::{InputSpec, OutputSpec, Role};
use crate::vision::onnx::{
    AttributeProto, DataType, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto,
};

const SIDE: usize = 4;

fn entry(output: usize) -> ModelEntry {
    ModelEntry {
        id: "n".into(),
        role: Role::Liveness,
        file: String::new(),
        sha256: String::new(),
        bytes: 0,
        input: InputSpec {
            shape: [1, 3, SIDE, SIDE],
            layout: "NCHW".into(),
            channels: "RGB".into(),
            mean: 0.0,
            scale: 1.0,
        },
        outputs: vec![OutputSpec {
            name: "out".into(),
            shape: vec![1, output],
        }],
        anchors: None,
        template: None,
        similarity: Vec::new(),
        pad: None,
        crop: None,
    }
}

/// A graph with the input `x` and the output `out`.
#[derive(Default)]
struct Draft(GraphProto);

impl Draft {
    fn node(&mut self, op_type: &str, inputs: &[&str], output: &str, ints: &[(&str, &[i64])]) {
        let attribute = |(name, ints): &(&str, &[i64])| AttributeProto {
            name: (*name).into(),
            i: ints[0],
            ints: ints.to_vec(),
            ..Default::default()
        };
        self.0.node.push(NodeProto {
            name: output.into(),
            op_type: op_type.into(),
            input: inputs.iter().map(|&i| i.into()).collect(),
            output: vec![output.into()],
            attribute: ints.iter().map(attribute).collect(),
            ..Default::default()
        });
    }

    fn longs(&mut self, name: &str, values: &[i64]) {
        self.0.initializer.push(TensorProto {
            name: name.into(),
            dims: vec![values.len() as i64],
            data_type: DataType::Int64.into(),
            int64_data: values.to_vec(),
            ..Default::default()
        });
    }

    /// A pointwise convolution whose weights are all `weight`.
    fn pointwise(&mut self, from: &str, to: &str, [inputs, outputs]: [usize; 2], weight: f32) {
        self.convolution(from, to, [outputs, inputs, 1, 1], weight);
    }

    fn convolution(&mut self, from: &str, to: &str, shape: [usize; 4], weight: f32) {
        let weights = format!("{to} weights");
        self.0.initializer.push(TensorProto {
            name: weights.clone(),
            dims: shape.map(|size| size as i64).to_vec(),
            data_type: DataType::Float.into(),
            float_data: vec![weight; shape.iter().product()],
            ..Default::default()
        });
        let [.., rows, columns] = shape;
        let kernel = [rows as i64, columns as i64];
        let pads = [rows as i64 - 1, columns as i64 - 1, 0, 0];
        self.node(
            "Conv",
            &[from, &weights],
            to,
            &[("kernel_shape", &kernel), ("pads", &pads)],
        );
    }

    /// The output is the map of this name, pixel by pixel.
    fn output(&mut self, map: &str) {
        self.longs("flat", &[1, -1]);
        self.node("Transpose", &[map], "turned", &[("perm", &[0, 2, 3, 1])]);
        self.node("Reshape", &["turned", "flat"], "out", &[]);
    }

    fn planned(self, output: usize) -> Result<PlannedNetwork, VisionError> {
        let value = |name: &str| ValueInfoProto {
            name: name.into(),
            r#type: None,
        };
        let graph = GraphProto {
            input: vec![value("x")],
            output: vec![value("out")],
            ..self.0
        };
        let file = ModelProto {
            graph: Some(graph),
            ..Default::default()
        };
        PlannedNetwork::from_onnx(
            &file.encode_to_vec(),
            &entry(output),
            InstructionSet::detect(),
            Arithmetic::Floats,
        )
    }

    fn refused(self, output: usize) -> String {
        let refused = self.planned(output).err().expect("refused");
        assert!(
            matches!(refused, VisionError::ModelRejected { .. }),
            "{refused}"
        );
        refused.to_string()
    }
}

#[test]
fn what_is_added_may_be_made_after_what_it_is_added_to() {
    let mut draft = Draft::default();
    draft.pointwise("x", "a", [3, 2], 1.0);
    draft.pointwise("x", "b", [3, 2], 10.0);
    // With an activation of its own, so that the other operand's convolution takes the sum.
    draft.node("Relu", &["b"], "c", &[]);
    draft.node("Add", &["a", "c"], "sum", &[]);
    draft.output("sum");
    let mut network = draft.planned(2 * SIDE * SIDE).unwrap();
    let input = vec![1.0; network.input_len()];
    for _ in 0..2 {
        assert_eq!(network.run(&input).unwrap()[0], [33.0; 2 * SIDE * SIDE]);
    }
}

#[test]
fn a_concatenation_does_not_grow_without_bounds() {
    let mut draft = Draft::default();
    draft.pointwise("x", "m", [3, 1], 1.0);
    draft.longs("flat", &[1, -1]);
    draft.node("Reshape", &["m", "flat"], "r0", &[]);
    for doubling in 0..40 {
        let [from, to] = [doubling, doubling + 1].map(|number| format!("r{number}"));
        draft.node("Concat", &[&from, &from], &to, &[("axis", &[1])]);
    }
    let refused = draft.refused(1);
    assert!(
        refused.contains("node r9 (Concat): it has more than 256 parts"),
        "{refused}"
    );
}

#[test]
fn the_maps_of_a_graph_have_a_limit_together() {
    let mut draft = Draft::default();
    for map in 0..700 {
        draft.pointwise("x", &format!("m{map}"), [3, 4096], 0.0);
    }
    let refused = draft.refused(1);
    assert!(
        refused.contains("node m511 (Conv): with a tensor"),
        "{refused}"
    );
}

#[test]
fn weights_in_whole_vectors_have_a_limit() {
    let mut draft = Draft::default();
    draft.pointwise("x", "m", [3, 1], 1.0);
    for layer in 0..300 {
        let from = if layer == 0 {
            "m".into()
        } else {
            format!("w{}", layer - 1)
        };
        draft.convolution(&from, &format!("w{layer}"), [1, 1, 64, 64], 0.0);
    }
    draft.output("w299");
    if InstructionSet::detect().lanes < 8 {
        return;
    }
    let refused = draft.refused(SIDE * SIDE);
    assert!(
        refused.contains("with its weights they take more than"),
        "{refused}"
    );
}

#[test]
fn names_stand_for_one_thing() {
    let mut draft = Draft::default();
    draft.pointwise("x", "a", [3, 2], 1.0);
    draft.pointwise("x", "a", [3, 2], 1.0);
    assert!(draft.refused(1).contains("a is made twice"));

    // A second name for the same map would hide that `a` is read twice.
    let mut draft = Draft::default();
    draft.pointwise("x", "a", [3, 2], 1.0);
    draft.longs("none", &[0; 8]);
    draft.node("Pad", &["a", "none"], "b", &[]);
    assert!(
        draft
            .refused(1)
            .contains("are not zeros after the channels")
    );
}

#[test]
fn the_input_is_not_added_to() {
    let mut draft = Draft::default();
    draft.pointwise("x", "a", [3, 3], 1.0);
    draft.node("Add", &["x", "a"], "sum", &[]);
    draft.output("sum");
    assert!(
        draft
            .refused(3 * SIDE * SIDE)
            .contains("it adds the network's input")
    );
}
