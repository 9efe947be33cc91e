//! Which engine runs a network, and in what arithmetic: the one place that chooses. Int8 activations are
//! written and tested in the kernels, and not chosen until their error rates are measured.

use super::VisionError;
use super::kernels::InstructionSet;
use super::manifest::{Manifest, ModelEntry, Role};
use super::model_file;
use super::network::{Network, TractNetwork};
use super::plan::{Arithmetic, PlannedNetwork};

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
        if cfg!(debug_assertions) && model.role == Role::Liveness {
            // Unoptimised, our kernels take the largest network over the door's time limits; tract is
            // built optimised in every profile.
            let network = TractNetwork::from_onnx(&bytes, model)?;
            return Ok(Self::Tract(Box::new(network)));
        }
        let set = InstructionSet::detect();
        match PlannedNetwork::from_onnx(&bytes, model, set, Arithmetic::F32) {
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
