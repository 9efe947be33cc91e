//! Which engine runs a network, and in what arithmetic: the one place that chooses.

use std::fmt;

use super::VisionError;
use super::kernels::{F16, InstructionSet, Number};
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

/// Whether a network's maps may be f16, where the processor computes in it. Against f32, over the samples and the frames of
/// the simulated door: boxes of the detector keep an IoU of .9926 and their score within .001, templates a cosine of
/// .9996. The others stay in f32: boxes of the full-range detector fall to .962, points of the landmarks move by up to a
/// hundredth of the face, and of what liveness adds to the log-odds of an attack, a calibrated number, .34 are lost.
fn in_halves(role: Role) -> bool {
    matches!(role, Role::Detector | Role::Embedder)
}

/// A network on our own kernels, or on tract if they don't understand it and tract is built in. Clones share the weights.
#[derive(Clone)]
pub enum Engine {
    Planned(PlannedNetwork),
    Halves(PlannedNetwork<F16>),
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
        let arithmetic = arithmetic(model.role);
        let halves = InstructionSet::halves().filter(|_| in_halves(model.role));
        let planned = match halves {
            Some(set) => {
                PlannedNetwork::from_onnx(&bytes, model, set, arithmetic).map(Self::Halves)
            }
            None => {
                let set = InstructionSet::detect();
                PlannedNetwork::from_onnx(&bytes, model, set, arithmetic).map(Self::Planned)
            }
        };
        match planned {
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
            planned => planned,
        }
    }
}

/// As `bench` and `doctor` name it.
impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planned(network) => name(network, f),
            Self::Halves(network) => name(network, f),
            #[cfg(feature = "tract")]
            Self::Tract(_) => f.write_str("f32 with tract"),
        }
    }
}

fn name<N: Number>(network: &PlannedNetwork<N>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let arithmetic = match network.arithmetic() {
        Arithmetic::Floats => N::NAME,
        Arithmetic::Int8 => "int8",
    };
    write!(f, "{arithmetic} with {}", network.instruction_set())
}

impl Network for Engine {
    fn run(&mut self, input: &[f32]) -> Result<&[Vec<f32>], VisionError> {
        match self {
            Self::Planned(network) => network.run(input),
            Self::Halves(network) => network.run(input),
            #[cfg(feature = "tract")]
            Self::Tract(network) => network.run(input),
        }
    }

    fn input_len(&self) -> usize {
        match self {
            Self::Planned(network) => network.input_len(),
            Self::Halves(network) => network.input_len(),
            #[cfg(feature = "tract")]
            Self::Tract(network) => network.input_len(),
        }
    }
}
