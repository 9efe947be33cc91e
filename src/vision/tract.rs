//! Networks on tract: the reference for our own kernels, and what runs a network that they don't understand.

use std::sync::Arc;

use prost::Message as _;
use tract_onnx::prelude::*;

use super::manifest::{Manifest, ModelEntry};
use super::network::Network;
use super::{VisionError, dequantize, model_file, onnx};

/// A network run by tract. Clones share the weights.
#[derive(Clone)]
pub struct TractNetwork {
    id: Arc<str>,
    shape: [usize; 4],
    state: TypedSimpleState,
    input: Arc<Tensor>,
    outputs: Vec<Vec<f32>>,
}

impl TractNetwork {
    /// Reads a network's file, checks it and makes it ready to run.
    ///
    /// # Errors
    /// If the file is not the manifest's, is no ONNX graph that tract can run, or its input or outputs are
    /// not of the manifest's shapes.
    pub fn load(manifest: &Manifest, model: &ModelEntry) -> Result<Self, VisionError> {
        let bytes = model_file::read(manifest, model)?;
        Self::from_onnx(&bytes, model)
    }

    /// Makes an ONNX graph ready to run.
    ///
    /// # Errors
    /// As [`TractNetwork::load`].
    pub fn from_onnx(bytes: &[u8], model: &ModelEntry) -> Result<Self, VisionError> {
        let rejected = |reason: String| VisionError::ModelRejected {
            id: model.id.clone(),
            reason,
        };
        let mut proto = onnx::decode(bytes).map_err(rejected)?;
        let graph = proto
            .graph
            .as_mut()
            .ok_or_else(|| rejected("the file holds no graph".into()))?;
        dequantize::dequantize(graph).map_err(rejected)?;
        let floats = proto.encode_to_vec();
        drop(proto);
        let typed = tract_onnx::onnx()
            .model_for_read(&mut &floats[..])
            .and_then(InferenceModelExt::into_typed)
            .map_err(|e| rejected(format!("{e:#}")))?;
        // Weights stand here in the message, as f32 and soon packed for the kernels: let go of what is not needed.
        drop(floats);
        check_shapes(&typed, model)?;
        let state = typed
            .into_optimized()
            .and_then(IntoRunnable::into_runnable)
            .and_then(|plan| plan.spawn())
            .map_err(|e| rejected(format!("{e:#}")))?;
        let outputs = model
            .outputs
            .iter()
            .map(|o| vec![0.0; o.shape.iter().product()])
            .collect();
        Ok(Self {
            id: model.id.as_str().into(),
            shape: model.input.shape,
            state,
            input: Arc::new(
                Tensor::zero::<f32>(&model.input.shape).map_err(|e| rejected(format!("{e:#}")))?,
            ),
            outputs,
        })
    }

    fn execute(&mut self, input: &[f32]) -> TractResult<()> {
        // Nobody else holds the tensor between runs, so this copies into the same memory each time.
        let tensor = Arc::make_mut(&mut self.input);
        tensor
            .try_as_plain_ram_mut()?
            .as_slice_mut::<f32>()?
            .copy_from_slice(input);
        let results = self
            .state
            .run(tvec!(TValue::from_const(Arc::clone(&self.input))))?;
        for (output, result) in self.outputs.iter_mut().zip(&results) {
            let values = result.try_as_plain_ram()?.as_slice::<f32>()?;
            if values.len() != output.len() {
                return Err(TractError::msg(format!(
                    "an output has {} values",
                    values.len()
                )));
            }
            output.copy_from_slice(values);
        }
        Ok(())
    }
}

impl Network for TractNetwork {
    fn run(&mut self, input: &[f32]) -> Result<&[Vec<f32>], VisionError> {
        if input.len() != self.input_len() {
            return Err(VisionError::Shape {
                id: self.id.to_string(),
                tensor: "input".into(),
                expected: self.shape.to_vec(),
                found: vec![input.len()],
            });
        }
        self.execute(input).map_err(|e| VisionError::Inference {
            id: self.id.to_string(),
            reason: format!("{e:#}"),
        })?;
        Ok(&self.outputs)
    }

    fn input_len(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Holds the graph's input and outputs against the manifest.
fn check_shapes(graph: &TypedModel, model: &ModelEntry) -> Result<(), VisionError> {
    let mut expected = vec![("input", model.input.shape.as_slice())];
    expected.extend(
        model
            .outputs
            .iter()
            .map(|o| (o.name.as_str(), o.shape.as_slice())),
    );
    let found = [&graph.inputs, &graph.outputs]
        .into_iter()
        .flatten()
        .map(|&outlet| {
            let fact = graph.outlet_fact(outlet)?;
            let shape = fact.shape.as_concrete().unwrap_or_default().to_vec();
            Ok((shape, fact.datum_type == f32::datum_type()))
        })
        .collect::<TractResult<Vec<_>>>()
        .map_err(|e| VisionError::ModelRejected {
            id: model.id.clone(),
            reason: format!("{e:#}"),
        })?;
    if found.len() != expected.len() || graph.inputs.len() != 1 {
        return Err(VisionError::ModelRejected {
            id: model.id.clone(),
            reason: format!(
                "it has {} inputs and {} outputs, the manifest says 1 and {}",
                graph.inputs.len(),
                graph.outputs.len(),
                model.outputs.len()
            ),
        });
    }
    for ((tensor, expected), (found, is_f32)) in expected.into_iter().zip(found) {
        if !is_f32 || expected != found {
            return Err(VisionError::Shape {
                id: model.id.clone(),
                tensor: tensor.into(),
                expected: expected.to_vec(),
                found,
            });
        }
    }
    Ok(())
}
