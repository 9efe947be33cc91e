//! Which engine runs a network, and in what arithmetic: the one place that chooses.

use std::fmt;

use super::VisionError;
use super::kernels::InstructionSet;
use super::manifest::{Manifest, ModelEntry, Role};
use super::model_file;
use super::network::Network;
use super::plan::{Arithmetic, PlannedNetwork};

/// What a network computes in. Detectors and landmarks stay f32: with inputs in bytes a keypoint of a large face
/// moves by up to seven of the detector's pixels. `models/README.md` has the figures of the others.
fn arithmetic(role: Role) -> Arithmetic {
    match role {
        Role::Embedder | Role::Liveness => Arithmetic::Int8,
        Role::Detector | Role::DetectorFull | Role::Landmarks => Arithmetic::Floats,
    }
}

/// A network on our own kernels, or on tract if they don't understand it and tract is built in. Clones share the weights.
#[derive(Clone)]
pub enum Engine {
    Planned(PlannedNetwork),
    #[cfg(feature = "tract")]
    Tract(Box<super::TractNetwork>),
}

impl Engine {
    /// Reads a network's file, checks it and makes it ready to run.
    ///
    /// # Errors
    /// If the file is not the manifest's, or neither engine can run it, or its outputs are not the manifest's.
    pub fn load(manifest: &Manifest, model: &ModelEntry) -> Result<Self, VisionError> {
        let bytes = model_file::read(manifest, model)?;
        let set = InstructionSet::detect();
        match PlannedNetwork::from_onnx(&bytes, model, set, arithmetic(model.role)) {
            Ok(planned) => Ok(Self::Planned(planned)),
            #[cfg(feature = "tract")]
            Err(VisionError::ModelRejected { id, reason }) => {
                tracing::warn!(
                    network = id,
                    reason,
                    "not understood by our kernels, tract runs it, slower"
                );
                let network = super::TractNetwork::from_onnx(&bytes, model)?;
                Ok(Self::Tract(Box::new(network)))
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
                    Arithmetic::Floats => "f32",
                    Arithmetic::Int8 => "int8",
                };
                write!(f, "{arithmetic} with {}", network.instruction_set())
            }
            #[cfg(feature = "tract")]
            Self::Tract(_) => f.write_str("f32 with tract"),
        }
    }
}

impl Network for Engine {
    fn run(&mut self, input: &[f32]) -> Result<&[Vec<f32>], VisionError> {
        match self {
            Self::Planned(network) => network.run(input),
            #[cfg(feature = "tract")]
            Self::Tract(network) => network.run(input),
        }
    }

    fn input_len(&self) -> usize {
        match self {
            Self::Planned(network) => network.input_len(),
            #[cfg(feature = "tract")]
            Self::Tract(network) => network.input_len(),
        }
    }
}
