//! Which engine runs a network, and in what arithmetic: the one place that chooses.

use std::fmt;

use super::VisionError;
use super::kernels::InstructionSet;
use super::manifest::{Manifest, ModelEntry};
use super::model_file;
use super::network::{Network, TractNetwork};
use super::plan::{Arithmetic, PlannedNetwork};

/// What the networks compute in. `models/README.md` has the figures on bytes: the embedder is twice as quick, but its
/// cosines leave the .01 about the source weights' that `tests/vision.rs` holds; liveness tells less.
const ARITHMETIC: Arithmetic = Arithmetic::F32;

/// A network on our own kernels, or on tract if they don't understand it. Clones share the weights.
#[derive(Clone)]
pub enum Engine {
    Planned(PlannedNetwork),
    Tract(Box<TractNetwork>),
}

impl Engine {
    /// Reads a network's file, checks it and makes it ready to run.
    ///
    /// # Errors
    /// If the file is not the manifest's, or neither engine can run it, or its outputs are not the manifest's.
    pub fn load(manifest: &Manifest, model: &ModelEntry) -> Result<Self, VisionError> {
        let bytes = model_file::read(manifest, model)?;
        let set = InstructionSet::detect();
        match PlannedNetwork::from_onnx(&bytes, model, set, ARITHMETIC) {
            Ok(planned) => Ok(Self::Planned(planned)),
            Err(VisionError::ModelRejected { id, reason }) => {
                tracing::warn!(
                    network = id,
                    reason,
                    "not understood by our kernels, tract runs it, slower"
                );
                Ok(Self::Tract(Box::new(TractNetwork::from_onnx(
                    &bytes, model,
                )?)))
            }
            Err(error) => Err(error),
        }
    }
}

/// As `bench` and `doctor` name it.
impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planned(network) => {
                let arithmetic = match network.arithmetic() {
                    Arithmetic::F32 => "f32",
                    Arithmetic::Int8 => "int8",
                };
                write!(f, "{arithmetic} with {}", network.instruction_set())
            }
            Self::Tract(_) => f.write_str("f32 with tract"),
        }
    }
}

impl Network for Engine {
    fn run(&mut self, input: &[f32]) -> Result<&[Vec<f32>], VisionError> {
        match self {
            Self::Planned(network) => network.run(input),
            Self::Tract(network) => network.run(input),
        }
    }

    fn input_len(&self) -> usize {
        match self {
            Self::Planned(network) => network.input_len(),
            Self::Tract(network) => network.input_len(),
        }
    }
}
