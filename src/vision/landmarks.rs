//! The dense mesh of a face, by FaceMesh.

use image::RgbImage;

use crate::domain::challenge::{Observation, ObservedFace};
use crate::domain::{Face, FaceMesh, MeshPoint, Moment};

use super::engine::Engine;
use super::manifest::{Manifest, Normalisation, Role};
use super::network::Network;
use super::resample::{self, Window};
use super::{Analyser, VisionError};

/// The landmark network with its buffer.
pub struct Landmarker {
    network: Engine,
    normalisation: Normalisation,
    input: Vec<f32>,
    id: String,
    side: usize,
    crop_factor: f32,
}

impl Landmarker {
    /// Loads the network of [`Role::Landmarks`].
    ///
    /// # Errors
    /// See [`Engine::load`]; [`VisionError::ModelRejected`] if the manifest says no crop.
    pub fn load(manifest: &Manifest) -> Result<Self, VisionError> {
        let model = manifest.model(Role::Landmarks)?;
        let crop = model
            .crop
            .as_ref()
            .ok_or_else(|| VisionError::ModelRejected {
                id: model.id.clone(),
                reason: "the manifest has no [model.crop]".into(),
            })?;
        let network = Engine::load(manifest, model)?;
        Ok(Self {
            input: vec![0.0; network.input_len()],
            network,
            normalisation: model.input.normalisation(),
            id: model.id.clone(),
            side: model.input.side(),
            crop_factor: crop.factor,
        })
    }

    /// The mesh of a face, in the picture's pixels.
    ///
    /// # Errors
    /// [`VisionError::Inference`] if the network fails or gives points that are not numbers.
    pub fn mesh(&mut self, image: &RgbImage, face: &Face) -> Result<FaceMesh, VisionError> {
        let window = Window::around(&face.bounds, self.crop_factor);
        resample::bilinear(
            image,
            window,
            self.side,
            self.normalisation,
            &mut self.input,
        );
        let (points, presence) = match self.network.run(&self.input)? {
            [points, presence] => (points, presence),
            _ => return Err(self.failed("it has not two outputs")),
        };
        let scale = |length: i32| length as f32 / self.side as f32;
        let (across, down) = (scale(window.width), scale(window.height));
        let points = points
            .as_chunks::<3>()
            .0
            .iter()
            .map(|&[x, y, z]| MeshPoint {
                x: window.x as f32 + x * across,
                y: window.y as f32 + y * down,
                z: z * across,
            });
        let presence = presence
            .first()
            .map_or(0.0, |logit| 1.0 / (1.0 + (-logit).exp()));
        FaceMesh::new(points.collect(), presence)
            .ok_or_else(|| self.failed("its points are no mesh"))
    }

    fn failed(&self, reason: &str) -> VisionError {
        VisionError::Inference {
            id: self.id.clone(),
            reason: reason.to_owned(),
        }
    }
}
impl Analyser {
    /// What a challenge wants to know of a frame that shows so many faces, and follows `face`. One that can't be
    /// aligned is no face.
    ///
    /// # Errors
    /// If a network can't be loaded or fails.
    pub fn movement(
        &mut self,
        image: &RgbImage,
        captured: Moment,
        faces: usize,
        face: Option<&Face>,
    ) -> Result<Observation, VisionError> {
        let mut seen = Observation {
            captured,
            faces,
            face: None,
        };
        if let Some(face) = face {
            match self.embed(image, face).cloned() {
                Err(VisionError::Landmarks) => {}
                template => {
                    seen.face = Some(ObservedFace {
                        bounds: face.bounds,
                        mesh: self.landmarks(image, face)?,
                        template: template?,
                    });
                }
            }
        }
        Ok(seen)
    }
}
