//! ONNX files written by hand: the few messages that a network is made of (field numbers of `onnx.proto`), and networks
//! that are sound but for what the input makes of them.

use ostiary::vision::{InputSpec, ModelEntry, OutputSpec, Role};

/// A manifest's entry for a network of a square input of this side and one output.
pub fn entry(side: usize, output: Vec<usize>) -> ModelEntry {
    ModelEntry {
        id: "fuzz".into(),
        role: Role::Liveness,
        file: "fuzz.onnx".into(),
        sha256: String::new(),
        bytes: 0,
        input: InputSpec {
            shape: [1, 3, side, side],
            layout: "NCHW".into(),
            channels: "RGB".into(),
            mean: 0.0,
            scale: 1.0,
        },
        outputs: vec![OutputSpec {
            name: "out".into(),
            shape: output,
        }],
        anchors: None,
        template: None,
        similarity: Vec::new(),
        pad: None,
        crop: None,
    }
}

/// A message of the wire format of Protocol Buffers.
#[derive(Default, Clone)]
pub struct Message(Vec<u8>);

impl Message {
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    #[must_use]
    pub fn int(mut self, field: u64, value: i64) -> Self {
        self.number(field << 3);
        self.number(value.cast_unsigned());
        self
    }

    #[must_use]
    pub fn bytes(mut self, field: u64, value: &[u8]) -> Self {
        self.number(field << 3 | 2);
        self.number(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    #[must_use]
    pub fn part(self, field: u64, part: &Self) -> Self {
        self.bytes(field, &part.0)
    }
}

/// A graph as it grows.
#[derive(Default)]
pub struct Network {
    graph: Message,
    constants: usize,
}

/// An attribute of integers.
pub fn ints(name: &str, values: &[i64]) -> Message {
    let attribute = Message::default().bytes(1, name.as_bytes()).int(20, 7);
    values
        .iter()
        .fold(attribute, |message, &value| message.int(8, value))
}

/// An attribute of one integer.
pub fn int(name: &str, value: i64) -> Message {
    Message::default()
        .bytes(1, name.as_bytes())
        .int(3, value)
        .int(20, 2)
}

impl Network {
    fn constant(&mut self, dims: &[usize], data_type: i64, raw: &[u8]) -> String {
        self.constants += 1;
        let name = format!("c{}", self.constants);
        let tensor = dims
            .iter()
            .fold(Message::default(), |m, &d| m.int(1, d as i64));
        let tensor = tensor
            .int(2, data_type)
            .bytes(8, name.as_bytes())
            .bytes(9, raw);
        self.graph = std::mem::take(&mut self.graph).part(5, &tensor);
        name
    }

    /// A tensor of f32.
    pub fn floats(&mut self, dims: &[usize], values: impl Iterator<Item = f32>) -> String {
        let count = dims.iter().product();
        let raw: Vec<u8> = values.take(count).flat_map(f32::to_le_bytes).collect();
        self.constant(dims, 1, &raw)
    }

    /// A tensor of i8.
    pub fn bytes(&mut self, dims: &[usize], values: impl Iterator<Item = u8>) -> String {
        let raw: Vec<u8> = values.take(dims.iter().product()).collect();
        self.constant(dims, 3, &raw)
    }

    /// A tensor of i64.
    pub fn longs(&mut self, values: &[i64]) -> String {
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(&[values.len()], 7, &raw)
    }

    /// A node of these inputs; its output has the name.
    pub fn node(&mut self, operation: &str, inputs: &[&str], output: &str, attributes: &[Message]) {
        let node = inputs
            .iter()
            .fold(Message::default(), |m, i| m.bytes(1, i.as_bytes()));
        let node = node
            .bytes(2, output.as_bytes())
            .bytes(4, operation.as_bytes());
        let node = attributes.iter().fold(node, |m, a| m.part(5, a));
        self.graph = std::mem::take(&mut self.graph).part(1, &node);
    }

    /// The file, whose input is `x`.
    #[must_use]
    pub fn file(self, outputs: &[&str]) -> Vec<u8> {
        let value = |name: &str| Message::default().bytes(1, name.as_bytes());
        let graph = self.graph.part(11, &value("x"));
        let graph = outputs
            .iter()
            .fold(graph, |m, name| m.part(12, &value(name)));
        Message::default().int(1, 8).part(7, &graph).0
    }
}
