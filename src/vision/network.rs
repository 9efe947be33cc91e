//! Tensors in, tensors out: the seam to the inference engine.

use super::VisionError;

/// A network with one input and outputs of fixed shape, all f32 in row-major order.
pub trait Network: Send {
    /// Runs it on an input of [`Network::input_len`] values; one slice for each output, in the manifest's
    /// order.
    ///
    /// # Errors
    /// [`VisionError::Shape`] if the input is of another length, [`VisionError::Inference`] if the
    /// engine fails or returns another shape than at loading.
    fn run(&mut self, input: &[f32]) -> Result<&[Vec<f32>], VisionError>;

    /// Number of input values.
    fn input_len(&self) -> usize;
}
