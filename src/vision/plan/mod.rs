//! Our own executor for the networks: reads an ONNX graph, plans it for the processor, and runs it without
//! allocating.
//!
//! - `read` takes the operations that our networks use and refuses everything else, naming the node; the
//!   caller then has tract, if it is built in.
//! - `lower` decides for each convolution whether it works on bytes or on the maps' numbers, and packs the weights
//!   once.
//! - `layout` places all tensors in one arena by when they are alive. Maps are NHWC with a border of zeros, so
//!   that convolutions know no edges.
//! - The arithmetic of convolutions is in [`kernels`](super::kernels); the rest is in `maps`.
//!
//! The outputs agree with tract's on the same graph, see `tests/engines.rs`.

mod attributes;
mod graph;
mod layout;
mod lower;
mod maps;
mod read;
mod steps;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::VisionError;
use super::kernels::{Arena, InstructionSet, Number};
use super::manifest::ModelEntry;
use super::network::Network;
use super::onnx;
use steps::Plan;

/// What convolutions compute in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// All of them in what the maps hold.
    Floats,
    /// Pointwise convolutions whose weights are int8 work on bytes; the others in what the maps hold.
    Int8,
}

/// A network run by our own kernels, its maps of `N`. Clones share the plan with its weights.
pub struct PlannedNetwork<N: Number = f32> {
    id: Arc<str>,
    arithmetic: Arithmetic,
    plan: Arc<Plan<N>>,
    input: usize,
    arena: Arena,
    outputs: Vec<Vec<f32>>,
}

impl<N: Number> PlannedNetwork<N> {
    /// Plans an ONNX graph.
    ///
    /// # Errors
    /// [`VisionError::ModelRejected`] if it is none, or naming the node that is not understood, [`VisionError::Shape`] if input or
    /// outputs are not of the manifest's sizes.
    pub fn from_onnx(
        bytes: &[u8],
        model: &ModelEntry,
        set: InstructionSet<N>,
        arithmetic: Arithmetic,
    ) -> Result<Self, VisionError> {
        let rejected = |reason: String| VisionError::ModelRejected {
            id: model.id.clone(),
            reason,
        };
        let proto = onnx::decode(bytes).map_err(rejected)?;
        let graph = proto
            .graph
            .as_ref()
            .ok_or_else(|| rejected("the file holds no graph".into()))?;
        let [_, channels, height, width] = model.input.shape;
        let graph = read::read(graph, [channels, height, width]).map_err(rejected)?;
        drop(proto);
        check_outputs(&graph, model)?;
        let plan = lower::plan(&graph, set, arithmetic).map_err(rejected)?;
        Ok(Self {
            id: model.id.as_str().into(),
            arithmetic,
            input: channels * height * width,
            arena: Arena::new(plan.lines),
            outputs: model
                .outputs
                .iter()
                .map(|o| vec![0.0; o.shape.iter().product()])
                .collect(),
            plan: Arc::new(plan),
        })
    }

    /// The instruction set it was planned for.
    #[must_use]
    pub fn instruction_set(&self) -> &'static str {
        self.plan.set.name
    }

    /// What its convolutions compute in.
    #[must_use]
    pub fn arithmetic(&self) -> Arithmetic {
        self.arithmetic
    }
}

impl<N: Number> Clone for PlannedNetwork<N> {
    fn clone(&self) -> Self {
        Self {
            id: Arc::clone(&self.id),
            arithmetic: self.arithmetic,
            plan: Arc::clone(&self.plan),
            input: self.input,
            arena: Arena::new(self.plan.lines),
            outputs: self.outputs.clone(),
        }
    }
}

impl<N: Number> Network for PlannedNetwork<N> {
    fn run(&mut self, input: &[f32]) -> Result<&[Vec<f32>], VisionError> {
        if input.len() != self.input {
            return Err(VisionError::Shape {
                id: self.id.to_string(),
                tensor: "input".into(),
                expected: vec![self.input],
                found: vec![input.len()],
            });
        }
        let ran = self.plan.run(&mut self.arena, input, &mut self.outputs);
        ran.map_err(|misfit| VisionError::Inference {
            id: self.id.to_string(),
            reason: misfit.to_string(),
        })?;
        Ok(&self.outputs)
    }

    fn input_len(&self) -> usize {
        self.input
    }
}

/// Holds the sizes of the graph's outputs against the manifest.
fn check_outputs(graph: &graph::Graph, model: &ModelEntry) -> Result<(), VisionError> {
    if graph.outputs.len() != model.outputs.len() {
        return Err(VisionError::ModelRejected {
            id: model.id.clone(),
            reason: format!(
                "it has {} outputs, the manifest says {}",
                graph.outputs.len(),
                model.outputs.len()
            ),
        });
    }
    for (parts, output) in graph.outputs.iter().zip(&model.outputs) {
        let sizes = parts.iter().map(|&t| {
            let tensor = &graph.tensors[t];
            tensor.height * tensor.width * tensor.channels
        });
        let found: usize = sizes.sum();
        if found != output.shape.iter().product::<usize>() {
            return Err(VisionError::Shape {
                id: model.id.clone(),
                tensor: output.name.clone(),
                expected: output.shape.clone(),
                found: vec![found],
            });
        }
    }
    Ok(())
}
