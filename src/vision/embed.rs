//! From an aligned face to its template.

use image::RgbImage;

use crate::domain::{Face, ModelId, SimilarityCalibration, Template};

use super::VisionError;
use super::align::{ALIGNED_SIDE, SimilarityTransform};
use super::engine::Engine;
use super::manifest::{Manifest, Normalisation, Role};
use super::network::Network;
use super::resample;

/// The embedder with its buffers.
pub struct Embedder {
    network: Engine,
    normalisation: Normalisation,
    model: ModelId,
    input: Vec<f32>,
    /// The last one, whose memory the next one takes.
    template: Option<Template>,
}

impl Embedder {
    /// Loads the network of [`Role::Embedder`].
    ///
    /// # Errors
    /// See [`Engine::load`].
    pub fn load(manifest: &Manifest) -> Result<Self, VisionError> {
        let model = manifest.model(Role::Embedder)?;
        let network = Engine::load(manifest, model)?;
        Ok(Self {
            input: vec![0.0; network.input_len()],
            network,
            normalisation: model.input.normalisation(),
            model: ModelId::new(&model.id),
            template: None,
        })
    }

    /// What runs the network.
    pub fn engine(&self) -> &Engine {
        &self.network
    }

    /// The template of a face; the next one takes its place.
    ///
    /// # Errors
    /// As [`Embedder::align`] and [`Embedder::embed_aligned`].
    pub fn embed(&mut self, image: &RgbImage, face: &Face) -> Result<&Template, VisionError> {
        self.align(image, face)?;
        self.embed_aligned()
    }

    /// The mean template of a face and its mirror image, which averages out some of the light and pose.
    ///
    /// # Errors
    /// As [`Embedder::embed`].
    pub fn embed_with_mirror(
        &mut self,
        image: &RgbImage,
        face: &Face,
    ) -> Result<Template, VisionError> {
        self.align(image, face)?;
        let seen = self.embed_aligned()?.clone();
        for row in self.input.chunks_exact_mut(ALIGNED_SIDE) {
            row.reverse();
        }
        let mirrored = self.embed_aligned()?;
        let sum = seen.values().iter().zip(mirrored.values());
        let sum = sum.map(|(a, b)| a + b).collect();
        Ok(Template::new(self.model.clone(), sum)?)
    }

    /// Brings a face to the network's input: eyes, nose and mouth where the ArcFace template has them.
    ///
    /// # Errors
    /// [`VisionError::Landmarks`] if the face can't be aligned.
    pub fn align(&mut self, image: &RgbImage, face: &Face) -> Result<(), VisionError> {
        let transform =
            SimilarityTransform::aligning(&face.landmarks).ok_or(VisionError::Landmarks)?;
        resample::warp(
            image,
            &transform,
            ALIGNED_SIDE,
            self.normalisation,
            &mut self.input,
        );
        Ok(())
    }

    /// The template of the face that was aligned last.
    ///
    /// # Errors
    /// [`VisionError::Inference`] or [`VisionError::Template`] if the network fails or gives a vector
    /// without direction.
    pub fn embed_aligned(&mut self) -> Result<&Template, VisionError> {
        let outputs = self.network.run(&self.input)?;
        let embedding = outputs.first().map_or(&[][..], Vec::as_slice);
        let template = match self.template.take() {
            Some(last) => last.replaced_by(embedding),
            None => Template::new(self.model.clone(), embedding.to_vec()),
        };
        Ok(self.template.insert(template?))
    }
}

/// The embedder's mapping from cosine to similarity.
///
/// # Errors
/// If the manifest has no embedder, or knots that don't rise.
pub fn calibration(manifest: &Manifest) -> Result<SimilarityCalibration, VisionError> {
    let model = manifest.model(Role::Embedder)?;
    let knots = model.similarity.iter().map(|k| (k.cosine, k.similarity));
    SimilarityCalibration::new(knots.collect()).map_err(|source| VisionError::Calibration {
        id: model.id.clone(),
        source,
    })
}
